package session_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

func TestGreetings(t *testing.T) {
	for _, c := range []struct {
		name, script string
		is           error
		text         string
	}{
		{"BYE", "S: * BYE [UNAVAILABLE] too busy\n", parser.BYE, "too busy"},
		{"NO", "S: * NO LOGOUT Intrusion prevention active\n", parser.NO, "Intrusion"},
		{"POP3", "S: +OK Gpop ready\n", session.ErrNotIMAP, "+OK Gpop"},
		{"SMTP", "S: 220 mail.example.com ESMTP\n", session.ErrNotIMAP, "220 mail"},
		{"nonsense", "S: * INVALID\n", session.ErrNotIMAP, "INVALID"},
		{"tagged", "S: A1 OK hello\n", session.ErrNotIMAP, "A1 OK"},
	} {
		synctest.Test(t, func(t *testing.T) {
			err := opened(t, nil, c.script)
			if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%s: got %v, want %v with the text %q", c.name, err, c.is, c.text)
			}
		})
	}
}

func TestGreetingAsksForCapabilities(t *testing.T) {
	for _, greeting := range []string{"S: * OK\n", "S: * OK IMAPrev1\n", "S= \"\\x00\\x00* OK ready\\n\"\n"} {
		synctest.Test(t, func(t *testing.T) {
			s := play(t, nil, greeting+"C: A1 CAPABILITY\nS: * capability imap4rev1 idle \nS: A1 ok done\n")
			if !s.Caps().Has("IDLE") || s.State() != session.NotAuthenticated {
				t.Errorf("got capabilities %v in state %v, want IDLE in state %v", s.Caps(), s.State(), session.NotAuthenticated)
			}
		})
	}
}

func TestPreauth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if s := play(t, nil, preauth); s.State() != session.Authenticated {
			t.Errorf("got state %v, want %v", s.State(), session.Authenticated)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		expectErr(t, "PREAUTH when TLS is required", opened(t, &session.Config{RequireTLS: true}, preauth), session.ErrNoTLS)
	})
}
