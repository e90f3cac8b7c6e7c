package message

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime/quotedprintable"
)

// ErrUnknownEncoding says that a content transfer encoding is not known: the code is UNKNOWN-CTE (RFC 3516 §4.3).
var ErrUnknownEncoding = errors.New("message: unknown content transfer encoding")

// Binary returns the content of the part with that path without its transfer encoding, in the charset it is in:
// BINARY[…] (RFC 3516 §4.2). It reports false if there is no such part. Multiparts and messages are as they are. It is
// valid until the program ends, and must not be changed. The error is ErrUnknownEncoding.
func (m *Message) Binary(path []uint32) (content []byte, ok bool, err error) {
	p := m.Part(path)
	if p == nil {
		return nil, false, nil
	}
	if len(path) == 0 {
		return p.All(), true, nil
	}
	content, err = p.Decoded()
	return content, true, err
}

// Decoded returns the body without its transfer encoding; valid until the program ends. What is not well encoded is read as
// far as it makes sense. The error is ErrUnknownEncoding.
func (p *Part) Decoded() ([]byte, error) {
	b := p.Body()
	if p.IsMultipart() || p.Message != nil {
		return b, nil
	}
	switch p.Encoding() {
	case "7bit", "8bit", "binary":
		return b, nil
	case "base64":
		return decodeBase64(b), nil
	case "quoted-printable":
		return decodeQP(b), nil
	}
	return nil, ErrUnknownEncoding
}

// decodeBase64 decodes what of b is base64. Text joined from pieces, each with its own padding, is read on.
func decodeBase64(b []byte) []byte {
	out := make([]byte, 0, len(b)/4*3+3)
	var quad [4]byte
	n := 0
	for _, c := range b {
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9', c == '+', c == '/':
			quad[n] = c
			if n++; n == 4 {
				out, _ = base64.RawStdEncoding.AppendDecode(out, quad[:])
				n = 0
			}
		case c == '=' && n > 0:
			out, _ = base64.RawStdEncoding.AppendDecode(out, quad[:n])
			n = 0
		}
	}
	if n > 1 {
		out, _ = base64.RawStdEncoding.AppendDecode(out, quad[:n])
	}
	return out
}

// decodeQP decodes quoted-printable text. What package quotedprintable refuses is left as it is.
func decodeQP(b []byte) []byte {
	out, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(b)))
	if err == nil {
		return out
	}
	out = out[:0]
	for len(b) > 0 {
		line := b
		if n := bytes.IndexByte(b, '\n'); n >= 0 {
			line = b[:n+1]
		}
		b = b[len(line):]
		text := bytes.TrimRight(line, "\r\n")
		end := line[len(text):]
		text = bytes.TrimRight(text, " \t")
		if bytes.HasSuffix(text, []byte{'='}) {
			text, end = text[:len(text)-1], nil
		}
		for i := 0; i < len(text); i++ {
			if text[i] == '=' && i+2 < len(text) && unhex(text[i+1]) < 16 && unhex(text[i+2]) < 16 {
				out = append(out, unhex(text[i+1])<<4|unhex(text[i+2]))
				i += 2
				continue
			}
			out = append(out, text[i])
		}
		out = append(out, end...)
	}
	return out
}

func unhex(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 255
}
