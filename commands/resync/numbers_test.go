package resync_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/resync"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// TestNumbers sends random commands in three mailboxes, while other clients append and expunge messages. The map
// always agrees with the sequence numbers and UIDs that the server reports.
func TestNumbers(t *testing.T) {
	for _, sv := range servers {
		for _, qresync := range []bool{false, true}[:1+min(1, int(sv.way/resync.ByQResync))] {
			t.Run(fmt.Sprint(sv.name, ", enabled: ", qresync), func(t *testing.T) {
				t.Parallel()
				ctx := t.Context()
				srv := imaptest.NewServer(t, imaptest.Without(sv.without...))
				boxes := []*imaptest.Mailbox{srv.Mailbox("alice", "INBOX"), srv.Mailbox("alice", "a"), srv.Mailbox("alice", "b")}
				for i, box := range boxes {
					fill(t, box, 20*i)
				}
				others, stop := context.WithCancel(ctx)
				var wg sync.WaitGroup
				defer wg.Wait()
				defer stop()
				wg.Go(func() {
					rnd := rand.New(rand.NewPCG(5, 7))
					for others.Err() == nil {
						changeNumbers(boxes[rnd.IntN(3)], rnd)
					}
				})
				numbers := new(resync.Numbers)
				told := 0
				s, err := dial(t, srv, nil, numbers.Handler(session.Handler{
					Gone: func(session.Gone) { told++ },
				}))
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				if qresync {
					if _, err := commands.Enable(s, "QRESYNC").Wait(ctx); err != nil {
						t.Fatal(err)
					}
				}
				rnd := rand.New(rand.NewPCG(3, 4))
				checked := 0
				for round := range 400 {
					if round%20 == 0 {
						if _, err := commands.Select(s, []string{"INBOX", "a", "b"}[rnd.IntN(3)]).Wait(ctx); err != nil {
							t.Fatal(err)
						}
						if numbers.Len() != 0 {
							t.Fatalf("round %d: the map still belongs to the mailbox that was open before", round)
						}
					}
					for range rnd.IntN(3) {
						changeNumbers(boxes[rnd.IntN(3)], rnd)
					}
					switch rnd.IntN(4) {
					case 0:
						_, err = commands.Noop(s).Wait(ctx)
					case 1:
						_, err = commands.Search(s, numset.UID, search.Unseen).Wait(ctx)
					case 2:
						err = commands.Fetch(s, numset.All(numset.UID), fetch.Flags).Wait(ctx)
					case 3:
						err = commands.Expunge(s).Wait(ctx)
					}
					if err != nil {
						t.Fatal(err)
					}
					if err := numbers.Fill(ctx, s); errors.Is(err, resync.ErrNumbers) {
						continue // an expunge that is not reported yet: the message has no UID
					} else if err != nil {
						t.Fatal(err)
					}
					if n, _ := numbers.UIDs().Len(); n != uint64(numbers.Len()) || numbers.Len() != s.Mailbox().Exists {
						t.Fatalf("round %d: %d UIDs are known, Len is %d, and the mailbox has %d messages", round, n, numbers.Len(), s.Mailbox().Exists)
					}
					if numbers.Len() == 0 {
						continue
					}
					for m, err := range commands.Fetch(s, numset.All(numset.Seq), fetch.UID).All(ctx) {
						if err != nil {
							t.Fatal(err)
						}
						if m.UID == 0 {
							continue // an unsolicited response, about flags
						}
						uid, known := numbers.UID(m.Seq)
						seq, found := numbers.Seq(m.UID)
						if known && uid != m.UID || known != found || found && seq != m.Seq {
							t.Fatalf("round %d: message %d is UID %d; UID returns %d, %v and Seq returns %d, %v", round, m.Seq, m.UID, uid, known, seq, found)
						}
						checked++
					}
				}
				if checked < 1000 || told == 0 {
					t.Errorf("%d messages were checked, want 1000; the program's handler was called %d times, want at least once", checked, told)
				}
			})
		}
	}
}

func changeNumbers(box *imaptest.Mailbox, rnd *rand.Rand) {
	var uids []uint32
	for m := range box.Messages() {
		uids = append(uids, m.UID)
	}
	if len(uids) < 10+rnd.IntN(50) {
		box.Append(body(1), parser.FlagSeen)
		return
	}
	if rnd.IntN(2) == 0 {
		box.AddFlags([]parser.Flag{parser.FlagDeleted}, uids[rnd.IntN(len(uids))])
		return
	}
	box.Expunge(uids[rnd.IntN(len(uids))])
}

// TestNumbersWithoutMailbox uses the map when no mailbox is open.
func TestNumbersWithoutMailbox(t *testing.T) {
	srv := imaptest.NewServer(t)
	numbers := new(resync.Numbers)
	s, err := dial(t, srv, nil, numbers.Handler(session.Handler{}))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := numbers.Fill(t.Context(), s); !errors.Is(err, resync.ErrMoved) {
		t.Error(err)
	}
	_, known := numbers.UID(1)
	_, found := numbers.Seq(1)
	if known || found || numbers.Len() != 0 || !numbers.UIDs().Empty() {
		t.Error("the map of no mailbox is not empty")
	}
}
