package imaptest

import (
	"iter"
	"strings"
	"time"

	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser/match"
)

// sought is a message of the store as searching, sorting and threading see it.
type sought struct{ store.Item }

func (s *sought) Seq() uint32             { return s.Item.Seq }
func (s *sought) UID() uint32             { return s.Item.UID }
func (s *sought) Size() int64             { return s.Item.Content.Size() }
func (s *sought) InternalDate() time.Time { return s.Item.Date }
func (s *sought) SaveDate() time.Time     { return s.Item.Saved }
func (s *sought) ModSeq() uint64          { return s.Item.ModSeq }
func (s *sought) Content() match.Content  { return s.Item.Content }

func (s *sought) HasFlag(name string) bool {
	switch name {
	case store.Seen:
		return s.Flags.Seen()
	case store.Deleted:
		return s.Flags.Deleted()
	}
	if s.Recent && strings.EqualFold(name, `\Recent`) {
		return true
	}
	return s.Flags.Has(name)
}

// search yields the messages of the view that match, except those that are gone already.
func search(q *match.Search, v *store.View) iter.Seq[*sought] {
	return func(yield func(*sought) bool) {
		var s sought
		for it := range v.Items(v.All()) {
			s.Item = it
			if !it.Gone && q.Match(&s) && !yield(&s) {
				return
			}
		}
	}
}

// collect returns copies of the messages of the view that match, except those that are gone already.
func collect(q *match.Search, v *store.View) []*sought {
	var found []*sought
	for s := range search(q, v) {
		own := *s
		found = append(found, &own)
	}
	return found
}
