package wire

// The character classes of RFC 9051 §9, as bits of one table.
const (
	classAtom   uint8 = 1 << iota // ATOM-CHAR
	classAStr                     // ASTRING-CHAR: ATOM-CHAR or "]"
	classList                     // list-char: ATOM-CHAR, list-wildcards or "]"
	classTag                      // tag: ASTRING-CHAR without "+"
	classQuoted                   // octets up to 127 that a quoted string may have without a backslash
	classValue                    // octets that Value accepts in a word: all but controls, SP, "(", ")" and DQUOTE
	classDigit
)

var classes = func() (t [256]uint8) {
	for c := range 256 {
		ctl := c < 0x20 || c == 0x7f
		var m uint8
		if c < 0x80 && !ctl {
			switch c {
			case '(', ')', '{', ' ', '%', '*', '"', '\\', ']':
			default:
				m |= classAtom | classAStr | classList | classTag
			}
		}
		switch c {
		case ']':
			m |= classAStr | classList | classTag
		case '%', '*':
			m |= classList
		case '+':
			m &^= classTag
		}
		if c >= '0' && c <= '9' {
			m |= classDigit
		}
		switch c {
		case 0, '\r', '\n', '"', '\\':
		default:
			if c < 0x80 {
				m |= classQuoted
			}
		}
		if !ctl && c != ' ' && c != '(' && c != ')' && c != '"' {
			m |= classValue
		}
		t[c] = m
	}
	return t
}()

func is(c, class uint8) bool { return classes[c]&class != 0 }

// IsAtom reports whether s can be sent as an atom (RFC 9051 §9).
func IsAtom(s string) bool { return all(s, classAtom) }

// IsFlag reports whether s can be sent as a flag: as a keyword, as a word after a backslash, or as \*. IsFlag accepts
// "]", although RFC 9051 §9 does not allow it in an atom. Some servers have keywords with "]", and clients must be able
// to send these back.
func IsFlag(s string) bool {
	if len(s) > 0 && s[0] == '\\' {
		s = s[1:]
		return s == "*" || all(s, classAStr)
	}
	return all(s, classAStr)
}

// IsAString reports whether s can be sent as an astring without quotes. It returns false for NIL. RFC 9051 §9 allows
// NIL as an astring, but many peers take it for the absence of a value.
func IsAString(s string) bool { return all(s, classAStr) && !isNIL(s) }

func isNIL(s string) bool {
	return len(s) == 3 && s[0]|0x20 == 'n' && s[1]|0x20 == 'i' && s[2]|0x20 == 'l'
}

func all(s string, class uint8) bool {
	for i := range len(s) {
		if !is(s[i], class) {
			return false
		}
	}
	return len(s) > 0
}

// upper returns c in upper case if it is an ASCII letter.
func upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		c -= 'a' - 'A'
	}
	return c
}

// EqualFold reports whether b and s are equal, without regard to the case of ASCII letters. The words of IMAP are
// compared in this way (RFC 9051 §9).
func EqualFold(b []byte, s string) bool {
	if len(b) != len(s) {
		return false
	}
	for i, c := range b {
		if c != s[i] && upper(c) != upper(s[i]) {
			return false
		}
	}
	return true
}
