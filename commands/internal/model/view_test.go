package model

import (
	"slices"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// view is the open mailbox as the session's handler has reported it: the UID of each sequence number, as far as it is
// known.
type view struct {
	r    *run
	box  *session.Mailbox
	name string
	list []uint32 // UIDs; 0 means unknown
	gone int      // how often the handler was told that messages are gone
}

// watch sets the handler's functions that update the view.
func (v *view) watch(h *session.Handler) {
	h.Exists = func(n uint32) { v.resize(n) }
	h.Opened = v.opened
	h.Gone = func(g session.Gone) {
		switch {
		case g.Seq != 0:
			v.expunged(g.Seq)
		case !g.Earlier:
			v.vanished(g.UIDs)
		}
	}
	h.Fetch = func(m *parser.Fetch) {
		v.counted(0)
		if m.UID != 0 && v.name != "" && baseOf(v.name) != 0 && m.UID/1000 != baseOf(v.name) {
			v.r.fail("a FETCH response for UID %d while %q is open", m.UID, v.name)
		}
		if m.Seq > uint32(len(v.list)) && v.name != "" {
			v.r.fail("a FETCH response for message %d, but %q has %d messages", m.Seq, v.name, len(v.list))
		}
		v.see(m.Seq, m.UID)
	}
}

func (v *view) opened(box *session.Mailbox) {
	v.box, v.name, v.list = box, "", nil
	v.gone++
	if box != nil {
		v.name = box.Name
		v.resize(box.Exists)
	}
}

func (v *view) expunged(seq uint32) {
	v.gone++
	v.counted(1)
	if seq == 0 || int(seq) > len(v.list) {
		v.r.fail("EXPUNGE %d, but %q has %d messages", seq, v.name, len(v.list))
		return
	}
	v.list = slices.Delete(v.list, int(seq)-1, int(seq))
}

// counted sets the size of the view, because the handler does not get the responses to SELECT. gone is the number of
// messages that the server has just reported as expunged; the view still has them.
func (v *view) counted(gone uint64) {
	if v.box != nil {
		v.resize(v.box.Exists + uint32(gone))
	}
}

func (v *view) vanished(uids numset.Set) {
	v.gone++
	n, _ := uids.Len()
	v.counted(n)
	for uid := range uids.Numbers() {
		i := slices.Index(v.list, uid)
		if i < 0 {
			// The sequence number of one of these messages is not known, so all UIDs become unknown.
			clear(v.list)
			i = len(v.list) - 1
		}
		if i < 0 {
			v.r.fail("VANISHED %d, but %q has no messages left", uid, v.name)
			return
		}
		v.list = slices.Delete(v.list, i, i+1)
	}
}

// baseOf returns the thousands digit of the UIDs in a mailbox, which differs between mailboxes.
func baseOf(name string) uint32 {
	return uint32(max(slices.Index([]string{"", "INBOX", "A", "B"}, name), 0))
}

func (v *view) resize(n uint32) {
	for uint32(len(v.list)) < n {
		v.list = append(v.list, 0)
	}
	v.list = v.list[:n]
}

// update sets the size of the view to the number of messages in the open mailbox, because the handler does not get
// the EXISTS in the answer to SELECT.
func (v *view) update() {
	box := v.r.s.Mailbox()
	if box == nil {
		v.box, v.name, v.list = nil, "", nil
		return
	}
	if box != v.box {
		v.r.fail("%q is open, but the handler was told of %q", box.Name, v.name)
		v.opened(box)
	}
	v.resize(box.Exists)
}

// see records the UID of a sequence number.
func (v *view) see(seq, uid uint32) {
	if uid == 0 || seq == 0 || int(seq) > len(v.list) {
		return
	}
	if at := &v.list[seq-1]; *at == 0 || *at == uid {
		*at = uid
	} else {
		v.r.fail("message %d of %q was UID %d and is UID %d", seq, v.name, *at, uid)
	}
}
