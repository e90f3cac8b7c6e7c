package wire

import (
	"math"
	"strconv"
)

// A header is the announcement of a literal at the end of a line, such as {12}.
type header struct {
	size   int64
	sync   bool // the form is {n}: the sender waits for a continuation request
	binary bool // the form is ~{n}: the literal may have any octets, even NUL (RFC 3516)
	len    int  // length of the header in octets, with its line end
}

// maxDigits is how many digits of a literal's size headerAtEnd reads. If the size has more digits, even leading zeros,
// headerAtEnd takes it for math.MaxInt64.
const maxDigits = 40

// headerAtEnd returns the header of a literal at the end of line, if line ends with one. A quoted string cannot span
// lines, and an atom cannot have "{". So a line that ends with {n} announces a literal, unless the end of the line is
// free text. If the size does not fit in 63 bits, or has more than maxDigits digits, h.size is math.MaxInt64, which the
// limits never allow.
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

// headerAt returns the header of a literal at the beginning of b, if b begins with one.
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

// mayAnnounce is a quick check before headerAtEnd. If it returns false, line does not end with a literal's header.
func mayAnnounce(line []byte) bool {
	n := len(line)
	return n >= 4 && (line[n-3] == '}' || line[n-2] == '}')
}

// bareLF reports whether a line ends in LF without CR.
func bareLF(line []byte) bool { return len(line) < 2 || line[len(line)-2] != '\r' }

// appendHeader appends the header of a literal, with its line end.
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
