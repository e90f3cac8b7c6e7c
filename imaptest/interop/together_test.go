package interop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/imaptest/peer"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// rounds is how often the tests of this file repeat what they do.
const rounds = 300

// patient returns a context that limits the duration of a test of this file.
func patient(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// filled creates a new mailbox with n messages of different subjects and sizes, and selects it.
func filled(t *testing.T, s *session.Session, box string, n, different int) {
	t.Helper()
	ctx := patient(t)
	commands.Delete(s, box).Wait(ctx)
	if _, err := commands.Create(s, box).Wait(ctx); err != nil {
		t.Fatal(err)
	}
	for i := 1; i <= different; i++ {
		text := fmt.Sprintf("Subject: m%03d\r\nFrom: a@example.com\r\nMessage-ID: <%d@%d.example>\r\n\r\n%s\r\n", i, i, time.Now().UnixNano(), strings.Repeat("x", i))
		if _, err := commands.Append(s, box, strings.NewReader(text), -1).Wait(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := commands.Select(s, box).Wait(ctx); err != nil {
		t.Fatal(err)
	}
	for have := different; have < n; have *= 2 {
		if _, err := commands.Copy(s, numset.Span(numset.Seq, 1, uint32(min(have, n-have))), box).Wait(ctx); err != nil {
			t.Fatal(err)
		}
	}
	// Courier reports copies into the open mailbox only when it is opened again.
	if box, err := commands.Select(s, box).Wait(ctx); err != nil || int(box.Exists) != n {
		t.Fatalf("%d messages, want %d: %v", box.Exists, n, err)
	}
}

func TestInteropStreamsInOrderDovecot(t *testing.T) { streamsInOrder(t, peer.Dovecot(t)) }
func TestInteropStreamsInOrderCyrus(t *testing.T)   { streamsInOrder(t, peer.Cyrus(t)) }

// streamsInOrder starts two streams together and reads them in the order in which they were started, while another
// client changes flags. The server may send data of the second stream before the first is done, and flags at any time.
func streamsInOrder(t *testing.T, p peer.Env) {
	const box, half = "In order", 250
	ctx := patient(t)
	s, other := tcp(t, p, nil), tcp(t, p, nil)
	defer s.Close()
	defer other.Close()
	filled(t, s, box, 2*half, 64) // Cyrus allows at most ten copies of a message
	if _, err := commands.Select(other, box).Wait(ctx); err != nil {
		t.Fatal(err)
	}
	busy, done := context.WithCancel(ctx)
	changes := make(chan int)
	go func() {
		n := 0
		defer func() { changes <- n }()
		for busy.Err() == nil {
			set := numset.Span(numset.Seq, uint32(1+rand.IntN(2*half)), uint32(1+rand.IntN(2*half)))
			op := []commands.StoreOp{commands.AddFlags, commands.RemoveFlags}[rand.IntN(2)]
			if err := commands.Store(other, set, op.Silent(), parser.FlagFlagged).Wait(ctx); err != nil {
				t.Error(err)
				return
			}
			n++
			time.Sleep(time.Millisecond) // so that the session that reads gets its turn
		}
	}()
	wrong := 0
	for round := range rounds {
		a := commands.Fetch(s, numset.Span(numset.Seq, 1, half), fetch.UID, fetch.Flags)
		b := commands.Fetch(s, numset.Span(numset.Seq, half+1, 2*half), fetch.UID, fetch.Flags)
		for i, stream := range []*session.Stream[parser.Fetch]{a, b} {
			seen := map[uint32]bool{}
			for m, err := range stream.All(ctx) {
				if err != nil {
					t.Errorf("round %d, stream %d: %v", round, i, err)
					wrong++
					break
				}
				if int(m.Seq-1)/half != i {
					t.Errorf("round %d, stream %d: message %d", round, i, m.Seq)
				}
				if m.UID != 0 {
					seen[m.UID] = true
				}
			}
			if len(seen) != half {
				t.Errorf("round %d, stream %d: %d messages", round, i, len(seen))
			}
		}
		if wrong > 5 {
			break
		}
	}
	done()
	t.Logf("%d rounds, while flags were changed %d times", rounds, <-changes)
}

func TestInteropTogetherDovecot(t *testing.T) {
	together(t, peer.Dovecot(t), tcp)
	t.Run("tls", func(t *testing.T) { together(t, peer.Dovecot(t), overTLS) })
}
func TestInteropTogetherDovecotProxy(t *testing.T) {
	together(t, peer.DovecotProxy(t), tcp)
	t.Run("tls", func(t *testing.T) { together(t, peer.DovecotProxy(t), overTLS) })
}
func TestInteropTogetherCyrus(t *testing.T)   { together(t, peer.Cyrus(t), tcp) }
func TestInteropTogetherCourier(t *testing.T) { together(t, peer.Courier(t), tcp) }

// question is a command whose right answer the test knows.
type question struct {
	name string
	ask  func(ctx context.Context) error // waits for the answer, and checks it
}

// together starts twenty commands at a time: searches, sorts and overlapping fetches. It waits for them in random order, and
// abandons some.
func together(t *testing.T, p peer.Env, open func(*testing.T, peer.Env, *session.Config) *session.Session) {
	const n = 24
	box := map[string]string{"courier": "INBOX.Together"}[p.Name]
	if box == "" {
		box = "Together"
	}
	ctx := patient(t)
	s := open(t, p, nil)
	defer s.Close()
	filled(t, s, box, n, n)
	uids, err := commands.Search(s, numset.UID, search.All).Wait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	list := slices.Collect(uids.Found.Numbers())
	rng := rand.New(rand.NewPCG(1, 2))
	given, answered, wrong := 0, 0, 0
	for round := range rounds {
		var asked []question
		for range 20 {
			asked = append(asked, ask(s, list, rng))
		}
		rng.Shuffle(len(asked), func(i, j int) { asked[i], asked[j] = asked[j], asked[i] })
		for _, q := range asked {
			wait, cancel := ctx, context.CancelFunc(func() {})
			if rng.IntN(3) == 0 {
				wait, cancel = context.WithTimeout(ctx, time.Duration(rng.IntN(600))*time.Microsecond)
			}
			err := q.ask(wait)
			switch {
			case err == nil:
				answered++
			case errors.Is(err, context.DeadlineExceeded) && wait.Err() != nil:
				given++
			default:
				t.Errorf("round %d: %s: %v", round, q.name, err)
				wrong++
			}
			cancel()
		}
		if wrong > 10 || s.Err() != nil {
			break
		}
	}
	if s.Err() != nil {
		t.Errorf("the session has ended: %v", s.Err())
	}
	t.Logf("%d answered, %d abandoned", answered, given)
}

// ask starts a search, a sort or a fetch of some of the messages.
func ask(s *session.Session, uids []uint32, rng *rand.Rand) question {
	from := rng.IntN(len(uids))
	some := uids[from : from+1+rng.IntN(min(len(uids)-from, 8))]
	set := numset.Of(numset.UID, some...)
	wrong := func(got, want any) error {
		if fmt.Sprint(got) != fmt.Sprint(want) {
			return fmt.Errorf("%v, and should be %v", got, want)
		}
		return nil
	}
	switch kind := rng.IntN(6); {
	case kind == 0:
		c := commands.Search(s, numset.UID, search.In(set))
		return question{fmt.Sprint("UID SEARCH ", set), func(ctx context.Context) error {
			r, err := c.Wait(ctx)
			if err != nil {
				return err
			}
			return wrong(slices.Collect(r.Found.Numbers()), some)
		}}
	case kind == 1:
		c := commands.Search(s, numset.Seq, search.And(search.In(set), search.Subject("m0")))
		return question{fmt.Sprint("SEARCH ", set), func(ctx context.Context) error {
			r, err := c.Wait(ctx)
			if err != nil {
				return err
			}
			return wrong(r.Found, numset.Span(numset.Seq, uint32(from+1), uint32(from+len(some))))
		}}
	case kind == 2 && s.Caps().Has("SORT"):
		c := commands.Sort(s, numset.UID, []search.SortKey{search.BySubject.Reverse()}, search.In(set))
		return question{fmt.Sprint("UID SORT ", set), func(ctx context.Context) error {
			r, err := c.Wait(ctx)
			if err != nil {
				return err
			}
			want := slices.Clone(some)
			slices.Reverse(want)
			return wrong(slices.Collect(r.All()), want)
		}}
	default:
		item := []fetch.Item{fetch.Flags, fetch.Size, fetch.HeaderFields("", "Subject").Peek()}[kind%3]
		stream := commands.Fetch(s, set, fetch.UID, item)
		return question{fmt.Sprintf("UID FETCH %v %d", set, kind%3), func(ctx context.Context) error {
			var seen []uint32
			for m, err := range stream.All(ctx) {
				if err != nil {
					return err
				}
				if right, err := fits(m, kind%3, uids); err != nil {
					return err
				} else if right {
					seen = append(seen, m.UID)
				}
			}
			slices.Sort(seen)
			return wrong(seen, some)
		}}
	}
}

// fits reports whether a response has the items that the command asked for. If it has them, fits returns an error
// unless their values are right. An unsolicited FETCH of flags does not have these items.
func fits(m *parser.Fetch, kind int, uids []uint32) (bool, error) {
	at := slices.Index(uids, m.UID) + 1
	switch kind {
	case 0:
		return m.Has("FLAGS") && m.UID != 0, nil
	case 1:
		if !m.Has("RFC822.SIZE") {
			return false, nil
		}
		// Each message is one octet longer than the one before, if its number has as many digits.
		if m.Size < uint64(80+at) || m.Size > uint64(130+at) {
			return true, fmt.Errorf("UID %d has %d octets", m.UID, m.Size)
		}
		return true, nil
	}
	text := ""
	for sec, err := range m.Sections {
		if err != nil {
			return false, err
		}
		b, err := io.ReadAll(sec)
		if err != nil {
			return false, err
		}
		text += string(b)
	}
	if text == "" {
		return false, nil
	}
	if want := fmt.Sprintf("Subject: m%03d", at); strings.TrimSpace(text) != want {
		return true, fmt.Errorf("UID %d is %q, and should be %q", m.UID, text, want)
	}
	return true, nil
}
