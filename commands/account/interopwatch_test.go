package account_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/imaptest/peer"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
	"github.com/imapstack/imapstack/utils/numset"
)

// TestInteropWatchAccountDovecot watches an account on a server with NOTIFY.
func TestInteropWatchAccountDovecot(t *testing.T) { interopWatch(t, peer.Dovecot(t)) }

// TestInteropWatchAccountCyrus watches an account on a server with LIST-STATUS, and in some versions with NOTIFY.
func TestInteropWatchAccountCyrus(t *testing.T) { interopWatch(t, peer.Cyrus(t)) }

// interopWatch changes an account over one connection, waits until Watch yields each change over another one, and
// kills connections in between.
func interopWatch(t *testing.T, p peer.Env) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	k := newKiller(t, p.Addr())
	k.calm.Store(true)
	opt := account.Options{
		Dialer:      transport.TCP(k.l.Addr().String()),
		Credentials: auth.Credentials{Username: p.User, Password: auth.NewSecret(p.Password)},
		Auth:        auth.Options{AllowPlaintext: true},
		Patience:    -1, MinBackoff: time.Millisecond, MaxBackoff: 20 * time.Millisecond,
	}
	a := account.New(opt)
	defer a.Close()
	opt.Dialer = transport.TCP(p.Addr())
	direct := account.New(opt)
	defer direct.Close()
	do := func(f func(s *session.Session) error) {
		t.Helper()
		if err := direct.Do(ctx, "WatchOpen", f); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"WatchOpen", "WatchOther", "WatchMade", "WatchRenamed"} {
		direct.Do(ctx, "", func(s *session.Session) error { _, err := commands.Delete(s, name).Wait(ctx); return err })
	}
	for _, name := range []string{"WatchOpen", "WatchOther"} {
		err := direct.Do(ctx, "", func(s *session.Session) error { _, err := commands.Create(s, name).Wait(ctx); return err })
		if err != nil {
			t.Fatal(err)
		}
	}
	events := make(chan account.Event, 1000)
	watching, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		// Poll is short, because not all servers report changes in other mailboxes unasked.
		for ev, err := range a.Watch(watching, account.WatchOptions{Mailbox: "WatchOpen", All: true, Poll: 200 * time.Millisecond}) {
			if err == nil {
				events <- ev
			} else if watching.Err() == nil {
				t.Error(err)
			}
		}
	}()
	// When Watch has yielded the first Arrived, it has read the state of the account, and yields every later change.
	ready := false
	for i := 0; !ready; i++ {
		do(appendOne(ctx, "WatchOpen", fmt.Sprint("ready", i)))
		select {
		case ev := <-events:
			_, ready = ev.(*account.Arrived)
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			t.Fatal("no event arrives")
		}
	}
	uid := func() (last uint32) {
		do(func(s *session.Session) error {
			found, err := commands.Search(s, numset.UID, search.All).Wait(ctx)
			for n := range found.Found.Numbers() {
				last = n
			}
			return err
		})
		return last
	}
	var told []string
	await := func(what string, is func(account.Event) bool) {
		t.Helper()
		for {
			select {
			case ev := <-events:
				told = append(told, fmt.Sprintf("%T%+v", ev, ev))
				if is(ev) {
					return
				}
			case <-ctx.Done():
				t.Fatalf("%s is not reported; reported were %v", what, told)
			}
		}
	}
	steps := func() {
		do(appendOne(ctx, "WatchOpen", "one"))
		last := uid()
		await("arrived", func(ev account.Event) bool {
			x, ok := ev.(*account.Arrived)
			return ok && x.Mailbox == "WatchOpen" && x.UIDs.Contains(last)
		})
		do(func(s *session.Session) error {
			return commands.Store(s, numset.Of(numset.UID, last), commands.AddFlags, parser.FlagFlagged).Wait(ctx)
		})
		await("flags", func(ev account.Event) bool {
			x, ok := ev.(*account.FlagsChanged)
			return ok && x.Mailbox == "WatchOpen" && x.UIDs.Contains(last) && (len(x.Flags) == 0 || slices.ContainsFunc(x.Flags, parser.FlagFlagged.Equal))
		})
		do(func(s *session.Session) error {
			if err := commands.Store(s, numset.Of(numset.UID, last), commands.AddFlags, parser.FlagDeleted).Wait(ctx); err != nil {
				return err
			}
			return commands.UIDExpunge(s, numset.Of(numset.UID, last)).Wait(ctx)
		})
		await("gone", func(ev account.Event) bool {
			x, ok := ev.(*account.Gone)
			return ok && x.Mailbox == "WatchOpen" && x.UIDs.Contains(last)
		})
		do(appendOne(ctx, "WatchOther", "other"))
		await("arrived elsewhere", func(ev account.Event) bool {
			x, ok := ev.(*account.Arrived)
			return ok && x.Mailbox == "WatchOther" && !x.UIDs.Empty()
		})
		do(func(s *session.Session) error { _, err := commands.Create(s, "WatchMade").Wait(ctx); return err })
		await("made", func(ev account.Event) bool {
			x, ok := ev.(*account.MailboxCreated)
			return ok && x.Mailbox == "WatchMade"
		})
		do(func(s *session.Session) error {
			_, err := commands.Rename(s, "WatchMade", "WatchRenamed").Wait(ctx)
			return err
		})
		await("renamed", func(ev account.Event) bool {
			x, ok := ev.(*account.MailboxRenamed)
			y, ok2 := ev.(*account.MailboxCreated)
			return ok && x.From == "WatchMade" && x.To == "WatchRenamed" || ok2 && y.Mailbox == "WatchRenamed"
		})
		do(func(s *session.Session) error { _, err := commands.Delete(s, "WatchRenamed").Wait(ctx); return err })
		await("deleted", func(ev account.Event) bool {
			x, ok := ev.(*account.MailboxDeleted)
			return ok && x.Mailbox == "WatchRenamed"
		})
	}
	steps()
	k.killAll()
	await("the interruption", func(ev account.Event) bool { _, ok := ev.(*account.Interrupted); return ok })
	await("its end", func(ev account.Event) bool { _, ok := ev.(*account.Resumed); return ok })
	steps()
	// From here on, each connection is killed after some octets.
	k.calm.Store(false)
	k.killAll()
	steps()
	k.calm.Store(true)
	stop()
	<-ended
	t.Logf("%d connections killed, %d events", k.killed.Load(), len(told))
}
