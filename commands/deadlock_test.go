package commands_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// smallBufferSession is a session with a server in memory, over a connection with a small buffer.
type smallBufferSession struct {
	ctx    context.Context
	srv    *imaptest.Server
	s      *session.Session
	big    string
	seqs   []string // what the handler has received, and the error that the handler got when it used the session
	active func()   // called by the handler
}

// bigText returns a text that is larger than a buffer of n octets.
func bigText(n int) string {
	return strings.Repeat("0123456789abcdef0123456789abcde\n", min(max(n/8, 60), 2500))
}

const mailCount = 4 // the second message is big

// eachMessage fetches all messages and calls body for each. take is how many octets of each section it reads, or -1
// for all. stop is the number of messages after which it leaves the loop; 0 means that it reads all messages.
func (k *smallBufferSession) eachMessage(take int64, stop int, body func(m *parser.Fetch)) error {
	n := 0
	for m, err := range commands.Fetch(k.s, numset.All(numset.Seq), fetch.UID, fetch.Body("").Peek()).All(k.ctx) {
		if err != nil {
			return err
		}
		for sec, err := range m.Sections {
			if err != nil {
				return err
			}
			var r io.Reader = sec
			if take >= 0 {
				r = io.LimitReader(sec, take)
			}
			size := sec.Size()
			got, err := io.Copy(io.Discard, r)
			if err != nil {
				return err
			}
			if take < 0 && got != size {
				return fmt.Errorf("read %d octets of %d", got, size)
			}
		}
		if body != nil {
			body(m)
		}
		if n++; n == stop {
			return nil
		}
	}
	if n < mailCount {
		return fmt.Errorf("%d messages", n)
	}
	return nil
}

// check checks that the session still gives correct results.
func (k *smallBufferSession) check() error {
	found, err := commands.Search(k.s, numset.UID, search.Subject("big")).Wait(k.ctx)
	if err == nil && found.Found.String() != "2" {
		err = fmt.Errorf("found %v", found.Found)
	}
	return err
}

// several waits for calls, the last one first.
func several(ctx context.Context, list []waiter) error {
	for i := len(list) - 1; i >= 0; i-- {
		if err := list[i](ctx); err != nil {
			return fmt.Errorf("call %d: %w", i, err)
		}
	}
	return nil
}

func (k *smallBufferSession) append(mailbox, text string) waiter {
	return call(commands.Append(k.s, mailbox, strings.NewReader(text), int64(len(text))))
}

// deadlockUses are uses of a session that could make client and server wait for each other.
var deadlockUses = []struct {
	name string
	f    func(k *smallBufferSession) error
}{
	{"pipelined", func(k *smallBufferSession) error {
		var list []waiter
		for i := range 40 {
			switch i % 5 {
			case 0:
				c := commands.Status(k.s, "other", status.UIDNext, status.Messages)
				list = append(list, func(ctx context.Context) error {
					st, err := c.Wait(ctx)
					if err == nil && st.UIDNext == 0 {
						err = errors.New("no STATUS")
					}
					return err
				})
			case 1:
				list = append(list, call(commands.Noop(k.s)))
			case 2:
				c := commands.Search(k.s, numset.UID, search.Subject("big"))
				list = append(list, func(ctx context.Context) error {
					r, err := c.Wait(ctx)
					if err == nil && r.Found.String() != "2" {
						err = fmt.Errorf("found %v", r.Found)
					}
					return err
				})
			case 3:
				list = append(list, call(commands.ListDetails(k.s, "", []string{"*"})))
			case 4:
				list = append(list, commands.Store(k.s, numset.Of(numset.UID, 1), commands.AddFlags.Silent(), parser.Flag(fmt.Sprint("k", i))).Wait)
			}
		}
		return several(k.ctx, list)
	}},
	{"bodies", func(k *smallBufferSession) error { return k.eachMessage(-1, 0, nil) }},
	{"big messages in both directions", func(k *smallBufferSession) error {
		var list []waiter
		if err := k.eachMessage(-1, 0, func(m *parser.Fetch) { list = append(list, k.append("other", k.big)) }); err != nil {
			return err
		}
		return several(k.ctx, list)
	}},
	{"big messages, pipelined", func(k *smallBufferSession) error {
		list := []waiter{k.append("other", k.big), call(commands.Noop(k.s)), k.append("other", "A: b\r\n\r\n"), call(commands.Noop(k.s)), k.append("other", k.big)}
		return several(k.ctx, list)
	}},
	{"from a reader that is not in memory", func(k *smallBufferSession) error {
		from := func(text string) waiter {
			return call(commands.Append(k.s, "other", io.MultiReader(strings.NewReader(text)), int64(len(text))))
		}
		return several(k.ctx, []waiter{from("A: b\r\n\r\n"), call(commands.Noop(k.s)), from(k.big), from("A: b\r\n\r\n")})
	}},
	{"several messages", func(k *smallBufferSession) error {
		return call(commands.AppendAll(k.s, "other", message(k.big), message("A: b\r\n\r\n"), commands.Message{Parts: []commands.Part{{Body: strings.NewReader(k.big), Size: int64(len(k.big))}, {URL: "/INBOX/;UID=2"}}}))(k.ctx)
	}},
	{"half a section", func(k *smallBufferSession) error { return k.eachMessage(10, 2, nil) }},
	{"no section", func(k *smallBufferSession) error { return k.eachMessage(0, 1, nil) }},
	{"sections in part", func(k *smallBufferSession) error { return k.eachMessage(1000, 0, nil) }},
	{"two streams", func(k *smallBufferSession) error {
		a, b := commands.Fetch(k.s, numset.All(numset.Seq), fetch.UID, fetch.Envelope), commands.Fetch(k.s, numset.All(numset.Seq), fetch.UID, fetch.Flags)
		for _, x := range []*session.Stream[parser.Fetch]{b, a} {
			n := 0
			for _, err := range x.All(k.ctx) {
				if n++; err != nil {
					return err
				}
			}
			if n < mailCount {
				return fmt.Errorf("%d messages", n)
			}
		}
		return nil
	}},
	{"started in the loop", func(k *smallBufferSession) error {
		var list []waiter
		if err := k.eachMessage(100, 0, func(m *parser.Fetch) {
			list = append(list, commands.Store(k.s, numset.Of(numset.UID, m.UID), commands.AddFlags.Silent(), "$Seen").Wait, call(commands.Noop(k.s)))
		}); err != nil {
			return err
		}
		return several(k.ctx, list)
	}},
	{"started in the loop over LIST", func(k *smallBufferSession) error {
		var list []waiter
		for l, err := range commands.List(k.s, "", "*").All(k.ctx) {
			if err != nil {
				return err
			}
			list = append(list, call(commands.Status(k.s, string(l.Mailbox), status.Messages)), k.append("other", "A: b\r\n\r\n"))
		}
		return several(k.ctx, list)
	}},
	{"waiting in the loop", func(k *smallBufferSession) error {
		var bad error
		err := k.eachMessage(0, 0, func(*parser.Fetch) {
			if _, err := commands.Noop(k.s).Wait(k.ctx); err != nil {
				bad = fmt.Errorf("NOOP: %w", err)
			}
		})
		return errors.Join(err, bad)
	}},
	{"changes during IDLE", func(k *smallBufferSession) error {
		idle := commands.Idle(k.s)
		idle.StopAfter(time.Second, 0)
		n := 0
		for r, err := range idle.All(k.ctx) {
			if err != nil {
				return err
			}
			if n++; n < 30 {
				k.srv.Mailbox("alice", "INBOX").Append([]byte("Subject: x\r\n\r\n"))
			}
			_ = r
		}
		return nil
	}},
	{"the loop over IDLE ends", func(k *smallBufferSession) error {
		time.AfterFunc(time.Second, func() { k.srv.Mailbox("alice", "INBOX").Append([]byte("Subject: x\r\n\r\n")) })
		for _, err := range commands.Idle(k.s).All(k.ctx) {
			return err
		}
		return nil
	}},
	{"one of several is cancelled", func(k *smallBufferSession) error {
		list := []waiter{call(commands.Noop(k.s)), k.append("other", "A: b\r\n\r\n"), call(commands.Search(k.s, numset.UID, search.All)), call(commands.Noop(k.s))}
		ctx, cancel := context.WithCancel(k.ctx)
		cancel()
		if err := list[2](ctx); !errors.Is(err, context.Canceled) {
			return fmt.Errorf("cancelled: %v", err)
		}
		return several(k.ctx, append(list[:2], list[3]))
	}},
	{"a stream is cancelled", func(k *smallBufferSession) error {
		ctx, cancel := context.WithCancel(k.ctx)
		defer cancel()
		n := 0
		for _, err := range commands.Fetch(k.s, numset.All(numset.Seq), fetch.UID, fetch.Body("").Peek()).All(ctx) {
			if err != nil {
				if !errors.Is(err, context.Canceled) {
					return err
				}
				break
			}
			if n++; n == 1 {
				cancel()
			}
		}
		return nil
	}},
	{"the handler uses the session", func(k *smallBufferSession) error {
		k.seqs = nil
		k.active = func() {
			_, err := commands.Noop(k.s).Wait(k.ctx)
			k.seqs = append(k.seqs, fmt.Sprint(errors.Is(err, session.ErrBusy)))
		}
		defer func() { k.active = nil }()
		k.srv.Mailbox("alice", "INBOX").Append([]byte("Subject: x\r\n\r\n"))
		if _, err := commands.Noop(k.s).Wait(k.ctx); err != nil {
			return err
		}
		if fmt.Sprint(k.seqs) != "[true]" {
			return fmt.Errorf("in the handler: %v", k.seqs)
		}
		return nil
	}},
	{"goroutines", func(k *smallBufferSession) error {
		var wg sync.WaitGroup
		var mu sync.Mutex
		var all error
		for range 4 {
			wg.Go(func() {
				for range 5 {
					if _, err := commands.Noop(k.s).Wait(k.ctx); err != nil && !errors.Is(err, session.ErrConcurrent) {
						mu.Lock()
						all = errors.Join(all, err)
						mu.Unlock()
					}
				}
			})
		}
		wg.Wait()
		return all
	}},
}

// onSmallBuffer runs f with a session over a pipe with a buffer of n octets.
func onSmallBuffer(t *testing.T, n int, layered bool, f func(k *smallBufferSession)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv, err := imaptest.New(imaptest.WithUser("alice", "secret"))
		if err != nil {
			t.Fatal(err)
		}
		for i := range mailCount {
			text := fmt.Sprintf("Subject: mail %d\r\n\r\nshort\r\n", i)
			if i == 1 {
				text = "Subject: big\r\n\r\n" + bigText(n)
			}
			srv.Mailbox("alice", "INBOX").Append([]byte(text))
		}
		srv.Mailbox("alice", "other")
		c, sc := imaptest.Pipe(n)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Hour)
		defer cancel()
		k := &smallBufferSession{ctx: ctx, srv: srv, big: bigText(n)}
		go srv.ServeConn(sc, map[bool]string{false: "alice"}[layered])
		k.s, err = session.Open(ctx, c, &session.Config{Handler: session.Handler{Exists: func(uint32) {
			if k.active != nil {
				k.active()
			}
		}}})
		if err == nil && layered {
			x := &cutRun{ctx: ctx, srv: srv, s: k.s}
			if err = commands.StartTLS(ctx, k.s, srv.TLSConfig(), "localhost"); err == nil {
				if err = x.logsIn("secret"); err == nil {
					err = commands.Compress(ctx, k.s)
				}
			}
		}
		if err == nil {
			_, err = commands.Select(k.s, "INBOX").Wait(ctx)
		}
		if err != nil {
			t.Errorf("%d: %v", n, err)
		} else {
			f(k)
		}
		if k.s != nil {
			k.s.Close()
		}
		c.Close()
		srv.Close()
	})
}

// TestDeadlocks tries each of the deadlockUses alone, and then several at random, over connections with buffers from a
// single octet upwards. It checks that client and server never both wait, each for the other.
func TestDeadlocks(t *testing.T) {
	sizes := []int{128, 1000, 4096, 64 << 10}
	for n := 1; n <= 64; n++ {
		if !(testing.Short() || raceEnabled) || n&(n-1) == 0 {
			sizes = append(sizes, n)
		}
	}
	for _, layered := range []bool{false, true} {
		for i, x := range deadlockUses {
			t.Run(fmt.Sprintf("%s, layers %v", x.name, layered), func(t *testing.T) {
				t.Parallel()
				for j, n := range sizes {
					if layered && (i+j)%8 != 0 {
						continue
					}
					onSmallBuffer(t, n, layered, func(k *smallBufferSession) {
						err := x.f(k)
						if err == nil {
							err = k.check()
						}
						if err != nil {
							t.Errorf("over %d octets: %v", n, err)
						}
					})
				}
			})
		}
	}
	t.Run("at random", func(t *testing.T) {
		t.Parallel()
		for seed := range uint64(len(sizes)) {
			rnd := rand.New(rand.NewPCG(seed, 1))
			n := sizes[rnd.IntN(len(sizes))]
			onSmallBuffer(t, n, seed%8 == 0, func(k *smallBufferSession) {
				var done []string
				for range 12 {
					x := deadlockUses[rnd.IntN(len(deadlockUses))]
					done = append(done, x.name)
					if err := x.f(k); err != nil {
						t.Errorf("seed %d, over %d octets: %v: %v", seed, n, done, err)
						return
					}
				}
				if err := k.check(); err != nil {
					t.Errorf("seed %d, over %d octets: %v: %v", seed, n, done, err)
				}
			})
		}
	})
}

// TestUnbufferedPipe sends several commands at once over a connection without a buffer.
func TestUnbufferedPipe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, err := imaptest.New(imaptest.WithUser("alice", "secret"))
		if err != nil {
			t.Fatal(err)
		}
		c, sc := net.Pipe()
		go srv.ServeConn(sc, "alice")
		s, err := session.Open(t.Context(), c, nil)
		if err != nil {
			t.Fatal(err)
		}
		k := &smallBufferSession{ctx: t.Context(), srv: srv, s: s}
		list := []waiter{call(commands.Noop(s)), k.append("INBOX", bigText(1000)), call(commands.ListDetails(s, "", []string{"*"})), call(commands.Noop(s))}
		if err := several(t.Context(), list); err != nil {
			t.Error(err)
		}
		s.Close()
		c.Close()
		srv.Close()
	})
}
