package mutf7

import (
	"errors"
	"unicode/utf16"
	"unicode/utf8"
)

// ErrInvalid reports octets that are not valid modified UTF-7 (RFC 3501 §5.1.3).
var ErrInvalid = errors.New("mutf7: invalid encoding")

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,"

var digits = func() (t [256]int8) {
	for i := range t {
		t[i] = -1
	}
	for i := range len(alphabet) {
		t[alphabet[i]] = int8(i)
	}
	return t
}()

// direct reports whether c is printable ASCII, which is encoded as itself, except for "&".
func direct(c rune) bool { return c >= 0x20 && c <= 0x7e }

// Encode returns s in modified UTF-7. Octets that are not UTF-8 become U+FFFD.
func Encode(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] == '&' || !direct(rune(s[i])) {
			return string(AppendEncode(make([]byte, 0, len(s)*2), s))
		}
	}
	return s
}

// AppendEncode appends s in modified UTF-7 to dst.
func AppendEncode(dst []byte, s string) []byte {
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == '&':
			dst = append(dst, '&', '-')
			s = s[n:]
		case direct(r):
			dst = append(dst, byte(r))
			s = s[n:]
		default:
			dst, s = appendShifted(dst, s)
		}
	}
	return dst
}

// appendShifted appends the encoding of the characters at the beginning of s that are not encoded as themselves. It
// also returns the rest of s.
func appendShifted(dst []byte, s string) ([]byte, string) {
	dst = append(dst, '&')
	var acc uint32
	bits := 0
	unit := func(u uint16) {
		acc = acc<<16 | uint32(u)
		bits += 16
		for bits >= 6 {
			bits -= 6
			dst = append(dst, alphabet[acc>>bits&63])
		}
	}
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if direct(r) {
			break
		}
		s = s[n:]
		if r >= 0x10000 {
			hi, lo := utf16.EncodeRune(r)
			unit(uint16(hi))
			unit(uint16(lo))
		} else {
			unit(uint16(r))
		}
	}
	if bits > 0 {
		dst = append(dst, alphabet[acc<<(6-bits)&63])
	}
	return append(dst, '-'), s
}

// Decode decodes s. If s has anything that RFC 3501 §5.1.3 forbids, the error is ErrInvalid.
func Decode(s string) (string, error) {
	b, err := AppendDecode(nil, []byte(s))
	return string(b), err
}

// AppendDecode decodes src and appends the text to dst. If it fails, it returns dst unchanged.
func AppendDecode(dst, src []byte) ([]byte, error) {
	from := len(dst)
	for i := 0; i < len(src); {
		c := src[i]
		if !direct(rune(c)) {
			return dst[:from], ErrInvalid
		}
		if c != '&' {
			dst = append(dst, c)
			i++
			continue
		}
		var n int
		var ok bool
		if dst, n, ok = shifted(dst, src[i:], false); !ok {
			return dst[:from], ErrInvalid
		}
		i += n
		// Two shifts in a row are an error, because the same text must not have two encodings.
		if n > 2 && i+1 < len(src) && src[i] == '&' && src[i+1] != '-' {
			return dst[:from], ErrInvalid
		}
	}
	return dst, nil
}

// shifted decodes the shift at the beginning of src, from "&" to "-", and returns its length. If lax is true, it allows
// characters in the shift that should be encoded as themselves.
func shifted(dst, src []byte, lax bool) (out []byte, n int, ok bool) {
	if len(src) > 1 && src[1] == '-' {
		return append(dst, '&'), 2, true
	}
	var acc uint32
	var high rune
	bits := 0
	for i := 1; i < len(src); i++ {
		if src[i] == '-' {
			// At most five bits may be left over. They must be zero, and the last surrogate pair must be complete.
			return dst, i + 1, i > 1 && bits < 6 && acc&(1<<bits-1) == 0 && high == 0
		}
		d := digits[src[i]]
		if d < 0 {
			return dst, 0, false
		}
		acc = acc<<6 | uint32(d)
		if bits += 6; bits < 16 {
			continue
		}
		bits -= 16
		u := rune(acc >> bits & 0xffff)
		switch {
		case high != 0:
			r := utf16.DecodeRune(high, u)
			if r == utf8.RuneError {
				return dst, 0, false
			}
			dst, high = utf8.AppendRune(dst, r), 0
		case u >= 0xd800 && u < 0xdc00:
			high = u
		case u >= 0xdc00 && u < 0xe000, !lax && direct(u):
			return dst, 0, false
		default:
			dst = utf8.AppendRune(dst, u)
		}
	}
	return dst, 0, false
}

// DecodeLenient decodes the valid parts of s, and keeps all other octets unchanged. It does not fail. Some servers send
// "&" by itself, or UTF-8; DecodeLenient keeps both as they are.
func DecodeLenient(s []byte) string {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		if s[i] == '&' {
			if b, n, ok := shifted(out, s[i:], true); ok {
				out = b
				i += n
				continue
			}
		}
		out = append(out, s[i])
		i++
	}
	return string(out)
}
