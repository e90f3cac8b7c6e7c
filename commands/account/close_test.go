package account_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

// TestCloseEndsWaits closes an account while Do and Watch wait for the end of a pause, or for a server that does not
// answer. Both end at once.
func TestCloseEndsWaits(t *testing.T) {
	for name, c := range map[string]struct {
		fault  imaptest.Fault
		when   imaptest.When
		change func(*account.Options)
	}{
		"in use": {imaptest.Answer{Code: parser.CodeInUse}, imaptest.When{}, nil},
		"throttled": {imaptest.Answer{Text: "Request is throttled. Suggested Backoff Time: 36000000 milliseconds"},
			imaptest.When{Command: "EXAMINE"}, nil},
		"silent": {imaptest.Delay{For: 24 * time.Hour}, imaptest.When{Command: "AUTHENTICATE"}, func(o *account.Options) { o.Session.StallTimeout = -1 }},
		"dialing": {imaptest.Bye{}, imaptest.When{}, func(o *account.Options) {
			o.Dialer = transport.DialFunc(func(ctx context.Context) (transport.Conn, error) {
				<-ctx.Done()
				return nil, context.Cause(ctx)
			})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, srv *imaptest.Server) {
				srv.Inject(c.fault, c.when)
				var mu sync.Mutex
				var reports []error
				a := alice(t, srv, func(o *account.Options) {
					o.Patience, o.ConnectTimeout, o.MinBackoff, o.MaxBackoff = -1, -1, time.Hour, time.Hour
					o.Report = func(err error) { mu.Lock(); defer mu.Unlock(); reports = append(reports, err) }
					if c.change != nil {
						c.change(o)
					}
				})
				done := make(chan error, 2)
				go func() { done <- a.Do(t.Context(), "INBOX", noop(t.Context()), account.ReadOnly) }()
				go func() {
					var last error
					for _, err := range a.Watch(t.Context(), account.WatchOptions{}) {
						last = err
					}
					done <- last
				}()
				time.Sleep(5 * time.Minute)
				mu.Lock()
				begin, known := time.Now(), len(reports)
				mu.Unlock()
				a.Close()
				for range 2 {
					want(t, <-done, account.ErrClosed)
				}
				if d := time.Since(begin); d > 10*time.Second {
					t.Errorf("Do and Watch have ended %v after Close", d)
				}
				mu.Lock()
				defer mu.Unlock()
				if len(reports) > known {
					t.Errorf("Close was reported as a failure: %v", errors.Join(reports[known:]...))
				}
			})
		})
	}
}

// TestPanicInPrepare checks what happens after Options.Prepare has panicked. The next call of Do opens another
// connection without waiting, and the connection of the panic does not stay open.
func TestPanicInPrepare(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		tries := 0
		a := alice(t, srv, func(o *account.Options) {
			o.MaxConns = 1
			o.Prepare = func(context.Context, *session.Session) error {
				if tries++; tries == 1 {
					panic("as the test wants it")
				}
				return nil
			}
		})
		func() {
			defer func() { recover() }()
			a.Do(t.Context(), "", noop(t.Context()))
		}()
		ctx := minutes(t, 5)
		if err := a.Do(ctx, "", noop(ctx)); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
		if st := a.Stats(); st.Open != 1 || len(srv.Connections()) != 1 {
			t.Errorf("Stats is %+v, want one open connection; the server has %d", st, len(srv.Connections()))
		}
	})
}
