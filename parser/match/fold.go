package match

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// appendFold appends s in the form in which i;unicode-casemap compares strings. In this form, each character is
// converted to title case and then decomposed (RFC 5051 §2).
func appendFold(dst []byte, s string) []byte {
	from := len(dst)
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf {
			return norm.NFKD.AppendString(dst[:from], strings.Map(unicode.ToTitle, s))
		}
		if c-'a' < 26 {
			c -= 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

// Fold returns s in the form in which i;unicode-casemap compares strings.
func Fold(s string) string { return string(appendFold(nil, s)) }

// contains reports whether s contains needle, ignoring case. needle must be folded already; contains folds s into the
// buffer of the search.
func (q *Search) contains(s, needle string) bool {
	if len(needle) == 0 {
		return true
	}
	q.buf = appendFold(q.buf[:0], s)
	found := bytes.Contains(q.buf, []byte(needle))
	if cap(q.buf) > 1<<20 {
		q.buf = nil
	}
	return found
}
