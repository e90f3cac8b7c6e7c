package memory

import "github.com/imapstack/imapstack/utils/numset"

// expunges records which messages were expunged from a mailbox. It forgets the oldest entries when it has more than
// 2*minExpunges, and more than twice as many as the mailbox has messages.
type expunges struct {
	list  []expungedMessage // in the order of the expunges
	since uint64            // list has every expunge with a mod-sequence above this one
}

// expungedMessage records that a message was expunged.
type expungedMessage struct {
	uid    uint32
	modseq uint64
}

// minExpunges is how many expunged messages a mailbox remembers even if it has fewer messages.
const minExpunges = 1000

// add records that the messages with these UIDs were expunged. modseq must be higher than in all earlier calls.
// messages is how many messages the mailbox has now.
func (e *expunges) add(uids []uint32, modseq uint64, messages int) {
	for _, uid := range uids {
		e.list = append(e.list, expungedMessage{uid, modseq})
	}
	most := max(minExpunges, messages)
	if len(e.list) <= 2*most {
		return
	}
	// Forget many entries at a time, because each time costs a copy of the list.
	over := len(e.list) - most
	e.since = e.list[over-1].modseq
	e.list = append(make([]expungedMessage, 0, 2*most), e.list[over:]...)
}

// after returns the UIDs of messages that were expunged after a mod-sequence. If e does not have all of these, after
// returns all UIDs below next: the server ignores those of existing messages.
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
