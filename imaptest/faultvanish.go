package imaptest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/serve"
)

// VanishHow is what a server says about a message that another client expunges while it is being fetched. RFC 2180 §4.1
// describes all these ways.
type VanishHow uint8

// The ways in which servers treat such a message.
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

// String describes the fault.
func (f Vanish) String() string {
	return fmt.Sprintf("message %d of a FETCH vanishes", max(f.Nth, 1)) +
		[...]string{", and nothing is said", ", and NIL is said for it", ", and NO is said", ", and EXPUNGE is said at once"}[f.How&3]
}

func (f Vanish) occasion() string { return "FETCH" }

func (f Vanish) inflict(*conn, *injection) {}

// Fetching applies the faults that make a message of a FETCH vanish. It reports whether to send the message. If a fault
// ends the command here, end is the answer to the command.
func (c *conn) Fetching(a *parser.FetchArgs, seq uint32, m *serve.Message) (tell bool, end error) {
	tell = true
	if c.faults == nil {
		return tell, nil
	}
	c.faults.fetched++
	for _, inj := range c.faults.vanish {
		f := inj.f.(Vanish)
		if max(f.Nth, 1) != c.faults.fetched {
			continue
		}
		c.view().Mailbox().Expunge(m.UID)
		c.noteFault(f, fmt.Sprintf("UID %d", m.UID))
		switch f.How {
		case VanishSilently:
			tell = false
		case VanishNIL:
			c.messageGone(a, seq, m)
			tell = false
		case VanishNO:
			return false, no(parser.CodeExpungeIssued, "some of the messages are gone")
		case VanishAtOnce:
			c.m.SendUpdates(true, c.cmds.Head().UID)
			tell = false
		}
	}
	return tell, nil
}

// messageGone sends a FETCH response for a message that has just been expunged. It has NIL for the sections and
// everything else that the server would have to read from the message.
func (c *conn) messageGone(a *parser.FetchArgs, seq uint32, m *serve.Message) {
	e, only := c.out, c.m.Enabled("UIDONLY")
	if only {
		e.Raw("* ").Number(m.UID).Raw(" UIDFETCH (")
	} else {
		e.Raw("* ").Number(seq).Raw(" FETCH (")
	}
	sep := ""
	next := func(name string) {
		e.Raw(sep).Raw(name)
		sep = " "
	}
	if !only && (a.UID || slices.ContainsFunc(a.Items, func(it parser.FetchItem) bool { return it.Name == "UID" })) {
		next("UID ")
		e.Number(m.UID)
	}
	for i := range a.Items {
		switch item := &a.Items[i]; {
		case item.Name == "UID":
		case item.Name == "FLAGS":
			next("FLAGS ")
			flags := m.Flags
			if m.Recent && !c.m.Enabled("IMAP4REV2") {
				flags = slices.Insert(slices.Clone(flags), 0, `\Recent`)
			}
			e.List(len(flags), func(i int) { e.Flag(flags[i]) })
		case item.Name == "RFC822.SIZE":
			next("RFC822.SIZE ")
			e.Number64(uint64(m.Size))
		case item.HasSection:
			next(strings.TrimSuffix(item.Name, ".PEEK"))
			item.Section.Encode(e)
			e.SP().NIL()
		default:
			next(item.Name)
			e.SP().NIL()
		}
	}
	e.Byte(')').CRLF()
}

// ChangeUIDValidity gives a mailbox another UIDVALIDITY, and does not change it back. Clients may have the mailbox
// selected.
type ChangeUIDValidity struct {
	// Mailbox is the name of a mailbox of the connection's user; "" is the mailbox that the connection has selected.
	Mailbox string
	Value   uint32
}

// String describes the fault.
func (f ChangeUIDValidity) String() string {
	return fmt.Sprintf("UIDVALIDITY of %q becomes %d", f.Mailbox, f.Value)
}

func (f ChangeUIDValidity) inflict(c *conn, inj *injection) {
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
