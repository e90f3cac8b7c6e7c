package displaysafe

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxMarks is how many combining marks in a row Line keeps: more than any language writes over one letter, and too few
// to cover the lines above.
const MaxMarks = 8

// Line returns s as one line without any character that a terminal obeys. It replaces these by the replacement
// character U+FFFD: control characters (including ESC, CR, LF and the C1 set), format characters (those that change
// direction, and those without width), line and paragraph separators, unassigned characters, and octets that are not
// UTF-8. It replaces every kind of space by U+0020, and drops marks beyond MaxMarks in a row. Safe text is returned
// unchanged, without a copy.
//
// Letters of right-to-left scripts stay. A terminal may still show them, and the digits next to them, in an order of
// its own.
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

// plain reports whether s has only printable ASCII.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
