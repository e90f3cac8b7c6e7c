package match

import (
	"regexp"
	"strings"
	"testing"
)

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern string
		yes, no []string
	}{
		{"*", []string{"a", "a/b", "INBOX"}, nil},
		{"%", []string{"a", "INBOX"}, []string{"a/b"}},
		{"a/%", []string{"a/b", "a/"}, []string{"a", "a/b/c"}},
		{"%/b", []string{"a/b"}, []string{"b", "x/a/b"}},
		{"*b", []string{"b", "ab", "a/b"}, []string{"bc"}},
		{"a%b*c", []string{"abc", "axb/y/c"}, []string{"a/bc"}},
		{"%*", []string{"a/b"}, nil},
		{"*%", []string{"a/b"}, nil},
		{"%%", []string{"ab"}, []string{"a/b"}},
		{"inbox", []string{"INBOX"}, []string{"inboxes"}},
		{"inb%", []string{"INBOX"}, []string{"inboxes/x"}},
		{"inbox/*", []string{"INBOX/x"}, nil},
		{"", []string{""}, []string{"a"}},
		{"a", []string{"a"}, []string{"A", "aa", ""}},
		{"日%", []string{"日本"}, []string{"本"}},
	} {
		p := NewPattern(c.pattern, '/')
		for _, n := range c.yes {
			if !p.Match(n) {
				t.Errorf("%q does not match %q", c.pattern, n)
			}
		}
		for _, n := range c.no {
			if p.Match(n) {
				t.Errorf("%q matches %q", c.pattern, n)
			}
		}
	}
	long := NewPattern(strings.Repeat("%a*", 3000), '/')
	if long.Match(strings.Repeat("a", 1000)) {
		t.Error("a pattern of 3000 letters matches a name of 1000")
	}
}

// FuzzPattern compares the results of patterns with those of equivalent regular expressions.
func FuzzPattern(f *testing.F) {
	for _, s := range []string{"*", "%", "a/%", "%/b*", "a%b*c", "inbox", "INB*", "%%**%", "a.b", ""} {
		f.Add(s, "a/b")
		f.Add(s, "INBOX")
	}
	f.Fuzz(func(t *testing.T, p, name string) {
		if len(p) > 50 || len(name) > 50 {
			return
		}
		folded := foldName(name, '/')
		want := func(p string) bool {
			q := regexp.QuoteMeta(p)
			q = strings.ReplaceAll(q, `\*`, `(?s:.*)`)
			q = strings.ReplaceAll(q, `%`, `[^/]*`)
			re, err := regexp.Compile(`^` + q + `$`)
			return err == nil && re.MatchString(folded)
		}
		if !isASCII(p) || !isASCII(name) || strings.ContainsAny(name, "\r\n") {
			NewPattern(p, '/').Match(folded)
			return
		}
		ok := want(p) || folded == "INBOX" && want(strings.ToUpper(p))
		if i := len("INBOX"); len(p) >= i && strings.EqualFold(p[:i], "INBOX") {
			ok = ok || want("INBOX"+p[i:])
		}
		if got := NewPattern(p, '/').Match(folded); got != ok {
			t.Errorf("pattern %q and name %q: %v, want %v", p, folded, got, ok)
		}
	})
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0
}
