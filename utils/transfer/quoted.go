package transfer

import "bytes"

// decodeQP decodes quoted-printable text one line at a time (RFC 2045 §6.7). Malformed text stays unchanged.
func decodeQP(dst, in []byte, at pause) ([]byte, int) {
	used := 0
	for used < len(in) {
		line := in[used:]
		if n := bytes.IndexByte(line, '\n'); n >= 0 {
			line = line[:n+1]
		} else if at != atEnd {
			if at == atInput && (len(in) < chunk || used > 0) {
				break
			}
			// For a long line, and before an error, decode all but the last octets, whose meaning may depend on the octets
			// that follow.
			k := len(bytes.TrimRight(line, " \t\r"))
			if i := bytes.LastIndexByte(line[:k], '='); i >= 0 && i >= k-2 {
				k = i
			}
			return appendQP(dst, line[:k]), used + k
		}
		used += len(line)
		text := bytes.TrimRight(line, "\r\n")
		ending := line[len(text):]
		text = bytes.TrimRight(text, " \t")
		if bytes.HasSuffix(text, []byte{'='}) {
			text, ending = text[:len(text)-1], nil
		}
		dst = append(appendQP(dst, text), ending...)
	}
	return dst, used
}

// appendQP decodes text and appends the result.
func appendQP(dst, text []byte) []byte {
	for {
		i := bytes.IndexByte(text, '=')
		if i < 0 {
			return append(dst, text...)
		}
		dst = append(dst, text[:i]...)
		if text = text[i:]; len(text) > 2 && unhex(text[1]) < 16 && unhex(text[2]) < 16 {
			dst = append(dst, unhex(text[1])<<4|unhex(text[2]))
			text = text[3:]
		} else {
			dst = append(dst, '=')
			text = text[1:]
		}
	}
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
