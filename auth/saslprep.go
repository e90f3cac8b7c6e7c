package auth

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
)

// SASLprep prepares a password or name by RFC 4013, which RFC 8265 obsoletes. Unlike OpaqueString, it replaces
// compatibility characters (NFKC: "½" becomes "1⁄2"), and drops invisible characters such as soft hyphens. It allows
// code points that were unassigned in Unicode 3.2, as RFC 4013 does for queries. It is for servers that prepare
// passwords by RFC 4013; see SCRAMOptions.
func SASLprep(s string) (string, error) {
	if ascii(s) {
		return s, nil
	}
	if !utf8.ValidString(s) {
		return "", errPrepare
	}
	s = norm.NFKC.String(strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(otherSpaces, r):
			return ' '
		case unicode.Is(mappedToNothing, r):
			return -1
		}
		return r
	}, s))
	if s == "" || strings.ContainsFunc(s, prohibited) || !validBidi(s) {
		return "", errPrepare
	}
	return s, nil
}

// validBidi checks the rule of RFC 3454 §6: if a string has right-to-left characters, it has no left-to-right
// characters, and its first and last characters are right-to-left.
func validBidi(s string) bool {
	right := func(r rune) bool {
		p, _ := bidi.LookupRune(r)
		return p.Class() == bidi.R || p.Class() == bidi.AL
	}
	left := func(r rune) bool {
		p, _ := bidi.LookupRune(r)
		return p.Class() == bidi.L
	}
	if !strings.ContainsFunc(s, right) {
		return true
	}
	first, _ := utf8.DecodeRuneInString(s)
	last, _ := utf8.DecodeLastRuneInString(s)
	return right(first) && right(last) && !strings.ContainsFunc(s, left)
}

// prohibited reports whether RFC 4013 §2.3 prohibits r.
func prohibited(r rune) bool {
	// The last two code points of each plane are not characters (RFC 3454 C.4).
	return unicode.Is(prohibitedTable, r) || r&0xfffe == 0xfffe
}

var (
	// otherSpaces is table C.1.2 of RFC 3454.
	otherSpaces = &unicode.RangeTable{R16: []unicode.Range16{
		{0x00a0, 0x00a0, 1}, {0x1680, 0x1680, 1}, {0x2000, 0x200b, 1}, {0x202f, 0x202f, 1}, {0x205f, 0x205f, 1}, {0x3000, 0x3000, 1},
	}, LatinOffset: 1}
	// mappedToNothing is table B.1 of RFC 3454.
	mappedToNothing = &unicode.RangeTable{R16: []unicode.Range16{
		{0x00ad, 0x00ad, 1}, {0x034f, 0x034f, 1}, {0x1806, 0x1806, 1}, {0x180b, 0x180d, 1}, {0x200b, 0x200d, 1}, {0x2060, 0x2060, 1},
		{0xfe00, 0xfe0f, 1}, {0xfeff, 0xfeff, 1},
	}, LatinOffset: 1}
	// prohibitedTable has the tables C.1.2 and C.2.1 to C.9 of RFC 3454, except for the last two code points of each
	// plane.
	prohibitedTable = &unicode.RangeTable{R16: []unicode.Range16{
		{0x0000, 0x001f, 1}, {0x007f, 0x00a0, 1}, {0x0340, 0x0341, 1}, {0x06dd, 0x06dd, 1}, {0x070f, 0x070f, 1}, {0x1680, 0x1680, 1},
		{0x180e, 0x180e, 1}, {0x2000, 0x200f, 1}, {0x2028, 0x202f, 1}, {0x205f, 0x2063, 1}, {0x206a, 0x206f, 1}, {0x2ff0, 0x2ffb, 1},
		{0x3000, 0x3000, 1}, {0xd800, 0xf8ff, 1}, {0xfdd0, 0xfdef, 1}, {0xfeff, 0xfeff, 1}, {0xfff9, 0xffff, 1},
	}, R32: []unicode.Range32{
		{0x1d173, 0x1d17a, 1}, {0xe0001, 0xe0001, 1}, {0xe0020, 0xe007f, 1}, {0xf0000, 0x10ffff, 1},
	}, LatinOffset: 2}
)
