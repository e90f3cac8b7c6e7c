package serve

import "slices"

// A Journal stores the changes of a mailbox for each connection that has it open, until the connection asks for them.
// It is for back ends, which can have one for each mailbox. The zero Journal is ready for use. The lock that guards
// the messages must also guard the Journal and its Followers.
type Journal struct {
	followers map[*Follower]struct{}
}

// A Follower stands for a connection that has the mailbox open. Each Mailbox of a back end can have one. The method
// Changes of the Mailbox then calls Take.
type Follower struct {
	journal *Journal
	wake    func()
	news    Changes // the changes that have not been taken yet: New, Expunged and Changed
	tidyAt  int     // the number of UIDs in news at which Note calls tidy
}

// Follow returns a new Follower. uids are the UIDs of all current messages, which the first Take returns as new.
// changed is OpenOptions.Changed and may be nil.
func (j *Journal) Follow(uids []uint32, changed func()) *Follower {
	if changed == nil {
		changed = func() {}
	}
	f := &Follower{journal: j, wake: changed, tidyAt: max(1024, 2*len(uids))}
	f.news.New = slices.Clone(uids)
	if j.followers == nil {
		j.followers = map[*Follower]struct{}{}
	}
	j.followers[f] = struct{}{}
	return f
}

// Followed reports whether a connection has the mailbox open.
func (j *Journal) Followed() bool { return len(j.followers) > 0 }

// Note adds New, Expunged and Changed to the changes of all Followers, and calls the function changed of each. It
// ignores the other fields of ch, which Mailbox.Changes must fill in.
func (j *Journal) Note(ch *Changes) { j.note(ch, nil) }

// NoteStored does what Note does, for messages that FlagStorer.StoreFlags has changed for one connection. by is the
// Follower of that connection, and NoteStored adds nothing to its changes. If an earlier change of one of the messages
// has not been taken yet, the next Take of that Follower still returns the message, because the client may not know its
// flags.
func (j *Journal) NoteStored(changed []uint32, by *Follower) { j.note(&Changes{Changed: changed}, by) }

// Reported tells f that the client gets the current flags of messages, as after StoreFlags without StoreOptions.Silent.
// The next Take then does not return the changes of their flags so far. uids ascend.
func (f *Follower) Reported(uids []uint32) {
	f.news.Changed = slices.DeleteFunc(f.news.Changed, func(uid uint32) bool {
		_, ok := slices.BinarySearch(uids, uid)
		return ok
	})
}

func (j *Journal) note(ch *Changes, except *Follower) {
	for f := range j.followers {
		if f == except {
			continue
		}
		f.add(ch)
		f.wake()
	}
}

// add adds the lists New, Expunged and Changed of ch to those that the next Take returns.
func (f *Follower) add(ch *Changes) {
	f.news.New = append(f.news.New, ch.New...)
	f.news.Expunged = append(f.news.Expunged, ch.Expunged...)
	f.news.Changed = append(f.news.Changed, ch.Changed...)
	if f.news.uids() >= f.tidyAt {
		// So the number of messages limits the memory of a Follower whose Take is never called.
		f.news.tidy()
		f.tidyAt = max(1024, 2*f.news.uids())
	}
}

// uids returns how many UIDs the lists of ch have.
func (ch *Changes) uids() int { return len(ch.New) + len(ch.Expunged) + len(ch.Changed) }

// tidy sorts Expunged and Changed, and removes UIDs that are twice in one of them. It removes messages that were added
// and also expunged from all three lists.
func (ch *Changes) tidy() {
	ch.Expunged, ch.Changed = ascendingOnce(ch.Expunged), ascendingOnce(ch.Changed)
	if len(ch.New) == 0 || len(ch.Expunged) == 0 {
		return
	}
	var unseen []uint32
	ch.New = slices.DeleteFunc(ch.New, func(uid uint32) bool {
		_, gone := slices.BinarySearch(ch.Expunged, uid)
		if gone {
			unseen = append(unseen, uid)
		}
		return gone
	})
	ch.Expunged, ch.Changed = without(ch.Expunged, unseen), without(ch.Changed, unseen)
}

// ascendingOnce sorts uids, and removes duplicates.
func ascendingOnce(uids []uint32) []uint32 {
	slices.Sort(uids)
	return slices.Compact(uids)
}

// Take moves the changes into New, Expunged and Changed of ch. The caller owns them. Messages that were added and
// also expunged since the last Take are omitted.
func (f *Follower) Take(ch *Changes) {
	f.news.tidy()
	ch.New, ch.Expunged, ch.Changed = f.news.New, f.news.Expunged, f.news.Changed
	f.news, f.tidyAt = Changes{}, 1024
}

// Leave ends the Follower.
func (f *Follower) Leave() { delete(f.journal.followers, f) }
