package session_test

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// dialogue is a command with a dialogue, which answers each challenge with f.
func dialogue(f func(ctx context.Context, e *wire.Encoder) error) session.Command {
	return session.Command{Name: "X", Flow: session.Alone, More: func(ctx context.Context, _ []byte, e *wire.Encoder) error { return f(ctx, e) }}
}

// TestChallengeAfterAbandon abandons a command with a dialogue that cannot be stopped. If the server then sends a
// challenge, nothing can be sent any more, and the session ends.
func TestChallengeAfterAbandon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, srv := imaptest.Pipe(0)
		go func() {
			io.WriteString(srv, "* PREAUTH [CAPABILITY IMAP4rev1] ready\r\n")
			time.Sleep(time.Minute)
			io.WriteString(srv, "+ go on\r\n")
			drain(srv)
		}()
		s, err := session.Open(t.Context(), c, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer srv.Close()
		defer s.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = session.Start[struct{}](s, dialogue(nil), nil).Wait(ctx)
		expectErr(t, "abandoned", err, context.DeadlineExceeded)
		expectErr(t, "next", runCommand(t, s, noop()), session.ErrCut)
	})
}

// TestContextEndsInMore ends the context of the call that waits, while Command.More runs. If that call waits for
// another command, the command with the dialogue is ended too.
func TestContextEndsInMore(t *testing.T) {
	slow := func(ctx context.Context, _ *wire.Encoder) error {
		<-ctx.Done()
		return ctx.Err()
	}
	for _, stops := range []bool{false, true} {
		for _, other := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				cmd := dialogue(slow)
				script := preauth + "C: A1 X\nS: + go on\n"
				if stops {
					cmd.Stop = func(e *wire.Encoder) { e.Raw("*") }
					script += "C: *\nS: A1 BAD cancelled\nC: A3 NOOP\nS: A3 OK done\n"
				}
				s := play(t, nil, script)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				begin := time.Now()
				first, second := session.Start[struct{}](s, cmd, nil), session.Start[struct{}](s, noop(), nil)
				waited, left := first, second
				if other {
					waited, left = second, first
				}
				_, err := waited.Wait(ctx)
				expectErr(t, "waited for", err, context.DeadlineExceeded)
				if !stops {
					expectErr(t, "the session", s.Err(), session.ErrCut)
				}
				if other {
					if _, err := left.Wait(t.Context()); err == nil {
						t.Error("the command with the dialogue succeeded, want an error")
					} else if stops {
						expectErr(t, "dialogue", err, context.DeadlineExceeded)
					}
				} else if _, err := left.Wait(ctx); err == nil {
					t.Error("the next command succeeded, want an error")
				}
				if stops {
					if err := runCommand(t, s, noop()); err != nil {
						t.Error(err)
					}
				}
				if d := time.Since(begin); d != time.Second {
					t.Errorf("the calls took %v, want %v", d, time.Second)
				}
			})
		}
	}
}
