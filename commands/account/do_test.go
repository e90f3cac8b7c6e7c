package account_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
	"github.com/imapstack/imapstack/utils/numset"
)

// TestConnectionBudget lets 50 goroutines work in five mailboxes. The account never has more than three connections
// open.
func TestConnectionBudget(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		var g gate
		a := alice(t, srv, func(o *account.Options) { o.MaxConns, o.Dialer = 3, g.wrap(o.Dialer) })
		for i := range 5 {
			srv.Mailbox("alice", fmt.Sprint("Box", i)).Append([]byte(message(fmt.Sprint(i))))
		}
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				name := fmt.Sprint("Box", i%5)
				for range 4 {
					err := a.Do(t.Context(), name, func(s *session.Session) error {
						if s.Mailbox().Name != name || s.Mailbox().Exists != 1 {
							t.Errorf("%s is open, not %s", s.Mailbox().Name, name)
						}
						time.Sleep(time.Second)
						return noop(t.Context())(s)
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if g.most.Load() > 3 || g.all.Load() > 3 {
			t.Errorf("%d connections at a time, %d in all, want at most 3", g.most.Load(), g.all.Load())
		}
		// There were 200 calls of Do. Without the preference for open mailboxes, nearly all of them would need a
		// SELECT.
		if n := len(srv.Received().Named("SELECT")); n > 60 {
			t.Errorf("%d SELECTs, want at most 60", n)
		}
		if st := a.Stats(); st.Open != 3 || st.Idle != 3 || st.Queued != 0 {
			t.Errorf("Stats is %+v, want 3 open and idle connections and no queue", st)
		}
	})
}

// TestPrefersTheOpenMailbox alternates between two mailboxes with two connections: each mailbox is opened once.
func TestPrefersTheOpenMailbox(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		a := alice(t, srv, nil)
		ctx := t.Context()
		srv.Mailbox("alice", "Other")
		err := a.Do(ctx, "INBOX", func(*session.Session) error { return a.Do(ctx, "Other", noop(ctx)) })
		for range 10 {
			err = errors.Join(err, a.Do(ctx, "inbox", noop(ctx)), a.Do(ctx, "Other", noop(ctx)), a.Do(ctx, "", noop(ctx)))
		}
		if n := len(srv.Received().Named("SELECT")); err != nil || n != 2 {
			t.Errorf("%d SELECTs, want 2; error %v", n, err)
		}
		// A mailbox that is open by SELECT is opened again for ReadOnly.
		err = a.Do(ctx, "Other", func(s *session.Session) error {
			if !s.Mailbox().ReadOnly {
				t.Error("the mailbox is not read-only")
			}
			return nil
		}, account.ReadOnly)
		if n := len(srv.Received().Named("EXAMINE")); err != nil || n != 1 {
			t.Errorf("%d EXAMINEs, want 1; error %v", n, err)
		}
	})
}

// TestReconnects ends all connections again and again. The next caller gets a new connection and no error.
func TestReconnects(t *testing.T) {
	faults := map[string]func(*imaptest.Server){
		"bye": func(s *imaptest.Server) {
			s.Inject(imaptest.Bye{Code: parser.CodeUnavailable}, imaptest.When{Moment: imaptest.Now})
		},
		"cut": func(s *imaptest.Server) {
			s.Inject(imaptest.Cut{From: imaptest.ServerSide}, imaptest.When{Moment: imaptest.Now})
		},
		"reset": func(s *imaptest.Server) {
			s.Inject(imaptest.Cut{From: imaptest.ClientSide, Reset: true}, imaptest.When{Moment: imaptest.Now})
		},
		"stall": func(s *imaptest.Server) {
			s.Inject(imaptest.Stall{From: imaptest.ServerSide}, imaptest.When{Moment: imaptest.Now})
		},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, srv *imaptest.Server) {
				a := alice(t, srv, nil)
				ctx := minutes(t, 30)
				for i := range 5 {
					if err := a.Do(ctx, "INBOX", appendOne(ctx, "INBOX", fmt.Sprint(i))); err != nil {
						t.Fatal(err)
					}
					fault(srv)
					time.Sleep(time.Minute)
				}
				count(t, srv, "INBOX", 5)
			})
		})
	}
}

// TestUncertain loses a connection after a command was sent. Do repeats the function if it is Repeatable; otherwise
// it returns ErrUncertain.
func TestUncertain(t *testing.T) {
	for _, moment := range []imaptest.Moment{imaptest.Before, imaptest.During} {
		bubble(t, func(t *testing.T, srv *imaptest.Server) {
			a := alice(t, srv, nil)
			ctx := minutes(t, 30)
			srv.Inject(imaptest.Cut{From: imaptest.ServerSide}, imaptest.When{Command: "APPEND", Moment: moment, Times: 1})
			runs := 0
			err := a.Do(ctx, "INBOX", func(s *session.Session) error { runs++; return appendOne(ctx, "INBOX", "x")(s) })
			want(t, err, account.ErrUncertain, account.ErrForNow, account.ErrLost, session.ErrLost)
			if runs != 1 {
				t.Errorf("%d runs, want 1", runs)
			}
			if err := appendOnce(ctx, a, "INBOX", "x"); err != nil {
				t.Error(err)
			}
			srv.Inject(imaptest.Cut{From: imaptest.ServerSide}, imaptest.When{Command: "SEARCH", Times: 3})
			runs = 0
			err = a.Do(ctx, "INBOX", func(s *session.Session) error {
				runs++
				_, err := commands.Search(s, numset.UID, search.All).Wait(ctx)
				return err
			}, account.Repeatable)
			if err != nil || runs != 4 {
				t.Errorf("%d runs, want 4; error %v", runs, err)
			}
		})
	}
}

// TestUnsentIsRepeated ends a connection while a function uses it and has sent nothing yet. Do runs the function
// again.
func TestUnsentIsRepeated(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		a := alice(t, srv, nil)
		ctx := minutes(t, 30)
		runs := 0
		err := a.Do(ctx, "INBOX", func(s *session.Session) error {
			if runs++; runs < 3 {
				srv.Inject(imaptest.Bye{}, imaptest.When{Moment: imaptest.Now})
				time.Sleep(time.Second)
				if err := s.Poll(ctx); err != nil {
					return err
				}
			}
			return appendOne(ctx, "INBOX", "x")(s)
		})
		if err != nil || runs != 3 {
			t.Errorf("%d runs, want 3; error %v", runs, err)
		}
		count(t, srv, "INBOX", 1)

		// After one command was sent and another was not, Do does not run the function again.
		runs = 0
		err = a.Do(ctx, "INBOX", func(s *session.Session) error {
			runs++
			if err := appendOne(ctx, "INBOX", "y")(s); err != nil {
				return err
			}
			s.Close()
			_, err := commands.Noop(s).Wait(ctx)
			if !session.SafeToRetry(err) {
				t.Error(err)
			}
			return err
		})
		want(t, err, account.ErrUncertain)
		if runs != 1 {
			t.Errorf("%d runs, want 1", runs)
		}
		count(t, srv, "INBOX", 2)
	})
}

// TestErrorsOfTheFunction checks that Do returns errors of the function itself unchanged, and that the connection
// remains open.
func TestErrorsOfTheFunction(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		var g gate
		a := alice(t, srv, func(o *account.Options) { o.Dialer = g.wrap(o.Dialer) })
		ctx := t.Context()
		own := errors.New("own")
		if err := a.Do(ctx, "", func(*session.Session) error { return own }); err != own {
			t.Error(err)
		}
		err := a.Do(ctx, "Missing", noop(ctx))
		want(t, err, account.ErrForCommand, parser.CodeNonExistent)
		err = a.Do(ctx, "INBOX", func(s *session.Session) error {
			_, err := commands.Copy(s, numset.Of(numset.UID, 1), "Missing").Wait(ctx)
			return err
		})
		want(t, err, account.ErrForCommand)
		func() {
			defer func() { recover() }()
			a.Do(ctx, "", func(*session.Session) error { panic("the function panics") })
		}()
		if st := a.Stats(); st.Open != 0 || g.now.Load() != 0 {
			t.Errorf("a panic leaves %+v, %d connections", st, g.now.Load())
		}
		if err := a.Do(ctx, "INBOX", noop(ctx)); err != nil || g.all.Load() != 2 {
			t.Errorf("%d connections in all, want 2; error %v", g.all.Load(), err)
		}
	})
}

// TestUnfinished checks what happens if a function returns without waiting for its commands: Do returns an error, and
// the next caller does not get the answers.
func TestUnfinished(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		a := alice(t, srv, nil)
		ctx := t.Context()
		err := a.Do(ctx, "INBOX", func(s *session.Session) error {
			commands.Append(s, "INBOX", strings.NewReader(message("x")), -1)
			return nil
		})
		want(t, err, account.ErrUnfinished, account.ErrForCommand)
		if err := a.Do(ctx, "INBOX", readAll(ctx)); err != nil {
			t.Error(err)
		}
		count(t, srv, "INBOX", 0)
		if n := len(srv.Received().Named("SELECT")); n != 2 {
			t.Errorf("%d SELECTs, want 2", n)
		}
		// A stream whose loop the function has left does not count as unfinished.
		srv.Mailbox("alice", "INBOX").Append([]byte(message("y")))
		for range 3 {
			err := a.Do(ctx, "INBOX", func(s *session.Session) error {
				for range commands.Fetch(s, numset.All(numset.UID), fetch.Flags).All(ctx) {
					break
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		}
		if n := len(srv.Received().Named("SELECT")); n != 2 {
			t.Errorf("%d SELECTs, want 2", n)
		}
	})
}

// TestCancel ends the contexts of a hundred calls of Do after 0, 20, 40, … milliseconds, while the server answers
// slowly. The account loses no connection.
func TestCancel(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		var g gate
		a := alice(t, srv, func(o *account.Options) { o.MaxConns, o.Dialer = 2, g.wrap(o.Dialer) })
		srv.Inject(imaptest.Slow{Latency: 50 * time.Millisecond}, imaptest.When{})
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*20*time.Millisecond)
				defer cancel()
				err := a.Do(ctx, []string{"INBOX", ""}[i%2], func(s *session.Session) error {
					_, err := commands.Noop(s).Wait(ctx)
					return err
				})
				if err != nil && !errors.Is(err, context.DeadlineExceeded) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if err := a.Do(t.Context(), "INBOX", noop(t.Context())); err != nil {
			t.Error(err)
		}
		if st := a.Stats(); st.Open != st.Idle || st.Open > 2 || g.most.Load() > 2 {
			t.Errorf("%+v, want all connections idle; %d connections at a time, want at most 2", st, g.most.Load())
		}
	})
}

// TestIdleConnectionsAreClosed checks that idle connections are closed, with LOGOUT.
func TestIdleConnectionsAreClosed(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		a := alice(t, srv, func(o *account.Options) { o.IdleTimeout = time.Minute })
		ctx := t.Context()
		if err := a.Do(ctx, "", func(*session.Session) error { return a.Do(ctx, "", noop(ctx)) }); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Second)
		if st := a.Stats(); st.Idle != 2 {
			t.Errorf("Stats is %+v, want 2 idle connections", st)
		}
		if err := a.Do(ctx, "", noop(ctx)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Second)
		if st := a.Stats(); st.Idle != 1 {
			t.Errorf("Stats is %+v, want 1 idle connection", st)
		}
		time.Sleep(time.Minute)
		if st := a.Stats(); st.Open != 0 || len(srv.Connections()) != 0 || len(srv.Received().Named("LOGOUT")) != 2 {
			t.Errorf("Stats is %+v, want no connection; the server has received %v", st, srv.Received().Strings())
		}
	})
}

// TestClose checks that Close closes idle connections at once, and each connection in use when the function passed to
// Do returns. Every other Do, whether it is waiting or begins later, returns ErrClosed.
func TestClose(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		a := alice(t, srv, func(o *account.Options) { o.MaxConns = 1 })
		ctx := t.Context()
		var wg sync.WaitGroup
		err := a.Do(ctx, "INBOX", func(s *session.Session) error {
			wg.Go(func() { want(t, a.Do(ctx, "INBOX", noop(ctx)), account.ErrClosed) })
			time.Sleep(time.Second)
			a.Close()
			return noop(ctx)(s)
		})
		wg.Wait()
		time.Sleep(time.Minute)
		if err != nil || len(srv.Connections()) != 0 {
			t.Errorf("error %v; connections on the server, want none: %v", err, srv.Connections())
		}
		want(t, a.Do(ctx, "", noop(ctx)), account.ErrClosed)
	})
}

// TestHandle checks that what the server reports unasked goes to the handler of the caller that has the session, and
// at other times to the program's handler.
func TestHandle(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		program, own := 0, 0
		a := alice(t, srv, func(o *account.Options) { o.Session.Handler.Exists = func(uint32) { program++ } })
		ctx := t.Context()
		deliver := func(s *session.Session) error {
			srv.Mailbox("alice", "INBOX").Append([]byte(message("x")))
			return noop(ctx)(s)
		}
		err := a.Do(ctx, "INBOX", deliver, account.Handle(session.Handler{Exists: func(uint32) { own++ }}))
		err = errors.Join(err, a.Do(ctx, "INBOX", deliver))
		if err != nil || program != 1 || own != 1 {
			t.Errorf("the program's handler was called %d times and the caller's %d times, want once each; error %v", program, own, err)
		}
	})
}

// TestPrepared checks that a new connection gets ID, ENABLE, COMPRESS and a call of Prepare, each exactly once, even
// if the server refuses the commands.
func TestPrepared(t *testing.T) {
	for _, refuse := range []bool{false, true} {
		bubble(t, func(t *testing.T, srv *imaptest.Server) {
			prepared := 0
			a := alice(t, srv, func(o *account.Options) {
				o.ID = []commands.IDField{{Name: "name", Value: "tester"}}
				o.Enable, o.Compress = []string{"QRESYNC", "X-UNKNOWN"}, account.CompressAlways
				o.Prepare = func(context.Context, *session.Session) error { prepared++; return nil }
			})
			if refuse {
				for _, name := range []string{"ID", "ENABLE", "COMPRESS"} {
					srv.Inject(imaptest.Answer{Status: parser.BAD}, imaptest.When{Command: name})
				}
			}
			ctx := t.Context()
			err := a.Do(ctx, "INBOX", func(s *session.Session) error {
				if s.Enabled().Has("QRESYNC") == refuse {
					t.Errorf("QRESYNC is enabled: %v", refuse)
				}
				return noop(ctx)(s)
			})
			got := srv.Received()
			if err != nil || prepared != 1 || len(got.Named("COMPRESS")) != 1 || got.Named("ID").Strings()[0] != `ID ("name" "tester")` || got.Named("ENABLE").Strings()[0] != "ENABLE QRESYNC" {
				t.Errorf("error %v; %d calls of Prepare, want 1; the server has received %v", err, prepared, got.Strings())
			}
		})
	}
}

// TestTLSModeIsASetting checks that an account uses TLS exactly as its Dialer says: it neither guesses whether to use
// TLS, nor continues without it.
func TestTLSModeIsASetting(t *testing.T) {
	srv := imaptest.NewServer(t, imaptest.Without("STARTTLS"))
	target, err := transport.Parse("imap+starttls://" + srv.Addr)
	if err != nil {
		t.Fatal(err)
	}
	target.TLSConfig = srv.TLSConfig()
	a := account.New(account.Options{Dialer: target, Credentials: auth.Credentials{Username: "alice", Password: auth.NewSecret("secret")}})
	defer a.Close()
	err = a.Do(t.Context(), "", noop(t.Context()))
	want(t, err, account.ErrForGood, account.ErrTLS, session.ErrNoTLS)
	if n := len(srv.Received().Named("LOGIN")) + len(srv.Received().Named("AUTHENTICATE")); n > 0 {
		t.Error("an account without TLS has logged in")
	}
	// An untrusted certificate is an error of kind ForGood, unless the account's own TLS configuration trusts it.
	for _, trust := range []bool{false, true} {
		target, err := transport.Parse("imaps://" + srv.TLSAddr)
		if err != nil {
			t.Fatal(err)
		}
		if trust {
			target.TLSConfig = srv.TLSConfig()
		}
		a := account.New(account.Options{Dialer: target, Credentials: auth.Credentials{Username: "alice", Password: auth.NewSecret("secret")}})
		defer a.Close()
		switch err := a.Do(t.Context(), "", noop(t.Context())); {
		case trust && err != nil:
			t.Error(err)
		case !trust:
			want(t, err, account.ErrForGood, account.ErrTLS)
		}
	}
}

// TestBulkLeavesRoom runs Bulk functions that take hours. They leave one connection free, so that other functions do
// not wait, unless the account may have only one connection.
func TestBulkLeavesRoom(t *testing.T) {
	for _, conns := range []int{1, 2, 3} {
		bubble(t, func(t *testing.T, srv *imaptest.Server) {
			a := alice(t, srv, func(o *account.Options) { o.MaxConns = conns })
			ctx := t.Context()
			var wg sync.WaitGroup
			for i := range 8 {
				wg.Go(func() {
					ctx, cancel := context.WithTimeout(ctx, time.Duration(i+1)*time.Hour)
					defer cancel()
					err := a.Do(ctx, "INBOX", func(s *session.Session) error { time.Sleep(time.Hour); return noop(ctx)(s) }, account.Bulk)
					if err != nil && !errors.Is(err, context.DeadlineExceeded) {
						t.Error(err)
					}
				})
			}
			watching, cancel := context.WithCancel(ctx)
			if conns == 2 { // Watch does not take the connection that is left
				wg.Go(func() {
					for range a.Watch(watching, account.WatchOptions{}) {
					}
				})
			}
			for range 20 {
				time.Sleep(5 * time.Minute)
				begin := time.Now()
				if err := a.Do(ctx, "INBOX", noop(ctx)); err != nil || conns > 1 && time.Since(begin) > 0 {
					t.Errorf("with %d connections, Do waited for %v; error %v", conns, time.Since(begin), err)
				}
			}
			cancel()
			wg.Wait()
			if st := a.Stats(); st.Open > conns || st.Idle != st.Open {
				t.Errorf("Stats is %+v, want all connections idle", st)
			}
		})
	}
}
