package commands_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// cutLayers is what lies below the transcripts that are cut.
var cutLayers = []struct {
	name              string
	startTLS, deflate bool
}{{name: "plain"}, {"starttls", true, false}, {"deflate", false, true}, {"starttls+deflate", true, true}}

// halting is a server's end of a connection that brings nothing to the client for a while, once it has so many octets.
type halting struct {
	net.Conn
	left  int
	pause time.Duration
}

func (h *halting) Write(p []byte) (int, error) {
	if h.pause > 0 && len(p) > h.left {
		n, err := h.Conn.Write(p[:h.left])
		if err != nil {
			return n, err
		}
		time.Sleep(h.pause)
		h.pause = 0
		m, err := h.Conn.Write(p[n:])
		return n + m, err
	}
	h.left -= len(p)
	return h.Conn.Write(p)
}

// cutting runs f against a server with two messages, in a bubble; wrap changes the two ends of the connection.
func cutting(t *testing.T, wrap func(c, srv net.Conn) (net.Conn, net.Conn), f func(t *testing.T, srv *imaptest.Server, c net.Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv, err := imaptest.New(imaptest.WithUser("alice", "secret"))
		if err != nil {
			t.Fatal(err)
		}
		for _, body := range []string{"Subject: one\r\n\r\nshort\r\n", "Subject: two\r\n\r\n" + strings.Repeat("a longer one\r\n", 20)} {
			srv.Mailbox("alice", "INBOX").Append([]byte(body))
		}
		c, sc := imaptest.Pipe(0)
		c, sc = wrap(c, sc)
		go srv.ServeConn(sc, "")
		f(t, srv, c)
		c.Close()
		time.Sleep(2 * time.Minute) // until nothing halts any more
		srv.Close()
	})
}

// transcript does a little of everything, and returns what it has seen before it failed.
func transcript(ctx context.Context, srv *imaptest.Server, s *session.Session, startTLS, deflate bool) (seen []string, err error) {
	saw := func(what ...any) { seen = append(seen, fmt.Sprint(what...)) }
	if startTLS {
		if err := commands.StartTLS(ctx, s, srv.TLSConfig(), "localhost"); err != nil {
			return seen, err
		}
		saw("tls")
	}
	if _, err := commands.Authenticate(s, auth.Plain("", "alice", auth.NewSecret("secret")), commands.AllowInsecure()).Wait(ctx); err != nil {
		return seen, err
	}
	saw("in")
	if deflate {
		if err := commands.Compress(ctx, s); err != nil {
			return seen, err
		}
		saw("compressed")
	}
	for l, err := range commands.List(s, "", "*").All(ctx) {
		if err != nil {
			return seen, err
		}
		saw(string(l.Mailbox))
	}
	if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
		return seen, err
	}
	saw(s.Mailbox().Exists)
	for m, err := range commands.Fetch(s, numset.All(numset.Seq), commands.UID, commands.Body("").Peek()).All(ctx) {
		if err != nil {
			return seen, err
		}
		for sec, err := range m.Sections {
			if err != nil {
				return seen, err
			}
			b, err := io.ReadAll(sec)
			if err != nil {
				return seen, err
			}
			saw("body ", len(b))
		}
		saw("message ", m.UID)
	}
	found, err := commands.Search(s, numset.Seq, commands.Text("longer")).Wait(ctx)
	if err != nil {
		return seen, err
	}
	saw(found.Found)
	const mail = "Subject: three\r\n\r\nnew\r\n"
	if _, err := commands.Append(s, "INBOX", strings.NewReader(mail), int64(len(mail))).Wait(ctx); err != nil {
		return seen, err
	}
	saw("appended")
	idle := commands.Idle(s)
	idle.StopAfter(time.Second, 0)
	if err := idle.Wait(ctx); err != nil {
		return seen, err
	}
	saw("idle")
	if _, err := commands.Logout(s).Wait(ctx); err != nil {
		return seen, err
	}
	saw("out")
	return seen, nil
}

var cutLimits = session.Config{Limits: wire.Limits{Inline: 64}}

// stride is how many octets lie between two cuts: in clear text each counts.
func stride(name string, size int64) int64 {
	switch {
	case testing.Short():
		return max(size/20, 1)
	case name == "plain":
		return 1
	}
	return max(size/60, 1)
}

// TestCutTranscripts ends the connection behind the octets of either side, or lets them stall until a deadline, or cancels the wait and goes
// on when the server does: what came before is delivered, the error says what has happened, nothing waits longer than it may, and a
// session that lives gives right answers.
func TestCutTranscripts(t *testing.T) {
	for _, layer := range cutLayers {
		t.Run(layer.name, func(t *testing.T) {
			t.Parallel()
			var whole []string
			var sizes [2]int64
			cutting(t, func(c, srv net.Conn) (net.Conn, net.Conn) {
				return imaptest.NewLink(c, imaptest.ClientSide, 1), srv
			}, func(t *testing.T, srv *imaptest.Server, c net.Conn) {
				s, err := session.Open(t.Context(), c, &cutLimits)
				if err != nil {
					t.Fatal(err)
				}
				if whole, err = transcript(t.Context(), srv, s, layer.startTLS, layer.deflate); err != nil {
					t.Fatal(whole, err)
				}
				l := c.(*imaptest.Link)
				sizes = [2]int64{l.Octets(imaptest.ServerSide), l.Octets(imaptest.ClientSide)}
				s.Close()
			})
			t.Log(whole, sizes)
			run := func(t *testing.T, what string, srv *imaptest.Server, c net.Conn) (*session.Session, error) {
				t.Helper()
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				begin := time.Now()
				s, err := session.Open(ctx, c, &cutLimits)
				var seen []string
				if err == nil {
					seen, err = transcript(ctx, srv, s, layer.startTLS, layer.deflate)
				}
				if d := time.Since(begin); d > 10*time.Second {
					t.Errorf("%s: waits for %v", what, d)
				}
				if len(seen) > len(whole) || fmt.Sprint(seen) != fmt.Sprint(whole[:len(seen)]) {
					t.Errorf("%s: seen %v", what, seen)
				}
				if err == nil && len(seen) != len(whole) {
					t.Errorf("%s: no error, and seen %v", what, seen)
				}
				return s, err
			}
			for i, side := range []imaptest.Side{imaptest.ServerSide, imaptest.ClientSide} {
				step := stride(layer.name, sizes[i])
				for n := int64(0); n < sizes[i]-16; n += step {
					for _, fault := range []imaptest.NetFault{imaptest.Cut{From: side, After: n}, imaptest.Stall{From: side, After: n}} {
						cutting(t, func(c, srv net.Conn) (net.Conn, net.Conn) {
							return imaptest.NewLink(c, imaptest.ClientSide, 1, fault), srv
						}, func(t *testing.T, srv *imaptest.Server, c net.Conn) {
							s, err := run(t, fault.String(), srv, c)
							want := []error{context.DeadlineExceeded}
							if _, ok := fault.(imaptest.Cut); ok {
								want = []error{io.ErrUnexpectedEOF, io.EOF, io.ErrClosedPipe, net.ErrClosed, syscall.EPIPE, parser.BYE}
							}
							ok := false
							for _, w := range want {
								ok = ok || errors.Is(err, w)
							}
							if !ok && (err != nil || n < sizes[i]-100) {
								t.Errorf("%v: %v", fault, err)
							}
							if s != nil {
								s.Close()
							}
						})
					}
				}
			}
			for n := int64(0); n < sizes[0]-16; n += stride(layer.name, sizes[0]) {
				cutting(t, func(c, srv net.Conn) (net.Conn, net.Conn) {
					return c, &halting{srv, int(n), time.Minute}
				}, func(t *testing.T, srv *imaptest.Server, c net.Conn) {
					what := fmt.Sprintf("stalled at %d", n)
					s, err := run(t, what, srv, c)
					if s == nil || err == nil {
						return
					}
					defer s.Close()
					if !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("%s: %v", what, err)
					}
					if s.Err() != nil {
						if !layer.startTLS && !layer.deflate {
							t.Errorf("%s: the session has ended: %v", what, s.Err())
						}
						return
					}
					ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
					defer cancel()
					_, err = commands.Noop(s).Wait(ctx)
					if s.State() == session.Logout || errors.Is(err, session.ErrClosed) { // behind LOGOUT
						return
					}
					if err == nil && s.State() != session.NotAuthenticated {
						var st []string
						for l, e := range commands.List(s, "", "INBOX").All(ctx) {
							if err = e; err == nil {
								st = append(st, string(l.Mailbox))
							}
						}
						if len(st) != 1 || st[0] != "INBOX" {
							t.Errorf("%s: then LIST gives %v", what, st)
						}
					}
					if err != nil {
						t.Errorf("%s: afterwards: %v", what, err)
					}
				})
			}
		})
	}
}
