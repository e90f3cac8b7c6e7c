package session_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// slowBody returns ten octets at once, and the next ones only after a pause.
type slowBody struct {
	given int
	pause time.Duration
	calls atomic.Int32 // how many calls of Read there were
	busy  atomic.Int32 // how many calls are in progress
}

func (b *slowBody) Read(p []byte) (int, error) {
	b.calls.Add(1)
	b.busy.Add(1)
	defer b.busy.Add(-1)
	if b.given++; b.given > 1 {
		time.Sleep(b.pause)
	}
	return copy(p, "0123456789"), nil
}

func appending(size int64, body io.Reader) session.Command {
	return session.Command{Name: "APPEND", Answers: session.TaggedOnly, Args: func(e *wire.Encoder) { e.SP().AString("INBOX").SP().Literal(size, false, body) }}
}

// taker is a server that asks for the literal of a command, unless the literal is non-synchronizing, and reads what
// arrives. If the argument more is not empty, taker sends that text while the client sends the literal, and hangs up.
func taker(c net.Conn, more string) {
	in := bufio.NewReader(c)
	if line, err := in.ReadString('\n'); err == nil {
		if !strings.Contains(line, "+}") {
			io.WriteString(c, "+ go on\r\n")
		}
		if more != "" {
			time.Sleep(100 * time.Millisecond)
			io.WriteString(c, more)
			c.Close()
		}
	}
	io.Copy(io.Discard, in)
}

// TestBodyThatBlocks waits for a command while the message that it sends comes from a reader that blocks. Wait
// returns nevertheless.
func TestBodyThatBlocks(t *testing.T) {
	ends := []struct {
		name string
		more string
		f    func(cancel context.CancelCauseFunc, s *session.Session)
		want error
	}{
		{"cancelled", "", func(cancel context.CancelCauseFunc, _ *session.Session) { cancel(errUser) }, errUser},
		{"closed", "", func(_ context.CancelCauseFunc, s *session.Session) { s.Close() }, session.ErrClosed},
		{"refused and hung up", "* BYE no room\r\n", func(context.CancelCauseFunc, *session.Session) {}, errBye},
	}
	for _, end := range ends {
		for _, plus := range []string{"", " LITERAL+"} {
			for _, size := range []int64{100, 1 << 20} {
				for _, pause := range []time.Duration{500 * time.Millisecond, time.Hour} {
					name := fmt.Sprint(end.name, plus, " ", size, " ", pause)
					synctest.Test(t, func(t *testing.T) {
						c, srv := imaptest.Pipe(0)
						go func() {
							io.WriteString(srv, "* PREAUTH [CAPABILITY IMAP4rev1"+plus+"] ready\r\n")
							taker(srv, end.more)
						}()
						s, err := session.Open(t.Context(), c, nil)
						if err != nil {
							t.Fatal(err)
						}
						ctx, cancel := context.WithCancelCause(t.Context())
						body := &slowBody{pause: pause}
						const after = 100 * time.Millisecond
						time.AfterFunc(after, func() { end.f(cancel, s) })
						begin := time.Now()
						_, err = session.Start[struct{}](s, appending(size, body), nil).Wait(ctx)
						took := time.Since(begin)
						if end.want == errBye {
							var refused *session.Error
							if !errors.As(err, &refused) || refused.Text != "no room" {
								t.Errorf("%s: got %v, want the text of BYE", name, err)
							}
						} else {
							expectErr(t, name, err, end.want)
						}
						if want := min(pause, session.DefaultBodyWait+after); took > want {
							t.Errorf("%s: Wait took %v, want at most %v", name, took, want)
						}
						// Wait waits for a Read that ends within BodyWait, so that only the program uses the reader
						// after Wait. It does not wait any longer for a Read that blocks.
						if got, want := body.busy.Load() == 1, pause == time.Hour; got != want {
							t.Errorf("%s: a Read is in progress after Wait: got %v, want %v", name, got, want)
						}
						if s.Err() == nil {
							t.Errorf("%s: the session has not ended, although only a part of the message was sent", name)
						}
						time.Sleep(2 * time.Hour)
						if n := body.calls.Load(); n != 2 {
							t.Errorf("%s: got %d calls of Read, want 2", name, n)
						}
						s.Close()
					})
				}
			}
		}
	}
}

// TestSlowBodyOfAnotherCommand waits for other commands while a message is being sent whose reader pauses for longer
// than BodyWait. Nobody abandons the message, so the session sends it while the program waits for it.
func TestSlowBodyOfAnotherCommand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, err := imaptest.New()
		if err != nil {
			t.Fatal(err)
		}
		defer srv.Close()
		c, sc := imaptest.Pipe(0)
		go srv.ServeConn(sc, "alice")
		s, err := session.Open(t.Context(), c, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		before := session.Start[struct{}](s, noop(), nil)
		message := session.Start[struct{}](s, appending(30, &slowBody{pause: 10 * time.Second}), nil)
		_, err = before.Wait(t.Context())
		expectErr(t, "NOOP before the message", err, nil)

		begin := time.Now()
		after := session.Start[struct{}](s, noop(), nil)
		if d := time.Since(begin); d > 0 {
			t.Errorf("Start took %v, want 0", d)
		}
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errUser)
		defer cancel()
		_, err = after.Wait(ctx)
		expectErr(t, "NOOP after the message", err, errUser)

		_, err = message.Wait(t.Context())
		expectErr(t, "the message", err, nil)
		if n := srv.Mailbox("alice", "INBOX").Status().Messages; n != 1 {
			t.Errorf("got %d messages, want 1", n)
		}
	})
}

var (
	errUser = errors.New("the user is in a hurry")
	errBye  = errors.New("BYE")
)

// TestPollSendsLiteral calls Poll while a literal waits until the server asks for it. Poll sends the literal. The two
// sides do not wait for each other, although the server sends before it reads and the buffers between them are small.
func TestPollSendsLiteral(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const size = 1 << 20
		c, srv := imaptest.Pipe(64)
		go func() {
			in := bufio.NewReader(srv)
			io.WriteString(srv, "* PREAUTH [CAPABILITY IMAP4rev1] ready\r\n")
			in.ReadString('\n')
			time.Sleep(time.Minute)
			io.WriteString(srv, "+ go on\r\n")
			time.Sleep(time.Minute)
			for i := range 1000 {
				fmt.Fprintf(srv, "* %d EXISTS\r\n", i)
			}
			io.CopyN(io.Discard, in, size+2)
			io.WriteString(srv, "A1 OK done\r\n")
			in.ReadString('\n')
			io.WriteString(srv, "A3 OK done\r\n")
			io.Copy(io.Discard, in)
		}()
		s, err := session.Open(t.Context(), c, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		message := session.Start[struct{}](s, appending(size, strings.NewReader(strings.Repeat("x", size))), nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = session.Start[struct{}](s, noop(), nil).Wait(ctx)
		expectErr(t, "the command after it", err, context.DeadlineExceeded)
		time.Sleep(time.Minute)
		begin := time.Now()
		if err := s.Poll(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(begin); took > 2*time.Minute {
			t.Errorf("Poll took %v, want at most %v", took, 2*time.Minute)
		}
		if _, err := message.Wait(t.Context()); err != nil {
			t.Error(err)
		}
		if err := runCommand(t, s, noop()); err != nil {
			t.Error(err)
		}
	})
}
