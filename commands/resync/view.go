package resync

import (
	"maps"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// view holds what a server has told about messages, as ranges, because few ranges cover many messages.
type view struct {
	uids  numset.Set
	flags []flagSet
	byRaw map[parser.Flag]int // the index in flags, by each spelling
	gone  numset.Set          // VANISHED
	count int                 // responses that were read
	lost  int                 // responses that could not be read
	most  int                 // how many spellings of flags there may be
}

type flagSet struct {
	name parser.Flag
	uids numset.Set
}

func newView(mostFlags int) *view {
	return &view{most: mostFlags, uids: numset.Of(numset.UID), gone: numset.Of(numset.UID), byRaw: map[parser.Flag]int{}}
}

// add enters a message. If a message is told twice, the last counts. add keeps the flags, which are strings.
func (v *view) add(uid uint32, flags []parser.Flag) error {
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

// spelling gives a new spelling of a flag its index in v.flags. \Recent and names that are not valid get -1: some
// servers send such names, and nobody could set them.
func (v *view) spelling(f parser.Flag) (int, error) {
	if len(v.byRaw) == v.most {
		return 0, &wire.LimitError{What: "flags", Limit: int64(v.most), Size: int64(v.most) + 1}
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

// difference returns the messages of the view that the state does not know, those whose flags differ, and the flags to
// tell with them.
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
