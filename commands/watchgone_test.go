package commands_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
	"github.com/imapstack/imapstack/wire"
)

// hole relays TCP connections to a server, and can stop passing anything on. The connections stay open then, as they
// do when a router forgets them.
type hole struct {
	addr string

	mu     sync.Mutex
	conns  []net.Conn
	closed bool
	gone   chan struct{} // closed when the hole stops passing anything on
	reads  bool          // after gone is closed, the hole still reads what arrives
}

// newHole starts a hole to the server at addr. It is closed when t ends.
func newHole(t *testing.T, addr string, reads bool) *hole {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &hole{addr: l.Addr().String(), gone: make(chan struct{}), reads: reads}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			srv, err := net.Dial("tcp", addr)
			if err != nil || !h.hold(c, srv) {
				c.Close()
				return
			}
			wg.Go(func() { h.pass(srv, c) })
			wg.Go(func() { h.pass(c, srv) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		h.mu.Lock()
		h.closed = true
		for _, c := range h.conns {
			c.Close()
		}
		h.mu.Unlock()
		wg.Wait()
	})
	return h
}

func (h *hole) hold(conns ...net.Conn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.conns = append(h.conns, conns...)
	return !h.closed
}

func (h *hole) pass(to, from net.Conn) {
	buf := make([]byte, 4<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		select {
		case <-h.gone:
			if !h.reads {
				return
			}
			continue
		default:
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// TestWatchThroughAHole checks that Watch notices that a server is gone although the connection is open, over TCP,
// TLS and compression, with IDLE and with NOOP. Until then it reports new mail.
func TestWatchThroughAHole(t *testing.T) {
	for _, c := range []struct {
		name          string
		without       []string
		tls, deflates bool
	}{
		{"IDLE in clear", nil, false, false},
		{"IDLE through TLS", nil, true, false},
		{"IDLE compressed", nil, false, true},
		{"IDLE compressed through TLS", nil, true, true},
		{"NOOP in clear", []string{"IDLE"}, false, false},
		{"NOOP through TLS", []string{"IDLE"}, true, false},
		{"NOOP compressed", []string{"IDLE"}, false, true},
		{"NOOP compressed through TLS", []string{"IDLE"}, true, true},
	} {
		for _, reads := range []bool{false, true} {
			t.Run(c.name+map[bool]string{true: ", swallowed"}[reads], func(t *testing.T) {
				t.Parallel()
				// If the machine is too slow for one value of WatchOptions.Alive, the test tries a longer one.
				for alive := 300 * time.Millisecond; ; alive *= 5 {
					n, err := watchThroughHole(t, alive, c.without, c.tls, c.deflates, reads)
					if n >= 3 && errors.Is(err, session.ErrStalled) {
						return
					}
					if alive > 5*time.Second || !errors.Is(err, session.ErrStalled) {
						t.Fatalf("Alive %v: %d messages were reported, then %v", alive, n, err)
					}
				}
			})
		}
	}
}

// watchThroughHole watches until the third message is reported. From then on, the hole passes nothing on.
// watchThroughHole returns how many messages were reported, and the error with which the session ended.
func watchThroughHole(t *testing.T, alive time.Duration, without []string, tls, deflates, reads bool) (n uint32, ended error) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // less than session.DefaultStallTimeout
	defer cancel()
	srv := imaptest.NewServer(t, imaptest.Without(without...), imaptest.AllowPlain())
	url, addr := "imap+insecure://", srv.Addr
	if tls {
		url, addr = "imaps://", srv.TLSAddr
	}
	way := newHole(t, addr, reads)
	target, err := transport.Parse(url + way.addr)
	if err != nil {
		t.Fatal(err)
	}
	target.TLSConfig = srv.TLSConfig()
	s, err := session.Dial(ctx, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err = commands.Login(s, "alice", auth.NewSecret("secret"), commands.AllowPlaintext()).Wait(ctx); err == nil && deflates {
		err = commands.Compress(ctx, s)
	}
	if err == nil {
		_, err = commands.Select(s, "INBOX").Wait(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
	box := srv.Mailbox("alice", "INBOX")
	box.Append([]byte("Subject: 1\r\n\r\n"))
	for r, err := range commands.Watch(ctx, s, commands.WatchOptions{Alive: alive}) {
		if err == nil && r.Name == "EXISTS" {
			n = r.Num
		}
		switch {
		case err != nil:
			if !errors.Is(err, session.ErrStalled) {
				t.Errorf("%d messages were reported, then %v", n, err)
			}
		case n < 3:
			box.Append([]byte("Subject: more\r\n\r\n"))
		default:
			select {
			case <-way.gone:
			default:
				close(way.gone)
			}
		}
	}
	return n, s.Err()
}

// TestWatchLosesNothing lets one message arrive before the loop, and one during IDLE. Watch reports each of them, even
// if the server does not report them during IDLE.
func TestWatchLosesNothing(t *testing.T) {
	idle, news := "", 1
	says := func(tag, line string) string {
		switch {
		case line == "IDLE":
			idle = tag
			return "+ idling\r\n" // and nothing more
		case tag == "DONE":
			return idle + " OK done\r\n"
		}
		exists := ""
		if news > 0 {
			exists, news = "* 7 EXISTS\r\n", news-1
		}
		return exists + tag + " OK done\r\n"
	}
	watched(t, "IDLE", says, nil, func(t *testing.T, s *session.Session, _ net.Conn) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		begin, reported := time.Now(), 0
		for r, err := range commands.Watch(ctx, s, commands.WatchOptions{Restart: 9 * time.Minute}) {
			if err != nil || r.Name != "EXISTS" {
				t.Fatal(r, err)
			}
			// The first message was there before the loop. The second one arrives during an IDLE.
			if reported++; reported == 1 && time.Since(begin) != 0 || reported == 2 && time.Since(begin) != 9*time.Minute {
				t.Errorf("message %d was reported after %v", reported, time.Since(begin))
			}
			if reported == 2 {
				break
			}
			news++
		}
	})
}

// TestWatchRestartsByTheClock checks that Watch renews IDLE even if the server sends all the time, because servers
// count the time from the beginning of the IDLE.
func TestWatchRestartsByTheClock(t *testing.T) {
	var heard []string
	watched(t, "IDLE", polite(&heard), nil, func(t *testing.T, s *session.Session, srv net.Conn) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		var talks sync.WaitGroup
		defer func() { cancel(); talks.Wait() }()
		talks.Go(func() {
			for ctx.Err() == nil {
				time.Sleep(10 * time.Second)
				io.WriteString(srv, "* OK still here\r\n")
			}
		})
		n := 0
		for range commands.Watch(ctx, s, commands.WatchOptions{}) {
			n++
		}
		if n < 300 {
			t.Errorf("Watch yielded %d responses, want at least 300", n)
		}
	})
	idles := 0
	for _, line := range heard {
		if line == "IDLE" {
			idles++
		}
	}
	if idles != 3 {
		t.Errorf("%d IDLEs in an hour: %v", idles, heard)
	}
}

// TestWatchWithoutNoop checks that Watch continues with IDLE if the server refuses NOOP.
func TestWatchWithoutNoop(t *testing.T) {
	var heard []string
	ok := polite(&heard)
	watched(t, "IDLE", func(tag, line string) string {
		if line == "NOOP" {
			return tag + " BAD what\r\n"
		}
		return ok(tag, line)
	}, nil, func(t *testing.T, s *session.Session, _ net.Conn) {
		for r, err := range commands.Watch(t.Context(), s, commands.WatchOptions{}) {
			if err != nil || r.Name != "EXISTS" {
				t.Error(r, err)
			}
			break
		}
	})
}

// TestWatchGoesOnAfterLimit checks that Watch yields an error for a response over a limit, and then the responses
// after it.
func TestWatchGoesOnAfterLimit(t *testing.T) {
	for _, caps := range []string{"IDLE", "NONE"} {
		idle, idles := "", 0
		big := "* 1 FETCH (FLAGS (" + strings.Repeat("x", 5000) + "))\r\n"
		says := func(tag, line string) string {
			switch {
			case line == "IDLE":
				idle, idles = tag, idles+1
				return "+ idling\r\n" + big
			case tag == "DONE":
				return idle + " OK done\r\n"
			case caps == "IDLE":
				return tag + " OK done\r\n"
			}
			idles++
			return big + tag + " OK done\r\n"
		}
		watched(t, caps, says, &session.Config{Limits: wire.Limits{Message: 2000}}, func(t *testing.T, s *session.Session, _ net.Conn) {
			limits := 0
			for r, err := range commands.Watch(t.Context(), s, commands.WatchOptions{}) {
				var limit *wire.LimitError
				if !errors.As(err, &limit) {
					t.Error(r, err)
				}
				if limits++; limits == 3 {
					break
				}
			}
			if limits != 3 || idles != 3 {
				t.Errorf("%s: %d errors of the limit after %d IDLEs or NOOPs, want 3 and 3", caps, limits, idles)
			}
			if _, err := commands.Noop(s).Wait(t.Context()); caps == "IDLE" && err != nil {
				t.Error(err)
			}
		})
	}
}

// TestWatchFarAway uses Watch with a server whose answers take longer than WatchOptions.Restart. Watch must report
// each message, and must not send DONE before the server has answered IDLE with a continuation request.
func TestWatchFarAway(t *testing.T) {
	for _, without := range []string{"X", "IDLE"} {
		synctest.Test(t, func(t *testing.T) {
			srv, err := imaptest.New(imaptest.WithUser("alice", "secret"), imaptest.Without(without))
			if err != nil {
				t.Fatal(err)
			}
			c, sc := imaptest.Pipe(0)
			far := imaptest.NewLink(sc, imaptest.ServerSide, 1, imaptest.Slow{Latency: 300 * time.Millisecond})
			served := make(chan struct{})
			go func() { defer close(served); srv.ServeConn(far, "") }()
			s, err := session.Open(t.Context(), c, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err = commands.Login(s, "alice", auth.NewSecret("secret"), commands.AllowPlaintext()).Wait(t.Context()); err == nil {
				_, err = commands.Select(s, "INBOX").Wait(t.Context())
			}
			if err != nil {
				t.Fatal(err)
			}
			const mails = 50
			go func() {
				for i := range mails {
					time.Sleep(time.Duration(i*i%700) * time.Millisecond)
					srv.Mailbox("alice", "INBOX").Append([]byte("Subject: new\r\n\r\n"))
				}
			}()
			begin := time.Now()
			for _, err := range commands.Watch(t.Context(), s, commands.WatchOptions{Restart: 20 * time.Millisecond, Poll: 20 * time.Millisecond, Alive: 5 * time.Second}) {
				if err != nil {
					t.Fatal(err)
				}
				if s.Mailbox().Exists == mails {
					break
				}
			}
			if d := time.Since(begin); d > time.Minute {
				t.Errorf("%d mails took %v", mails, d)
			}
			if _, err := commands.Noop(s).Wait(t.Context()); err != nil {
				t.Error(err)
			}
			s.Close()
			<-served
			srv.Close()
		})
	}
}
