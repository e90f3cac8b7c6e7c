package session_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
	"github.com/imapstack/imapstack/wire"
)

// exchange runs SELECT, FETCH and NOOP on a session, and returns what the session has received. Tests in this file
// interrupt it at each point.
func exchange(ctx context.Context, s *session.Session) (seen []string, err error) {
	box := &session.Mailbox{Name: "INBOX"}
	if _, err := session.Start[struct{}](s, selecting(box), nil).Wait(ctx); err != nil {
		return seen, err
	}
	seen = append(seen, fmt.Sprint("exists ", s.Mailbox().Exists))
	cmd := fetch()
	cmd.Args = func(e *wire.Encoder) { e.Raw(" 1:* ").String("a literal: \r\n") }
	for m, err := range session.StartStream(s, cmd, (*parser.Response).Fetch).All(ctx) {
		if err != nil {
			return seen, err
		}
		text := fmt.Sprint(m.Seq, " ", m.Flags)
		for sec, err := range m.Sections {
			if err != nil {
				return seen, err
			}
			b, err := io.ReadAll(sec)
			if err != nil {
				return seen, err
			}
			text += fmt.Sprint(" ", len(b))
		}
		seen = append(seen, fmt.Sprint(text, " ", m.UID))
	}
	_, err = session.Start[struct{}](s, noop(), nil).Wait(ctx)
	return append(seen, "noop"), err
}

// big is longer than Limits.Inline in these tests, so a session streams it.
var big = strings.Repeat("0123456789abcdef", 20)

var exchangeScript = preauth + "C: A1 SELECT INBOX\nS: * FLAGS (\\Seen)\nS: * 2 EXISTS\nS: * OK [UIDVALIDITY 1] ok\nS: A1 OK [READ-WRITE] done\n" +
	"C: A2 FETCH 1:* {14}\nS: + go on\nC= \"a literal: \\r\\n\"\nC: \nS: * 1 FETCH (FLAGS (\\Seen) BODY[1] {5}\nS= \"hello BODY[2] {320}\\r\\n" + big + " UID 7)\\r\\n\"\n" +
	"S: * 2 FETCH (FLAGS () UID 8)\nS: A2 OK done\nC: A3 NOOP\nS: A3 OK done\n"

var cutConfig = session.Config{Limits: wire.Limits{Inline: 64}}

// cutScript returns the script of the server in these tests. It does not offer LITERAL+, so that the exchange includes
// a continuation request.
func cutScript(t *testing.T) *imaptest.Script {
	t.Helper()
	script, err := imaptest.ParseScript(strings.ReplaceAll(strings.ReplaceAll(exchangeScript, " LITERAL+", ""), "{14}", "{13}"))
	if err != nil {
		t.Fatal(err)
	}
	return script
}

// TestCutEverywhere ends the connection after each octet that the server sends, and after each that it receives. What
// the program has received before is correct, and the error is ErrLost.
func TestCutEverywhere(t *testing.T) {
	script := cutScript(t)
	whole := func() (seen []string) {
		synctest.Test(t, func(t *testing.T) {
			c, srv := imaptest.Pipe(0)
			go script.Play(srv, imaptest.ServerSide, imaptest.Delivery{Chunk: 1})
			s, err := session.Open(t.Context(), c, &cutConfig)
			if err != nil {
				t.Fatal(err)
			}
			if seen, err = exchange(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			s.Close()
			srv.Close()
		})
		return seen
	}()
	if want := "[exists 2 1 [\\Seen] 5 320 7 2 [] 8 noop]"; fmt.Sprint(whole) != want {
		t.Fatalf("without a cut: got %v, want %v", whole, want)
	}
	for _, side := range []imaptest.Side{imaptest.ServerSide, imaptest.ClientSide} {
		for n := range script.Size(side) {
			synctest.Test(t, func(t *testing.T) {
				c, srv := imaptest.Pipe(0)
				how := imaptest.Delivery{Cut: n, Cuts: true}
				if side == imaptest.ClientSide {
					how = imaptest.Delivery{CutRead: n, CutsRead: true}
				}
				go func() {
					script.Play(srv, imaptest.ServerSide, how)
					srv.Close()
				}()
				begin := time.Now()
				s, err := session.Open(t.Context(), c, &cutConfig)
				var seen []string
				if err == nil {
					seen, err = exchange(t.Context(), s)
					s.Close()
				}
				if !errors.Is(err, session.ErrLost) || time.Since(begin) > time.Second {
					t.Errorf("cut at %d: got %v and then %v, after %v; want ErrLost within a second", n, seen, err, time.Since(begin))
				}
				for i := range seen {
					if seen[i] != whole[i] {
						t.Errorf("cut at %d: got %v, want the beginning of %v", n, seen, whole)
						break
					}
				}
			})
		}
	}
}

// TestCancelEverywhere lets the server stall after each octet that it sends, until the context of the program ends. The
// session lives on, and reads what the server sends later.
func TestCancelEverywhere(t *testing.T) {
	script := cutScript(t)
	greeting := len(preauth) - len("S: ") + 1 - len(" LITERAL+")
	for n := greeting; n < script.Size(imaptest.ServerSide); n++ {
		synctest.Test(t, func(t *testing.T) {
			c, srv := imaptest.Pipe(0)
			slow := &stalling{Conn: srv, left: n, pause: time.Minute}
			go func() {
				script.Play(slow, imaptest.ServerSide, imaptest.Delivery{})
				drain(srv)
			}()
			s, err := session.Open(t.Context(), c, &cutConfig)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			begin := time.Now()
			_, err = exchange(ctx, s)
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) > 2*time.Second {
				t.Errorf("stalled at %d: got %v after %v, want %v within two seconds", n, err, time.Since(begin), context.DeadlineExceeded)
			}
			if s.Err() != nil {
				t.Errorf("stalled at %d: the session has ended: %v", n, s.Err())
			}
			// The server continues without reacting to what it receives. The session still finds the responses in what
			// the server sends.
			poll, cancel2 := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel2()
			for poll.Err() == nil && s.Err() == nil {
				if err := s.Poll(poll); err != nil && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("stalled at %d: Poll: %v", n, err)
					break
				}
				time.Sleep(10 * time.Second)
			}
			s.Close()
			srv.Close()
		})
	}
}

// stalling is a connection that pauses once, when as many octets have been written as the field left says.
type stalling struct {
	io.ReadWriter
	Conn  io.ReadWriter
	left  int
	pause time.Duration
}

func (s *stalling) Read(p []byte) (int, error) { return s.Conn.Read(p) }

func (s *stalling) Write(p []byte) (int, error) {
	if s.pause > 0 && len(p) > s.left {
		n, err := s.Conn.Write(p[:s.left])
		if err != nil {
			return n, err
		}
		time.Sleep(s.pause)
		s.pause = 0
		m, err := s.Conn.Write(p[n:])
		return n + m, err
	}
	s.left -= len(p)
	return s.Conn.Write(p)
}

// TestStalledServer checks that a stalled server ends the session after Config.StallTimeout, and that every read
// starts that time again.
func TestStalledServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, srv := imaptest.Pipe(0)
		go func() {
			io.WriteString(srv, "* PREAUTH [CAPABILITY IMAP4rev1] ready\r\n")
			for i := range 60 {
				time.Sleep(time.Duration(i) * time.Second)
				io.WriteString(srv, "* 1 EXISTS\r\n")
			}
			for range 1000 {
				time.Sleep(time.Millisecond)
				io.WriteString(srv, "* 1 EXISTS\r\n")
			}
			drain(srv)
		}()
		counts := &deadlines{Conn: c}
		s, err := session.Open(t.Context(), counts, &session.Config{StallTimeout: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		expectErr(t, "stalled", runCommand(t, s, noop()), session.ErrStalled)
		if d := time.Since(begin); d != (59*60/2+1+60)*time.Second {
			t.Errorf("the command ended after %v, want %v", d, (59*60/2+1+60)*time.Second)
		}
		if counts.n > 62 {
			t.Errorf("the read deadline was set %d times for 1061 reads, want at most 62 times", counts.n)
		}
		expectErr(t, "afterwards", runCommand(t, s, noop()), session.ErrStalled)
		srv.Close()
	})
}

// deadlines counts how often the read deadline is set.
type deadlines struct {
	transport.Conn
	n int
}

func (d *deadlines) SetReadDeadline(t time.Time) error {
	d.n++
	return d.Conn.SetReadDeadline(t)
}

// TestIdleIsNoStall waits in IDLE for longer than Config.StallTimeout. The session lives on.
func TestIdleIsNoStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, srv := imaptest.Pipe(0)
		go func() {
			io.WriteString(srv, "* PREAUTH [CAPABILITY IMAP4rev1 IDLE] ready\r\n")
			r := parser.NewCommandReader(wire.NewReader(srv, wire.Limits{}))
			r.Next()
			io.WriteString(srv, "+ idling\r\n")
			time.Sleep(20 * time.Minute)
			io.WriteString(srv, "* 4 EXISTS\r\n")
			if err := r.ReadDone(); err != nil {
				t.Error(err)
			}
			io.WriteString(srv, "A1 OK done\r\n")
			r.Next()
			io.WriteString(srv, "A2 OK done\r\n")
		}()
		s, err := session.Open(t.Context(), c, &session.Config{StallTimeout: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		for r, err := range session.StartStream(s, idle(), itself).All(t.Context()) {
			if err != nil || r.Name != "EXISTS" || r.Num != 4 {
				t.Errorf("got %v, %v; want 4 EXISTS", r, err)
			}
			break
		}
		if err := runCommand(t, s, noop()); err != nil {
			t.Error(err)
		}
		s.Close()
		srv.Close()
	})
}

// TestCutBetweenCommands ends the context after the session has begun the first of two commands, and before it begins
// the second. The session sends the first command, and sends the second when the program waits for it.
func TestCutBetweenCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		log := slog.New(&sends{Handler: slog.DiscardHandler, f: func() {
			cancel()
			synctest.Wait()
		}})
		s := play(t, &session.Config{Logger: log}, preauth+"C: A1 NOOP\nS: A1 OK\nC: A2 NOOP\nS: A2 OK\n")
		first := session.Start[struct{}](s, noop(), nil)
		second := session.Start[struct{}](s, noop(), nil)
		_, err := first.Wait(ctx)
		expectErr(t, "first", err, context.Canceled)
		if _, err := second.Wait(t.Context()); err != nil {
			t.Error("second command:", err)
		}
	})
}

// sends is a log handler that calls f when the session sends something.
type sends struct {
	slog.Handler
	f func()
}

func (h *sends) Enabled(context.Context, slog.Level) bool { return true }

func (h *sends) Handle(_ context.Context, r slog.Record) error {
	if r.Level == session.LevelTrace && h.f != nil {
		r.Attrs(func(a slog.Attr) bool {
			if a.Key == "dir" && a.Value.String() == "C" {
				h.f()
			}
			return true
		})
	}
	return nil
}

// TestStallAfterWriter lets a server stall within a literal, while a writer sends a message. The stall limit counts
// from the end of the writer.
func TestStallAfterWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, srv := imaptest.Pipe(0)
		go func() {
			io.WriteString(srv, "* PREAUTH [CAPABILITY IMAP4rev1 LITERAL+] ready\r\n* 1 FETCH (BODY[] {200}\r\nabc")
			time.Sleep(time.Second)
			drain(srv)
		}()
		s, err := session.Open(t.Context(), c, &session.Config{Limits: wire.Limits{Inline: 64}, StallTimeout: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		stream := session.StartStream(s, fetch(), (*parser.Response).Fetch)
		session.Start[struct{}](s, session.Command{Name: "APPEND", Answers: session.TaggedOnly, Args: func(e *wire.Encoder) {
			e.SP().Literal(100000, false, io.LimitReader(zeros{}, 100000))
		}}, nil)
		begin := time.Now()
		err = nil
		for m, e := range stream.All(t.Context()) {
			if err = e; m == nil {
				continue
			}
			for sec, e := range m.Sections {
				if err = e; err == nil {
					_, err = io.ReadAll(sec)
				}
				break
			}
			break
		}
		expectErr(t, "stalled", err, session.ErrStalled)
		if d := time.Since(begin); d != time.Minute+time.Second {
			t.Errorf("the stream ended after %v, want %v", d, time.Minute+time.Second)
		}
		srv.Close()
	})
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
