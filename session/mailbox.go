package session

import "github.com/imapstack/imapstack/parser"

// Mailbox is what the server has said about the selected mailbox. A zero field means that the server has not said it.
// Sessions share lists of flags that are equal, so do not change such a list.
type Mailbox struct {
	Name   string
	Exists uint32 // messages
	// Grown is the sum of the amounts by which EXISTS responses have raised Exists since the mailbox was opened,
	// including the first one. It grows with each message that arrives, whichever command is running, and even if
	// others are expunged.
	Grown  uint64
	Recent uint32 // RFC 3501 only
	Unseen uint32 // sequence number of the first message without \Seen at the SELECT; RFC 3501 only
	// A cache should compare UIDValidity, and also ID if the server has sent it. Some Cyrus versions give UIDVALIDITY 1
	// to each new mailbox, even to one with the name of a deleted mailbox.
	UIDValidity    uint32
	UIDNext        uint32
	NoModSeq       bool
	ReadOnly       bool
	UIDNotSticky   bool          // UIDs do not outlast the session (RFC 4315 §3)
	Shrunk         bool          // the server reported fewer messages without an EXPUNGE: do not trust sequence numbers
	HighestModSeq  uint64        // RFC 7162; also 0 if the server said NOMODSEQ
	Flags          []parser.Flag // flags in use; valid until the server sends them again
	PermanentFlags []parser.Flag // flags that can be changed permanently; valid until the server sends them again
	ID             string        // MAILBOXID, RFC 8474
}

// Clone returns a copy that the caller owns.
func (m *Mailbox) Clone() Mailbox {
	c := *m
	c.Flags = append([]parser.Flag(nil), m.Flags...)
	c.PermanentFlags = append([]parser.Flag(nil), m.PermanentFlags...)
	return c
}

// data updates the view with an untagged response other than a status response.
func (m *Mailbox) data(r *parser.Response) {
	switch r.Name {
	case "EXISTS":
		if r.Num < m.Exists {
			m.Shrunk = true
		} else {
			m.Grown += uint64(r.Num - m.Exists)
		}
		m.Exists = r.Num
	case "RECENT":
		m.Recent = r.Num
	case "EXPUNGE":
		// An EXPUNGE of a message that does not exist changes nothing.
		if r.Num > 0 && r.Num <= m.Exists {
			m.Exists--
		}
	case "FLAGS":
		d := r.Decoder()
		flags := parser.DecodeFlags(d, nil)
		if d.Err() == nil {
			m.Flags = shareFlags(flags)
		}
	}
}

// vanished lowers the number of messages by n.
func (m *Mailbox) vanished(n uint64) {
	m.Exists -= uint32(min(n, uint64(m.Exists)))
}

// code updates the view with a response code. UIDVALIDITY, UNSEEN, NOMODSEQ, UIDNOTSTICKY and MAILBOXID count only if
// selecting is true, which means that they arrived while the mailbox was being opened. At any other time they change
// nothing (RFC 9051 §7.1).
func (m *Mailbox) code(c parser.Code, selecting bool) {
	switch c.Name {
	case parser.CodeUIDValidity, parser.CodeUnseen, parser.CodeNoModSeq, parser.CodeUIDNotSticky, parser.CodeMailboxID:
		if !selecting {
			return
		}
	}
	switch c.Name {
	case parser.CodeUIDValidity:
		if v, ok := c.UIDValidity(); ok {
			m.UIDValidity = v
		}
	case parser.CodeUIDNext:
		if v, ok := c.UIDNext(); ok {
			m.UIDNext = max(m.UIDNext, v) // UIDNEXT never decreases (RFC 9051 §2.3.1.1)
		}
	case parser.CodeUnseen:
		if v, ok := c.Unseen(); ok {
			m.Unseen = v
		}
	case parser.CodeHighestModSeq:
		if v, ok := c.HighestModSeq(); ok {
			m.HighestModSeq = max(m.HighestModSeq, v)
		}
	case parser.CodeNoModSeq:
		m.NoModSeq = true
	case parser.CodePermanentFlags:
		if flags, ok := c.PermanentFlags(nil); ok {
			m.PermanentFlags = shareFlags(flags)
		}
	case parser.CodeReadOnly:
		m.ReadOnly = true
	case parser.CodeReadWrite:
		m.ReadOnly = false
	case parser.CodeUIDNotSticky:
		m.UIDNotSticky = true
	case parser.CodeMailboxID:
		if id, ok := c.MailboxID(); ok {
			m.ID = id
		}
	case parser.CodeObjectID:
		if ids, ok := c.ObjectIDs(); ok && ids.Mailbox != "" {
			m.ID = ids.Mailbox
		}
	}
}
