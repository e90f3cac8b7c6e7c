package account_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

// TestWrongPassword checks that a wrong password is tried once for all callers, and not again before a long pause.
// After SetCredentials, the new credentials are tried at once.
func TestWrongPassword(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		var reports []error
		a := alice(t, srv, func(o *account.Options) {
			o.Credentials.Password = auth.NewSecret("wrong")
			o.Auth.Mechanisms = []string{"PLAIN"}
			o.Report = func(err error) { reports = append(reports, err) }
		})
		ctx := minutes(t, 60)
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() { want(t, a.Do(ctx, "INBOX", noop(ctx)), account.ErrForGood, account.ErrCredentials) })
		}
		wg.Wait()
		begin := time.Now()
		want(t, a.Do(ctx, "INBOX", noop(ctx)), account.ErrCredentials)
		if n := len(srv.Received().Named("AUTHENTICATE")); n != 1 || time.Since(begin) > time.Second {
			t.Errorf("the password was tried %d times, the last in %v", n, time.Since(begin))
		}
		time.Sleep(account.DefaultMaxBackoff)
		want(t, a.Do(ctx, "INBOX", noop(ctx)), account.ErrCredentials)
		if n := len(srv.Received().Named("AUTHENTICATE")); n != 2 {
			t.Errorf("the password was tried %d times", n)
		}
		a.SetCredentials(auth.Credentials{Username: "alice", Password: auth.NewSecret("secret")})
		if err := a.Do(ctx, "INBOX", noop(ctx)); err != nil {
			t.Error(err)
		}
		if len(reports) != 2 || !errors.Is(reports[0], account.ErrCredentials) || reports[1] != nil {
			t.Errorf("reports are %v, want ErrCredentials and nil", reports)
		}
	})
}

// TestWrongPasswordNotAwaited checks that the account pauses between attempts to connect even if each caller's
// context ends before the server refuses the wrong password.
func TestWrongPasswordNotAwaited(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		a := alice(t, srv, func(o *account.Options) { o.Credentials.Password = auth.NewSecret("wrong") })
		remove := srv.Inject(imaptest.Delay{For: 5 * time.Second}, imaptest.When{Command: "AUTHENTICATE"})
		for range 300 {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			if err := a.Do(ctx, "", noop(ctx)); err == nil {
				t.Error("Do has logged in")
			}
			cancel()
		}
		time.Sleep(time.Minute)
		n := 0
		for _, c := range srv.Received() {
			if c.Name == "AUTHENTICATE" {
				n++
			}
		}
		if n < 2 || n > 15 {
			t.Errorf("%d attempts within ten minutes", n)
		}
		remove()
		time.Sleep(account.DefaultMaxBackoff)
		want(t, a.Do(t.Context(), "", noop(t.Context())), account.ErrCredentials)
		a.SetCredentials(auth.Credentials{Username: "alice", Password: auth.NewSecret("secret")})
		if err := a.Do(t.Context(), "", noop(t.Context())); err != nil {
			t.Error(err)
		}
	})
}

// TestNetworkDown checks what an account does while the network is down. The account makes one attempt at a time,
// with growing pauses, reports the failure once, and recovers.
func TestNetworkDown(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		var mu sync.Mutex
		var attempts []time.Time
		var reports []error
		down := true
		a := alice(t, srv, func(o *account.Options) {
			d := o.Dialer
			o.Dialer = transport.DialFunc(func(ctx context.Context) (transport.Conn, error) {
				mu.Lock()
				defer mu.Unlock()
				attempts = append(attempts, time.Now())
				if down {
					return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
				}
				return d.Dial(ctx)
			})
			o.Report = func(err error) { mu.Lock(); defer mu.Unlock(); reports = append(reports, err) }
			o.Patience = time.Hour
		})
		ctx := minutes(t, 300)
		time.AfterFunc(20*time.Minute, func() { mu.Lock(); defer mu.Unlock(); down = false })
		var wg sync.WaitGroup
		for range 30 {
			wg.Go(func() {
				if err := a.Do(ctx, "INBOX", noop(ctx)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		mu.Lock()
		defer mu.Unlock()
		// There are nine pauses of 1, 2, 4, … 256 s, and then pauses of 300 s. Each is randomly shortened by up to
		// half.
		if n := len(attempts); n < 9 || n > 30 {
			t.Errorf("%d attempts in 20 minutes", n)
		}
		for i := 1; i+5 < len(attempts); i++ {
			if pause := attempts[i].Sub(attempts[i-1]); pause < time.Second/2 || pause > account.DefaultMaxBackoff {
				t.Errorf("pause %d is %v", i, pause)
			}
		}
		if len(reports) != 2 || !errors.Is(reports[0], account.ErrNetwork) || reports[1] != nil {
			t.Errorf("reports are %v, want ErrNetwork and nil", reports)
		}
	})
}

// TestPatience checks that each caller gets the network's error when Options.Patience has passed.
func TestPatience(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		a := alice(t, srv, func(o *account.Options) {
			o.Patience = 30 * time.Second
			o.Dialer = transport.DialFunc(func(context.Context) (transport.Conn, error) {
				return nil, &net.DNSError{Err: "no such host", IsNotFound: true}
			})
		})
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * time.Second)
				begin := time.Now()
				err := a.Do(t.Context(), "INBOX", noop(t.Context()))
				want(t, err, account.ErrForNow, account.ErrNetwork)
				if d := time.Since(begin); d > 30*time.Second {
					t.Errorf("waited for %v", d)
				}
			})
		}
		wg.Wait()
		// If the caller's context ends earlier, the error may be that of the context.
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := a.Do(ctx, "INBOX", noop(ctx)); !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, account.ErrNetwork) {
			t.Error(err)
		}
	})
}

// TestPatienceBegins checks that the time of Options.Patience begins with the first error of kind ForNow. In one call
// of Do, that error comes after the function has run for an hour. In the other call, it comes after Do has waited for
// an hour for a connection that was in use. Both calls try again.
func TestPatienceBegins(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		a := alice(t, srv, func(o *account.Options) { o.MaxConns = 1 })
		ctx := t.Context()
		var wg sync.WaitGroup
		wg.Go(func() {
			runs := 0
			err := a.Do(ctx, "", func(s *session.Session) error {
				if runs++; runs == 1 {
					time.Sleep(time.Hour)
					s.Close()
				}
				return noop(ctx)(s)
			}, account.Repeatable)
			if err != nil || runs != 2 {
				t.Errorf("the function has run %d times, want 2; error %v", runs, err)
			}
		})
		time.Sleep(time.Minute)
		srv.Inject(imaptest.Answer{Code: parser.CodeInUse}, imaptest.When{Command: "SELECT", Times: 1})
		if err := a.Do(ctx, "INBOX", noop(ctx)); err != nil {
			t.Error(err)
		}
		wg.Wait()
	})
}

// TestSilentServer checks what happens if a server suddenly sends nothing more: no greeting, no answer to the login,
// or no answer to SELECT. The account gives up that connection and opens another.
func TestSilentServer(t *testing.T) {
	for _, command := range []string{imaptest.Greeting, "AUTHENTICATE", "SELECT"} {
		bubble(t, func(t *testing.T, srv *imaptest.Server) {
			a := alice(t, srv, func(o *account.Options) { o.Session.StallTimeout = 90 * time.Second })
			srv.Inject(imaptest.Stall{From: imaptest.ServerSide}, imaptest.When{Command: command, Times: 1})
			begin := time.Now()
			if err := a.Do(t.Context(), "INBOX", noop(t.Context())); err != nil || time.Since(begin) > 2*time.Minute {
				t.Errorf("%s: %v after %v", command, err, time.Since(begin))
			}
		})
	}
}

// TestThrottled checks what callers do after the server has asked for a pause. They wait for that long, or get the
// error if Options.Patience is shorter.
func TestThrottled(t *testing.T) {
	const text = "Request is throttled. Suggested Backoff Time: 299961 milliseconds"
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		a := alice(t, srv, func(o *account.Options) { o.Patience = 10 * time.Minute })
		ctx := t.Context()
		if err := a.Do(ctx, "INBOX", noop(ctx)); err != nil {
			t.Fatal(err)
		}
		srv.Inject(imaptest.Answer{Text: text}, imaptest.When{Command: "NOOP", Times: 1})
		begin := time.Now()
		err := a.Do(ctx, "INBOX", noop(ctx))
		var e *account.Error
		if want(t, err, account.ErrForNow, account.ErrThrottled); errors.As(err, &e) && e.Wait != 299961*time.Millisecond {
			t.Errorf("wait for %v", e.Wait)
		}
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if err := a.Do(ctx, "INBOX", noop(ctx)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if d := time.Since(begin); d < 299*time.Second || d > 302*time.Second {
			t.Errorf("waited for %v", d)
		}
		// A caller that cannot wait for that long gets the error.
		srv.Inject(imaptest.Answer{Text: text}, imaptest.When{Command: "NOOP", Times: 1})
		want(t, a.Do(ctx, "", noop(ctx)), account.ErrThrottled)
		a2, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		if err := a.Do(a2, "", noop(a2)); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		// A Repeatable function runs again after that time.
		if err := a.Do(ctx, "", noop(ctx), account.Repeatable); err != nil {
			t.Error(err)
		}
	})
}

// TestTooManyConnections checks what happens if a server allows fewer connections than Options.MaxConns. The account
// uses as many as the server allows, and tries one more after a while.
func TestTooManyConnections(t *testing.T) {
	for name, code := range map[string]parser.CodeName{"limit": parser.CodeLimit, "unavailable": parser.CodeUnavailable} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, srv *imaptest.Server) {
				var g gate
				a := alice(t, srv, func(o *account.Options) { o.MaxConns, o.Dialer = 8, g.wrap(o.Dialer) })
				remove := srv.Inject(imaptest.ConnLimit{Max: 2, Code: code}, imaptest.When{})
				ctx := t.Context()
				busy := func() {
					var wg sync.WaitGroup
					for range 16 {
						wg.Go(func() {
							if err := a.Do(ctx, "INBOX", func(s *session.Session) error { time.Sleep(time.Second); return noop(ctx)(s) }); err != nil {
								t.Error(err)
							}
						})
					}
					wg.Wait()
				}
				busy()
				if st := a.Stats(); st.Limit != 2 || st.Open != 2 {
					t.Errorf("Stats is %+v, want a limit of 2 and 2 open connections", st)
				}
				tries := g.all.Load()
				busy()
				if g.all.Load() != tries {
					t.Errorf("%d connections were tried in vain", g.all.Load()-tries)
				}
				remove()
				time.Sleep(3 * account.DefaultRegrow)
				for range 6 {
					busy()
					time.Sleep(account.DefaultRegrow)
				}
				if st := a.Stats(); st.Limit < 7 {
					t.Errorf("Stats is %+v, want a limit of at least 7", st)
				}
			})
		})
	}
}

// TestInUse checks that Do waits for a mailbox that another client has locked.
func TestInUse(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		a := alice(t, srv, nil)
		ctx := t.Context()
		srv.Inject(imaptest.Answer{Code: parser.CodeInUse}, imaptest.When{Command: "SELECT", Times: 3})
		if err := a.Do(ctx, "INBOX", noop(ctx)); err != nil {
			t.Error(err)
		}
		srv.Inject(imaptest.Answer{Code: parser.CodeInUse}, imaptest.When{Command: "SELECT"})
		srv.Mailbox("alice", "Other")
		want(t, a.Do(ctx, "Other", noop(ctx)), account.ErrForNow, account.ErrInUse)
	})
}

// TestTokens logs in on eight connections with one token. The account requests it once, and once more after it has
// expired.
func TestTokens(t *testing.T) {
	for _, mechanism := range []string{"OAUTHBEARER", "XOAUTH2"} {
		t.Run(mechanism, func(t *testing.T) {
			bubble(t, func(t *testing.T, srv *imaptest.Server) {
				var asked, fresh atomic.Int32
				a := alice(t, srv, func(o *account.Options) {
					o.MaxConns, o.Auth.Mechanisms = 8, []string{mechanism}
					o.Credentials = auth.Credentials{Username: "alice", Token: func(ctx context.Context) (auth.Secret, error) {
						time.Sleep(time.Second) // as long as a request to a token server takes
						if auth.FreshToken(ctx) {
							fresh.Add(1)
						}
						token := fmt.Sprint("token", asked.Add(1))
						srv.AddToken("alice", token)
						return auth.NewSecret(token), nil
					}}
				})
				ctx := minutes(t, 300)
				all := func() {
					var wg sync.WaitGroup
					for range 8 {
						wg.Go(func() {
							if err := a.Do(ctx, "INBOX", func(s *session.Session) error { time.Sleep(time.Minute); return noop(ctx)(s) }); err != nil {
								t.Error(err)
							}
						})
					}
					wg.Wait()
				}
				all()
				if asked.Load() != 1 {
					t.Errorf("asked for %d tokens", asked.Load())
				}
				// The token expires early, and all connections end then, as with Gmail.
				srv.RevokeToken("token1")
				srv.Inject(imaptest.Bye{Text: "Session expired, please login again."}, imaptest.When{Moment: imaptest.Now})
				time.Sleep(time.Second)
				all()
				if asked.Load() != 2 || fresh.Load() != 1 {
					t.Errorf("asked for %d tokens, %d of them fresh", asked.Load(), fresh.Load())
				}
				// After TokenLife, the account requests a new token although the server has not refused the old one.
				srv.Inject(imaptest.Bye{}, imaptest.When{Moment: imaptest.Now})
				time.Sleep(account.DefaultTokenLife)
				all()
				if asked.Load() != 3 || fresh.Load() != 1 {
					t.Errorf("asked for %d tokens, %d of them fresh", asked.Load(), fresh.Load())
				}
			})
		})
	}
}

// TestTokenErrors checks the errors after a revoked permission, after a network error of the token source, and after
// a token that the server refuses.
func TestTokenErrors(t *testing.T) {
	for _, c := range []struct {
		err  error
		want []error
	}{
		{errors.New("invalid_grant"), []error{account.ErrForGood, account.ErrCredentials}},
		{&net.OpError{Op: "dial", Err: syscall.ENETUNREACH}, []error{account.ErrForNow, account.ErrNetwork}},
		{nil, []error{account.ErrForGood, account.ErrCredentials}},
	} {
		bubble(t, func(t *testing.T, srv *imaptest.Server) {
			a := alice(t, srv, func(o *account.Options) {
				o.Patience = time.Second
				o.Credentials = auth.Credentials{Username: "alice", Token: func(context.Context) (auth.Secret, error) { return auth.NewSecret("nobodys"), c.err }}
			})
			want(t, a.Do(t.Context(), "INBOX", noop(t.Context())), c.want...)
		})
	}
}

// TestUnavailableIsNoWrongPassword checks that Do tries again if a server answers a login with UNAVAILABLE, as iCloud
// does.
func TestUnavailableIsNoWrongPassword(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		a := alice(t, srv, nil)
		srv.Inject(imaptest.Answer{Code: parser.CodeUnavailable}, imaptest.When{Command: "AUTHENTICATE", Times: 2})
		if err := a.Do(t.Context(), "INBOX", noop(t.Context())); err != nil {
			t.Error(err)
		}
	})
}

// TestNestedAccounts calls Do of one account in a function of another. An error of the inner account does not count
// as one of the outer account.
func TestNestedAccounts(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		from, to := alice(t, srv, nil), alice(t, srv, func(o *account.Options) {
			o.Patience = time.Second
			o.Dialer = transport.DialFunc(func(context.Context) (transport.Conn, error) {
				return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
			})
		})
		ctx, runs := t.Context(), 0
		err := from.Do(ctx, "INBOX", func(s *session.Session) error {
			runs++
			return to.Do(ctx, "", func(s *session.Session) error { _, err := commands.Noop(s).Wait(ctx); return err })
		}, account.Repeatable)
		if want(t, err, account.ErrNetwork); runs != 1 || from.Stats().Idle != 1 {
			t.Errorf("%d runs, want 1; Stats of the outer account is %+v, want 1 idle connection", runs, from.Stats())
		}
	})
}
