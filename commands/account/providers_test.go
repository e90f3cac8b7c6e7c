package account_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

var providers = []string{"gmail", "outlook", "icloud", "yahoo", "aol"}

// provided returns an account on a server with a provider's preset. It logs in with a token if the provider accepts
// no password.
func provided(t *testing.T, srv *imaptest.Server, preset string, change func(*account.Options)) *account.Account {
	return alice(t, srv, func(o *account.Options) {
		if preset == "outlook" {
			o.Credentials = auth.Credentials{Username: "alice", Token: auth.StaticToken(auth.NewSecret("token"))}
		}
		o.Patience, o.Session.StallTimeout = time.Hour, time.Minute
		if change != nil {
			change(o)
		}
	})
}

// readAll returns a function for Do that only reads.
func readAll(ctx context.Context) func(*session.Session) error {
	return func(s *session.Session) error {
		n, there := 0, int(s.Mailbox().Exists)
		for _, err := range commands.Fetch(s, numset.All(numset.UID), fetch.UID, fetch.Flags).All(ctx) {
			if err != nil {
				return err
			}
			n++
		}
		if n < there {
			return fmt.Errorf("FETCH returned %d messages of %d", n, there)
		}
		_, err := commands.Noop(s).Wait(ctx)
		return err
	}
}

// TestProvidersMishaps lets eight goroutines work while the server makes the mistakes that a provider's servers have
// been seen to make. The goroutines get no error, and no message is lost or doubled.
func TestProvidersMishaps(t *testing.T) {
	for _, preset := range providers {
		for _, m := range imaptest.Mishaps(preset) {
			t.Run(preset+"/"+m.Name, func(t *testing.T) {
				bubble(t, func(t *testing.T, srv *imaptest.Server) {
					a := provided(t, srv, preset, nil)
					ctx := minutes(t, 24*60)
					m.When.Times = 3
					srv.Inject(m.Fault, m.When)
					var wg sync.WaitGroup
					for i := range 8 {
						wg.Go(func() {
							for k := range 3 {
								err := appendOnce(ctx, a, "INBOX", fmt.Sprint(i, "-", k))
								err = errors.Join(err, a.Do(ctx, "INBOX", readAll(ctx), account.Repeatable, account.ReadOnly))
								if err = errors.Join(err, a.Do(ctx, "INBOX", readAll(ctx), account.Repeatable)); err != nil {
									t.Error(err)
								}
							}
						})
					}
					wg.Wait()
					count(t, srv, "INBOX", 24)
				}, imaptest.Preset(preset), imaptest.WithToken("alice", "token"))
			})
		}
	}
}

// TestProvidersLimits uses accounts whose Options.MaxConns exceeds what their provider allows. Each account runs 25
// functions at once, every hour for two days, while sessions end every hour or day. No call of Do fails.
func TestProvidersLimits(t *testing.T) {
	for _, preset := range providers {
		t.Run(preset, func(t *testing.T) {
			bubble(t, func(t *testing.T, srv *imaptest.Server) {
				a := provided(t, srv, preset, func(o *account.Options) { o.MaxConns, o.IdleTimeout = 20, -1 })
				ctx := t.Context()
				for hour := range 50 {
					var wg sync.WaitGroup
					for i := range 25 {
						wg.Go(func() {
							err := a.Do(ctx, "INBOX", func(s *session.Session) error { time.Sleep(time.Second); return readAll(ctx)(s) }, account.Repeatable)
							if err != nil {
								t.Errorf("hour %d, goroutine %d: %v", hour, i, err)
							}
						})
					}
					wg.Wait()
					time.Sleep(time.Hour)
				}
			}, imaptest.Preset(preset), imaptest.WithToken("alice", "token"))
		})
	}
}

// TestBasicAuthIsDisabled checks that Microsoft's answer to a password is an error of kind ForGood.
func TestBasicAuthIsDisabled(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		want(t, alice(t, srv, nil).Do(t.Context(), "INBOX", noop(t.Context())), account.ErrForGood, account.ErrMechanism)
	}, imaptest.Preset("outlook"))
}

// TestGmailTrash checks that Do does not repeat a MOVE to the Trash if the server executes the MOVE and then drops
// the connection, as Gmail does.
func TestGmailTrash(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		a := alice(t, srv, nil)
		ctx := t.Context()
		srv.Mailbox("alice", "INBOX").Append([]byte(message("x")), parser.FlagSeen)
		err := a.Do(ctx, "INBOX", func(s *session.Session) error {
			_, err := commands.Move(s, numset.Of(numset.UID, 1), "[Gmail]/Trash").Wait(ctx)
			return err
		})
		want(t, err, account.ErrUncertain)
		if err := a.Do(ctx, "INBOX", readAll(ctx)); err != nil {
			t.Error(err)
		}
		count(t, srv, "INBOX", 0)
		count(t, srv, "[Gmail]/Trash", 1)
	}, imaptest.Preset("gmail"))
}
