package commands_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// heedless is a testing.TB that ends a test at the first failure without failing it, because an exchange that is cut
// does not have the results that the test expects.
type heedless struct{ testing.TB }

func (heedless) Error(...any)          { runtime.Goexit() }
func (heedless) Errorf(string, ...any) { runtime.Goexit() }
func (heedless) Fatal(...any)          { runtime.Goexit() }
func (heedless) Fatalf(string, ...any) { runtime.Goexit() }

// TestCutImaplib cuts every exchange of TestImaplib after each of the first 2,000 octets of either side (with -short
// or the race detector, at some twelve points). At each point, one run ends the connection, one stalls it until a
// deadline, and one cancels the wait and lets the octets continue later. The exchange ends in time, nothing panics,
// and no goroutine is left. A session whose connection is gone returns an error that says so, and a session whose
// wait was cancelled remains usable.
func TestCutImaplib(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(imaplibTests)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := imaplibTests[name]
			var sizes [2]int64
			x.cut(t, name, faulty(), 0, func(t *testing.T) testing.TB { return t }, func(t *testing.T, _ *session.Session, c net.Conn) {
				l := c.(*imaptest.Link)
				sizes = [2]int64{l.Octets(imaptest.ServerSide), l.Octets(imaptest.ClientSide)}
			})
			for i, side := range []imaptest.Side{imaptest.ServerSide, imaptest.ClientSide} {
				step := int64(1)
				if testing.Short() || raceEnabled {
					step = max(sizes[i]/12, 1)
				}
				for n := int64(0); n < min(sizes[i], 2000); n += step {
					x.cutAt(t, side, n)
				}
			}
		})
	}
}

// cutAt runs the exchange three times. After n octets from side, it cuts the connection the first time, stalls it the
// second time, and cancels the wait the third time.
func (x imaplibTest) cutAt(t *testing.T, side imaptest.Side, n int64) {
	t.Helper()
	heed := func(t *testing.T) testing.TB { return heedless{t} }
	cut, stall := imaptest.Cut{From: side, After: n}, imaptest.Stall{From: side, After: n}
	x.cut(t, cut.String(), faulty(cut), 0, heed, func(t *testing.T, s *session.Session, _ net.Conn) {
		if s == nil {
			return
		}
		_, err := commands.Noop(s).Wait(t.Context())
		if err == nil || !session.SafeToRetry(err) {
			t.Errorf("%v: the next NOOP: got error %v", cut, err)
		}
		if err := s.Err(); !errors.Is(err, session.ErrLost) && !errors.Is(err, parser.BYE) {
			t.Errorf("%v: Err of the session is %v", cut, err)
		}
	})
	x.cut(t, stall.String(), faulty(stall), 0, heed, func(t *testing.T, s *session.Session, _ net.Conn) {})
	what := fmt.Sprintf("cancelled after the %v has sent %d", side, n)
	x.cut(t, what, halted(side, n), 5*time.Second, heed, func(t *testing.T, s *session.Session, _ net.Conn) {
		if s != nil && s.Err() != nil && !errors.Is(s.Err(), parser.BYE) && !errors.Is(s.Err(), session.ErrClosed) {
			t.Errorf("%s: the session has ended: %v", what, s.Err())
		}
		time.Sleep(2 * time.Minute) // until every pause of the script is over
	})
}

// faulty returns a wrapper that adds a link with faults to the client's end.
func faulty(faults ...imaptest.NetFault) func(c, srv net.Conn) (net.Conn, net.Conn) {
	return func(c, srv net.Conn) (net.Conn, net.Conn) {
		return imaptest.NewLink(c, imaptest.ClientSide, 1, faults...), srv
	}
}

// cut runs the exchange over a connection whose ends are wrapped by wrap, and then runs f. If cancelled is not 0, it
// cancels the exchange after that time, and otherwise after 10 seconds.
func (x imaplibTest) cut(t *testing.T, what string, wrap func(c, srv net.Conn) (net.Conn, net.Conn), cancelled time.Duration,
	judge func(t *testing.T) testing.TB, f func(t *testing.T, s *session.Session, c net.Conn)) {
	t.Helper()
	script, err := imaptest.ParseScript(x.script)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if cancelled > 0 {
			time.AfterFunc(cancelled, cancel)
		}
		c, srv := wrap(imaptest.Pipe(0))
		go func() {
			script.Play(srv, imaptest.ServerSide, imaptest.Delivery{})
			srv.Close()
		}()
		var s *session.Session
		begin, done := time.Now(), make(chan struct{})
		go func() {
			defer close(done)
			var err error
			if s, err = session.Open(ctx, c, x.cfg); err == nil && x.run != nil {
				x.run(ctx, judge(t), s)
			}
		}()
		<-done
		if d := time.Since(begin); d > 10*time.Second+session.DefaultBodyWait { // if a write is in progress, a wait may last longer by BodyWait
			t.Errorf("%s: waited for %v", what, d)
		}
		f(t, s, c)
		if s != nil {
			s.Close()
		}
		c.Close()
		srv.Close()
	})
}
