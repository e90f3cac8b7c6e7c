package program

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/auth"
)

func TestBar(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "pipe"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for _, f := range []*os.File{file, null} {
		if b := NewBar(f); b != nil {
			t.Errorf("%s is mistaken for a terminal", f.Name())
		} else {
			b.Expect(1)
			b.Did(1, "x")
			b.Clear()
		}
	}
	var out bytes.Buffer
	b := &Bar{w: &out}
	b.Expect(10)
	b.Did(5, "a mailbox\x1b[2J")
	b.Print(&out, "a line")
	b.Clear()
	if got := out.String(); !strings.Contains(got, "[##########          ] 5/10 a mailbox") || strings.Contains(got, "2J\x1b") || strings.Contains(got, "\x1b[2J") ||
		!strings.HasSuffix(got, "\r\x1b[Ka line\n") {
		t.Errorf("the bar has written %q", got)
	}
}

func TestAccount(t *testing.T) {
	t.Setenv("PASSWORD_HERE", "secret")
	for url, want := range map[string]string{
		"imaps://mail.example.com/": "names no user",
		"pop://x":                   "",
	} {
		var set Settings
		if _, _, err := set.Account(url, "PASSWORD_HERE"); err == nil || !strings.Contains(Explain(err), want) {
			t.Errorf("%s: got %v, want an error with %q", url, err, want)
		}
	}
	set := Settings{CAFile: filepath.Join(t.TempDir(), "none")}
	if _, _, err := set.Account("imaps://a@b", "PASSWORD_HERE"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("-ca with a file that does not exist: got %v, want %v", err, os.ErrNotExist)
	}
	if got := Explain(errors.Join(errors.New("a\x1b"), auth.ErrPlaintext)); !strings.Contains(got, "-plaintext-password") {
		t.Errorf("Explain: got %q, want advice about -plaintext-password", got)
	}
}

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
			t.Errorf("%s at %s: got %q, want %q", c.user, c.host, p.Reveal(), c.want)
		}
	}
}
