package account_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// follower follows an account by its events, and notes when what was told of which mailbox.
type follower struct {
	mu     sync.Mutex
	events []string
	uids   map[uint32]bool      // of the open mailbox
	flags  map[uint32]time.Time // when it was told that they have changed
	told   map[string]time.Time // "arrived Other", …: when
	names  map[string]bool
	err    error
	ended  chan struct{}
}

// follow begins to follow, in a goroutine, and returns when the mailbox is watched.
func follow(ctx context.Context, t *testing.T, srv *imaptest.Server, a *account.Account, opt account.WatchOptions) *follower {
	f := &follower{uids: map[uint32]bool{}, flags: map[uint32]time.Time{}, told: map[string]time.Time{}, names: map[string]bool{}, ended: make(chan struct{})}
	for m := range srv.Mailbox("alice", "INBOX").Messages() {
		f.uids[m.UID] = true
	}
	for _, name := range srv.Mailboxes("alice") {
		f.names[name] = true
	}
	go func() {
		defer close(f.ended)
		for ev, err := range a.Watch(ctx, opt) {
			f.take(t, ev, err)
		}
	}()
	time.Sleep(time.Minute)
	return f
}

func (f *follower) take(t *testing.T, ev account.Event, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	note := func(what, mailbox string) { f.told[what+" "+mailbox] = time.Now() }
	f.events = append(f.events, fmt.Sprintf("%T %+v", ev, ev))
	switch ev := ev.(type) {
	case *account.Arrived:
		note("arrived", ev.Mailbox)
		if ev.Mailbox == "INBOX" {
			for uid := range ev.UIDs.Numbers() {
				f.uids[uid] = true
			}
		}
	case *account.Gone:
		note("gone", ev.Mailbox)
		if ev.Mailbox == "INBOX" {
			for uid := range ev.UIDs.Numbers() {
				if !f.uids[uid] {
					t.Errorf("%d is gone, which was never told to be there", uid)
				}
				delete(f.uids, uid)
			}
		}
	case *account.FlagsChanged:
		note("flags", ev.Mailbox)
		if ev.Mailbox == "INBOX" {
			for uid := range ev.UIDs.Numbers() {
				f.flags[uid] = time.Now()
			}
		}
	case *account.MailboxMade:
		if f.names[ev.Mailbox] {
			t.Errorf("made twice: %s", ev.Mailbox)
		}
		f.names[ev.Mailbox] = true
	case *account.MailboxDeleted:
		if !f.names[ev.Mailbox] {
			t.Errorf("deleted without having been there: %s", ev.Mailbox)
		}
		delete(f.names, ev.Mailbox)
	case *account.MailboxRenamed:
		delete(f.names, ev.From)
		f.names[ev.To] = true
	case nil:
		f.err = err
	}
}

// kinds of servers to watch an account on.
var watchable = map[string]struct {
	opts   []imaptest.Option
	change func(*account.Options)
}{
	"everything":         {},
	"qresync":            {nil, func(o *account.Options) { o.Enable = []string{"QRESYNC"} }},
	"without notify":     {[]imaptest.Option{imaptest.Without("NOTIFY")}, nil},
	"without condstore":  {[]imaptest.Option{imaptest.Without("CONDSTORE", "QRESYNC")}, nil},
	"without listStatus": {[]imaptest.Option{imaptest.Without("NOTIFY", "LIST-STATUS", "LIST-EXTENDED", "IMAP4rev2")}, nil},
	"without idle":       {[]imaptest.Option{imaptest.Without("NOTIFY", "IDLE", "IMAP4rev2")}, nil},
	"rev1":               {[]imaptest.Option{imaptest.Preset("rev1")}, nil},
	"gmail":              {[]imaptest.Option{imaptest.Preset("gmail")}, nil},
	"icloud":             {[]imaptest.Option{imaptest.Preset("icloud")}, nil},
	"yahoo":              {[]imaptest.Option{imaptest.Preset("yahoo")}, nil},
}

// TestWatchLosesNothing changes an account at random while its connections end at random, on servers that offer this and that: whoever follows the events knows
// what there is, and was told of every change after it was made.
func TestWatchLosesNothing(t *testing.T) {
	for name, kind := range watchable {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(8) {
				bubble(t, func(t *testing.T, srv *imaptest.Server) { watchRandomly(t, srv, kind.change, seed, name) }, kind.opts...)
			}
		})
	}
}

func watchRandomly(t *testing.T, srv *imaptest.Server, change func(*account.Options), seed uint64, kind string) {
	r := rand.New(rand.NewPCG(seed, 7))
	a := alice(t, srv, change)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	inbox, other := srv.Mailbox("alice", "INBOX"), srv.Mailbox("alice", "Other")
	for i := range 10 {
		inbox.Append([]byte(message(fmt.Sprint("old", i))))
		other.Append([]byte(message(fmt.Sprint("old", i))))
	}
	f := follow(ctx, t, srv, a, account.WatchOptions{All: true})
	changed := map[string]time.Time{} // of Other
	flagged := map[uint32]time.Time{}
	uids := func(b *imaptest.Mailbox) (list []uint32) {
		for m := range b.Messages() {
			list = append(list, m.UID)
		}
		return list
	}
	for i := range 80 {
		switch now := time.Now(); r.IntN(13) {
		case 0, 1:
			inbox.Append([]byte(message(fmt.Sprint("new", i))))
		case 2:
			if list := uids(inbox); len(list) > 0 {
				inbox.Expunge(list[r.IntN(len(list))])
			}
		case 3, 4:
			if list := uids(inbox); len(list) > 0 {
				uid := list[r.IntN(len(list))]
				inbox.SetFlags([]parser.Flag{parser.Flag(fmt.Sprint("mark", i))}, uid)
				flagged[uid] = now
			}
		case 5:
			other.Append([]byte(message(fmt.Sprint("new", i))))
			changed["arrived"] = now
		case 6:
			if list := uids(other); len(list) > 0 {
				other.Expunge(list[r.IntN(len(list))])
				changed["gone"] = now
			}
		case 7:
			if list := uids(other); len(list) > 0 {
				other.SetFlags([]parser.Flag{parser.Flag(fmt.Sprint("mark", i))}, list[r.IntN(len(list))])
				changed["flags"] = now
			}
		case 8:
			srv.Mailbox("alice", fmt.Sprint("Made", i))
		case 9:
			for name := range f.copyNames(srv) {
				srv.DeleteMailbox("alice", name)
				break
			}
		case 10:
			for name := range f.copyNames(srv) {
				srv.RenameMailbox("alice", name, fmt.Sprint("Renamed", i))
				break
			}
		case 11:
			srv.Inject(imaptest.Bye{}, imaptest.When{Moment: imaptest.Now})
		case 12:
			srv.Inject(imaptest.Cut{From: imaptest.ServerSide, After: int64(r.IntN(200)), Reset: r.IntN(2) == 0}, imaptest.When{Moment: imaptest.Now})
		}
		if r.IntN(3) == 0 {
			time.Sleep(time.Duration(r.IntN(400)) * time.Second)
		}
	}
	time.Sleep(2 * time.Hour)
	cancel()
	<-f.ended
	if !errors.Is(f.err, context.Canceled) {
		t.Errorf("%s, seed %d: %v", kind, seed, f.err)
	}
	bad := false
	fail := func(format string, args ...any) {
		bad = true
		t.Errorf("%s, seed %d: %s", kind, seed, fmt.Sprintf(format, args...))
	}
	there := uids(inbox)
	var known []uint32
	for uid := range f.uids {
		known = append(known, uid)
	}
	if slices.Sort(known); !slices.Equal(there, known) {
		fail("there are %v, told were %v", there, known)
	}
	for uid, at := range flagged {
		if slices.Contains(there, uid) && f.flags[uid].Before(at) && f.told["arrived INBOX"].Before(at) {
			fail("flags of %d changed at %v, told at %v", uid, at, f.flags[uid])
		}
	}
	for what, at := range changed {
		// Without CONDSTORE a server tells of flags only how many messages are unread.
		if what == "flags" && (kind == "without condstore" || kind == "rev1") {
			continue
		}
		if f.told[what+" Other"].Before(at) {
			fail("%s Other at %v, told at %v", what, at, f.told[what+" Other"])
		}
	}
	names := map[string]bool{}
	for _, name := range srv.Mailboxes("alice") {
		if names[name] = true; !f.names[name] {
			fail("%s was not told", name)
		}
	}
	for name := range f.names {
		if !names[name] {
			fail("%s is not there any more", name)
		}
	}
	if bad && testing.Verbose() {
		for _, ev := range f.events {
			t.Log(ev)
		}
	}
	if st := a.Stats(); st.Open > 1 || st.Waiting != 0 || st.Open != st.Idle {
		t.Errorf("%s, seed %d: %+v", kind, seed, st)
	}
}

// copyNames returns mailboxes that may be deleted and renamed.
func (f *follower) copyNames(srv *imaptest.Server) map[string]bool {
	names := map[string]bool{}
	for _, name := range srv.Mailboxes("alice") {
		if len(name) > 4 && (name[:4] == "Made" || name[:4] == "Rena") {
			names[name] = true
		}
	}
	return names
}

// TestWatchLends has one connection for a watcher and for work: the work is done at once, and nothing is lost.
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
				t.Errorf("waited for %v", d)
			}
			time.Sleep(time.Duration(i*20) * time.Second)
		}
		time.Sleep(time.Minute)
		f.mu.Lock()
		if len(f.uids) != 20 || g.most.Load() != 1 || g.all.Load() != 1 {
			t.Errorf("%d told, %d connections at a time, %d in all: %v", len(f.uids), g.most.Load(), g.all.Load(), f.events)
		}
		f.mu.Unlock()
		cancel()
		<-f.ended
	})
}

// TestWatchIsNotTakenForWork: with two connections, one waits, and the other works.
func TestWatchIsNotTakenForWork(t *testing.T) {
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
			t.Errorf("%+v", st)
		}
		f.mu.Lock()
		// Told at once, without any asking.
		if len(f.uids) != 20 {
			t.Errorf("%d told", len(f.uids))
		}
		f.mu.Unlock()
		cancel()
		<-f.ended
	})
}

// TestWatchInterrupted tells that it cannot tell, and that it can again, once; and ends for what is for good.
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
			t.Errorf("%v", f.events)
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

// TestWatchNotices a peer that is gone without a word.
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
			t.Errorf("%v", f.events)
		}
		f.mu.Unlock()
		cancel()
		<-f.ended
	})
}

// TestWatchRenewed changes UIDVALIDITY while nobody looks: what was known is void, and nothing else is told of it.
func TestWatchRenewed(t *testing.T) {
	for _, without := range []string{"X", "NOTIFY"} {
		bubble(t, func(t *testing.T, srv *imaptest.Server) {
			a := alice(t, srv, nil)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			srv.Mailbox("alice", "INBOX").Append([]byte(message("x")))
			srv.Mailbox("alice", "Other").Append([]byte(message("x")))
			f := follow(ctx, t, srv, a, account.WatchOptions{All: true})
			srv.Inject(imaptest.Bye{}, imaptest.When{Moment: imaptest.Now})
			srv.Mailbox("alice", "INBOX").SetUIDValidity(77)
			srv.Mailbox("alice", "Other").SetUIDValidity(78)
			time.Sleep(time.Hour)
			cancel()
			<-f.ended
			want := []string{"*account.Interrupted", "*account.Renewed &{Mailbox:INBOX UIDValidity:77}", "*account.Renewed &{Mailbox:Other UIDValidity:78}", "*account.Resumed"}
			for i, ev := range f.events[:min(len(f.events), 4)] {
				if ev[:min(len(ev), len(want[i]))] != want[i] {
					t.Errorf("event %d is %s", i, ev)
				}
			}
			if len(f.events) != 5 { // and nil, for the end
				t.Errorf("%v", f.events)
			}
		}, imaptest.Without(without))
	}
}

// TestWatchPartialListing: a listing that is not whole deletes no mailboxes.
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
				t.Errorf("%v: %v, %v", fault, f.names, f.events)
			}
		}, imaptest.Without("NOTIFY"))
	}
}

// TestWatchEnds when the loop is left, and gives the connection back.
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
			t.Errorf("%+v", st)
		}
		if err := a.Do(ctx, "INBOX", func(s *session.Session) error { return noop(ctx)(s) }); err != nil {
			t.Error(err)
		}
		// A mailbox that is not there is an error, and Close is one.
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
			t.Errorf("%d connections", n)
		}
	})
}
