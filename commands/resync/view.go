package resync

import (
	"maps"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// view holds what the server has reported about messages, as sets of ranges, because a few ranges cover many
// messages.
type view struct {
	uids         numset.Set
	flags        []flagSet
	byRaw        map[parser.Flag]int // the index in flags for each spelling of a flag
	gone         numset.Set          // UIDs that VANISHED has reported
	count        int                 // responses that were read
	lost         int                 // responses that could not be read
	maxSpellings int                 // limit for the number of spellings of flags
}

type flagSet struct {
	name parser.Flag
	uids numset.Set
}

func newView(maxSpellings int) *view {
	return &view{maxSpellings: maxSpellings, uids: numset.Of(numset.UID), gone: numset.Of(numset.UID), byRaw: map[parser.Flag]int{}}
}

// vanished records that messages are gone. If the server has reported one of them before, the later report counts.
func (v *view) vanished(uids numset.Set) {
	if uids.Dynamic() {
		return
	}
	v.gone = v.gone.Union(uids)
	if v.uids.Intersect(uids).Empty() {
		return
	}
	v.uids = v.uids.Difference(uids)
	for i := range v.flags {
		v.flags[i].uids = v.flags[i].uids.Difference(uids)
	}
}

// add adds a message and its flags to the view. If the server reports a message twice, the later report counts.
func (v *view) add(uid uint32, flags []parser.Flag) error {
	if !v.gone.Empty() {
		v.gone.Remove(uid)
	}
	if m, ok := v.uids.Max(); ok && uid <= m && v.uids.Contains(uid) {
		for i := range v.flags {
			if v.flags[i].uids.Contains(uid) {
				v.flags[i].uids.Remove(uid)
			}
		}
	}
	v.uids.Add(uid)
	for _, f := range flags {
		i, ok := v.byRaw[f]
		if !ok {
			var err error
			if i, err = v.spelling(f); err != nil {
				return err
			}
		}
		if i >= 0 {
			v.flags[i].uids.Add(uid)
		}
	}
	return nil
}

// spelling enters a new spelling of a flag, and returns its index in v.flags. The index is -1 for \Recent, and for
// names that are not valid: some servers send such names, but no client can set them.
func (v *view) spelling(f parser.Flag) (int, error) {
	if len(v.byRaw) == v.maxSpellings {
		return 0, &wire.LimitError{What: "flags", Limit: int64(v.maxSpellings), Size: int64(v.maxSpellings) + 1}
	}
	i := -1
	if !f.Equal(parser.FlagRecent) && f.Valid() {
		for i = range v.flags {
			if v.flags[i].name.Equal(f) {
				v.byRaw[f] = i
				return i, nil
			}
		}
		i = len(v.flags)
		v.flags = append(v.flags, flagSet{f, numset.Of(numset.UID)})
	}
	v.byRaw[f] = i
	return i, nil
}

// difference compares the view with the state s. It returns the messages that s does not know, the messages whose
// flags differ, and the flags of all these messages.
func (v *view) difference(s *State) (arrived, changed numset.Set, now map[parser.Flag]numset.Set) {
	known := s.UIDs.WithKind(numset.UID)
	arrived = v.uids.Difference(known)
	both := v.uids.Intersect(known)
	changed = numset.Of(numset.UID)
	now = make(map[parser.Flag]numset.Set, len(v.flags))
	old := maps.Clone(s.Flags)
	for i := range v.flags {
		f := s.flag(v.flags[i].name)
		now[f] = v.flags[i].uids
		here, there := old[f].WithKind(numset.UID).Intersect(both), v.flags[i].uids.Intersect(both)
		delete(old, f)
		changed = changed.Union(here.Difference(there)).Union(there.Difference(here))
	}
	for _, set := range old {
		changed = changed.Union(set.Intersect(both))
	}
	return arrived, changed, now
}
