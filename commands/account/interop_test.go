package account_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
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
// than four connections. A message may be there once more for each APPEND of it with an uncertain outcome: the server
// may still have been storing the message when killAppend searched for it.
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
	var unsure [workers][each]int // how often the outcome of APPEND was uncertain
	for w := range workers {
		wg.Go(func() {
			for i := range each {
				box, id := boxes[(w+i)%len(boxes)], fmt.Sprintf("kill-%d-%d", w, i)
				var err error
				if unsure[w][i], err = killAppend(ctx, a, box, id); err != nil {
					t.Errorf("APPEND of %s: %v", id, err)
					return
				}
				err = a.Do(ctx, box, func(s *session.Session) error {
					found, err := commands.Search(s, numset.UID, search.Header("Message-ID", id+"@example.com")).Wait(ctx)
					if err != nil {
						return err
					}
					if n, _ := found.Found.Len(); n < 1 || n > uint64(1+unsure[w][i]) {
						return fmt.Errorf("%d messages with the id %s after %d uncertain outcomes, want 1 to %d", n, id, unsure[w][i], 1+unsure[w][i])
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
	ids, flagged := map[string]int{}, map[string]bool{}
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
				id := string(env.MessageID)
				ids[id]++
				flagged[id] = flagged[id] || slices.ContainsFunc(m.Flags, parser.FlagFlagged.Equal)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	uncertain := 0
	for w := range workers {
		for i, most := range unsure[w] {
			id := fmt.Sprintf("<kill-%d-%d@example.com>", w, i)
			if n := ids[id]; n < 1 || n > 1+most || !flagged[id] {
				t.Errorf("message %s is there %d times after %d uncertain outcomes, flagged %v; want 1 to %d times, and flagged", id, n, most, flagged[id], 1+most)
			}
			uncertain += most
		}
	}
	if len(ids) != workers*each {
		t.Errorf("got %d different messages, want %d", len(ids), workers*each)
	}
	if g.most.Load() > most {
		t.Errorf("%d connections at a time, want at most 4", g.most.Load())
	}
	t.Logf("%d connections killed, %d commands of uncertain outcome, at most %d connections at a time", k.killed.Load(), uncertain, g.most.Load())
	if k.killed.Load() < 100 {
		t.Errorf("only %d connections were killed", k.killed.Load())
	}
}

// killAppend appends a message. It returns how many APPENDs had an uncertain outcome.
func killAppend(ctx context.Context, a *account.Account, box, id string) (uncertain int, err error) {
	there := false
	for {
		err := a.Do(ctx, box, func(s *session.Session) error {
			found, err := commands.Search(s, numset.UID, search.Header("Message-ID", id+"@example.com")).Wait(ctx)
			there = !found.Found.Empty()
			return err
		}, account.Repeatable)
		if err != nil || there {
			return uncertain, err
		}
		err = a.Do(ctx, "", appendOne(ctx, box, id))
		if !errors.Is(err, account.ErrUncertain) {
			return uncertain, err
		}
		uncertain++
		time.Sleep(time.Second) // the server may still be executing an APPEND that it has received as a whole
	}
}
