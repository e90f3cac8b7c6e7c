package commands_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// inBubble starts a server without a listener, so that it works in a synctest bubble, and opens a session with it, in
// which alice is logged in. Both are closed when t ends.
func inBubble(t *testing.T) (*imaptest.Server, *session.Session) {
	t.Helper()
	srv, err := imaptest.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Close() })
	c, sc := imaptest.Pipe(0)
	go srv.ServeConn(sc, "alice")
	s, err := session.Open(t.Context(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return srv, s
}

// TestWatchBodyRunsCommands runs commands in the body of the loop: during the first NOOP, and during IDLE. They are
// executed at once, and Watch reports the messages that arrive meanwhile.
func TestWatchBodyRunsCommands(t *testing.T) {
	type body func(ctx context.Context, s *session.Session) error
	for name, tt := range map[string]struct {
		run  body
		want []uint32 // the numbers of EXISTS that Watch yields
	}{
		"a call": {func(ctx context.Context, s *session.Session) error {
			_, err := commands.Noop(s).Wait(ctx)
			return err
		}, []uint32{1, 2, 3, 4}},
		"a stream": {func(ctx context.Context, s *session.Session) error {
			return commands.Fetch(s, numset.All(numset.UID), fetch.UID).Wait(ctx)
		}, []uint32{1, 2, 3, 4}},
		// The answer to SELECT reports the second message, and Watch does not repeat it.
		"another mailbox": {func(ctx context.Context, s *session.Session) error {
			if _, err := commands.Select(s, "other").Wait(ctx); err != nil {
				return err
			}
			_, err := commands.Select(s, "INBOX").Wait(ctx)
			return err
		}, []uint32{1, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv, s := inBubble(t)
				srv.Mailbox("alice", "other")
				add := func() {
					srv.Mailbox("alice", "INBOX").Append([]byte("Subject: x\r\n\r\nx\r\n"))
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
					t.Fatal(err)
				}
				add()
				time.AfterFunc(time.Second, add) // during IDLE
				var exists []uint32
				for r, err := range commands.Watch(ctx, s, commands.WatchOptions{}) {
					if err != nil {
						t.Fatalf("after EXISTS %v: %v", exists, err)
					}
					if r.Name != "EXISTS" {
						continue
					}
					exists = append(exists, r.Num)
					last := r.Num == tt.want[len(tt.want)-1]
					if len(exists)%2 == 1 && !last {
						add()
					}
					if err := tt.run(ctx, s); err != nil {
						t.Fatalf("after EXISTS %v: the body's command: %v", exists, err)
					}
					if last {
						break
					}
				}
				if !slices.Equal(exists, tt.want) {
					t.Errorf("EXISTS %v, want %v", exists, tt.want)
				}
			})
		})
	}
}

// TestIdleEndsForCommands starts commands after IDLE, and waits for the last of them.
func TestIdleEndsForCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, s := inBubble(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		idle, noop := commands.Idle(s), commands.Noop(s)
		if _, err := noop.Wait(ctx); err != nil {
			t.Errorf("NOOP after IDLE: %v", err)
		}
		if err := idle.Wait(ctx); err != nil || !idle.Stopped() {
			t.Errorf("IDLE: %v, Stopped() = %v, want true", err, idle.Stopped())
		}
	})
}
