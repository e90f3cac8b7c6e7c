package interop

import (
	"context"
	"errors"
	"fmt"
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

func TestInteropWatchDovecot(t *testing.T) {
	p := peer.Dovecot(t)
	for _, w := range dovecotWays {
		t.Run(w.name, func(t *testing.T) { watch(t, p, w) })
	}
	watchEnds(t, p)
}

func TestInteropWatchCyrus(t *testing.T) {
	p := peer.Cyrus(t)
	for _, w := range cyrusWays {
		t.Run(w.name, func(t *testing.T) { watch(t, p, w) })
	}
	watchEnds(t, p)
	// On PollPort, the server looks for changes only once a minute during IDLE. With Restart, the client ends IDLE
	// earlier, so the user need not wait for a minute.
	p.Port = p.PollPort
	t.Run("polling", func(t *testing.T) {
		watched(t, p, way{"polling", tcp}, 3, commands.WatchOptions{Restart: 500 * time.Millisecond, Alive: 20 * time.Second})
		watched(t, p, way{"polling", tcp}, 20, commands.WatchOptions{Restart: 20 * time.Millisecond, Poll: 10 * time.Millisecond, Alive: 20 * time.Second})
	})
}

// watch waits for mail twice: in one IDLE that lasts longer than the test, and then in as many IDLEs as possible.
func watch(t *testing.T, p peer.Env, w way) {
	watched(t, p, w, 3, commands.WatchOptions{})
	watched(t, p, w, 20, commands.WatchOptions{Restart: 20 * time.Millisecond, Poll: 10 * time.Millisecond, Alive: 20 * time.Second})
}

// watched creates a mailbox, and waits for messages that another session appends to it one by one. The first message is
// there before the wait begins.
func watched(t *testing.T, p peer.Env, w way, mails uint32, opt commands.WatchOptions) {
	t.Helper()
	const name = "Watched"
	ctx := timeout(t)
	s, other := w.open(t, p, nil), w.open(t, p, nil)
	defer s.Close()
	defer other.Close()
	commands.Delete(other, name).Wait(ctx)
	if _, err := commands.Create(other, name).Wait(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := commands.Select(s, name).Wait(ctx); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	send := func(n uint32) error {
		// Cyrus refuses identical mails.
		_, err := commands.Append(other, name, strings.NewReader(fmt.Sprintf("Subject: new\r\nMessage-ID: <%d@example.com>\r\n\r\n", n)), -1).Wait(ctx)
		return err
	}
	if err := send(1); err != nil {
		t.Fatal(err)
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for n := uint32(2); n <= mails; n++ {
			if err := send(n); err != nil {
				cancel(fmt.Errorf("mail %d: %w", n, err))
				return
			}
		}
	}()
	begin, turns := time.Now(), 0
	for _, err := range commands.Watch(ctx, s, opt) {
		if err != nil {
			t.Fatalf("%d of %d mails seen: %v", s.Mailbox().Exists, mails, err)
		}
		turns++
		if s.Mailbox().Exists == mails {
			break
		}
	}
	<-sent
	t.Logf("%d mails seen in %d turns and %v", mails, turns, time.Since(begin).Round(time.Millisecond))
	if _, err := commands.Noop(s).Wait(ctx); err != nil {
		t.Error(err)
	}
}

// watchEnds checks that Watch ends when its context ends, and when the peer is gone.
func watchEnds(t *testing.T, p peer.Env) {
	ctx := timeout(t)
	s := overTLS(t, p, nil)
	if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		for _, err := range commands.Watch(short, s, commands.WatchOptions{}) {
			if err != nil && !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
		}
		cancel()
		if _, err := commands.Noop(s).Wait(ctx); err != nil {
			t.Fatal(err)
		}
	}

	// The network loses everything that the server sends, from the beginning or within IDLE.
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
		if _, err := commands.Login(s, p.User, auth.NewSecret(p.Password), commands.AllowPlaintext()).Wait(ctx); err != nil {
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
			t.Errorf("the session's error is %v, want ErrStalled", s.Err())
		}
	}
}
