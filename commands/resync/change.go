package resync

import (
	"iter"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// Kind is the kind of a Change.
type Kind uint8

// The kinds of changes. A pass by QRESYNC usually yields them in this order. If a pass has to read the whole mailbox,
// Flags and Arrived alternate, and Gone comes last.
const (
	// Reset says that the State describes another mailbox: UIDVALIDITY or MAILBOXID has changed, or UIDNEXT has
	// decreased. The UIDs that the program knows are void, and the pass yields all messages as new. The program
	// itself has to recognize messages that it has downloaded before.
	Reset Kind = iota + 1
	// Gone says that messages no longer exist in the mailbox.
	Gone
	// Flags says that the flags of messages have changed.
	Flags
	// Arrived says that messages are new.
	Arrived
)

// String returns "reset", "gone", "flags" or "arrived".
func (k Kind) String() string {
	return [...]string{"none", "reset", "gone", "flags", "arrived"}[min(int(k), 4)]
}

// Change is a difference between a State and the mailbox. It is the caller's: the pass does not change it.
type Change struct {
	Kind Kind
	// UIDs are the messages: all that are gone, or at most Options.Batch that are new or whose flags have changed.
	UIDs numset.Set
	// Count is the number of UIDs.
	Count uint64

	now, was map[parser.Flag]numset.Set
}

// Flags returns the flags that the server has reported for uid, which must be in UIDs. They are sorted, and \Recent
// is left out. The slice is the caller's.
func (c *Change) Flags(uid uint32) []parser.Flag { return flagsOf(c.now, uid) }

// Was returns the flags that uid, which must be in UIDs, had in the State before the change. They are sorted. The
// slice is the caller's.
func (c *Change) Was(uid uint32) []parser.Flag { return flagsOf(c.was, uid) }

// Messages yields the UIDs in ascending order, each with its flags as Flags returns them.
func (c *Change) Messages() iter.Seq2[uint32, []parser.Flag] {
	return func(yield func(uint32, []parser.Flag) bool) {
		for uid := range c.UIDs.Numbers() {
			if !yield(uid, c.Flags(uid)) {
				return
			}
		}
	}
}

// apply enters a change into the state.
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
