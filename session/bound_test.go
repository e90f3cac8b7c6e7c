package session_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

func expunge() session.Command {
	return session.Command{Name: "EXPUNGE", In: session.Selected, Answers: session.TaggedOnly}
}

// TestBoundToTheirMailbox starts SELECT Trash and EXPUNGE while INBOX is open, and lets the SELECT fail in several
// ways. The EXPUNGE is never sent.
func TestBoundToTheirMailbox(t *testing.T) {
	for name, x := range map[string]struct {
		script string
		change func(*session.Command)
		ctx    func(context.Context) context.Context
		open   string
		within bool // start the SELECT in a handler
	}{
		"cancelled": {ctx: func(ctx context.Context) context.Context {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return ctx
		}, open: "INBOX"},
		"no capability":    {change: func(c *session.Command) { c.Needs = "X" }, open: "INBOX"},
		"not to be sent":   {change: func(c *session.Command) { c.Args = func(e *wire.Encoder) { e.SP().Atom("a b") } }, open: "INBOX"},
		"BAD":              {script: "C: A2 SELECT Trash\nS: A2 BAD x\n", open: "INBOX"},
		"BAD after CLOSED": {script: "C: A2 SELECT Trash\nS: * OK [CLOSED] x\nS: A2 BAD x\n"},
		"NO":               {script: "C: A2 SELECT Trash\nS: A2 NO x\n"},
		"in a handler":     {script: "C: A2 NOOP\nS: * 2 EXISTS\nS: A2 OK\n", open: "INBOX", within: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var s *session.Session
				var trash, after *session.Call[struct{}]
				cmd := selecting(&session.Mailbox{Name: "Trash"})
				if x.change != nil {
					x.change(&cmd)
				}
				begin := func() { trash = session.Start[struct{}](s, cmd, nil) }
				cfg := &session.Config{Handler: session.Handler{Exists: func(n uint32) {
					if n == 2 {
						begin()
					}
				}}}
				s = play(t, cfg, preauth+"C: A1 SELECT INBOX\nS: * 1 EXISTS\nS: A1 OK\n"+x.script)
				if err := runCommand(t, s, selecting(&session.Mailbox{Name: "INBOX"})); err != nil {
					t.Fatal(err)
				}
				if x.within {
					if err := runCommand(t, s, noop()); err != nil {
						t.Fatal(err)
					}
				} else {
					begin()
				}
				after = session.Start[struct{}](s, expunge(), nil)
				ctx := t.Context()
				if x.ctx != nil {
					ctx = x.ctx(ctx)
				}
				if _, err := trash.Wait(ctx); err == nil {
					t.Error("the SELECT succeeded, want an error")
				}
				_, err := after.Wait(t.Context())
				var other *session.MailboxError
				if !errors.As(err, &other) || other.Started != "Trash" || other.Open != x.open || !session.SafeToRetry(err) {
					t.Errorf("EXPUNGE: got %v, want a MailboxError from Trash to %q that is safe to retry", err, x.open)
				}
				if _, again := after.Wait(t.Context()); again != err {
					t.Errorf("second Wait for EXPUNGE: got %v, want %v", again, err)
				}
			})
		})
	}
}

// TestSentWithFailedSelect sends a command that only reads together with a SELECT, which fails. The error of the command
// names the mailbox that is open after that.
func TestSentWithFailedSelect(t *testing.T) {
	for answer, open := range map[string]string{
		"S: A2 NO x\n":                      "",
		"S: A2 BAD x\n":                     "INBOX",
		"S: * OK [CLOSED] x\nS: A2 BAD x\n": "",
	} {
		t.Run(answer, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := play(t, nil, preauth+"C: A1 SELECT INBOX\nS: * 1 EXISTS\nS: A1 OK\nC: A2 SELECT Trash\nC: A3 SEARCH ALL\n"+answer+"S: A3 BAD x\n")
				if err := runCommand(t, s, selecting(&session.Mailbox{Name: "INBOX"})); err != nil {
					t.Fatal(err)
				}
				trash := session.Start[struct{}](s, selecting(&session.Mailbox{Name: "Trash"}), nil)
				search := session.Start[struct{}](s, session.Command{
					Name: "SEARCH", In: session.Selected, Answers: session.TaggedOnly, Flow: session.Reads,
					Args: func(e *wire.Encoder) { e.Raw(" ALL") },
				}, nil)
				_, err := search.Wait(t.Context())
				var other *session.MailboxError
				if !errors.As(err, &other) || other.Started != "Trash" || other.Open != open {
					t.Errorf("got %v, want a MailboxError from Trash to %q", err, open)
				}
				if _, err := trash.Wait(t.Context()); err == nil {
					t.Error("the SELECT succeeded, want an error")
				}
			})
		})
	}
}

// TestStaleNumbers reports an EXPUNGE while a STORE by sequence number is queued. The STORE is not sent, because its
// number may now mean another message.
func TestStaleNumbers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, nil, preauth+"C: A1 SELECT INBOX\nS: * 4 EXISTS\nS: A1 OK\nC: A2 NOOP\nS: * 2 EXPUNGE\nS: A2 OK\nC: A4 NOOP\nS: A4 OK\n")
		if err := runCommand(t, s, selecting(&session.Mailbox{Name: "INBOX"})); err != nil {
			t.Fatal(err)
		}
		first := session.Start[struct{}](s, noop(), nil)
		store := session.Start[struct{}](s, session.Command{
			Name: "STORE", In: session.Selected, Answers: session.TaggedOnly, Flow: session.UsesSeq | session.NoExpunge,
			Args: func(e *wire.Encoder) { e.MarkSeq(); e.Raw(` 3 +FLAGS (\Deleted)`) },
		}, nil)
		_, err := store.Wait(t.Context())
		var stale *session.StaleError
		if !errors.As(err, &stale) || !session.SafeToRetry(err) {
			t.Errorf("STORE: got %v, want a StaleError that is safe to retry", err)
		}
		if _, err := first.Wait(t.Context()); err != nil {
			t.Error(err)
		}
		if err := runCommand(t, s, noop()); err != nil {
			t.Error(err)
		}
	})
}
