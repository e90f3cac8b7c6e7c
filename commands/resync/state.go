package resync

import (
	"maps"
	"slices"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// State is what a program knows of a mailbox. The zero State knows nothing. A copy by assignment shares the map Flags;
// Clone makes an independent one. A program may store the fields as it likes, or the text of MarshalText, which
// encoding/json uses too.
type State struct {
	// UIDValidity and MailboxID say which mailbox the UIDs belong to. UIDValidity alone may be the same for another
	// mailbox, because some servers begin with 1 each time. MailboxID is "" if the server does not have it (RFC 8474).
	UIDValidity uint32
	MailboxID   string
	// UIDNext is a bound: the program has been told about all messages below it. 0 means none.
	UIDNext uint32
	// ModSeq is a bound: the program has been told about all changes up to it. 0 means not known, as on servers without
	// CONDSTORE.
	ModSeq uint64
	// UIDs are the messages that the program has been told about.
	UIDs numset.Set
	// Flags holds the messages that have each flag. It does not hold \Recent.
	Flags map[parser.Flag]numset.Set
}

// Clone returns an independent copy.
func (s State) Clone() State {
	s.Flags = maps.Clone(s.Flags)
	return s
}

// FlagsOf returns the flags of a message, sorted.
func (s *State) FlagsOf(uid uint32) []parser.Flag { return flagsOf(s.Flags, uid) }

func flagsOf(sets map[parser.Flag]numset.Set, uid uint32) []parser.Flag {
	out := []parser.Flag{}
	for f, set := range sets {
		if set.Contains(uid) {
			out = append(out, f)
		}
	}
	slices.Sort(out)
	return out
}

// Add enters a message that the program has put into the mailbox itself, by the UID of APPENDUID or COPYUID. No pass
// will tell it as new.
func (s *State) Add(uid uint32, flags ...parser.Flag) {
	if uid == 0 {
		return
	}
	s.uids().Add(uid)
	s.SetFlags(uid, flags...)
}

// SetFlags enters the flags that a message has now, as STORE told them. No pass will tell them as changed. It does
// nothing for a message that is not in UIDs.
func (s *State) SetFlags(uid uint32, flags ...parser.Flag) {
	if uid == 0 || !s.UIDs.Contains(uid) {
		return
	}
	for f, set := range s.Flags {
		if set.Contains(uid) && !parser.HasFlag(flags, f) {
			set.Remove(uid)
			s.put(f, set)
		}
	}
	for _, f := range flags {
		if f.Equal(parser.FlagRecent) {
			continue
		}
		f = s.flag(f)
		set := s.Flags[f].WithKind(numset.UID)
		set.Add(uid)
		s.put(f, set)
	}
}

// Remove removes messages that the program has expunged or moved away itself. No pass will tell them as gone.
func (s *State) Remove(uids numset.Set) {
	s.UIDs = s.uids().Difference(uids)
	for f, set := range s.Flags {
		s.put(f, set.Difference(uids))
	}
}

// uids returns UIDs, after making sure that it is a set of UIDs.
func (s *State) uids() *numset.Set {
	s.UIDs = s.UIDs.WithKind(numset.UID)
	return &s.UIDs
}

// flag returns a flag as Flags spells it. Case does not matter in the names of flags.
func (s *State) flag(f parser.Flag) parser.Flag {
	if _, ok := s.Flags[f]; ok {
		return f
	}
	for g := range s.Flags {
		if g.Equal(f) {
			return g
		}
	}
	return f
}

// put sets which messages have a flag.
func (s *State) put(f parser.Flag, set numset.Set) {
	if set.Empty() {
		delete(s.Flags, f)
		return
	}
	if s.Flags == nil {
		s.Flags = map[parser.Flag]numset.Set{}
	}
	s.Flags[f] = set
}

// fresh reports whether nothing is known of the mailbox.
func (s *State) fresh() bool { return s.UIDNext == 0 && s.ModSeq == 0 && s.UIDs.Empty() }

// count returns how many messages are known.
func (s *State) count() uint64 {
	n, _ := s.UIDs.Len()
	return n
}
