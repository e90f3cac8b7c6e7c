package displaysafe

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestLine(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"ASCII", "Re: lunch? ~ {3}", "Re: lunch? ~ {3}"},
		{"letters", "Grüße 写真 – مرحبا", "Grüße 写真 – مرحبا"},
		{"clear the screen", "a\x1b[2Jb", "a�[2Jb"},
		{"title of the window", "\x1b]0;x\x07", "�]0;x�"},
		{"C1 introducer in UTF-8", "a\u009b2J", "a�2J"},
		{"C1 introducer as an octet", "a\x9b2J", "a�2J"},
		{"a line of its own", "a\r\n$ rm", "a��$ rm"},
		{"backspace, tab, delete, NUL", "a\b\t\x7f\x00", "a����"},
		{"right-to-left override", "exe.\u202etxt", "exe.�txt"},
		{"isolate", "\u2066a\u2069", "�a�"},
		{"line and paragraph separator", "a\u2028b\u2029c", "a�b�c"},
		{"no width", "pay\u200bpal\ufeff", "pay�pal�"},
		{"tag characters", "a\U000e0041", "a�"},
		{"private use", "\ue000", "�"},
		{"wide spaces", "a\u00a0b\u3000c", "a b c"},
		{"marks", "a" + strings.Repeat("\u0301", 99), "a" + strings.Repeat("\u0301", MaxMarks)},
	} {
		if got := Line(test.in); got != test.want {
			t.Errorf("%s: Line(%q) = %q, want %q", test.name, test.in, got, test.want)
		}
	}
}

func FuzzLine(f *testing.F) {
	f.Add("a\x1b[2J\u202e\xff")
	f.Fuzz(func(t *testing.T, s string) {
		got := Line(s)
		if !utf8.ValidString(got) || Line(got) != got {
			t.Fatalf("Line(%q) = %q, which is not UTF-8, or which Line changes again", s, got)
		}
		for _, r := range got {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) {
				t.Fatalf("Line(%q) has %U", s, r)
			}
		}
	})
}
