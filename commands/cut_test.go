package commands_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
	"github.com/imapstack/imapstack/wire"
)

var cutEvery = flag.Bool("cut.every", false, "cut at every octet on every layer, and not only in clear text")

// cutLayer is a combination of layers on the connection of a script: TLS, STARTTLS, DEFLATE.
type cutLayer struct {
	name                   string
	tls, startTLS, deflate bool
}

var cutLayers = []cutLayer{{name: "plain"}, {name: "tls", tls: true}, {name: "starttls", startTLS: true}, {name: "deflate", deflate: true},
	{name: "starttls+deflate", startTLS: true, deflate: true}}

// halting is one end of a connection. It passes on as many octets as left says, and then nothing for the time in pause.
type halting struct {
	net.Conn
	left  int64
	pause time.Duration
}

func (h *halting) Write(p []byte) (int, error) {
	if h.pause > 0 && int64(len(p)) > h.left {
		n, err := h.Conn.Write(p[:h.left])
		if err != nil {
			return n, err
		}
		time.Sleep(h.pause)
		h.pause = 0
		m, err := h.Conn.Write(p[n:])
		return n + m, err
	}
	h.left -= int64(len(p))
	return h.Conn.Write(p)
}

// halted returns a wrapper for the two ends of a connection. After side has sent n octets, the wrapper passes on
// nothing more from side for a minute. The client's writes do not block during that minute.
func halted(side imaptest.Side, n int64) func(c, srv net.Conn) (net.Conn, net.Conn) {
	return func(c, srv net.Conn) (net.Conn, net.Conn) {
		if side == imaptest.ServerSide {
			return c, &halting{srv, n, time.Minute}
		}
		l, r := imaptest.Pipe(0)
		go func() {
			h := &halting{c, n, time.Minute}
			io.Copy(h, r)
			c.Close()
		}()
		go func() {
			io.Copy(r, c)
			r.Close()
		}()
		return l, srv
	}
}

// cutting runs f against a server with two messages, in a synctest bubble, which fails if a goroutine is left at its
// end. The function wrap wraps the two ends of the connection.
func cutting(t *testing.T, script *cutScript, layer *cutLayer, wrap func(c, srv net.Conn) (net.Conn, net.Conn), f func(t *testing.T, srv *imaptest.Server, c net.Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv, err := imaptest.New(imaptest.WithUser("alice", cutPassword), imaptest.Without(strings.Fields(script.without)...))
		if err != nil {
			t.Fatal(err)
		}
		for _, body := range []string{"Subject: one\r\n\r\nshort\r\n", "Subject: two\r\n\r\n" + strings.Repeat("a longer one\r\n", 8)} {
			srv.Mailbox("alice", "INBOX").Append([]byte(body))
		}
		c, sc := imaptest.Pipe(0)
		c, sc = wrap(c, sc)
		switch {
		case layer.tls:
			go srv.ServeTLSConn(sc)
		case script.preauth && !layer.startTLS:
			go srv.ServeConn(sc, "alice")
		default:
			go srv.ServeConn(sc, "")
		}
		f(t, srv, c)
		c.Close()
		time.Sleep(2 * time.Minute) // until the pauses are over
		srv.Close()
	})
}

const cutPassword = `correct "horse" battery`

// cutConfig returns a session's configuration with small limits. If w is not nil, it gets the whole log.
func cutConfig(w *output) *session.Config {
	cfg := &session.Config{Limits: wire.Limits{Inline: 64}}
	if w != nil {
		cfg.Logger = slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: session.LevelTrace}))
		cfg.TraceText = true
	}
	return cfg
}

// open opens a session on c with the layers, and logs in unless the script itself logs in.
func (x *cutRun) open(c net.Conn, script *cutScript, layer *cutLayer) error {
	var conn transport.Conn = c
	var err error
	if layer.tls {
		if conn, err = transport.StartTLS(x.srv.TLSConfig(), "localhost")(x.ctx, c, nil); err != nil {
			return err
		}
		x.saw("secure")
	}
	if x.s, err = session.Open(x.ctx, conn, cutConfig(x.said)); err != nil {
		return err
	}
	x.saw("greeted")
	if layer.startTLS {
		if err := commands.StartTLS(x.ctx, x.s, x.srv.TLSConfig(), "localhost"); err != nil {
			return err
		}
		x.saw("tls")
	}
	if script.preauth && (layer.startTLS || layer.tls) {
		if err := x.authenticates("PLAIN")(); err != nil {
			return err
		}
	}
	if layer.deflate && script.preauth {
		if err := commands.Compress(x.ctx, x.s); err != nil {
			return err
		}
		x.saw("compressed")
	}
	return nil
}

// cutRunOf runs a script with a deadline of 10 seconds.
func cutRunOf(t *testing.T, ctx context.Context, what string, srv *imaptest.Server, c net.Conn, script *cutScript, layer *cutLayer, whole []string, said *output) (*cutRun, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	x := &cutRun{ctx: ctx, srv: srv, said: said}
	begin := time.Now()
	err := x.open(c, script, layer)
	if err == nil {
		err = script.run(x)
	}
	if said != nil {
		said.print(what, err, x.s)
	}
	if d := time.Since(begin); d > 10*time.Second+session.DefaultBodyWait {
		t.Errorf("%s: waited for %v", what, d)
	}
	if whole != nil && (len(x.seen) > len(whole) || fmt.Sprint(x.seen) != fmt.Sprint(whole[:len(x.seen)])) {
		t.Errorf("%s: the results are %v", what, x.seen)
	}
	if whole != nil && err == nil && len(x.seen) != len(whole) {
		t.Errorf("%s: no error, but not all results: %v", what, x.seen)
	}
	return x, err
}

// isLost reports whether err is one of the errors that the documentation promises for a lost connection:
// session.ErrLost, or BYE if the server has sent one. Before a session exists, the error may also be one that reports
// the end of the stream.
func isLost(x *cutRun, err error) bool {
	if x.s == nil && !errors.Is(err, session.ErrLost) {
		return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe) || errors.Is(err, syscall.EPIPE)
	}
	return errors.Is(err, session.ErrLost) || errors.Is(err, parser.BYE)
}

// stride returns the number of octets between two cuts.
func stride(script *cutScript, layer *cutLayer, size int64) int64 {
	switch {
	case testing.Short() || raceEnabled:
		return max(size/12, 1)
	case *cutEvery:
		return 1
	case layer.name == "plain" && script.name == "SCRAM":
		return 5 // slow, because each run derives keys from the password twice
	case layer.name == "plain":
		return 1
	}
	return max(size/16, 1)
}

// TestCutTranscripts cuts each exchange at many points in what either side sends; the function stride says how far
// they are apart. At each point, one run ends the connection, one stalls it until a deadline, and one cancels the
// wait and lets the octets continue later. Data that arrived before the cut is delivered. The error says what has
// happened. No wait outlasts its deadline. A session that remains usable gives correct results.
func TestCutTranscripts(t *testing.T) {
	for i := range cutScripts {
		for j := range cutLayers {
			script, layer := &cutScripts[i], &cutLayers[j]
			if layer.deflate && !script.preauth {
				continue // compression begins only after the login
			}
			t.Run(script.name+"/"+layer.name, func(t *testing.T) {
				t.Parallel()
				testCuts(t, script, layer, int64(i*7+j*3))
			})
		}
	}
}

func testCuts(t *testing.T, script *cutScript, layer *cutLayer, phase int64) {
	var whole []string
	var sizes [2]int64
	cutting(t, script, layer, func(c, srv net.Conn) (net.Conn, net.Conn) {
		return imaptest.NewLink(c, imaptest.ClientSide, 1), srv
	}, func(t *testing.T, srv *imaptest.Server, c net.Conn) {
		x, err := cutRunOf(t, t.Context(), "whole", srv, c, script, layer, nil, nil)
		if err != nil {
			t.Errorf("without a fault: results %v, error %v", x.seen, err)
		}
		whole = x.seen
		l := c.(*imaptest.Link)
		sizes = [2]int64{l.Octets(imaptest.ServerSide), l.Octets(imaptest.ClientSide)}
		if x.s != nil {
			x.s.Close()
		}
	})
	if t.Failed() {
		return
	}
	var said *output
	if !script.preauth {
		said = new(output)
	}
	for side, size := range map[imaptest.Side]int64{imaptest.ServerSide: sizes[0], imaptest.ClientSide: sizes[1]} {
		step := stride(script, layer, size)
		for n := phase % step; n < size-16; n += step {
			for _, fault := range []imaptest.NetFault{imaptest.Cut{From: side, After: n}, imaptest.Stall{From: side, After: n}} {
				testFault(t, script, layer, fault, whole, n < size-100, said)
			}
			testCancel(t, script, layer, side, n, whole, said)
		}
	}
	if said != nil {
		if !strings.Contains(said.String(), "alice") && !strings.Contains(said.String(), "AUTHENTICATE") {
			t.Error("nothing was logged")
		}
		if found := traces(said.String(), cutPassword); len(found) > 0 {
			t.Errorf("the password was shown: %q", found)
		}
	}
}

// testFault runs a script on a connection that ends or stalls.
func testFault(t *testing.T, script *cutScript, layer *cutLayer, fault imaptest.NetFault, whole []string, must bool, said *output) {
	cutting(t, script, layer, func(c, srv net.Conn) (net.Conn, net.Conn) {
		return imaptest.NewLink(c, imaptest.ClientSide, 1, fault), srv
	}, func(t *testing.T, srv *imaptest.Server, c net.Conn) {
		x, err := cutRunOf(t, t.Context(), fault.String(), srv, c, script, layer, whole, said)
		_, cut := fault.(imaptest.Cut)
		switch {
		case err == nil:
			if must {
				t.Errorf("%v: no error, although the connection was cut or stalled", fault)
			}
		case cut && !isLost(x, err), !cut && !errors.Is(err, context.DeadlineExceeded):
			t.Errorf("%v: got error %v", fault, err)
		case session.SafeToRetry(err) && layer.name != "deflate":
			// One command is in flight at a time, and some octets of it were sent, so the command is not safe to retry.
			// But with DEFLATE, the server may answer a command before the client has written the last octets of the
			// compressed block. In that case, the next command has not been sent.
			t.Errorf("%v: %v is said to be safe to retry", fault, err)
		}
		if x.s == nil {
			return
		}
		if cut && err != nil {
			if after := commands.Noop(x.s); x.s.Err() == nil {
				t.Errorf("%v: the session has not ended; the results are %v, and the error is %v", fault, x.seen, err)
			} else if _, err := after.Wait(t.Context()); err == nil || !session.SafeToRetry(err) {
				t.Errorf("%v: the next NOOP: got error %v", fault, err)
			}
		}
		x.s.Close()
	})
}

// testCancel runs a script on a connection that stalls for a minute, and cancels the wait meanwhile.
func testCancel(t *testing.T, script *cutScript, layer *cutLayer, side imaptest.Side, n int64, whole []string, said *output) {
	cutting(t, script, layer, halted(side, n), func(t *testing.T, srv *imaptest.Server, c net.Conn) {
		what := fmt.Sprintf("cancelled after the %v has sent %d", side, n)
		ctx, cancel := context.WithCancelCause(t.Context())
		why := errors.New("enough")
		time.AfterFunc(5*time.Second, func() { cancel(why) })
		x, err := cutRunOf(t, ctx, what, srv, c, script, layer, whole, said)
		if x.s == nil || err == nil {
			if err != nil && !errors.Is(err, why) {
				t.Errorf("%s: %v", what, err)
			}
			return
		}
		defer x.s.Close()
		if !errors.Is(err, why) {
			t.Errorf("%s: %v", what, err)
		}
		if x.s.Err() != nil {
			// No write is cut, because the pipe accepts all octets of each write. So the session may only end if
			// STARTTLS or COMPRESS was in progress.
			between := layer.startTLS && len(x.seen) == 1 || layer.deflate && !slices.Contains(x.seen, "compressed")
			if !between || !errors.Is(err, session.ErrCut) && !errors.Is(x.s.Err(), why) {
				t.Errorf("%s: the session has ended: %v", what, x.s.Err())
			}
			return
		}
		x.goesOn(t, what)
	})
}

// goesOn checks that the session still gives correct results.
func (x *cutRun) goesOn(t *testing.T, what string) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	_, err := commands.Noop(x.s).Wait(ctx)
	if x.s.State() == session.Logout || errors.Is(err, session.ErrClosed) { // after LOGOUT
		return
	}
	if err == nil && x.s.State() != session.NotAuthenticated {
		var names []string
		for l, e := range commands.List(x.s, "", "INBOX").All(ctx) {
			if err = e; err == nil {
				names = append(names, string(l.Mailbox))
			}
		}
		if len(names) != 1 || names[0] != "INBOX" {
			t.Errorf("%s: afterwards, LIST yields %v", what, names)
		}
	}
	if err != nil {
		t.Errorf("%s: afterwards: %v", what, err)
	}
}
