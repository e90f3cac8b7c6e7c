package resync

import (
	"iter"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// Kind is the kind of a Change.
type Kind uint8

// The kinds of changes, in the order in which a pass tells them. When a pass reads all of a mailbox, Flags and Arrived
// alternate.
const (
	// Reset says that the mailbox is not the one of the State: UIDVALIDITY or MAILBOXID have changed, or UIDNEXT has
	// gone back. Everything that the program keeps by UID is void, and the pass tells all messages as new. The program
	// has to recognize those that it has downloaded before.
	Reset Kind = iota + 1
	// Gone says that messages no longer exist.
	Gone
	// Flags says that messages have other flags.
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
	// UIDs are the messages: all that are gone, or at most Options.Batch that are new or have other flags.
	UIDs numset.Set
	// Count is how many messages UIDs holds.
	Count uint64

	now, was map[parser.Flag]numset.Set
}

// Flags returns the flags that the server has told for a message of UIDs, sorted, without \Recent.
func (c *Change) Flags(uid uint32) []parser.Flag { return flagsOf(c.now, uid) }

// Was returns the flags that a message of UIDs had in the State, sorted.
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
