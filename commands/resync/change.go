package resync

import (
	"iter"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// Kind says what a Change tells.
type Kind uint8

// The kinds of changes, in the order in which a pass tells them; Flags and Arrived take turns where all of a mailbox is read.
const (
	// Reset says that the mailbox is another than the State's: UIDVALIDITY or MAILBOXID have changed, or UIDNEXT has gone back. All that
	// is kept of it is void, and the pass tells all messages as new. To recognize them, and not download them again, is the program's part.
	Reset Kind = iota + 1
	// Gone says that messages are no more.
	Gone
	// Flags says that messages have other flags.
	Flags
	// Arrived says that messages have come.
	Arrived
)

// String returns "reset", "gone", "flags" or "arrived".
func (k Kind) String() string {
	return [...]string{"none", "reset", "gone", "flags", "arrived"}[min(int(k), 4)]
}

// Change is a difference between a State and the mailbox. It stays what it is.
type Change struct {
	Kind Kind
	// UIDs are the messages: all that are gone, or no more than Options.Batch of those that are new or have other flags.
	UIDs numset.Set
	// Count is how many these are.
	Count uint64

	now, was map[parser.Flag]numset.Set
}

// Flags returns the flags that a message of UIDs has now, sorted, without \Recent. It may have got others since.
func (c *Change) Flags(uid uint32) []parser.Flag { return flagsOf(c.now, uid) }

// Was returns the flags that a message of UIDs had by the State, sorted.
func (c *Change) Was(uid uint32) []parser.Flag { return flagsOf(c.was, uid) }

// Messages yields the messages of UIDs in ascending order, with their flags.
func (c *Change) Messages() iter.Seq2[uint32, []parser.Flag] {
	return func(yield func(uint32, []parser.Flag) bool) {
		for uid := range c.UIDs.Numbers() {
			if !yield(uid, c.Flags(uid)) {
				return
			}
		}
	}
}

// apply takes a change into the state.
func (s *State) apply(c *Change) {
	switch c.Kind {
	case Reset:
		*s = State{UIDs: numset.Of(numset.UID)}
		return
	case Gone:
		s.Remove(c.UIDs)
		return
	case Arrived:
		s.UIDs = s.uids().Union(c.UIDs)
	case Flags:
		for f, set := range s.Flags {
			s.put(f, set.Difference(c.UIDs))
		}
	}
	for f, set := range c.now {
		f = s.flag(f)
		s.put(f, s.Flags[f].Union(set.Intersect(c.UIDs)))
	}
}
