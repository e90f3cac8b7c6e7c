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
)

// follower keeps a copy of an account up to date with the events of Watch, and records when each event came.
type follower struct {
	mu     sync.Mutex
	events []string
	list   []account.Event
	uids   map[uint32]bool      // the messages in the open mailbox
	flags  map[uint32]time.Time // by UID, when a change of the message's flags was last yielded
	told   map[string]time.Time // when an event, such as "arrived Other", was last yielded
	names  map[string]bool
	down   bool // Interrupted was yielded, and Resumed was not yielded after it
	err    error
	ended  chan struct{}
}

// follow starts a follower in a goroutine, and returns when Watch waits for changes.
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
	f.list = append(f.list, ev)
	switch ev := ev.(type) {
	case *account.Interrupted, *account.Resumed:
		if _, begins := ev.(*account.Interrupted); begins == f.down {
			t.Errorf("Watch has yielded %T, want Interrupted and Resumed in turn", ev)
		}
		f.down = !f.down
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
					t.Errorf("Watch has yielded that UID %d is gone, but never that it arrived", uid)
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
	case *account.MailboxCreated:
		if f.names[ev.Mailbox] {
			t.Errorf("Watch has yielded twice that %s was created", ev.Mailbox)
		}
		f.names[ev.Mailbox] = true
	case *account.MailboxDeleted:
		if !f.names[ev.Mailbox] {
			t.Errorf("Watch has yielded that %s was deleted, but never that it was created", ev.Mailbox)
		}
		delete(f.names, ev.Mailbox)
	case *account.MailboxRenamed:
		delete(f.names, ev.From)
		f.names[ev.To] = true
	case nil:
		f.err = err
	}
}

// watchable lists servers with different extensions.
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

// TestWatchLosesNothing changes an account at random while its connections end at random, on each of the watchable
// servers. At the end, the follower's copy equals the account, and every change was yielded after it was made.
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
	changed := map[string]time.Time{} // when the mailbox Other was last changed, by the kind of change
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
			fail("flags of %d changed at %v, reported at %v", uid, at, f.flags[uid])
		}
	}
	for what, at := range changed {
		// Without CONDSTORE, a server shows a change of flags only by the number of unread messages.
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
			fail("%s was not reported", name)
		}
	}
	for name := range f.names {
		if !names[name] {
			fail("%s no longer exists", name)
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

// copyNames returns the names of the mailboxes that the test may delete and rename.
func (f *follower) copyNames(srv *imaptest.Server) map[string]bool {
	names := map[string]bool{}
	for _, name := range srv.Mailboxes("alice") {
		if len(name) > 4 && (name[:4] == "Made" || name[:4] == "Rena") {
			names[name] = true
		}
	}
	return names
}
