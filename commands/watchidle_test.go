package commands_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

// TestWatchHolds checks the memory, in heap and stacks, of a session that waits in Watch. It is at most 1.5 times the
// figure in docs/performance.md, both at first and after the session has read a lot.
func TestWatchHolds(t *testing.T) {
	if raceEnabled {
		return // the race detector needs memory for each session
	}
	for _, test := range []struct {
		name        string
		deflate     bool
		most, later int64 // bytes for a session and the server's end of it: at first, and after it has read a lot
	}{
		{"TCP", false, 11_700, 11_700},
		// With DEFLATE, the server may refer to octets that it has sent before, so the session keeps the 14 KB that it
		// has received.
		{"with COMPRESS=DEFLATE", true, 12_700, 40_000},
	} {
		s := &idleServer{idle: make(chan *idlePeer, waiters)}
		ctx, cancel := context.WithCancel(t.Context())
		addr := s.listen(t)
		before := heldBytes()
		var all sync.WaitGroup
		done := make(chan bool, waiters)
		for range waiters {
			c := openWaiting(t, ctx, addr, test.deflate)
			all.Go(func() {
				defer c.Close()
				for r, err := range commands.Watch(ctx, c, commands.WatchOptions{}) {
					if err != nil {
						if ctx.Err() == nil {
							t.Error(err)
						}
						return
					}
					if r.Name == "EXISTS" && r.Num == 11 {
						done <- true
					}
				}
			})
		}
		var peers []*idlePeer
		for range waiters {
			peers = append(peers, <-s.idle)
		}
		if n := (heldBytes() - before) / waiters; n > test.most {
			t.Errorf("%s: a session that waits holds %d bytes, want at most %d", test.name, n, test.most)
		}
		for range 2 {
			for _, p := range peers {
				p.say("* 1 FETCH (FLAGS (\\Seen))\r\n* OK " + strings.Repeat("a long remark ", 500) + "\r\n* 11 EXISTS\r\n")
				transport.Rest(p.Conn)
			}
			for range waiters {
				<-done
			}
		}
		if n := (heldBytes() - before) / waiters; n > test.later {
			t.Errorf("%s: a session that has received a lot holds %d bytes, want at most %d", test.name, n, test.later)
		}
		cancel()
		all.Wait()
		for _, p := range peers {
			p.Close()
		}
	}
}

const waiters = 200

// heldBytes returns the size of heap and stacks in bytes.
func heldBytes() int64 {
	var m runtime.MemStats
	for range 5 { // each collection halves a stack that is mostly unused
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// openWaiting opens a session with INBOX selected.
func openWaiting(t *testing.T, ctx context.Context, addr string, deflate bool) *session.Session {
	t.Helper()
	s, err := session.Dial(ctx, transport.TCP(addr), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := commands.Login(s, "a", auth.NewSecret("b"), commands.AllowPlaintext()).Wait(ctx); err != nil {
		t.Fatal(err)
	}
	if deflate {
		if err := commands.Compress(ctx, s); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
		t.Fatal(err)
	}
	return s
}

// idleServer is a server that has no goroutine for a connection in IDLE, so that it needs little memory.
type idleServer struct{ idle chan *idlePeer }

type idlePeer struct{ transport.Conn }

func (p *idlePeer) say(text string) { io.WriteString(p.Conn, text) }

func (s *idleServer) listen(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { c.Close() })
			go s.greet(t, c)
		}
	}()
	return l.Addr().String()
}

// greet answers commands until IDLE arrives.
func (s *idleServer) greet(t *testing.T, c net.Conn) {
	const caps = "[CAPABILITY IMAP4rev1 IDLE COMPRESS=DEFLATE]"
	p := &idlePeer{c}
	p.say("* OK " + caps + " ready\r\n")
	for in := bufio.NewReader(p.Conn); ; {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		tag, command, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch command, _, _ = strings.Cut(command, " "); command {
		case "LOGIN":
			p.say(tag + " OK " + caps + " done\r\n")
		case "SELECT":
			p.say("* FLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft $Forwarded)\r\n* 10 EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n" + tag + " OK [READ-WRITE] done\r\n")
		case "COMPRESS":
			p.say(tag + " OK done\r\n")
			d, err := transport.Deflate(6)(context.Background(), c, nil)
			if err != nil {
				t.Error(err)
				return
			}
			p.Conn, in = d, bufio.NewReader(d)
		case "IDLE":
			p.say("+ idling\r\n")
			transport.Rest(p.Conn)
			s.idle <- p
			return
		default:
			p.say(tag + " OK done\r\n")
		}
	}
}
