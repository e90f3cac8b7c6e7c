package imaptest_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/session/serve/memory"
)

// stressedServe is a server under stress: that of session/serve with its back end in memory.
type stressedServe struct {
	t *testing.T
	s *serve.Server
	b serve.Backend
}

func (o stressedServe) connect() *served {
	return connected(func(c net.Conn) { o.s.ServeConn(c) })
}

func (o stressedServe) messages(name string) map[uint32][]string {
	ctx := context.Background()
	have := map[uint32][]string{}
	err := func() error {
		u, err := o.b.Login(ctx, "alice", nil)
		if err != nil {
			return err
		}
		box, err := u.Open(ctx, name, serve.OpenOptions{ReadOnly: true})
		if err != nil {
			return err
		}
		defer box.Close()
		ch, err := box.Changes(ctx)
		if err != nil {
			return err
		}
		return box.Fetch(ctx, ch.New, serve.NeedFlags, func(m *serve.Message) bool {
			have[m.UID] = slices.Sorted(slices.Values(m.Flags))
			if have[m.UID] == nil {
				have[m.UID] = []string{}
			}
			return true
		})
	}()
	if err != nil {
		o.t.Error(err)
	}
	return have
}

// stressServe makes a server of session/serve with its back end in memory, with messages in INBOX and an empty mailbox
// "other".
func stressServe(t *testing.T) stressedServe {
	b := memory.New()
	if err := b.AddUser("alice", "secret"); err != nil {
		t.Fatal(err)
	}
	u, err := b.Login(context.Background(), "alice", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := u.(*memory.User).Create(context.Background(), "other", nil); err != nil {
		t.Fatal(err)
	}
	return stressBackend(t, b, u)
}

// stressBackend makes a server with a back end, in which u is alice, and puts messages into INBOX.
func stressBackend(t *testing.T, b serve.Backend, u serve.User) stressedServe {
	for i := range 20 {
		text := fmt.Sprintf("Subject: %d\r\n\r\nbody %d\r\n", i, i)
		m := &serve.NewMessage{Body: strings.NewReader(text), Size: int64(len(text)), Date: time.Now()}
		if _, _, err := u.Append(context.Background(), "INBOX", m); err != nil {
			t.Fatal(err)
		}
	}
	accounts := memory.New() // used only to check the password
	if err := accounts.AddUser("alice", "secret"); err != nil {
		t.Fatal(err)
	}
	s := &serve.Server{Backend: b, Auth: accounts.Auth(), InsecureAuth: true, Logger: slog.New(slog.DiscardHandler)}
	t.Cleanup(func() { s.Close() })
	return stressedServe{t, s, b}
}

// expunge removes a message from INBOX.
func (o stressedServe) expunge(uid uint32) {
	ctx := context.Background()
	err := func() error {
		u, err := o.b.Login(ctx, "alice", nil)
		if err != nil {
			return err
		}
		box, err := u.Open(ctx, "INBOX", serve.OpenOptions{})
		if err != nil {
			return err
		}
		defer box.Close()
		if err := box.Store(ctx, []uint32{uid}, &serve.FlagChange{Op: parser.StoreAdd, Flags: []string{`\Deleted`}}); err != nil {
			return err
		}
		return box.Expunge(ctx, []uint32{uid})
	}()
	if err != nil {
		o.t.Error(err)
	}
}

// TestStressServe is like TestStressBelief, for the server of session/serve.
func TestStressServe(t *testing.T) { stressBelief(t, stressServe(t), stressKinds) }

// TestStressServePipelined is like TestStressOrder, for the server of session/serve, which answers in turn.
func TestStressServePipelined(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	for range 3 {
		srv := stressServe(t)
		stressOrder(t, srv, seed, srv.expunge)
	}
}
