package account_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/wire"
)

// TestWatchHostile checks that Watch continues after a server has sent impossible responses, and that these do not
// use up memory.
func TestWatchHostile(t *testing.T) {
	many := make([]string, 3000)
	for i := range many {
		many[i] = fmt.Sprintf("* 1 FETCH (FLAGS (mark%d))", i)
	}
	for name, lines := range map[string][]string{
		"exists":    {"* 4294967295 EXISTS"},
		"shrinks":   {"* 0 EXISTS"},
		"expunges":  {"* 0 EXPUNGE", "* 4294967295 EXPUNGE"},
		"vanished":  {"* VANISHED 1:4294967295"},
		"fetch":     {"* 4294967295 FETCH (UID 7 FLAGS ())", "* 0 FETCH (UID 1 FLAGS ())", "* 1 FETCH (UID 99 FLAGS ())"},
		"status":    {`* STATUS "" (MESSAGES 4294967295)`, "* STATUS INBOX (UIDNEXT 1)", "* STATUS Nobodys (UIDVALIDITY 7)", "* STATUS Other (UIDVALIDITY 0)"},
		"list":      {`* LIST (\NonExistent) "/" INBOX`, `* LIST () "/" INBOX ("OLDNAME" ("INBOX"))`, `* LIST () NIL ""`},
		"overflow":  {"* OK [NOTIFICATIONOVERFLOW] too much"},
		"many":      many,
		"twice":     {"* 1 EXISTS", "* 1 EXISTS", "* 2 EXISTS", "* 2 EXISTS"},
		"bad flags": {"* 1 FETCH (FLAGS (\\Seen \\Seen \\seen))"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, srv *imaptest.Server) {
				inbox := srv.Mailbox("alice", "INBOX")
				inbox.Append([]byte(message("old")))
				srv.Mailbox("alice", "Other")
				a := alice(t, srv, nil)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				seen := map[uint32]bool{1: true}
				var events []string
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					for ev, err := range a.Watch(ctx, account.WatchOptions{All: true, MaxMessages: 1000}) {
						if events = append(events, fmt.Sprintf("%T%+v", ev, ev)); len(events) > 10_000 {
							t.Error("events without end")
							return
						}
						switch ev := ev.(type) {
						case *account.Arrived:
							for uid := range ev.UIDs.Numbers() {
								seen[uid] = true
							}
						case *account.Gone:
							for uid := range ev.UIDs.Numbers() {
								delete(seen, uid)
							}
						}
						if err != nil && ctx.Err() == nil {
							t.Error(err)
						}
					}
				}()
				time.Sleep(time.Minute)
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				srv.Inject(imaptest.Say{Lines: lines}, imaptest.When{Moment: imaptest.Now})
				time.Sleep(time.Hour)
				runtime.ReadMemStats(&after)
				if n := after.TotalAlloc - before.TotalAlloc; n > 64<<20 {
					t.Errorf("%d bytes were allocated, want at most 64 MiB", n)
				}
				inbox.Append([]byte(message("new")))
				time.Sleep(time.Hour)
				cancel()
				<-ended
				if !seen[1] || !seen[2] || len(seen) != 2 {
					t.Errorf("Watch has yielded the messages %v, want 1 and 2; events: %.2000s", seen, strings.Join(events, "\n"))
				}
			})
		})
	}
}

// TestWatchTooBig checks that Watch ends with a wire.LimitError if the mailbox has more messages than
// WatchOptions.MaxMessages.
func TestWatchTooBig(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		for i := range 5 {
			srv.Mailbox("alice", "INBOX").Append([]byte(message(fmt.Sprint(i))))
		}
		for _, err := range alice(t, srv, nil).Watch(t.Context(), account.WatchOptions{MaxMessages: 4}) {
			var limit *wire.LimitError
			if !errors.As(err, &limit) || limit.Size != 5 {
				t.Error(err)
			}
		}
	})
}
