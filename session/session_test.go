package session_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// script plays a server. steps holds pairs: the prefix of a line that the server expects, and what the server then
// sends.
func script(t *testing.T, c net.Conn, greeting string, steps ...string) {
	t.Helper()
	go func() {
		io.WriteString(c, greeting)
		var buf []byte
		line := func() (string, bool) {
			for {
				if i := strings.IndexByte(string(buf), '\n'); i >= 0 {
					l := string(buf[:i+1])
					buf = buf[i+1:]
					return l, true
				}
				p := make([]byte, 512)
				n, err := c.Read(p)
				buf = append(buf, p[:n]...)
				if err != nil {
					return "", false
				}
			}
		}
		for i := 0; i < len(steps); i += 2 {
			l, ok := line()
			if !ok {
				t.Errorf("the client hung up, want %q", steps[i])
				return
			}
			if !strings.HasPrefix(l, steps[i]) {
				t.Errorf("the client sent %q, want %q", l, steps[i])
			}
			io.WriteString(c, steps[i+1])
		}
	}()
}

const greeting = "* OK [CAPABILITY IMAP4rev1 IDLE LITERAL+] ready\r\n"

func open(t *testing.T, cfg *session.Config, greeting string, steps ...string) *session.Session {
	t.Helper()
	c, srv := imaptest.Pipe(0)
	script(t, srv, greeting, steps...)
	s, err := session.Open(t.Context(), c, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(); srv.Close() })
	return s
}

func noop() session.Command { return session.Command{Name: "NOOP", Answers: session.TaggedOnly} }

func TestGreetingAndNoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, nil, greeting, "A1 NOOP", "* 3 EXISTS\r\nA1 OK done\r\n")
		if !s.Caps().Has("IDLE") {
			t.Error("the capabilities do not include IDLE")
		}
		if _, err := session.Start[struct{}](s, noop(), nil).Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}

func TestPipelining(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, nil, greeting, "A1 NOOP", "", "A2 NOOP", "A1 OK\r\nA2 NO [OVERQUOTA] full\r\n")
		a := session.Start[struct{}](s, noop(), nil)
		b := session.Start[struct{}](s, noop(), nil)
		_, err := b.Wait(t.Context())
		if !errors.Is(err, parser.NO) || !errors.Is(err, parser.CodeOverQuota) {
			t.Errorf("second command: got %v, want NO [OVERQUOTA]", err)
		}
		if _, err := a.Wait(t.Context()); err != nil {
			t.Errorf("first command: %v", err)
		}
	})
}

func TestCancelKeepsTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, srv := imaptest.Pipe(0)
		go func() {
			io.WriteString(srv, greeting)
			buf := make([]byte, 100)
			srv.Read(buf)
			io.WriteString(srv, "* 5 EXI")
			time.Sleep(time.Minute)
			io.WriteString(srv, "STS\r\nA1 OK\r\n")
			srv.Read(buf)
			io.WriteString(srv, "A2 OK\r\n")
		}()
		var exists uint32
		s, err := session.Open(t.Context(), c, &session.Config{Handler: session.Handler{Exists: func(n uint32) { exists = n }}})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := session.Start[struct{}](s, noop(), nil).Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("first command: got %v, want %v", err, context.DeadlineExceeded)
		}
		if _, err := session.Start[struct{}](s, noop(), nil).Wait(t.Context()); err != nil {
			t.Fatalf("second command: %v", err)
		}
		if exists != 5 {
			t.Errorf("Handler.Exists got %d, want 5", exists)
		}
		srv.Close()
	})
}

func TestBigLiteralWhileTheServerTalks(t *testing.T) {
	for _, n := range []int{16, 100, 1000, 16 << 10} {
		synctest.Test(t, func(t *testing.T) {
			c, srv := imaptest.Pipe(n)
			body := strings.Repeat("x", 100_000)
			go func() {
				io.WriteString(srv, greeting)
				r := wire.NewReader(srv, wire.Limits{Inline: 1})
				var d wire.Decoder
				if err := r.Next(&d); err != nil {
					t.Error(err)
				}
				r.OnLiteral(func(size int64, sync bool) error {
					io.WriteString(srv, strings.Repeat("* 1 EXISTS\r\n", 5000))
					return nil
				})
				if err := r.Skip(); err != nil {
					t.Error(err)
				}
				io.WriteString(srv, "A1 OK done\r\n")
			}()
			s, err := session.Open(t.Context(), c, &session.Config{Window: n})
			if err != nil {
				t.Fatal(err)
			}
			cmd := session.Command{Name: "APPEND", Answers: session.TaggedOnly, Args: func(e *wire.Encoder) {
				e.SP().Literal(int64(len(body)), false, strings.NewReader(body))
			}}
			if _, err := session.Start[struct{}](s, cmd, nil).Wait(t.Context()); err != nil {
				t.Error(err)
			}
			s.Close()
			srv.Close()
		})
	}
}

// TestPanicInLoop leaves a loop over a stream with a panic, and recovers. The loop has ended, and the session lives
// on.
func TestPanicInLoop(t *testing.T) {
	s := play(t, nil, preauth+"C: A1 FETCH 1:* FLAGS\nS: * 1 FETCH (FLAGS ())\nS: * 2 FETCH (FLAGS ())\nS: * 3 FETCH (FLAGS ())\nS: A1 OK done\nC: A2 NOOP\nS: A2 OK done\n")
	func() {
		defer func() { recover() }()
		for range session.StartStream(s, fetch(), itself).All(t.Context()) {
			panic("the program's own")
		}
	}()
	if err := runCommand(t, s, noop()); err != nil {
		t.Error(err)
	}
}

// TestStoppedOnlyIfSent refuses an IDLE that the session must stop to send another command. The session has not sent
// DONE, so Stopped returns false.
func TestStoppedOnlyIfSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, nil, preauth+"C: A1 IDLE\nS: A1 NO x\nC: A2 NOOP\nS: A2 OK\n")
		stream := session.StartStream(s, idle(), itself)
		if err := runCommand(t, s, noop()); err != nil {
			t.Error(err)
		}
		expectErr(t, "IDLE", stream.Wait(t.Context()), parser.NO)
		if stream.Stopped() {
			t.Error("Stopped returns true, want false, because DONE was not sent")
		}
	})
}
