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

// Numbers maps the sequence numbers of the open mailbox to UIDs, and UIDs to sequence numbers. A program needs it to
// show a list of messages by position, for example. The handler that the method Handler returns updates the map when
// the server sends EXPUNGE, VANISHED or FETCH. When another mailbox is opened, the map is empty until the next Fill.
//
//	numbers := new(resync.Numbers)
//	s, err := session.Dial(ctx, dialer, &session.Config{Handler: numbers.Handler(session.Handler{})})
//	// sign in, select
//	err = numbers.Fill(ctx, s)
//	uid, ok := numbers.UID(12)
//
// Numbers holds the UIDs as ranges. It usually does not know the UIDs of messages that have arrived since the last
// Fill; the next Fill asks only for those. Only the goroutine that uses the session may use it.
type Numbers struct {
	s       *session.Session
	box     *session.Mailbox // the mailbox that the UIDs in known belong to
	known   numset.Set       // the UIDs of messages 1, 2, …, without a gap
	expunge int              // number of EXPUNGE and VANISHED responses so far
	wrong   bool             // the server has reported a UID that contradicts its sequence number
}

// ErrNumbers reports that the UIDs of a mailbox do not match its sequence numbers: the server contradicts itself, or
// others expunge messages faster than Fill can count them.
var ErrNumbers = errors.New("resync: sequence numbers and UIDs contradict each other")

// Handler returns a handler that updates the map and then calls next. The program sets it in the session's Config.
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

// current reports whether the map belongs to the mailbox that is open now.
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

// fetched compares the UID in a FETCH response with the map. It extends the map if seq is the first message whose UID
// is not known.
func (n *Numbers) fetched(seq, uid uint32) {
	if !n.current() || seq == 0 || uid == 0 {
		return
	}
	k, _ := n.known.Len()
	switch at, ok := n.known.At(uint64(seq) - 1); {
	case ok:
		n.wrong = n.wrong || at != uid
	case uint64(seq) == k+1 && uid > highest(n.known):
		n.known.Add(uid)
	case uint64(seq) == k+1:
		n.wrong = true
	}
}

// Len returns how many messages the mailbox has. It returns 0 if no mailbox is open.
func (n *Numbers) Len() uint32 {
	if !n.current() {
		return 0
	}
	return n.box.Exists
}

// UID returns the UID of the message with sequence number seq, or false if the message does not exist or its UID is
// not known.
func (n *Numbers) UID(seq uint32) (uint32, bool) {
	if !n.current() || seq == 0 || n.wrong {
		return 0, false
	}
	return n.known.At(uint64(seq) - 1)
}

// Seq returns the sequence number of the message with this UID, or false if the message does not exist or is not
// known.
func (n *Numbers) Seq(uid uint32) (uint32, bool) {
	if !n.current() || n.wrong {
		return 0, false
	}
	i, ok := n.known.Index(uid)
	return uint32(i) + 1, ok
}

// UIDs returns the UIDs that are known: those of message 1 and of the messages that follow it without a gap. The set
// is the caller's.
func (n *Numbers) UIDs() numset.Set {
	if !n.current() || n.wrong {
		return numset.Of(numset.UID)
	}
	return n.known
}

// numbersWindow is how many messages one FETCH command asks for.
const numbersWindow = 50_000

// Fill asks for the UIDs that are not known. The first Fill after the mailbox was opened asks for the UIDs of all
// messages, a later one for those of new messages. When it returns nil, the UID of every message is known. If no
// mailbox is open, the error is ErrMoved. If the server's answers contradict each other, the error wraps ErrNumbers.
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
			// A message that is gone, but whose EXPUNGE has not been sent yet, still has a sequence number but no
			// UID.
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

// search asks for all UIDs at once. It ignores the answer if messages were expunged meanwhile, or if the number of UIDs
// is not the number of messages in the mailbox.
func (n *Numbers) search(ctx context.Context, s *session.Session) error {
	before := n.expunge
	var opts []search.Return
	if s.Caps().HasAny("ESEARCH|IMAP4REV2") {
		opts = append(opts, search.ReturnAll)
	}
	found, err := commands.Search(s, numset.UID, search.All, opts...).Wait(ctx)
	if err != nil && !refused(err) && !isUnsupported(err) {
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
