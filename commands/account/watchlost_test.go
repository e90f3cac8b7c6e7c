package account_test

import (
	"context"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/imaptest"
)

// TestWatchAsksAgain has a server that refuses to say which UID a new message has. Watch asks again after its next
// wait.
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
