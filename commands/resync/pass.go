package resync

import (
	"context"
	"errors"
	"iter"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// Options configures a pass. A nil *Options means the defaults.
type Options struct {
	// ReadOnly opens the mailbox by EXAMINE.
	ReadOnly bool
	// Batch is the largest number of messages in a Change of kind Flags or Arrived. A program that saves the State
	// after each Change may have to process that many messages again after an interruption. 0 means 1,000.
	Batch int
	// Window is how many messages one command asks for when a pass reads the whole mailbox. Each command takes a
	// round trip. 0 means 50,000.
	Window uint32
	// Best is the best method that the pass may use. If the server does not offer it, the pass uses a slower one. 0
	// means ByQResync.
	Best Way
	// MaxMessages is how many messages a mailbox may have. If the server reports more, the error is a wire.LimitError.
	// 0 means 50,000,000.
	MaxMessages int
	// MaxFlags limits the number of different flags in a mailbox. If the server reports more, the error is a
	// wire.LimitError. Servers allow tens or hundreds. 0 means 1,000.
	MaxFlags int
}

// Way is the method by which a pass finds the changes.
type Way uint8

// The methods, from the slowest to the fastest.
const (
	// ByComparing reads the UIDs and flags of all messages (RFC 4549 §4.3). A pass whose State has no ModSeq does
	// this on any server.
	ByComparing Way = iota + 1
	// ByCondStore asks for the flags that have changed (RFC 7162 §3.1). If the number of messages is not the expected
	// one, it also asks for all UIDs.
	ByCondStore
	// ByQResync asks for all changes when it opens the mailbox (RFC 7162 §3.2).
	ByQResync
)

// String returns "comparing", "condstore" or "qresync".
func (w Way) String() string {
	return [...]string{"none", "comparing", "condstore", "qresync"}[min(int(w), 3)]
}

// Pass is one update of a State. Only one goroutine at a time may use it, as with its session.
type Pass struct {
	s       *session.Session
	mailbox string
	opts    Options
	state   State
	way     Way
	lost    int
	telling bool           // the loop's body runs
	edits   []func(*State) // what the body has given to Edit
	yield   func(*Change, error) bool
	box     *session.Mailbox // the session's view of the mailbox
	glance  *glance          // the changes that Glance has found; nil if All has to ask
	listed  bool             // the server has listed as many messages as the mailbox has
	first   *view            // the messages that selectMailbox has fetched; nil if it has fetched none
}

// New returns a pass that compares saved with the server's mailbox. saved is copied; the zero State stands for a
// mailbox of which the program knows nothing. New sends nothing; All sends the commands.
func New(s *session.Session, mailbox string, saved State, opts *Options) *Pass {
	p := &Pass{s: s, mailbox: mailbox, state: saved.Clone()}
	if opts != nil {
		p.opts = *opts
	}
	if p.opts.Batch <= 0 {
		p.opts.Batch = 1000
	}
	if p.opts.Window == 0 {
		p.opts.Window = 50_000
	}
	if p.opts.Best == 0 {
		p.opts.Best = ByQResync
	}
	if p.opts.MaxMessages <= 0 {
		p.opts.MaxMessages = 50_000_000
	}
	if p.opts.MaxFlags <= 0 {
		p.opts.MaxFlags = 1000
	}
	p.state.uids()
	return p
}

// State returns the State to save: the one given to New, with the changes after which the loop has continued. It is
// the caller's.
func (p *Pass) State() State { return p.state.Clone() }

// Edit calls f with the pass's State. The loop's body uses it to enter the program's own changes (State.Add,
// SetFlags, Remove). These may be changes of the messages in the Change that was just yielded. After the body, the
// pass enters the Change in the State, and then calls f again. So f must do nothing else.
func (p *Pass) Edit(f func(*State)) {
	f(&p.state)
	if p.telling {
		p.edits = append(p.edits, f)
	}
}

// Way returns the method that the pass uses. It is 0 until the mailbox is open.
func (p *Pass) Way() Way { return p.way }

// Unreadable returns how many responses about messages could not be read. If there were any, the pass does not assume
// that a message that was not listed is gone, and the next pass asks again.
func (p *Pass) Unreadable() int { return p.lost }

var (
	// ErrMoved reports that the mailbox is no longer open: the body of the loop has opened another one, or closed it.
	ErrMoved = errors.New("resync: another mailbox has been opened, or this one closed")

	// errLeft ends a pass because the program has left the loop.
	errLeft = errors.New("resync: the loop was left")
)

// All opens the mailbox and yields its changes. An error of the server, of the session or of ctx ends the loop, which
// yields it last. All may be called again, even after an error, if the session is still open. It then makes another
// pass, which continues from State.
//
// The mailbox stays open. If the server offers QRESYNC and Options.Best allows it, All enables it on the session. From
// then on, Handler.Gone gets UIDs instead of sequence numbers.
func (p *Pass) All(ctx context.Context) iter.Seq2[*Change, error] {
	return func(yield func(*Change, error) bool) {
		p.yield, p.way, p.lost, p.listed = yield, 0, 0, false
		if err := p.run(ctx); err != nil && err != errLeft {
			yield(nil, err)
		}
	}
}

// tell yields a change. If the loop continues, tell applies the change to the state.
func (p *Pass) tell(c *Change) error {
	p.telling, p.edits = true, nil
	on := p.yield(c, nil)
	p.telling = false
	if !on {
		return errLeft
	}
	p.state.apply(c)
	for _, f := range p.edits {
		f(&p.state) // what the body has done to the messages of c is newer than c
	}
	return p.checkOpen()
}

// checkOpen returns an error unless the mailbox that All opened is still open.
func (p *Pass) checkOpen() error {
	if err := p.s.Err(); err != nil {
		return err
	}
	if p.box != nil && p.s.Mailbox() != p.box {
		return ErrMoved
	}
	return nil
}

// tellGone yields a Change of kind Gone for those of the UIDs that the State contains.
func (p *Pass) tellGone(uids numset.Set) error {
	uids = uids.Intersect(p.state.UIDs)
	if uids.Empty() || uids.Dynamic() {
		return nil
	}
	n, _ := uids.Len()
	return p.tell(&Change{Kind: Gone, UIDs: uids, Count: n, was: p.state.Clone().Flags})
}

// tellDifference yields the differences between v and the state: first changed flags, then new messages.
func (p *Pass) tellDifference(v *view) error {
	arrived, changed, now := v.difference(&p.state)
	all := len(p.state.Flags)
	for f := range now {
		if _, ok := p.state.Flags[f]; !ok {
			all++
		}
	}
	if all > p.opts.MaxFlags {
		return &wire.LimitError{What: "flags", Limit: int64(p.opts.MaxFlags), Size: int64(all)}
	}
	if err := p.tellBatches(Flags, changed, now); err != nil {
		return err
	}
	return p.tellBatches(Arrived, arrived, now)
}

func (p *Pass) tellBatches(kind Kind, uids numset.Set, now map[parser.Flag]numset.Set) error {
	for batch := range batches(uids, p.opts.Batch) {
		// The loop's body may have entered or removed some of these messages with Edit.
		if kind == Arrived {
			batch = batch.Difference(p.state.UIDs)
		} else {
			batch = batch.Intersect(p.state.UIDs)
		}
		n, _ := batch.Len()
		if n == 0 {
			continue
		}
		own := make(map[parser.Flag]numset.Set, len(now))
		for f, set := range now {
			if set = set.Intersect(batch); !set.Empty() {
				own[f] = set
			}
		}
		c := &Change{Kind: kind, UIDs: batch, Count: n, now: own}
		if kind == Flags {
			c.was = p.state.Clone().Flags
		}
		if err := p.tell(c); err != nil {
			return err
		}
	}
	return nil
}

// batches yields a set in sets of at most n numbers.
func batches(s numset.Set, n int) iter.Seq[numset.Set] {
	return func(yield func(numset.Set) bool) {
		batch, left := numset.Of(s.Kind()), uint64(n)
		for r := range s.Spans() {
			for start := uint64(r.Start); start <= uint64(r.Stop); {
				stop := min(uint64(r.Stop), start+left-1)
				batch.AddRange(uint32(start), uint32(stop))
				left -= stop - start + 1
				start = stop + 1
				if left > 0 {
					continue
				}
				if !yield(batch) {
					return
				}
				batch, left = numset.Of(s.Kind()), uint64(n)
			}
		}
		if !batch.Empty() {
			yield(batch)
		}
	}
}
