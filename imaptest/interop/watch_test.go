package interop

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/imaptest/peer"
	"github.com/imapstack/imapstack/session"
)

func TestInteropWatchDovecot(t *testing.T) { watch(t, peer.Dovecot(t)) }

// watch waits for mail through many restarts of IDLE, for a peer that is gone, and goes on with the session where it can.
func watch(t *testing.T, p peer.Env) {
	const name = "Watched"
	ctx := timeout(t)
	s, other := overTLS(t, p, nil), overTLS(t, p, nil)
	commands.Delete(other, name).Wait(ctx)
	if _, err := commands.Create(other, name).Wait(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := commands.Select(s, name).Wait(ctx); err != nil {
		t.Fatal(err)
	}
	// The mail comes while IDLE is being restarted all the time.
	const mails = 20
	sent := make(chan error, 1)
	go func() {
		var err error
		for range mails {
			if _, err = commands.Append(other, name, strings.NewReader("Subject: new\r\n\r\n"), -1).Wait(ctx); err != nil {
				break
			}
		}
		sent <- err
	}()
	turns := 0
	for _, err := range commands.Watch(ctx, s, commands.WatchOptions{Restart: 20 * time.Millisecond, Poll: 10 * time.Millisecond, Alive: 20 * time.Second}) {
		if err != nil {
			t.Fatal(err)
		}
		turns++
		if s.Mailbox().Exists == mails {
			break
		}
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	t.Logf("%d messages seen in %d turns", s.Mailbox().Exists, turns)

	// The end of a context, five times: the session goes on.
	for range 5 {
		short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		for _, err := range commands.Watch(short, s, commands.WatchOptions{}) {
			if err != nil && !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
		}
		cancel()
		if _, err := commands.Noop(s).Wait(ctx); err != nil || s.Mailbox().Exists != mails {
			t.Fatal(s.Mailbox(), err)
		}
	}

	// A network that swallows what the server says, from before IDLE and within it.
	for _, after := range []time.Duration{0, 200 * time.Millisecond} {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.Addr())
		if err != nil {
			t.Fatal(err)
		}
		link := imaptest.NewLink(c, imaptest.ClientSide, 1)
		s, err := session.Open(ctx, link, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if _, err := commands.Login(s, p.User, auth.NewSecret(p.Password), commands.AllowInsecure()).Wait(ctx); err != nil {
			t.Fatal(err)
		}
		if after == 0 {
			link.Inject(imaptest.Stall{From: imaptest.ServerSide})
		} else {
			time.AfterFunc(after, func() { link.Inject(imaptest.Stall{From: imaptest.ServerSide}) })
		}
		for _, err := range commands.Watch(ctx, s, commands.WatchOptions{Alive: time.Second}) {
			if err != nil && !errors.Is(err, session.ErrStalled) {
				t.Error(err)
			}
		}
		if !errors.Is(s.Err(), session.ErrStalled) {
			t.Error(s.Err())
		}
	}
}
