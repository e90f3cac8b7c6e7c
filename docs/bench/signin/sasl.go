package main

import "encoding/base64"

// encode and decode convert the lines of a SASL exchange (RFC 9051 §6.2.2).
func encode(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func decode(s string) []byte {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return nil
	}
	return b
}
