package account_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// TestTogether calls Do, Watch, Mailboxes and SetCredentials at the same time, on accounts with few connections and
// servers that throttle, refuse connections and lose them. Functions panic and contexts end at random, and in about
// half of the runs Close is called meanwhile. All calls return, and no connection stays open after Close. Without
// Close, the account still works.
func TestTogether(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			bubble(t, func(t *testing.T, srv *imaptest.Server) { together(t, srv, seed) })
		})
	}
}

func together(t *testing.T, srv *imaptest.Server, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 3))
	var g gate
	conns := 1 + r.IntN(3)
	a := alice(t, srv, func(o *account.Options) {
		o.MaxConns, o.Dialer, o.Session.StallTimeout = conns, g.wrap(o.Dialer), time.Minute
		o.Patience = []time.Duration{-1, time.Millisecond, 0}[r.IntN(3)]
		o.Probe = []time.Duration{-1, time.Millisecond, 0}[r.IntN(3)]
		o.IdleTimeout = []time.Duration{time.Second, 0}[r.IntN(2)]
	})
	var faults []func()
	inject := func(f imaptest.Fault, w imaptest.When) { faults = append(faults, srv.Inject(f, w)) }
	for range r.IntN(8) {
		inject(misfortunes(r))
	}
	if r.IntN(2) == 0 {
		inject(imaptest.ConnLimit{Max: 1 + r.IntN(2), Code: []parser.CodeName{parser.CodeLimit, parser.CodeUnavailable}[r.IntN(2)]}, imaptest.When{})
	}
	for i := range 3 {
		srv.Mailbox("alice", fmt.Sprint("Box", i))
	}
	closes := r.IntN(2) == 0
	var wg sync.WaitGroup
	allowed := func(err error) bool {
		return err == nil || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, account.ErrForNow) || errors.Is(err, account.ErrUncertain) ||
			errors.Is(err, account.ErrClosed) && closes
	}
	for i := range 12 {
		r := rand.New(rand.NewPCG(seed, uint64(100+i)))
		wg.Go(func() {
			time.Sleep(time.Duration(r.IntN(20_000)) * time.Millisecond)
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(r.IntN(400_000))*time.Millisecond)
			defer cancel()
			var err error
			switch r.IntN(5) {
			case 2:
				a.SetCredentials(auth.Credentials{Username: "alice", Password: auth.NewSecret("secret")})
			case 0:
				func() {
					defer func() { recover() }()
					leave := r.IntN(5)
					for ev, e := range a.Watch(ctx, account.WatchOptions{Mailbox: []string{"", "Box0"}[r.IntN(2)], All: r.IntN(2) == 0, Restart: time.Minute}) {
						if err = e; err == nil && r.IntN(3) == 0 {
							time.Sleep(time.Duration(r.IntN(90)) * time.Second)
							if e := a.Do(ctx, "Box1", noop(ctx)); !allowed(e) {
								t.Errorf("Do in the body of the loop over Watch, after %T: got error %v", ev, e)
							}
						}
						if r.IntN(10) == 0 {
							panic("as the test wants it")
						}
						if leave--; leave == 0 {
							break
						}
					}
				}()
			case 1:
				_, err = a.Mailboxes(ctx)
			default:
				opts := []account.DoOption{}
				for _, o := range []account.DoOption{account.ReadOnly, account.Repeatable, account.Bulk} {
					if r.IntN(3) == 0 {
						opts = append(opts, o)
					}
				}
				for range 4 {
					func() {
						defer func() { recover() }()
						err = a.Do(ctx, []string{"", "INBOX", "Box0", "Box1"}[r.IntN(4)], func(s *session.Session) error {
							time.Sleep(time.Duration(r.IntN(3000)) * time.Millisecond)
							if r.IntN(10) == 0 {
								panic("as the test wants it")
							}
							return noop(ctx)(s)
						}, opts...)
					}()
					if !allowed(err) {
						break
					}
				}
			}
			if !allowed(err) {
				t.Errorf("goroutine %d: got error %v", i, err)
			}
		})
	}
	for range 10 {
		time.Sleep(time.Duration(r.IntN(10)) * time.Second)
		srv.Mailbox("alice", fmt.Sprint("Box", r.IntN(2))).Append([]byte(message("x")))
	}
	if closes {
		a.Close()
	}
	wg.Wait()
	if g.most.Load() > int64(conns) {
		t.Errorf("%d connections at a time, want at most %d", g.most.Load(), conns)
	}
	time.Sleep(time.Hour)
	st := a.Stats()
	if st.Open != st.Idle || st.Queued != 0 || st.Waiting != 0 || g.now.Load() != int64(st.Open) || closes && st.Open != 0 {
		t.Errorf("an hour later (Close was called: %v), Stats is %+v, and %d connections are open; want nothing in use or waiting, and none open after Close", closes, st, g.now.Load())
	}
	for _, remove := range faults {
		remove()
	}
	ctx := minutes(t, 24*60)
	if err := a.Do(ctx, "INBOX", noop(ctx), account.Repeatable); closes != errors.Is(err, account.ErrClosed) || !closes && err != nil {
		t.Errorf("Do at the end: got error %v; want ErrClosed: %v", err, closes)
	}
}
