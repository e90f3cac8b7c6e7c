package session_test

import (
	"errors"
	"io"
	"net"
	"testing"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// play opens a session on a script whose first line is the greeting.
func play(t *testing.T, cfg *session.Config, script string) *session.Session {
	t.Helper()
	c, srv := imaptest.Pipe(0)
	imaptest.Play(t, srv, script)
	s, err := session.Open(t.Context(), c, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// opened opens a session on a script, and returns the error of Open.
func opened(t *testing.T, cfg *session.Config, script string) error {
	t.Helper()
	c, srv := imaptest.Pipe(0)
	imaptest.Play(t, srv, script)
	s, err := session.Open(t.Context(), c, cfg)
	if err == nil {
		s.Close()
	}
	return err
}

func runCommand(t *testing.T, s *session.Session, cmd session.Command) error {
	t.Helper()
	_, err := session.Start[struct{}](s, cmd, nil).Wait(t.Context())
	return err
}

// fetch is a FETCH that claims every FETCH response.
func fetch() session.Command {
	return session.Command{
		Name: "FETCH", Args: func(e *wire.Encoder) { e.Raw(" 1:* FLAGS") },
		Claim:   func(r *parser.Response) bool { return r.Name == "FETCH" },
		Answers: []session.Answer{{Response: "FETCH"}},
	}
}

func selecting(box *session.Mailbox) session.Command {
	return session.Command{
		Name: "SELECT", Args: func(e *wire.Encoder) { e.SP().AString(box.Name) }, In: session.Authenticated | session.Selected,
		Flow: session.Barrier, Then: session.Selected, Else: 0, Opens: box, Answers: session.TaggedOnly,
	}
}

func idle() session.Command {
	return session.Command{
		Name: "IDLE", Flow: session.Alone | session.Quiet | session.Shared,
		Claim: func(*parser.Response) bool { return true },
		Stop:  func(e *wire.Encoder) { e.Raw("DONE") },
	}
}

func itself(r *parser.Response) (*parser.Response, error) { return r, nil }

// drain reads a connection to its end.
func drain(c net.Conn) { io.Copy(io.Discard, c) }

// expectErr fails the test unless err is target.
func expectErr(t *testing.T, what string, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("%s: got %v, want %v", what, err, target)
	}
}

const preauth = "S: * PREAUTH [CAPABILITY IMAP4rev1 IDLE LITERAL+] ready\n"
