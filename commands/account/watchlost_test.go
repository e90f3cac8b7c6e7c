package account_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// TestWatchAsksAgain checks that, if the server refuses the FETCH for the UID of a new message, Watch asks again
// after its next wait.
func TestWatchAsksAgain(t *testing.T) {
	for name, kind := range watchable {
		bubble(t, func(t *testing.T, srv *imaptest.Server) {
			a := alice(t, srv, kind.change)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			f := follow(ctx, t, srv, a, account.WatchOptions{})
			srv.Inject(imaptest.Answer{}, imaptest.When{Command: "FETCH", Times: 1})
			srv.Mailbox("alice", "INBOX").Append([]byte(message("x")))
			time.Sleep(account.DefaultRestart + time.Minute)
			cancel()
			<-f.ended
			if len(f.uids) != 1 {
				t.Errorf("%s: want an event about 1 message, got %v", name, f.events)
			}
		}, kind.opts...)
	}
}

// TestWatchGetsATurn runs so many calls of Do that they always need more connections than the account may have. Watch
// yields events all the same, and the calls of Do do not wait long.
func TestWatchGetsATurn(t *testing.T) {
	for conns := 1; conns <= 2; conns++ {
		bubble(t, func(t *testing.T, srv *imaptest.Server) {
			a := alice(t, srv, func(o *account.Options) { o.MaxConns = conns })
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			srv.Inject(imaptest.Slow{Latency: 50 * time.Millisecond}, imaptest.When{})
			var wg sync.WaitGroup
			for range conns + 1 {
				wg.Go(func() {
					for ctx.Err() == nil {
						begin := time.Now()
						a.Do(ctx, "", func(s *session.Session) error {
							if d := time.Since(begin); d > 10*time.Second {
								t.Errorf("with %d connections, Do waited for %v", conns, d)
							}
							time.Sleep(500 * time.Millisecond)
							return noop(ctx)(s)
						})
					}
				})
			}
			f := follow(ctx, t, srv, a, account.WatchOptions{All: true})
			for i := range 3 {
				srv.Mailbox("alice", "INBOX").Append([]byte(message(fmt.Sprint(i))))
				time.Sleep(time.Minute)
				f.mu.Lock()
				if len(f.uids) != i+1 {
					t.Errorf("with %d connections, events about %d messages, want %d", conns, len(f.uids), i+1)
				}
				f.mu.Unlock()
			}
			cancel()
			<-f.ended
			wg.Wait()
		})
	}
}

// TestWatchLentAndLost calls Do in the body of the caller's loop over Watch, so that Do borrows the connection of
// Watch. That connection is lost, and the server accepts no other for an hour. Watch yields Interrupted, and then
// Resumed.
func TestWatchLentAndLost(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		a := alice(t, srv, func(o *account.Options) { o.MaxConns = 1 })
		ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
		defer cancel()
		time.AfterFunc(time.Minute, func() { srv.Mailbox("alice", "INBOX").Append([]byte(message("x"))) })
		var got []string
		for ev, err := range a.Watch(ctx, account.WatchOptions{}) {
			if err != nil {
				t.Errorf("Watch has ended with %v", err)
			}
			got = append(got, fmt.Sprintf("%T", ev))
			if len(got) == 1 {
				remove := srv.Inject(imaptest.Bye{Code: parser.CodeUnavailable}, imaptest.When{Command: imaptest.Greeting})
				time.AfterFunc(time.Hour, remove)
				a.Do(ctx, "", func(s *session.Session) error {
					srv.Inject(imaptest.Cut{From: imaptest.ServerSide}, imaptest.When{Moment: imaptest.Now})
					return noop(ctx)(s)
				})
			}
			if len(got) == 3 {
				break
			}
		}
		if want := []string{"*account.Arrived", "*account.Interrupted", "*account.Resumed"}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

// TestWatchTooMany runs two loops over Watch at the same time on a server that allows one connection. The second Watch
// yields Interrupted, and Resumed after the first one has ended.
func TestWatchTooMany(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		a := alice(t, srv, nil)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		first, leave := context.WithCancel(ctx)
		srv.Inject(imaptest.ConnLimit{Max: 1, Code: parser.CodeLimit}, imaptest.When{})
		f := follow(first, t, srv, a, account.WatchOptions{})
		g := follow(ctx, t, srv, a, account.WatchOptions{})
		time.Sleep(time.Hour)
		leave()
		<-f.ended
		time.Sleep(time.Hour)
		cancel()
		<-g.ended
		if len(f.list) != 1 || len(g.list) != 4 {
			t.Fatalf("the first Watch has yielded %v and the second %v; want the end, and Interrupted, Reset, Resumed and the end", f.events, g.events)
		}
		if ev, ok := g.list[0].(*account.Interrupted); !ok || !errors.Is(ev.Err, account.ErrTooMany) {
			t.Errorf("the second Watch has yielded %v, want Interrupted with %v", g.events[0], account.ErrTooMany)
		}
		if _, ok := g.list[2].(*account.Resumed); !ok {
			t.Errorf("the second Watch has yielded %v, want Resumed as the third event", g.events)
		}
	})
}

// TestWatchOtherMailbox gives the name of the open mailbox to another mailbox. Watch opens that one, and yields events
// about its messages.
func TestWatchOtherMailbox(t *testing.T) {
	for name, kind := range watchable {
		for _, how := range []string{"rename", "delete"} {
			bubble(t, func(t *testing.T, srv *imaptest.Server) {
				a := alice(t, srv, kind.change)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				srv.Mailbox("alice", "Work").Append([]byte(message("old")))
				f := follow(ctx, t, srv, a, account.WatchOptions{Mailbox: "Work", All: true})
				if how == "rename" {
					srv.RenameMailbox("alice", "Work", "Old")
				} else {
					srv.DeleteMailbox("alice", "Work")
				}
				srv.Mailbox("alice", "Work")
				time.Sleep(time.Hour)
				begin := time.Now()
				srv.Mailbox("alice", "Work").Append([]byte(message("new")))
				time.Sleep(time.Hour)
				cancel()
				<-f.ended
				if f.told["arrived Work"].Before(begin) {
					t.Errorf("%s, %s: want an event about the new message, got %v, error %v", name, how, f.events, f.err)
				}
			}, kind.opts...)
		}
	}
}

// TestWatchSameUIDValidity deletes a mailbox that is not open, and creates another one with the same name and
// UIDVALIDITY. Watch yields Reset.
func TestWatchSameUIDValidity(t *testing.T) {
	for _, without := range []string{"NOTIFY", "OBJECTID"} {
		for _, opt := range []account.WatchOptions{{All: true}, {Others: []string{"Other"}}} {
			bubble(t, func(t *testing.T, srv *imaptest.Server) {
				a := alice(t, srv, nil)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				box := srv.Mailbox("alice", "Other")
				for i := range 3 {
					box.Append([]byte(message(fmt.Sprint(i))))
				}
				f := follow(ctx, t, srv, a, opt)
				validity := box.Status().UIDValidity
				srv.DeleteMailbox("alice", "Other")
				box = srv.Mailbox("alice", "Other")
				box.SetUIDValidity(validity)
				box.Append([]byte(message("new")))
				time.Sleep(time.Hour)
				cancel()
				<-f.ended
				if want := fmt.Sprintf("*account.Reset &{Mailbox:Other UIDValidity:%d}", validity); !slices.Contains(f.events, want) {
					t.Errorf("without %s: want %s, got %v", without, want, f.events)
				}
			}, imaptest.Without("NOTIFY", without))
		}
	}
}

// TestWatchNameBecomesMailbox creates a mailbox under a name that LIST has shown with \Noselect before, because only
// a mailbox below it existed. Watch yields an event about the new mailbox, or about the messages in it.
func TestWatchNameBecomesMailbox(t *testing.T) {
	for name, kind := range watchable {
		bubble(t, func(t *testing.T, srv *imaptest.Server) {
			a := alice(t, srv, kind.change)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			srv.Mailbox("alice", "Up")
			srv.Mailbox("alice", "Up/Down")
			err := a.Do(ctx, "", func(s *session.Session) error { _, err := commands.Delete(s, "Up").Wait(ctx); return err })
			if err != nil {
				t.Fatal(err)
			}
			f := follow(ctx, t, srv, a, account.WatchOptions{All: true})
			srv.Mailbox("alice", "Up").Append([]byte(message("new")))
			time.Sleep(time.Hour)
			cancel()
			<-f.ended
			if f.told["arrived Up"].IsZero() && !slices.Contains(f.events, "*account.MailboxCreated &{Mailbox:Up}") {
				t.Errorf("%s: want an event about the new mailbox or message, got %v", name, f.events)
			}
		}, kind.opts...)
	}
}

// TestWatchStateIsLate checks what happens if the server refuses the first STATUS of a mailbox. When a later STATUS
// succeeds, Watch yields Reset, so that the program reads the mailbox.
func TestWatchStateIsLate(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		a := alice(t, srv, nil)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		box := srv.Mailbox("alice", "Other")
		box.Append([]byte(message("old")))
		srv.Inject(imaptest.Answer{}, imaptest.When{Command: "STATUS", Times: 2}) // for INBOX and Other
		f := follow(ctx, t, srv, a, account.WatchOptions{All: true})
		box.Append([]byte(message("new")))
		time.Sleep(time.Hour)
		cancel()
		<-f.ended
		if want := fmt.Sprintf("*account.Reset &{Mailbox:Other UIDValidity:%d}", box.Status().UIDValidity); len(f.events) != 2 || f.events[0] != want {
			t.Errorf("want %s and the end, got %v", want, f.events)
		}
	}, imaptest.Without("NOTIFY", "LIST-STATUS", "IMAP4rev2"))
}
