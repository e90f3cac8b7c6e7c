package account_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
)

// misfortunes returns a random fault that also occurs in real networks and with honest servers.
func misfortunes(r *rand.Rand) (imaptest.Fault, imaptest.When) {
	side := []imaptest.Side{imaptest.ServerSide, imaptest.ClientSide}[r.IntN(2)]
	w := imaptest.When{Times: 1 + r.IntN(3), Skip: r.IntN(3), Command: []string{"", "SELECT", "APPEND", "SEARCH", "NOOP", "AUTHENTICATE", imaptest.Greeting}[r.IntN(7)]}
	switch r.IntN(9) {
	case 0:
		return imaptest.Cut{From: side, After: int64(r.IntN(300)), Reset: r.IntN(2) == 0}, w
	case 1:
		return imaptest.Stall{From: side, After: int64(r.IntN(300))}, w
	case 2:
		return imaptest.HalfClose{From: side, After: int64(r.IntN(300))}, w
	case 3:
		w.Moment = imaptest.Moment(r.IntN(2))
		if w.Command == imaptest.Greeting {
			w.Moment = imaptest.Before
		}
		return imaptest.Bye{Code: []parser.CodeName{"", parser.CodeUnavailable, parser.CodeLimit}[r.IntN(3)]}, w
	case 4:
		return imaptest.Answer{Code: []parser.CodeName{parser.CodeUnavailable, parser.CodeInUse, "THROTTLED"}[r.IntN(3)]}, w
	case 5:
		return imaptest.Answer{Text: "Request is throttled. Suggested Backoff Time: 5000 milliseconds"}, w
	case 6:
		return imaptest.Slow{Latency: time.Duration(r.IntN(300)) * time.Millisecond}, imaptest.When{Times: 2}
	case 7:
		return imaptest.ConnLimit{Max: 1 + r.IntN(3)}, imaptest.When{Times: 4}
	default:
		return imaptest.Tear{From: side, Max: 1 + r.IntN(10)}, imaptest.When{Times: 2}
	}
}

// TestMisfortunes lets eight goroutines append five messages each while connections fail in random ways. Each message
// arrives exactly once, and the account never has more connections than allowed.
func TestMisfortunes(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			bubble(t, func(t *testing.T, srv *imaptest.Server) {
				var g gate
				a := alice(t, srv, func(o *account.Options) {
					o.MaxConns, o.Dialer, o.Patience, o.Session.StallTimeout = 3, g.wrap(o.Dialer), -1, time.Minute
				})
				r := rand.New(rand.NewPCG(seed, 1))
				for range 12 {
					srv.Inject(misfortunes(r))
				}
				ctx := minutes(t, 24*60)
				var wg sync.WaitGroup
				for i := range 8 {
					wg.Go(func() {
						for k := range 5 {
							time.Sleep(time.Duration(k*i) * 7 * time.Second)
							if err := appendOnce(ctx, a, "INBOX", fmt.Sprintf("%d.%d", i, k)); err != nil {
								t.Errorf("goroutine %d, message %d: %v", i, k, err)
							}
						}
					})
				}
				wg.Wait()
				count(t, srv, "INBOX", 40)
				if g.most.Load() > 3 {
					t.Errorf("%d connections at a time, want at most 3", g.most.Load())
				}
				if st := a.Stats(); st.Open != st.Idle || st.Queued != 0 {
					t.Errorf("Stats is %+v, want all connections idle and no queue", st)
				}
			})
		})
	}
}
