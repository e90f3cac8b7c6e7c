package account_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/imaptest/peer"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
	"github.com/imapstack/imapstack/utils/numset"
)

// killer relays connections to a server, and kills each of them after a random number of octets.
type killer struct {
	to     string
	l      net.Listener
	killed atomic.Int64
	calm   atomic.Bool // if set, the number of octets does not matter: only killAll kills connections

	mu    sync.Mutex
	rng   *rand.Rand
	conns map[*net.TCPConn]func()
}

func newKiller(t *testing.T, to string) *killer {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	k := &killer{to: to, l: l, rng: rand.New(rand.NewPCG(1, 2))}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go k.relay(c.(*net.TCPConn))
		}
	}()
	return k
}

func (k *killer) relay(c *net.TCPConn) {
	s, err := net.Dial("tcp", k.to)
	if err != nil {
		c.Close()
		return
	}
	k.mu.Lock()
	up, down := int64(100+k.rng.IntN(1200)), int64(500+k.rng.IntN(5000))
	reset := k.rng.IntN(2) == 0
	k.mu.Unlock()
	var once sync.Once
	kill := func() {
		once.Do(func() {
			if k.killed.Add(1); reset {
				c.SetLinger(0)
			}
			c.Close()
			s.Close()
		})
	}
	k.mu.Lock()
	if k.conns == nil {
		k.conns = map[*net.TCPConn]func(){}
	}
	k.conns[c] = kill
	k.mu.Unlock()
	defer func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		delete(k.conns, c)
	}()
	pump := func(dst, src net.Conn, most int64, done chan<- struct{}) {
		defer close(done)
		if k.calm.Load() {
			most = 1 << 40
		}
		if n, err := io.CopyN(dst, src, most); err == nil && n == most {
			kill()
			return
		}
		once.Do(func() { c.Close(); s.Close() })
	}
	a, b := make(chan struct{}), make(chan struct{})
	go pump(s, c, up, a)
	pump(c, s, down, b)
	<-a
}

// killAll kills all current connections.
func (k *killer) killAll() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, kill := range k.conns {
		kill()
	}
}

// TestInteropKillDovecot lets 16 goroutines work over four connections to a real server. Hundreds of connections are
// killed, each after some octets. Each message arrives exactly once, each flag is set, and the account never has more
// than four connections.
func TestInteropKillDovecot(t *testing.T) {
	interopKill(t, peer.Dovecot(t))
}

// TestInteropKillCyrus does the same with Cyrus.
func TestInteropKillCyrus(t *testing.T) {
	interopKill(t, peer.Cyrus(t))
}

func interopKill(t *testing.T, p peer.Env) {
	const workers, each, most = 16, 20, 4
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	k := newKiller(t, p.Addr())
	var g gate
	opt := account.Options{
		Dialer:      g.wrap(transport.TCP(k.l.Addr().String())),
		Credentials: auth.Credentials{Username: p.User, Password: auth.NewSecret(p.Password)},
		Auth:        auth.Options{AllowPlaintext: true},
		MaxConns:    most, Patience: -1, MinBackoff: time.Millisecond, MaxBackoff: 20 * time.Millisecond,
	}
	a := account.New(opt)
	defer a.Close()
	boxes := []string{"KillOne", "KillTwo", "KillThree"}
	plain := opt
	plain.Dialer = transport.TCP(p.Addr())
	direct := account.New(plain)
	defer direct.Close()
	for _, name := range boxes {
		direct.Do(ctx, "", func(s *session.Session) error { _, err := commands.Delete(s, name).Wait(ctx); return err })
		if err := direct.Do(ctx, "", func(s *session.Session) error { _, err := commands.Create(s, name).Wait(ctx); return err }); err != nil {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	var uncertain atomic.Int64
	for w := range workers {
		wg.Go(func() {
			for i := range each {
				box, id := boxes[(w+i)%len(boxes)], fmt.Sprintf("kill-%d-%d", w, i)
				if err := killAppend(ctx, a, box, id, &uncertain); err != nil {
					t.Errorf("APPEND of %s: %v", id, err)
					return
				}
				err := a.Do(ctx, box, func(s *session.Session) error {
					found, err := commands.Search(s, numset.UID, search.Header("Message-ID", id+"@example.com")).Wait(ctx)
					if n, _ := found.Found.Len(); err == nil && n != 1 {
						return fmt.Errorf("%d messages with the id %s, want 1", n, id)
					}
					if err != nil {
						return err
					}
					return commands.Store(s, found.Found, commands.AddFlags.Silent(), parser.FlagFlagged).Wait(ctx)
				}, account.Repeatable)
				if err != nil {
					t.Errorf("STORE of %s: %v", id, err)
					return
				}
			}
		})
	}
	wg.Wait()
	ids := map[string]int{}
	flagged := 0
	for _, name := range boxes {
		var env parser.Envelope
		err := direct.Do(ctx, name, func(s *session.Session) error {
			for m, err := range commands.Fetch(s, numset.All(numset.UID), fetch.UID, fetch.Flags, fetch.Envelope).All(ctx) {
				if err != nil {
					return err
				}
				if _, err := m.Envelope(&env); err != nil {
					return err
				}
				ids[string(env.MessageID)]++
				for _, f := range m.Flags {
					if f.Equal(parser.FlagFlagged) {
						flagged++
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	for id, n := range ids {
		if n != 1 {
			t.Errorf("message %s is there %d times", id, n)
		}
	}
	if len(ids) != workers*each || flagged != workers*each {
		t.Errorf("%d messages, %d of them flagged, not %d", len(ids), flagged, workers*each)
	}
	if g.most.Load() > most {
		t.Errorf("%d connections at a time, want at most 4", g.most.Load())
	}
	t.Logf("%d connections killed, %d commands of uncertain outcome, at most %d connections at a time", k.killed.Load(), uncertain.Load(), g.most.Load())
	if k.killed.Load() < 100 {
		t.Errorf("only %d connections were killed", k.killed.Load())
	}
}

// killAppend appends a message exactly once, and counts how often the outcome was uncertain.
func killAppend(ctx context.Context, a *account.Account, box, id string, uncertain *atomic.Int64) error {
	there := false
	for {
		err := a.Do(ctx, box, func(s *session.Session) error {
			found, err := commands.Search(s, numset.UID, search.Header("Message-ID", id+"@example.com")).Wait(ctx)
			there = !found.Found.Empty()
			return err
		}, account.Repeatable)
		if err != nil || there {
			return err
		}
		err = a.Do(ctx, "", appendOne(ctx, box, id))
		if !errors.Is(err, account.ErrUncertain) {
			return err
		}
		uncertain.Add(1)
		time.Sleep(time.Second) // the server may still be executing an APPEND that it has received as a whole
	}
}
