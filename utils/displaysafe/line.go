package displaysafe

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxMarks is how many combining marks in a row Line keeps. No language has so many marks on one letter, and this
// number of marks is too small to cover the lines above.
const MaxMarks = 8

// Line returns s as one line, without characters that control a terminal. It replaces unsafe characters by the
// replacement character U+FFFD. These are control characters (including ESC, CR, LF and the C1 set), format characters
// (those that change direction, and those without width), line and paragraph separators, unassigned and private-use
// characters, and octets that are not UTF-8. It replaces each kind of space by U+0020, and drops marks beyond MaxMarks
// in a row. If s is safe, Line returns s itself.
//
// Line keeps letters of right-to-left scripts. A terminal may show them, and the digits next to them, in another order.
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

// plain reports whether s has only printable ASCII characters.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
