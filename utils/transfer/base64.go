package transfer

import (
	"bytes"
	"encoding/base64"
)

// A base64Decoder decodes base64. The text may consist of several pieces that each end with padding.
type base64Decoder struct {
	quad [4]byte
	n    int
}

func (d *base64Decoder) decode(dst, in []byte, at pause) ([]byte, int) {
	for left := in; len(left) > 0; {
		line := left
		if i := bytes.IndexByte(left, '\n'); i >= 0 {
			line = left[:i+1]
		}
		left = left[len(line):]
		dst = d.line(dst, line)
	}
	if at == atEnd && d.n > 1 {
		dst = d.flush(dst)
	}
	return dst, len(in)
}

// line decodes a line or a part of one. Nearly all lines consist of whole groups of four characters, which line decodes
// in one step.
func (d *base64Decoder) line(dst, line []byte) []byte {
	if text := bytes.TrimRight(line, "\r\n"); d.n == 0 && len(text)%4 == 0 && bytes.IndexByte(text, '\r') < 0 {
		n := len(dst)
		if out, err := base64.RawStdEncoding.AppendDecode(dst, text); err == nil {
			return out
		}
		dst = dst[:n]
	}
	for _, c := range line {
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9', c == '+', c == '/':
			d.quad[d.n] = c
			if d.n++; d.n == 4 {
				dst = d.flush(dst)
			}
		case c == '=' && d.n > 0:
			dst = d.flush(dst)
		}
	}
	return dst
}

func (d *base64Decoder) flush(dst []byte) []byte {
	dst, _ = base64.RawStdEncoding.AppendDecode(dst, d.quad[:d.n])
	d.n = 0
	return dst
}
