package imaptest

import (
	"fmt"
	"strings"

	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
)

// VanishHow is what a server says about a message that another client expunges while it is being fetched (RFC 2180 §4.1 describes all of them).
type VanishHow uint8

// The ways of servers.
const (
	// VanishSilently sends nothing about the message, and OK at the end.
	VanishSilently VanishHow = iota
	// VanishNIL sends all items that were asked for, with NIL for the message's octets.
	VanishNIL
	// VanishNO sends nothing more, except NO with EXPUNGEISSUED.
	VanishNO
	// VanishAtOnce sends EXPUNGE in the middle of the answer, which RFC 9051 §7.5.1 forbids.
	VanishAtOnce
)

// Vanish expunges a message while it is being fetched, for all connections.
type Vanish struct {
	Nth int // which of the messages that the command fetches, from 1; 0 is 1
	How VanishHow
}

// String tells the fault.
func (f Vanish) String() string {
	return fmt.Sprintf("message %d of a FETCH vanishes", max(f.Nth, 1)) +
		[...]string{", and nothing is said", ", and NIL is said for it", ", and NO is said", ", and EXPUNGE is said at once"}[f.How&3]
}

func (f Vanish) occasion() string { return "FETCH" }

func (f Vanish) befall(*conn, *injection) {}

// vanished does the faults by which the nth message of a FETCH vanishes. It reports whether to send the message, and returns
// the answer if the command ends here.
func (c *conn) vanished(nth int, it *store.Item, a *parser.FetchArgs, withUID bool) (tell bool, end error) {
	tell = true
	if c.hit == nil {
		return tell, nil
	}
	for _, inj := range c.hit.vanish {
		f := inj.f.(Vanish)
		if max(f.Nth, 1) != nth {
			continue
		}
		c.view.Mailbox().Expunge(it.UID)
		c.noteFault(f, fmt.Sprintf("UID %d", it.UID))
		switch f.How {
		case VanishSilently:
			tell = false
		case VanishNIL:
			c.messageGone(it, a, withUID)
			tell = false
		case VanishNO:
			return false, no(parser.CodeExpungeIssued, "some of the messages are gone")
		case VanishAtOnce:
			c.sync(true)
			tell = false
		}
	}
	return tell, nil
}

// messageGone sends a message whose octets are gone.
func (c *conn) messageGone(it *store.Item, a *parser.FetchArgs, withUID bool) {
	e := c.out
	c.fetchHead(it.Seq, it.UID)
	sep := ""
	if withUID {
		e.Raw("UID ").Number(it.UID)
		sep = " "
	}
	for i := range a.Items {
		item := &a.Items[i]
		if item.Name == "UID" {
			continue
		}
		e.Raw(sep)
		sep = " "
		switch {
		case item.Name == "FLAGS":
			c.flagList(it.Flags, it.Recent)
		case item.Name == "RFC822.SIZE":
			e.Raw("RFC822.SIZE ").Number64(uint64(it.Content.Size()))
		case item.HasSection:
			e.Raw(strings.TrimSuffix(item.Name, ".PEEK"))
			item.Section.Encode(e)
			e.SP().NIL()
		default:
			e.Raw(item.Name).SP().NIL()
		}
	}
	e.Byte(')').CRLF()
}

// ChangeUIDValidity gives a mailbox another UIDVALIDITY for good, at any moment, even while clients have it selected.
type ChangeUIDValidity struct {
	// Mailbox is its name; "" is the mailbox that the connection has selected. The user is that of the connection.
	Mailbox string
	Value   uint32
}

// String tells the fault.
func (f ChangeUIDValidity) String() string {
	return fmt.Sprintf("UIDVALIDITY of %q becomes %d", f.Mailbox, f.Value)
}

func (f ChangeUIDValidity) befall(c *conn, inj *injection) {
	name := f.Mailbox
	if name == "" {
		if name = c.mailbox(); name == "" {
			return
		}
	}
	u := c.srv.store.User(c.whoami())
	if u == nil {
		return
	}
	m := u.Mailbox(name)
	if m == nil {
		return
	}
	m.SetUIDValidity(f.Value)
	c.noteFault(f, "")
}
