package imaptest

import (
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// ways holds the ways in which a server always behaves differently from other servers, without violating the RFCs.
type ways struct {
	changes []change       // applied to every answer
	zone    *time.Location // the zone of INTERNALDATE; nil: the zone of the date
	deleted WhenDeleted
}

// WithZone makes the server send INTERNALDATE in this zone, like servers that do not store the zone of a date.
func WithZone(zone *time.Location) Option { return func(o *options) { o.ways.zone = zone } }

// WhenDeleted says what happens to a connection when another one deletes its selected mailbox.
type WhenDeleted uint8

// The ways in which servers treat a deleted mailbox.
const (
	// DeletedStays lets the client continue to read the messages that it knows, as RFC 2180 §3 recommends. The server
	// sends the code NONEXISTENT.
	DeletedStays WhenDeleted = iota
	// DeletedBye ends the connection with BYE, as Dovecot does.
	DeletedBye
	// DeletedCloses closes the mailbox, as Cyrus does. The server sends the code CLOSED, and answers commands that need
	// a selected mailbox with BAD.
	DeletedCloses
)

// WithDeleted sets what happens to a connection when another one deletes its selected mailbox.
func WithDeleted(how WhenDeleted) Option { return func(o *options) { o.ways.deleted = how } }

// MailboxGone is called after the selected mailbox has been deleted.
func (c *conn) MailboxGone() {
	switch c.srv.opt.ways.deleted {
	case DeletedBye:
		c.untagged("BYE the mailbox has been deleted")
		c.flush()
		c.deliver()
		c.m.Fail(errFault)
	case DeletedCloses:
		c.m.Deselect()
		c.untagged("OK [CLOSED] the mailbox has been deleted")
	default:
		c.untagged("OK [NONEXISTENT] the mailbox has been deleted")
	}
}

// listLine returns a LIST response about a mailbox, for a client that has enabled nothing.
func listLine(name string, delim rune) []byte {
	e := wire.NewEncoder(wire.Mode{Server: true})
	e.Raw("* LIST ")
	l := parser.ListData{Attrs: []parser.MailboxAttr{}, Delim: delim, Mailbox: parser.AppendMailbox([]byte{}, name, false)}
	l.Encode(e)
	e.CRLF()
	return append([]byte(nil), e.Bytes()...)
}

// sendHeldTagged sends the tagged responses that HoldTagged has held back.
func (c *conn) sendHeldTagged() {
	if late := c.late; len(late) > 0 && c.m.Err() == nil {
		c.late = nil
		if err := c.write(late); err != nil {
			c.m.Fail(err)
		}
	}
}
