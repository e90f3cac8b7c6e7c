package memory

import "github.com/imapstack/imapstack/utils/numset"

// expunges records which messages were expunged from a mailbox. It forgets the oldest expunges when it has many more
// entries than the mailbox has messages.
type expunges struct {
	list  []expungedMessage // in the order of the expunges
	since uint64            // list has every expunge with a mod-sequence above this one
}

// expungedMessage records that a message was expunged.
type expungedMessage struct {
	uid    uint32
	modseq uint64
}

// minExpunges is how many expunges a mailbox remembers even if it has few messages.
const minExpunges = 1000

// add records expunges with a mod-sequence that is higher than all earlier ones. messages is how many messages the
// mailbox has now.
func (e *expunges) add(uids []uint32, modseq uint64, messages int) {
	for _, uid := range uids {
		e.list = append(e.list, expungedMessage{uid, modseq})
	}
	most := max(minExpunges, messages)
	if len(e.list) <= 2*most {
		return
	}
	// It forgets many at a time, because each time takes as long as the list is.
	over := len(e.list) - most
	e.since = e.list[over-1].modseq
	e.list = append(make([]expungedMessage, 0, 2*most), e.list[over:]...)
}

// after returns the UIDs that were expunged after a mod-sequence. If it does not remember all of these, it returns all
// UIDs below next: the server ignores those of existing messages.
func (e *expunges) after(modseq uint64, next uint32) numset.Set {
	if modseq < e.since { // so there was a message, and next is above 1
		return numset.Span(numset.UID, 1, next-1)
	}
	set := numset.Of(numset.UID)
	for _, g := range e.list {
		if g.modseq > modseq {
			set.Add(g.uid)
		}
	}
	return set
}
