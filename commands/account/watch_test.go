package account_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// TestWatchLends uses an account that may have only one connection, for Watch and Do at the same time. Do does not
// have to wait, and no event is lost.
func TestWatchLends(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		var g gate
		a := alice(t, srv, func(o *account.Options) { o.MaxConns, o.Dialer = 1, g.wrap(o.Dialer) })
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		f := follow(ctx, t, srv, a, account.WatchOptions{All: true})
		for i := range 20 {
			begin := time.Now()
			if err := a.Do(ctx, "INBOX", appendOne(ctx, "INBOX", fmt.Sprint(i))); err != nil {
				t.Fatal(err)
			}
			if d := time.Since(begin); d > time.Second {
				t.Errorf("Do waited for %v", d)
			}
			time.Sleep(time.Duration(i*20) * time.Second)
		}
		time.Sleep(time.Minute)
		f.mu.Lock()
		if len(f.uids) != 20 || g.most.Load() != 1 || g.all.Load() != 1 {
			t.Errorf("%d messages reported, want 20; %d connections at a time, %d in all, want 1; events: %v", len(f.uids), g.most.Load(), g.all.Load(), f.events)
		}
		f.mu.Unlock()
		cancel()
		<-f.ended
	})
}

// TestDoSparesWatch checks that, if the account may have two connections, Do uses one and leaves the other to Watch.
func TestDoSparesWatch(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		a := alice(t, srv, func(o *account.Options) { o.MaxConns = 2 })
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		f := follow(ctx, t, srv, a, account.WatchOptions{})
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				if err := a.Do(ctx, "INBOX", appendOne(ctx, "INBOX", fmt.Sprint(i))); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		time.Sleep(time.Second)
		if st := a.Stats(); st.Open != 2 || st.Waiting != 1 || st.Idle != 1 {
			t.Errorf("Stats is %+v, want 2 open connections: one idle, one that waits", st)
		}
		f.mu.Lock()
		// The server reports the messages at once, without being asked.
		if len(f.uids) != 20 {
			t.Errorf("%d messages reported, want 20", len(f.uids))
		}
		f.mu.Unlock()
		cancel()
		<-f.ended
	})
}

// TestDoChoosesWatch runs two loops over Watch on the account's two connections. While one of them catches up slowly, a
// call of Do uses the connection of the other at once.
func TestDoChoosesWatch(t *testing.T) {
	for range 20 {
		bubble(t, func(t *testing.T, srv *imaptest.Server) {
			a := alice(t, srv, func(o *account.Options) { o.MaxConns = 2 })
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			srv.Mailbox("alice", "Box")
			f := follow(ctx, t, srv, a, account.WatchOptions{})
			g := follow(ctx, t, srv, a, account.WatchOptions{Mailbox: "Box"})
			// This call ends the wait of one loop, which then catches up slowly, because the server delays EXAMINE.
			srv.Inject(imaptest.Delay{For: 20 * time.Second}, imaptest.When{Command: "EXAMINE", Times: 1})
			if err := a.Do(ctx, "", noop(ctx)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			begin := time.Now()
			if err := a.Do(ctx, "", noop(ctx)); err != nil {
				t.Fatal(err)
			}
			if d := time.Since(begin); d > 10*time.Second {
				t.Errorf("Do has waited for %v, want less than 10s", d)
			}
			cancel()
			<-f.ended
			<-g.ended
		})
	}
}

// TestWatchInterrupted checks that Watch yields Interrupted once and Resumed once for each interruption, and ends
// after an error of kind ForGood.
func TestWatchInterrupted(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		a := alice(t, srv, nil)
		f := follow(t.Context(), t, srv, a, account.WatchOptions{})
		remove := srv.Inject(imaptest.Bye{Code: parser.CodeUnavailable}, imaptest.When{Command: imaptest.Greeting})
		srv.Inject(imaptest.Cut{From: imaptest.ServerSide}, imaptest.When{Moment: imaptest.Now})
		srv.Mailbox("alice", "INBOX").Append([]byte(message("x")))
		time.Sleep(time.Hour)
		remove()
		time.Sleep(time.Hour)
		f.mu.Lock()
		if len(f.events) != 3 || len(f.uids) != 1 {
			t.Errorf("want 3 events about 1 message, got %v", f.events)
		}
		f.mu.Unlock()
		if len(f.events) == 3 {
			want := []string{"*account.Interrupted", "*account.Arrived", "*account.Resumed"}
			for i, ev := range f.events {
				if ev[:len(want[i])] != want[i] {
					t.Errorf("event %d is %s", i, ev)
				}
			}
		}
		srv.Inject(imaptest.Answer{Code: parser.CodeAuthenticationFailed}, imaptest.When{Command: "AUTHENTICATE"})
		srv.Inject(imaptest.Bye{}, imaptest.When{Moment: imaptest.Now})
		<-f.ended
		want(t, f.err, account.ErrForGood, account.ErrCredentials)
	})
}

// TestWatchFromTheBeginning checks that Watch yields Interrupted if its first connection fails.
func TestWatchFromTheBeginning(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		a := alice(t, srv, nil)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		remove := srv.Inject(imaptest.Bye{Code: parser.CodeUnavailable}, imaptest.When{Command: imaptest.Greeting})
		f := follow(ctx, t, srv, a, account.WatchOptions{})
		time.Sleep(time.Hour)
		f.mu.Lock()
		if len(f.events) != 1 {
			t.Errorf("want 1 event, got %v", f.events)
		}
		f.mu.Unlock()
		remove()
		time.Sleep(time.Hour)
		srv.Mailbox("alice", "INBOX").Append([]byte(message("x")))
		time.Sleep(time.Minute)
		cancel()
		<-f.ended
		if len(f.events) != 5 || len(f.uids) != 1 { // Interrupted, Reset, Resumed, Arrived and the end
			t.Errorf("want 5 events about 1 message, got %v", f.events)
		}
	})
}

// TestWatchNotices checks that Watch notices a server that silently disappears.
func TestWatchNotices(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		a := alice(t, srv, nil)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		f := follow(ctx, t, srv, a, account.WatchOptions{Restart: 5 * time.Minute})
		srv.Inject(imaptest.Stall{From: imaptest.ServerSide}, imaptest.When{Moment: imaptest.Now})
		srv.Mailbox("alice", "INBOX").Append([]byte(message("x")))
		time.Sleep(6 * time.Minute)
		f.mu.Lock()
		if len(f.uids) != 1 {
			t.Errorf("want 1 message reported, got %v", f.events)
		}
		f.mu.Unlock()
		cancel()
		<-f.ended
	})
}

// TestWatchNewMailbox appends messages to a mailbox that was just created. The reports that the server sends because
// of NOTIFY do not contain the mailbox's UIDVALIDITY, and Watch has no earlier STATUS with which it could compare the
// first report. Watch must yield all of these messages at once, and not only after its next poll.
func TestWatchNewMailbox(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		a := alice(t, srv, nil)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		f := follow(ctx, t, srv, a, account.WatchOptions{All: true, Poll: time.Hour})
		arrived := numset.Of(numset.UID)
		box := srv.Mailbox("alice", "New")
		for n := range uint32(3) {
			if _, err := box.Append([]byte(message("x"))); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Duration(n) * time.Second)
		}
		time.Sleep(time.Minute)
		cancel()
		<-f.ended
		for _, ev := range f.list {
			if ev, ok := ev.(*account.Arrived); ok && ev.Mailbox == "New" {
				arrived = arrived.Union(ev.UIDs)
				if ev.UIDValidity != box.Status().UIDValidity {
					t.Errorf("%+v: the mailbox has UIDVALIDITY %d", ev, box.Status().UIDValidity)
				}
			}
		}
		if !f.names["New"] || arrived.String() != "1:3" {
			t.Errorf("%v arrived, want 1:3; events: %v", arrived, f.events)
		}
	})
}

// TestWatchReset changes UIDVALIDITY while the connection is down. Watch yields Reset, and no event about messages.
func TestWatchReset(t *testing.T) {
	for _, without := range []string{"X", "NOTIFY"} {
		bubble(t, func(t *testing.T, srv *imaptest.Server) {
			a := alice(t, srv, nil)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			srv.Mailbox("alice", "INBOX").Append([]byte(message("x")))
			srv.Mailbox("alice", "Other").Append([]byte(message("x")))
			f := follow(ctx, t, srv, a, account.WatchOptions{All: true})
			remove := srv.Inject(imaptest.Bye{Code: parser.CodeUnavailable}, imaptest.When{Command: imaptest.Greeting})
			srv.Inject(imaptest.Bye{}, imaptest.When{Moment: imaptest.Now})
			time.Sleep(time.Second)
			srv.Mailbox("alice", "INBOX").SetUIDValidity(77)
			srv.Mailbox("alice", "Other").SetUIDValidity(78)
			remove()
			time.Sleep(time.Hour)
			cancel()
			<-f.ended
			want := []string{"*account.Interrupted", "*account.Reset &{Mailbox:INBOX UIDValidity:77}", "*account.Reset &{Mailbox:Other UIDValidity:78}", "*account.Resumed"}
			for i, ev := range f.events[:min(len(f.events), 4)] {
				if ev[:min(len(ev), len(want[i]))] != want[i] {
					t.Errorf("event %d is %s", i, ev)
				}
			}
			if len(f.events) != 5 { // the fifth event is nil, with the error that ends Watch
				t.Errorf("want 4 events and the end, got %v", f.events)
			}
		}, imaptest.Without(without))
	}
}

// TestWatchPartialListing checks that Watch yields no MailboxDeleted after an incomplete answer to LIST.
func TestWatchPartialListing(t *testing.T) {
	for _, fault := range []imaptest.Fault{imaptest.Answer{Status: parser.OK}, imaptest.Answer{Status: parser.NO}, imaptest.Cut{From: imaptest.ServerSide, After: 150}, imaptest.InvalidUTF8{}} {
		bubble(t, func(t *testing.T, srv *imaptest.Server) {
			for i := range 9 {
				srv.Mailbox("alice", fmt.Sprint("Box", i))
			}
			a := alice(t, srv, nil)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			f := follow(ctx, t, srv, a, account.WatchOptions{All: true})
			srv.Inject(fault, imaptest.When{Command: "LIST", Skip: 2, Times: 5})
			time.Sleep(2 * time.Hour)
			srv.Mailbox("alice", "Last")
			time.Sleep(2 * time.Hour)
			cancel()
			<-f.ended
			if len(f.names) != 11 || !f.names["Last"] {
				t.Errorf("after %v, the mailboxes are %v; events: %v", fault, f.names, f.events)
			}
		}, imaptest.Without("NOTIFY"))
	}
}

// TestWatchEnds checks that Watch ends when the program leaves the loop, and releases the connection.
func TestWatchEnds(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		a := alice(t, srv, nil)
		ctx := t.Context()
		time.AfterFunc(time.Minute, func() { srv.Mailbox("alice", "INBOX").Append([]byte(message("x"))) })
		for ev, err := range a.Watch(ctx, account.WatchOptions{}) {
			if _, ok := ev.(*account.Arrived); !ok || err != nil {
				t.Error(ev, err)
			}
			break
		}
		if st := a.Stats(); st.Open != 1 || st.Idle != 1 {
			t.Errorf("Stats is %+v, want 1 idle connection", st)
		}
		if err := a.Do(ctx, "INBOX", func(s *session.Session) error { return noop(ctx)(s) }); err != nil {
			t.Error(err)
		}
		// Watch also ends if the mailbox does not exist, and after Close.
		for ev, err := range a.Watch(ctx, account.WatchOptions{Mailbox: "Missing"}) {
			want(t, err, account.ErrForCommand, parser.CodeNonExistent)
			if ev != nil {
				t.Error(ev)
			}
		}
		time.AfterFunc(time.Minute, a.Close)
		for _, err := range a.Watch(ctx, account.WatchOptions{}) {
			want(t, err, account.ErrClosed)
		}
		time.Sleep(time.Second)
		if n := len(srv.Connections()); n != 0 {
			t.Errorf("%d connections after Close, want none", n)
		}
	})
}

// TestWatchDowngrades checks that, if a server offers an extension but refuses its command, Watch works without the
// extension.
func TestWatchDowngrades(t *testing.T) {
	for _, c := range []struct {
		command string
		fault   imaptest.Fault
	}{
		{"NOTIFY", imaptest.Answer{Status: parser.BAD}}, {"NOTIFY", imaptest.Answer{Code: parser.CodeBadEvent}}, {"IDLE", imaptest.Answer{Status: parser.BAD}}, {"IDLE", imaptest.Answer{Status: parser.NO}},
		{"IDLE", imaptest.Answer{Status: parser.OK}},
	} {
		bubble(t, func(t *testing.T, srv *imaptest.Server) {
			srv.Inject(c.fault, imaptest.When{Command: c.command})
			a := alice(t, srv, nil)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			srv.Mailbox("alice", "Other")
			f := follow(ctx, t, srv, a, account.WatchOptions{All: true})
			for _, name := range []string{"INBOX", "Other"} {
				srv.Mailbox("alice", name).Append([]byte(message("x")))
			}
			time.Sleep(10 * time.Minute)
			cancel()
			<-f.ended
			if f.told["arrived INBOX"].IsZero() || f.told["arrived Other"].IsZero() || len(srv.Received().Named("AUTHENTICATE")) != 1 {
				t.Errorf("%s, %v: want both messages reported and one login, got %v", c.command, c.fault, f.events)
			}
			if n := len(srv.Received().Named(c.command)); n > 2 {
				t.Errorf("%s, %v: the command was sent %d times, want at most 2", c.command, c.fault, n)
			}
		})
	}
	// LIST with RETURN (STATUS …) is offered but does not work; LIST and STATUS work.
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		srv.Inject(imaptest.Answer{Status: parser.BAD}, imaptest.When{Command: "LIST", Times: 1})
		a := alice(t, srv, nil)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		f := follow(ctx, t, srv, a, account.WatchOptions{All: true})
		srv.Mailbox("alice", "Made")
		time.Sleep(10 * time.Minute)
		cancel()
		<-f.ended
		if !f.names["Made"] || len(srv.Received().Named("AUTHENTICATE")) != 1 {
			t.Errorf("want Made reported and one login, got %v", f.events)
		}
	}, imaptest.Without("NOTIFY"))
}

// TestWatchBodyWorks calls Do in the body of the loop. The account has only one connection, which Watch lends to Do.
func TestWatchBodyWorks(t *testing.T) {
	for _, without := range []string{"X", "NOTIFY"} {
		bubble(t, func(t *testing.T, srv *imaptest.Server) {
			var g gate
			a := alice(t, srv, func(o *account.Options) { o.MaxConns, o.Dialer = 1, g.wrap(o.Dialer) })
			ctx := minutes(t, 60)
			for i := range 3 {
				time.AfterFunc(time.Duration(i+1)*time.Minute, func() { srv.Mailbox("alice", "INBOX").Append([]byte(message(fmt.Sprint(i)))) })
			}
			n := 0
			for ev, err := range a.Watch(ctx, account.WatchOptions{All: true}) {
				if err != nil {
					t.Fatal(err)
				}
				x, ok := ev.(*account.Arrived)
				if !ok {
					if _, own := ev.(*account.FlagsChanged); !own {
						t.Errorf("%T", ev)
					}
					continue
				}
				err = a.Do(ctx, x.Mailbox, func(s *session.Session) error {
					return commands.Store(s, x.UIDs, commands.SetFlags, parser.FlagSeen).Wait(ctx)
				})
				if err != nil {
					t.Error(err)
				}
				if n++; n == 3 {
					break
				}
			}
			if st := a.Stats(); st.Open != 1 || st.Idle != 1 || st.Waiting != 0 || g.all.Load() != 1 {
				t.Errorf("Stats is %+v, want 1 idle connection; %d connections in all, want 1", st, g.all.Load())
			}
			for uid := range uint32(3) {
				srv.Mailbox("alice", "INBOX").ExpectFlags(t, uid+1, parser.FlagSeen)
			}
		}, imaptest.Without(without))
	}
}
