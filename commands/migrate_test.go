package commands_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// migrate copies all messages from the mailbox of one session to that of another. It sends the body of each message
// while it reads it, and holds none in memory.
func migrate(ctx context.Context, from, to *session.Session, body func(io.Reader) io.Reader) error {
	for m, err := range commands.Fetch(from, numset.All(numset.UID), fetch.UID, fetch.Flags, fetch.Body("").Peek()).All(ctx) {
		if err != nil {
			return err
		}
		for sec, err := range m.Sections {
			if err != nil {
				return err
			}
			if _, err := commands.Append(to, "INBOX", body(sec), sec.Size()).Wait(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// hurry is a Reader that calls end when as many octets have been read as *left said at first.
type hurry struct {
	io.Reader
	left *int
	end  func()
}

func (h hurry) Read(p []byte) (int, error) {
	n, err := h.Reader.Read(p)
	if *h.left -= n; *h.left <= 0 {
		h.end()
	}
	return n, err
}

// TestMigrate copies messages over connections with buffers of several sizes, and ends the context after some octets.
// Every copied message is complete, and the session that messages are read from remains usable.
func TestMigrate(t *testing.T) {
	var bodies [][]byte
	for i := range 5 {
		bodies = append(bodies, fmt.Appendf(nil, "Subject: %d\r\n\r\n%s", i, strings.Repeat("0123456789\r\n", i*i*1000)))
	}
	open := func(t *testing.T, hold int) (*imaptest.Server, *session.Session) {
		srv, err := imaptest.New(imaptest.WithUser("alice", "secret"))
		if err != nil {
			t.Fatal(err)
		}
		c, sc := imaptest.Pipe(hold)
		go srv.ServeConn(sc, "alice")
		s, err := session.Open(t.Context(), c, nil)
		if err != nil {
			t.Fatal(err)
		}
		return srv, s
	}
	for _, hold := range []int{64, 4096, 0} {
		for _, octets := range []int{1, 20, 5_000, 70_000, 200_000, 1 << 30} {
			synctest.Test(t, func(t *testing.T) {
				one, from := open(t, hold)
				two, to := open(t, hold)
				defer from.Close()
				defer to.Close()
				for _, b := range bodies {
					one.Mailbox("alice", "INBOX").Append(b)
				}
				if _, err := commands.Examine(from, "INBOX").Wait(t.Context()); err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				left := octets
				err := migrate(ctx, from, to, func(r io.Reader) io.Reader { return hurry{r, &left, cancel} })
				got := two.Mailbox("alice", "INBOX")
				if err == nil {
					got.ExpectBodies(t, bodies...) // the copy may have been complete before the context ended
				} else if octets == 1<<30 || !errors.Is(err, context.Canceled) {
					t.Errorf("buffers of %d octets, cancelled after %d: %v", hold, octets, err)
				}
				n := 0
				for m := range got.Messages() {
					if string(m.Body) != string(bodies[n]) {
						t.Errorf("buffers of %d octets, cancelled after %d: message %d has %d octets", hold, octets, n, len(m.Body))
					}
					n++
				}
				if _, err := commands.Noop(from).Wait(t.Context()); err != nil {
					t.Errorf("buffers of %d octets, cancelled after %d: afterwards: %v", hold, octets, err)
				}
			})
		}
	}
}
