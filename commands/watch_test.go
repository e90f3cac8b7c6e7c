package commands_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

// watchServer serves the connection c. For each line that the client sends, it calls the function says with the tag and
// the rest of the line, and writes what says returns. If that is "", it writes nothing.
func watchServer(c net.Conn, caps string, says func(tag, line string) string) {
	io.WriteString(c, "* PREAUTH [CAPABILITY IMAP4rev1 "+caps+"] ready\r\n")
	buf := make([]byte, 1000)
	for {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		for line := range strings.Lines(string(buf[:n])) {
			tag, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
			io.WriteString(c, says(tag, rest))
		}
	}
}

// watched runs f with a session on a watchServer, in a synctest bubble.
func watched(t *testing.T, caps string, says func(tag, line string) string, cfg *session.Config, f func(t *testing.T, s *session.Session, srv net.Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c, srv := imaptest.Pipe(0)
		go watchServer(srv, caps, says)
		var conn transport.Conn = c
		if awaited {
			conn = &octetwise{Conn: c}
		}
		s, err := session.Open(t.Context(), conn, cfg)
		if err != nil {
			t.Fatal(err)
		}
		f(t, s, srv)
		s.Close()
		srv.Close()
	})
}

// polite returns a function for watchServer, which answers IDLE and NOOP as a server should, and records the client's
// lines.
func polite(heard *[]string) func(tag, line string) string {
	idle := ""
	return func(tag, line string) string {
		*heard = append(*heard, strings.TrimSpace(line+map[bool]string{true: "DONE"}[tag == "DONE"]))
		switch {
		case line == "IDLE":
			idle = tag
			return "+ idling\r\n"
		case tag == "DONE":
			return "* 7 EXISTS\r\n" + idle + " OK done\r\n"
		}
		return tag + " OK done\r\n"
	}
}

// TestWatchRestarts checks that Watch renews IDLE in time, and yields responses that arrive between DONE and its
// answer.
func TestWatchRestarts(t *testing.T) {
	var heard []string
	watched(t, "IDLE", polite(&heard), &session.Config{StallTimeout: time.Minute}, func(t *testing.T, s *session.Session, _ net.Conn) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
		defer cancel()
		begin := time.Now()
		seen, last := 0, error(nil)
		for r, err := range commands.Watch(ctx, s, commands.WatchOptions{}) {
			if last = err; err == nil {
				seen++
				if r.Name != "EXISTS" || r.Num != 7 {
					t.Errorf("Watch: got %v", r)
				}
			}
		}
		if seen != 4 || !errors.Is(last, context.DeadlineExceeded) || time.Since(begin) != 2*time.Hour {
			t.Errorf("Watch yielded %d responses, and ended with %v after %v", seen, last, time.Since(begin))
		}
		if _, err := commands.Noop(s).Wait(t.Context()); err != nil {
			t.Error(err)
		}
	})
	if got, want := fmt.Sprint(heard), "[NOOP IDLE DONE NOOP IDLE DONE NOOP IDLE DONE NOOP IDLE DONE NOOP IDLE DONE NOOP]"; got != want {
		t.Errorf("the server received %v, want %v", got, want)
	}
}

// TestWatchPolls checks that Watch sends NOOP if the server does not offer IDLE, refuses it, or ends it at once.
func TestWatchPolls(t *testing.T) {
	for _, c := range []struct{ name, caps, idle string }{
		{"not offered", "", ""},
		{"refused", "IDLE", "%s NO not here\r\n"},
		{"unknown", "IDLE", "%s BAD what\r\n"},
		{"ended at once", "IDLE", "+ idling\r\n%s OK over\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			noops := uint32(0)
			watched(t, c.caps, func(tag, line string) string {
				if line == "IDLE" {
					return fmt.Sprintf(c.idle, tag)
				}
				noops++
				return fmt.Sprintf("* %d EXISTS\r\n%s OK done\r\n", noops, tag)
			}, nil, func(t *testing.T, s *session.Session, _ net.Conn) {
				begin := time.Now()
				for r, err := range commands.Watch(t.Context(), s, commands.WatchOptions{Poll: 10 * time.Second}) {
					if err != nil {
						t.Fatal(err)
					}
					if r.Num == 4 {
						break
					}
				}
				if d := time.Since(begin); noops != 4 || d != 30*time.Second {
					t.Errorf("%d NOOPs in %v", noops, d)
				}
				if _, err := commands.Noop(s).Wait(t.Context()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestWatchNoticesDeath lets the server disappear at each step of its exchange with Watch. Watch notices that, and does
// not end if only the loop's body is slow.
func TestWatchNoticesDeath(t *testing.T) {
	for _, c := range []struct {
		name, caps string
		dead       func(n int, tag, line string) bool
	}{
		{"before IDLE", "IDLE", func(n int, tag, line string) bool { return true }},
		{"within IDLE", "IDLE", func(n int, tag, line string) bool { return tag == "DONE" }},
		{"in the third IDLE", "IDLE", func(n int, tag, line string) bool { return n > 8 }},
		{"in the second NOOP", "IDLE", func(n int, tag, line string) bool { return n > 3 }},
		{"polling", "", func(n int, tag, line string) bool { return n > 3 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			var heard []string
			ok := polite(&heard)
			n := 0
			watched(t, c.caps, func(tag, line string) string {
				if n++; c.dead(n, tag, line) {
					return ""
				}
				return ok(tag, line)
			}, nil, func(t *testing.T, s *session.Session, _ net.Conn) {
				var last error
				for _, err := range commands.Watch(t.Context(), s, commands.WatchOptions{Alive: time.Minute}) {
					last = err
					time.Sleep(5 * time.Minute) // the loop's body is slow
				}
				if !errors.Is(last, session.ErrStalled) || s.Err() == nil {
					t.Errorf("Watch ended with %v, the session with %v", last, s.Err())
				}
			})
		})
	}
}

// TestWatchBound checks that Watch notices within WatchOptions.Alive that the server is gone.
func TestWatchBound(t *testing.T) {
	for _, alive := range []time.Duration{3 * time.Second, time.Minute, 9 * time.Minute} {
		for _, caps := range []string{"IDLE", "NONE"} {
			for last := range 9 { // how many lines the server answers before it disappears
				var heard []string
				var word time.Time
				ok, n := polite(&heard), 0
				watched(t, caps, func(tag, line string) string {
					if n++; n > last {
						return ""
					}
					word = time.Now()
					return ok(tag, line)
				}, nil, func(t *testing.T, s *session.Session, _ net.Conn) {
					word = time.Now()
					for _, err := range commands.Watch(t.Context(), s, commands.WatchOptions{Alive: alive}) {
						if err == nil {
							continue
						}
						if d := time.Since(word); !errors.Is(err, session.ErrStalled) || d > alive {
							t.Errorf("%s, Alive %v, %d answers: Watch ended with %v after %v", caps, alive, last, err, d)
						}
					}
				})
			}
		}
	}
}

// TestWatchEnds ends the loop in several ways. After each, the session executes the next command.
func TestWatchEnds(t *testing.T) {
	for _, caps := range []string{"IDLE", "NONE"} {
		var heard []string
		watched(t, caps, polite(&heard), nil, func(t *testing.T, s *session.Session, srv net.Conn) {
			noop := func() {
				t.Helper()
				if _, err := commands.Noop(s).Wait(t.Context()); err != nil {
					t.Error(caps, err)
				}
			}
			gone, cancel := context.WithCancel(t.Context())
			cancel()
			for _, err := range commands.Watch(gone, s, commands.WatchOptions{}) {
				if !errors.Is(err, context.Canceled) {
					t.Error(caps, err)
				}
			}
			noop()
			// Watch yields the context's cause, whatever it waits for.
			cause := errors.New("enough")
			ctx, stop := context.WithCancelCause(t.Context())
			time.AfterFunc(90*time.Second, func() { stop(cause) })
			begin := time.Now()
			for _, err := range commands.Watch(ctx, s, commands.WatchOptions{}) {
				if err != nil && !errors.Is(err, cause) {
					t.Error(caps, err)
				}
			}
			if d := time.Since(begin); d != 90*time.Second {
				t.Error(caps, d)
			}
			noop()
			time.AfterFunc(time.Minute, func() { io.WriteString(srv, "* 9 EXISTS\r\n") })
			var call *session.Call[struct{}]
			for r, err := range commands.Watch(t.Context(), s, commands.WatchOptions{}) {
				if err != nil || r.Name != "EXISTS" {
					t.Error(caps, r, err)
				}
				call = commands.Noop(s) // the command is sent after the loop
				break
			}
			if _, err := call.Wait(t.Context()); err != nil {
				t.Error(caps, err)
			}
			noop()
			time.AfterFunc(30*time.Second, func() {
				io.WriteString(srv, "* BYE enough\r\n")
				srv.Close()
			})
			for _, err := range commands.Watch(t.Context(), s, commands.WatchOptions{}) {
				if err != nil && !errors.Is(err, parser.BYE) {
					t.Error(caps, err)
				}
			}
			if s.Err() == nil {
				t.Error(caps, "the session has not ended")
			}
		})
	}
}

// TestWatchCallsTheHandlerFirst checks that the session calls the handler and updates its view before the loop's body
// runs.
func TestWatchCallsTheHandlerFirst(t *testing.T) {
	srv := imaptest.NewServer(t, imaptest.Without("NOTIFY"))
	var exists uint32
	s, err := session.Open(t.Context(), srv.Pipe(), &session.Config{Handler: session.Handler{Exists: func(n uint32) { exists = n }}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := login(s, "alice", "secret").Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := commands.Select(s, "INBOX").Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	go func() {
		srv.WaitIdle(1)
		srv.Mailbox("alice", "INBOX").Append([]byte("Subject: new\r\n\r\n"))
	}()
	for r, err := range commands.Watch(t.Context(), s, commands.WatchOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Name == "EXISTS" {
			if exists != r.Num || s.Mailbox().Exists != r.Num {
				t.Errorf("EXISTS is %d in the handler, %d in the view, %d in the loop", exists, s.Mailbox().Exists, r.Num)
			}
			break
		}
	}
}
