package imaptest

import (
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// ways are what a server does otherwise than others, all the time, though it is nothing wrong.
type ways struct {
	changes []change       // done to all that is said
	zone    *time.Location // of INTERNALDATE; nil: that of the date
	deleted WhenDeleted
}

// WithZone has the server tell INTERNALDATE in a zone of its own, as servers do that keep no zone of a date.
func WithZone(zone *time.Location) Option { return func(o *options) { o.ways.zone = zone } }

// WhenDeleted is what becomes of a connection whose mailbox another one has deleted.
type WhenDeleted uint8

// The ways of servers.
const (
	// DeletedStays lets the client read on what it knows, as RFC 2180 §3 would have it; it is told by a code NONEXISTENT.
	DeletedStays WhenDeleted = iota
	// DeletedBye ends the connection by BYE, as Dovecot does.
	DeletedBye
	// DeletedCloses closes the mailbox, as Cyrus does: the client is told by the code CLOSED, and that no mailbox is open by BAD.
	DeletedCloses
)

// WithDeleted sets what becomes of a connection whose mailbox another one has deleted.
func WithDeleted(how WhenDeleted) Option { return func(o *options) { o.ways.deleted = how } }

// mailboxGone tells that the mailbox that is open has been deleted.
func (c *conn) mailboxGone() {
	switch c.srv.opt.ways.deleted {
	case DeletedBye:
		c.untagged("BYE the mailbox has been deleted")
		c.flush()
		c.deliver()
		c.m.Fail(errFault)
	case DeletedCloses:
		c.gone = true
	default:
		c.untagged("OK [NONEXISTENT] the mailbox has been deleted")
	}
}

// closeGone closes a mailbox that is gone, if that is the server's way.
func (c *conn) closeGone() {
	if c.gone {
		c.gone = false
		c.leave()
		c.untagged("OK [CLOSED] the mailbox has been deleted")
	}
}

// date returns an INTERNALDATE as it is told.
func (c *conn) date(t time.Time) time.Time {
	if zone := c.srv.opt.ways.zone; zone != nil {
		return t.In(zone)
	}
	return t
}

// listLine returns LIST of a mailbox, to whoever has enabled nothing.
func listLine(name string, delim rune) []byte {
	e := wire.NewEncoder(wire.Mode{Server: true})
	e.Raw("* LIST ")
	l := parser.ListData{Attrs: []parser.MailboxAttr{}, Delim: delim, Mailbox: parser.AppendMailbox([]byte{}, name, false)}
	l.Encode(e)
	e.CRLF()
	return append([]byte(nil), e.Bytes()...)
}

// late says the tagged answers that HoldTagged has held back.
func (c *conn) tellLate() {
	if late := c.late; len(late) > 0 && c.m.Err() == nil {
		c.late = nil
		if err := c.write(late); err != nil {
			c.m.Fail(err)
		}
	}
}
