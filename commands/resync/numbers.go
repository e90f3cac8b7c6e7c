package resync

import (
	"context"
	"errors"
	"fmt"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// Numbers maps the sequence numbers of the open mailbox to UIDs, and back, for programs that need positions: those of a
// list on a screen, for example. It follows what the server tells: EXISTS, EXPUNGE, VANISHED, and the opening of
// another mailbox.
//
//	numbers := new(resync.Numbers)
//	s, err := session.Dial(ctx, dialer, &session.Config{Handler: numbers.Handler(session.Handler{})})
//	// sign in, select
//	err = numbers.Fill(ctx, s)
//	uid, ok := numbers.UID(12)
//
// It holds the UIDs as ranges. It does not know the UIDs of messages that have come since Fill; the next Fill asks for
// those only. Only the goroutine that uses the session may use it. What UIDs returns is the caller's.
type Numbers struct {
	s       *session.Session
	box     *session.Mailbox // the mailbox of known
	known   numset.Set       // the UIDs of the first messages, without a gap
	expunge int              // counts EXPUNGE and VANISHED
	wrong   bool             // the server has told a UID that does not fit its sequence number
}

// ErrNumbers reports that the UIDs of a mailbox do not match its sequence numbers: the server contradicts itself, or
// others expunge messages faster than Fill can count them.
var ErrNumbers = errors.New("resync: sequence numbers and UIDs do not fit together")

// Handler returns a handler that updates the map and then calls next. It goes into the session's Config.
func (n *Numbers) Handler(next session.Handler) session.Handler {
	h := next
	h.Gone = func(g session.Gone) {
		switch {
		case g.Seq != 0:
			n.expunged(g.Seq)
		case n.current() && !g.Earlier:
			n.expunge++
			n.known = n.known.Difference(g.UIDs)
		}
		if next.Gone != nil {
			next.Gone(g)
		}
	}
	h.Fetch = func(m *parser.Fetch) {
		n.fetched(m.Seq, m.UID)
		if next.Fetch != nil {
			next.Fetch(m)
		}
	}
	return h
}

// current reports whether the map is of the mailbox that is open.
func (n *Numbers) current() bool { return n.s != nil && n.box != nil && n.s.Mailbox() == n.box }

func (n *Numbers) expunged(seq uint32) {
	if !n.current() || seq == 0 {
		return
	}
	n.expunge++
	if uid, ok := n.known.At(uint64(seq) - 1); ok {
		n.known.Remove(uid)
	}
}

// fetched notes the UID that a response tells, and extends the map if it is that of the next message.
func (n *Numbers) fetched(seq, uid uint32) {
	if !n.current() || seq == 0 || uid == 0 {
		return
	}
	k, _ := n.known.Len()
	switch at, ok := n.known.At(uint64(seq) - 1); {
	case ok:
		n.wrong = n.wrong || at != uid
	case uint64(seq) == k+1 && uid > most(n.known):
		n.known.Add(uid)
	case uint64(seq) == k+1:
		n.wrong = true
	}
}

// Len returns how many messages the mailbox has; 0 also if none is open.
func (n *Numbers) Len() uint32 {
	if !n.current() {
		return 0
	}
	return n.box.Exists
}

// UID returns the UID of the message with a sequence number, and false if it is not known or there is no such message.
func (n *Numbers) UID(seq uint32) (uint32, bool) {
	if !n.current() || seq == 0 || n.wrong {
		return 0, false
	}
	return n.known.At(uint64(seq) - 1)
}

// Seq returns the sequence number of the message with a UID, and false if it is not known or there is no such message.
func (n *Numbers) Seq(uid uint32) (uint32, bool) {
	if !n.current() || n.wrong {
		return 0, false
	}
	i, ok := n.known.Index(uid)
	return uint32(i) + 1, ok
}

// UIDs returns the UIDs that are known: those of the first messages, in their order.
func (n *Numbers) UIDs() numset.Set {
	if !n.current() || n.wrong {
		return numset.Of(numset.UID)
	}
	return n.known
}

// numbersWindow is how many messages one command asks for.
const numbersWindow = 50_000

// Fill asks for the UIDs that are not known: those of all messages if the mailbox has just been opened, otherwise those
// of new messages. When it returns nil, every message of the mailbox is known. If no mailbox is open, the error is
// ErrMoved.
func (n *Numbers) Fill(ctx context.Context, s *session.Session) error {
	for try := range 8 {
		box := s.Mailbox()
		if box == nil {
			n.s, n.box = s, nil
			return ErrMoved
		}
		k, _ := n.known.Len()
		if n.s != s || n.box != box || n.wrong || k > uint64(box.Exists) {
			*n = Numbers{s: s, box: box, known: numset.Of(numset.UID)}
			k = 0
		}
		if k == uint64(box.Exists) {
			return nil
		}
		if try > 1 {
			// A message that is gone, but whose EXPUNGE has not come yet, still has a number but no UID.
			if _, err := commands.Noop(s).Wait(ctx); err != nil {
				return err
			}
		}
		if k == 0 && try%2 == 0 {
			if err := n.search(ctx, s); err != nil {
				return err
			}
			continue
		}
		if err := n.fetch(ctx, s); err != nil {
			return err
		}
	}
	k, _ := n.known.Len()
	if n.current() && !n.wrong && k == uint64(n.box.Exists) {
		return nil
	}
	return fmt.Errorf("%w: %d of %d messages", ErrNumbers, k, n.Len())
}

// search asks for all UIDs at once. It ignores an answer that does not fit the number of messages.
func (n *Numbers) search(ctx context.Context, s *session.Session) error {
	before := n.expunge
	var opts []search.Return
	if s.Caps().HasAny("ESEARCH|IMAP4REV2") {
		opts = append(opts, search.ReturnAll)
	}
	found, err := commands.Search(s, numset.UID, search.All, opts...).Wait(ctx)
	if err != nil && !refused(err) && !isUnable(err) {
		return err
	}
	if k, ok := found.Found.Len(); err == nil && ok && n.current() && n.expunge == before && k == uint64(n.box.Exists) {
		n.known = found.Found
	}
	return nil
}

// fetch asks for the UIDs of the messages after the known ones.
func (n *Numbers) fetch(ctx context.Context, s *session.Session) error {
	for !n.wrong {
		k, _ := n.known.Len()
		if !n.current() || k >= uint64(n.box.Exists) {
			return nil
		}
		first := uint32(k) + 1
		last := first + min(numbersWindow-1, n.box.Exists-first)
		for m, err := range commands.Fetch(s, numset.Span(numset.Seq, first, last), fetch.UID).All(ctx) {
			if errors.Is(err, parser.CodeExpungeIssued) || err != nil && unreadable(s, err) {
				break
			} else if err != nil {
				return err
			}
			n.fetched(m.Seq, m.UID)
		}
		if now, _ := n.known.Len(); now <= k {
			return nil
		}
	}
	return nil
}
