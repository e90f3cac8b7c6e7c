package resync

import (
	"maps"
	"slices"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// State is what a program knows about a mailbox. The zero State knows nothing. A copy made by assignment shares the
// map Flags; Clone makes an independent copy. A program may store the fields in any form, or the text of MarshalText,
// which encoding/json uses too.
type State struct {
	// UIDValidity and MailboxID say which mailbox the UIDs belong to. Two mailboxes may have the same UIDValidity,
	// because some servers give 1 to every new mailbox. MailboxID is "" if the server does not support it (RFC 8474).
	UIDValidity uint32
	MailboxID   string
	// UIDNext is a lower bound for new messages: the program knows all messages with smaller UIDs. 0 means that it
	// knows none.
	UIDNext uint32
	// ModSeq is a mod-sequence: the program knows all changes up to it. 0 means that it is not known, as on servers
	// without CONDSTORE.
	ModSeq uint64
	// UIDs are the messages that the program knows.
	UIDs numset.Set
	// Flags maps each flag to the UIDs of the messages that have it. It does not contain \Recent.
	Flags map[parser.Flag]numset.Set
}

// Clone returns an independent copy.
func (s State) Clone() State {
	s.Flags = maps.Clone(s.Flags)
	return s
}

// FlagsOf returns the flags of a message, sorted. The slice is the caller's.
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

// Add enters a message that the program itself has put into the mailbox. uid comes from APPENDUID or COPYUID. After
// that, no pass yields the message as new.
func (s *State) Add(uid uint32, flags ...parser.Flag) {
	if uid == 0 {
		return
	}
	s.uids().Add(uid)
	s.SetFlags(uid, flags...)
}

// SetFlags enters the flags that a message has now, as the answer to STORE reported them. After that, no pass yields
// these flags as changed. SetFlags does nothing if uid is not in UIDs.
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

// Remove removes messages that the program itself has expunged or moved to another mailbox. After that, no pass yields
// the messages as gone.
func (s *State) Remove(uids numset.Set) {
	s.UIDs = s.uids().Difference(uids)
	for f, set := range s.Flags {
		s.put(f, set.Difference(uids))
	}
}

// uids returns the address of s.UIDs, and sets the kind of that set to UID, because it has another kind in the zero
// State.
func (s *State) uids() *numset.Set {
	s.UIDs = s.UIDs.WithKind(numset.UID)
	return &s.UIDs
}

// flag returns f in the spelling that Flags uses. Flags that differ only in case are the same.
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

// put records that the messages in set, and no others, have the flag f.
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

// fresh reports whether nothing is known about the mailbox.
func (s *State) fresh() bool { return s.UIDNext == 0 && s.ModSeq == 0 && s.UIDs.Empty() }

// count returns how many messages are known.
func (s *State) count() uint64 {
	n, _ := s.UIDs.Len()
	return n
}
