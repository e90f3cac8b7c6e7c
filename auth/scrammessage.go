package auth

import (
	"encoding/base64"
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxText is the length in octets of the longest message of SCRAM and DIGEST-MD5 that is accepted.
const maxText = 8 << 10

// strictBase64 is the base64 encoding of RFC 5802 §7: with padding, without line ends, and with all unused bits zero.
var strictBase64 = base64.StdEncoding.Strict()

// These errors say what is wrong with a SCRAM message.
var (
	errSCRAMSyntax    = errors.New("does not follow SCRAM's grammar")
	errSCRAMExtension = errors.New("has a mandatory extension")
)

// attributes splits a message into its attributes, and returns their values. Each attribute has a name of one letter.
// The first attributes must have the letters of the argument names, in this order. The attributes after them are
// extensions. They are ignored, except for "m", which is an error (RFC 5802 §5.1).
func attributes(message, names string) ([]string, error) {
	if len(message) > maxText || !utf8.ValidString(message) || strings.Contains(message, "\x00") {
		return nil, errSCRAMSyntax
	}
	values := strings.Split(message, ",")
	for i, a := range values {
		if len(a) < 2 || a[1] != '=' || a[0]|0x20 < 'a' || a[0]|0x20 > 'z' {
			return nil, errSCRAMSyntax
		}
		if a[0] == 'm' {
			return nil, errSCRAMExtension
		}
		if i < len(names) && a[0] != names[i] {
			return nil, errSCRAMSyntax
		}
		values[i] = a[2:]
		if a[2:] == "" {
			return nil, errSCRAMSyntax
		}
	}
	if len(values) < len(names) {
		return nil, errSCRAMSyntax
	}
	return values, nil
}

// serverFirst is the server's first message.
type serverFirst struct {
	nonce, salt string
	iterations  int
}

func parseServerFirst(message string) (m serverFirst, err error) {
	a, err := attributes(message, "rsi")
	if err != nil {
		return m, err
	}
	salt, err := strictBase64.DecodeString(a[1])
	if err != nil || len(salt) == 0 || strings.ContainsAny(a[1], "\r\n") || !validNonce(a[0]) {
		return m, errSCRAMSyntax
	}
	if m.iterations, err = strconv.Atoi(a[2]); err != nil || strings.HasPrefix(a[2], "0") || strings.HasPrefix(a[2], "+") || m.iterations < 1 {
		// If the count is too large for an int, return the largest int, which no client accepts.
		if errors.Is(err, strconv.ErrRange) && !strings.HasPrefix(a[2], "-") {
			return serverFirst{a[0], string(salt), math.MaxInt}, nil
		}
		return m, errSCRAMSyntax
	}
	m.nonce, m.salt = a[0], string(salt)
	return m, nil
}

// parseServerFinal parses the server's last message. It returns the server's signature, or the value of the error that
// the server reports.
func parseServerFinal(message string) (signature []byte, value string, err error) {
	names := "v"
	if strings.HasPrefix(message, "e=") {
		names = "e"
	}
	a, err := attributes(message, names)
	if err != nil {
		return nil, "", err
	}
	if names == "e" {
		return nil, a[0][:min(len(a[0]), 64)], nil
	}
	if signature, err = strictBase64.DecodeString(a[0]); err != nil || strings.ContainsAny(a[0], "\r\n") {
		return nil, "", errSCRAMSyntax
	}
	return signature, "", nil
}

// clientFirst is the client's first message.
type clientFirst struct {
	header               string // the GS2 header, with both commas
	flag                 byte   // the flag of the GS2 header: 'p', 'y' or 'n'
	binding              string // type of channel binding, if flag is 'p'
	authzid, user, nonce string
	bare                 string
}

func parseClientFirst(message string) (m clientFirst, err error) {
	if len(message) > maxText {
		return m, errSCRAMSyntax
	}
	f := strings.SplitN(message, ",", 3)
	if len(f) < 3 {
		return m, errSCRAMSyntax
	}
	switch flag, typ, _ := strings.Cut(f[0], "="); {
	case f[0] == "n", f[0] == "y":
		m.flag = f[0][0]
	case flag == "p" && typ != "" && !strings.ContainsFunc(typ, notBindingName):
		m.flag, m.binding = 'p', typ
	default:
		return m, errSCRAMSyntax
	}
	if f[1] != "" {
		a, ok := strings.CutPrefix(f[1], "a=")
		if !ok {
			return m, errSCRAMSyntax
		}
		if m.authzid, ok = parseSASLName(a); !ok {
			return m, errSCRAMSyntax
		}
	}
	m.bare, m.header = f[2], f[0]+","+f[1]+","
	a, err := attributes(m.bare, "nr")
	if err != nil {
		return m, err
	}
	var ok bool
	if m.user, ok = parseSASLName(a[0]); !ok || !validNonce(a[1]) {
		return m, errSCRAMSyntax
	}
	m.nonce = a[1]
	return m, nil
}

// notBindingName reports whether r is not allowed in the name of a type of channel binding.
func notBindingName(r rune) bool {
	return (r|0x20 < 'a' || r|0x20 > 'z') && (r < '0' || r > '9') && r != '.' && r != '-'
}

// clientFinal is the client's second message.
type clientFinal struct {
	binding, nonce, without string
	proof                   []byte
}

func parseClientFinal(message string) (m clientFinal, err error) {
	i := strings.LastIndex(message, ",p=")
	if i < 0 {
		return m, errSCRAMSyntax
	}
	a, err := attributes(message[:i], "cr")
	if err != nil {
		return m, err
	}
	m.proof, err = strictBase64.DecodeString(message[i+3:])
	if err != nil || strings.ContainsAny(message, "\r\n") || len(message) > maxText {
		return m, errSCRAMSyntax
	}
	m.binding, m.nonce, m.without = a[0], a[1], message[:i]
	return m, nil
}

// validNonce reports whether s is printable ASCII without a comma.
func validNonce(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == ',' })
}
