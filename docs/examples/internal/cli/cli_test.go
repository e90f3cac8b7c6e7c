package cli

import (
	"bytes"
	"strings"
	"testing"
)

func TestNetrc(t *testing.T) {
	const text = `machine other.example login alice password no
machine mail.example.com
	login bob password bobs
machine mail.example.com login alice account x password alices
default login anonymous password guest`
	for _, c := range []struct {
		host, user, want string
	}{{"mail.example.com", "alice", "alices"}, {"mail.example.com", "bob", "bobs"}, {"other.example", "alice", "no"}, {"other.example", "bob", ""}} {
		if p, ok := netrc(text, c.host, c.user); ok != (c.want != "") || p.Reveal() != c.want {
			t.Errorf("%s at %s: %q", c.user, c.host, p.Reveal())
		}
	}
}

func TestProgress(t *testing.T) {
	var out bytes.Buffer
	p := NewProgress(&out)
	p.Expect(2)
	p.Step("one")
	p.Line("%s", "a line")
	p.Step("two")
	p.Close()
	if out.String() != "a line\n" {
		t.Errorf("in a pipe: %q", out.String())
	}
	out.Reset()
	p = NewProgress(&out)
	p.bar = true // as at a terminal
	p.Expect(2)
	p.Step("one\x1b[2J")
	p.Line("a line")
	p.Close()
	if got := out.String(); !strings.Contains(got, "1/2 one") || strings.Contains(got, "\x1b[2J") || !strings.Contains(got, "\x1b[Ka line\n") || !strings.HasSuffix(got, "\r\x1b[K") {
		t.Errorf("at a terminal: %q", got)
	}
}
