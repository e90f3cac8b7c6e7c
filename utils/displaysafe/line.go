package displaysafe

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxMarks is how many combining marks in a row Line leaves: more than any language writes over one letter, and too
// few to cover the lines above.
const MaxMarks = 8

// Line returns s as one line without a character that a terminal obeys. The replacement character U+FFFD stands for
// each control character (ESC, CR, LF and the C1 set among them), each format character (those that change direction,
// and those without width), each line and paragraph separator, each character that is assigned to nobody, and each
// octet that is not UTF-8. Every kind of space becomes U+0020; marks beyond MaxMarks in a row are left out. Text that
// is safe is returned as it is, without a copy.
//
// Letters of scripts that are written from right to left stay: a terminal may still show them, and the digits next to
// them, in an order of its own.
func Line(s string) string {
	if plain(s) {
		return s
	}
	marks := 0
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.M, r) {
			marks++
			if marks > MaxMarks {
				return -1
			}
			return r
		}
		marks = 0
		switch {
		case unicode.Is(unicode.Zs, r):
			return ' '
		case !unicode.IsPrint(r):
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(s, string(utf8.RuneError)))
}

// plain reports whether s has nothing but printable ASCII.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
