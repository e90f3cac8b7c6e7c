package wire

import (
	"math"
	"strconv"
)

// A header is what the end of a line says of the literal after it.
type header struct {
	size   int64
	sync   bool // {n}: the receiver is asked first
	binary bool // ~{n}: any octets, NUL too (RFC 3516)
	len    int  // of the header itself, line end included
}

// maxDigits is how many digits a literal's size may have, leading zeros included. Nobody means more.
const maxDigits = 40

// headerAtEnd returns the literal header at the end of line, if there is one. A quoted string cannot span lines and an
// atom cannot hold "{", so outside free text nothing else ends this way. A size beyond 63 bits is returned as
// math.MaxInt64, which no literal has.
func headerAtEnd(line []byte) (h header, ok bool) {
	i := len(line)
	if i == 0 || line[i-1] != '\n' {
		return h, false
	}
	i--
	if i > 0 && line[i-1] == '\r' {
		i--
	}
	if i < 3 || line[i-1] != '}' {
		return h, false
	}
	i--
	h.sync = true
	if line[i-1] == '+' {
		h.sync = false
		i--
	}
	end := i
	for i > 0 && line[i-1]-'0' <= 9 {
		i--
	}
	if i == end || i == 0 || line[i-1] != '{' {
		return h, false
	}
	for _, c := range line[i:end] {
		digit := int64(c - '0')
		if h.size > (math.MaxInt64-digit)/10 || end-i > maxDigits {
			h.size = math.MaxInt64
			break
		}
		h.size = h.size*10 + digit
	}
	i--
	if i > 0 && line[i-1] == '~' {
		h.binary = true
		i--
	}
	h.len = len(line) - i
	return h, true
}

// headerAt returns the literal header at the beginning of b, if there is one.
func headerAt(b []byte) (h header, ok bool) {
	i := 0
	if i < len(b) && b[i] == '~' {
		i++
	}
	if i >= len(b) || b[i] != '{' {
		return h, false
	}
	for i++; i < len(b); i++ {
		if c := b[i]; c == '\n' {
			h, ok = headerAtEnd(b[:i+1])
			return h, ok && h.len == i+1
		} else if !is(c, classDigit) && c != '+' && c != '}' && c != '\r' {
			break
		}
	}
	return h, false
}

// mayAnnounce reports, at little cost, whether line may end in a literal's header.
func mayAnnounce(line []byte) bool {
	n := len(line)
	return n >= 4 && (line[n-3] == '}' || line[n-2] == '}')
}

// bareLF reports whether a line ends in LF without CR.
func bareLF(line []byte) bool { return len(line) < 2 || line[len(line)-2] != '\r' }

// appendHeader appends a literal's header, and its line end.
func appendHeader(dst []byte, size int64, binary, sync bool) []byte {
	if binary {
		dst = append(dst, '~')
	}
	dst = append(dst, '{')
	dst = strconv.AppendInt(dst, size, 10)
	if !sync {
		dst = append(dst, '+')
	}
	return append(dst, "}\r\n"...)
}
