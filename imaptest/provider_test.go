package imaptest_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
)

// TestProviders checks the peculiarities of each provider's preset.
func TestProviders(t *testing.T) {
	xoauth2 := "AUTHENTICATE XOAUTH2 " + base64.StdEncoding.EncodeToString([]byte("user=alice\x01auth=Bearer token\x01\x01"))
	const plain = "LOGIN alice secret"
	for _, c := range []struct {
		preset, login string
		commands      []string
		last, not     string // substrings that the last answer must contain, and must not contain
	}{
		{"gmail", plain, []string{`LIST "" *`}, `"[Gmail]/Sent Mail"`, `\Sent`},
		{"gmail", plain, []string{`LIST "" * RETURN (SPECIAL-USE)`}, `* LIST (\HasNoChildren \Sent) "/" "[Gmail]/Sent Mail"`, ""},
		{"gmail", plain, []string{"SELECT INBOX", "UID MOVE 1 [Gmail]/Spam"}, "T OK [COPYUID ", "* OK [COPYUID"},
		{"gmail", plain, []string{"SELECT INBOX", "UID MOVE 1 [Gmail]/Trash"}, "EOF", "T "},
		{"gmail", plain, []string{"SELECT INBOX", `STORE 1 +FLAGS (\Deleted)`, "EXPUNGE", `STATUS "[Gmail]/All Mail" (MESSAGES)`}, "MESSAGES 1", ""},
		{"gmail", plain, []string{"SELECT INBOX", `STORE 1:2 +FLAGS (\Deleted)`, "UID EXPUNGE 2", `STATUS "[Gmail]/All Mail" (MESSAGES)`}, "MESSAGES 1", ""},
		{"gmail", plain, []string{"CAPABILITY"}, "CONDSTORE", "QRESYNC"},
		{"outlook", plain, nil, "T NO Basic authentication is disabled.", ""},
		{"outlook", xoauth2, []string{"CAPABILITY"}, "UIDPLUS", "CONDSTORE"},
		{"outlook", xoauth2, []string{"SELECT INBOX", "SEARCH CHARSET UTF-8 ALL"}, "T NO [BADCHARSET (US-ASCII)]", ""},
		{"outlook", xoauth2, []string{"SELECT INBOX", "SEARCH CHARSET US-ASCII ALL"}, "* SEARCH 1 2", ""},
		{"outlook", xoauth2, []string{"SELECT INBOX", "UID COPY 99 Archive"}, "T OK [COPYUID 14  ]", ""},
		{"outlook", xoauth2, []string{"SELECT INBOX", "UID COPY 1 Archive"}, " 1 1]", "COPYUID 14 "},
		{"outlook", xoauth2, []string{"SELECT INBOX", "IDLE\r\nDONE"}, "* 2 EXISTS\n+ idling", ""},
		{"icloud", plain, []string{"ENABLE QRESYNC"}, "* ENABLED\nT OK", "QRESYNC"},
		{"icloud", plain, []string{"ENABLE QRESYNC", "SELECT INBOX (QRESYNC (1 1))"}, "T OK", ""},
		{"icloud", plain, []string{"SELECT INBOX", "ENABLE QRESYNC"}, "T BAD", ""},
		{"icloud", plain, []string{"SELECT INBOX", "FETCH 1 (FLAGS RFC822 UID)"}, `RFC822 ""`, "body"},
		{"icloud", plain, []string{"SELECT INBOX", "FETCH 1 (FLAGS BODY[])"}, "body", ""},
		{"icloud", plain, []string{"SELECT INBOX", "IDLE\r\nDONE"}, "+ idling\n* 1 FETCH (FLAGS (", ""},
		{"icloud", plain, []string{`LIST "" *`}, `* LIST (\HasNoChildren) "/" "Sent Messages"`, `\Sent`},
		{"yahoo", plain, []string{"SELECT INBOX", "SEARCH ALL"}, "* SEARCH 1 2\n", ""},
		{"yahoo", plain, []string{"SELECT Bulk", "SEARCH ALL"}, "* SEARCH 202 203 ", " 201 "},
	} {
		srv := newServer(t, imaptest.Preset(c.preset), imaptest.WithUser("alice", "secret"), imaptest.WithToken("alice", "token"))
		for range 2 {
			srv.Mailbox("alice", "INBOX").Append([]byte("Subject: x\r\n\r\nbody\r\n"), parser.FlagSeen)
		}
		if strings.Contains(fmt.Sprint(c.commands), "Bulk") {
			for range 1201 {
				srv.Mailbox("alice", "Bulk").Append([]byte("Subject: x\r\n\r\nbody\r\n"))
			}
		}
		r := newRaw(t, srv.Pipe())
		r.line()
		got := r.do(c.login)
		for _, cmd := range c.commands {
			got = r.do(cmd)
		}
		text := strings.Join(got, "\n")
		if !strings.Contains(text, c.last) || c.not != "" && strings.Contains(text, c.not) {
			t.Errorf("%s: the answer to %q contains %.300s; want %q, and not %q", c.preset, c.commands, text, c.last, c.not)
		}
	}
}

// TestProviderLimits opens more connections than allowed, and sessions that last longer than allowed.
func TestProviderLimits(t *testing.T) {
	for preset, most := range map[string]int{"gmail": 15, "icloud": 10, "yahoo": 5} {
		srv := newServer(t, imaptest.Preset(preset), imaptest.WithUser("alice", "secret"))
		for i := range most + 1 {
			r := newRaw(t, srv.Pipe())
			r.line()
			got := r.do("LOGIN alice secret")
			if ok := strings.HasPrefix(got[len(got)-1], "T OK"); ok != (i < most) || !ok && !strings.Contains(strings.ToLower(got[0]), "too many") {
				t.Errorf("%s: connection %d: %q", preset, i+1, got)
			}
		}
	}
	for preset, life := range map[string]time.Duration{"gmail": 24 * time.Hour, "yahoo": 30 * time.Minute, "aol": 5 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			srv := newServer(t, imaptest.Preset(preset), imaptest.WithUser("alice", "secret"))
			r := login(t, srv, "INBOX")
			begin := time.Now()
			line := "* OK"
			for r.send("A9 IDLE"); strings.HasPrefix(line, "+") || strings.HasPrefix(line, "* OK"); {
				line = r.line()
			}
			if d := time.Since(begin); !strings.HasPrefix(line, "* BYE") || d.Round(time.Minute) != life {
				t.Errorf("%s: %q after %v", preset, line, d)
			}
		})
	}
}

// TestMishaps injects each mishap once.
func TestMishaps(t *testing.T) {
	n := 0
	for _, preset := range imaptest.Presets() {
		for _, m := range imaptest.Mishaps(preset) {
			srv := newServer(t, imaptest.Preset(preset), imaptest.WithUser("alice", "secret"))
			srv.Inject(m.Fault, m.When)
			if m.When.Times != 1 || m.Name == "" {
				t.Errorf("%s: want a name and Times 1, got %+v", preset, m)
			}
			n++
		}
	}
	if n < 15 {
		t.Errorf("%d mishaps", n)
	}
}
