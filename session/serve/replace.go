package serve

import (
	"context"

	"github.com/imapstack/imapstack/parser"
)

// A Replacer is a Mailbox that can replace a message in one step (RFC 8508). Without this method, the server appends
// the new message to the mailbox that the client names, and then removes the old one.
type Replacer interface {
	// Replace adds m to the mailbox with the given name, as User.Append does, and removes the message with the given
	// UID from this Mailbox.
	Replace(ctx context.Context, uid uint32, mailbox string, m *NewMessage) (validity, newUID uint32, err error)
}

func (c *Conn) replace() error {
	var a parser.ReplaceArgs
	if err := a.Decode(c.cmds); err != nil {
		return err
	}
	if err := c.checkArgs(&a); err != nil {
		return err
	}
	v := c.view
	old, name := v.messageByNumber(a.Num, c.cmds.Head().UID), c.box(a.Mailbox)
	switch {
	case v.readOnly:
		return no(parser.CodeNoPerm, "the mailbox is open read-only")
	case old == 0 && !c.cmds.Head().UID:
		return clientBug("there is no message %d", a.Num)
	case old == 0:
		return no(parser.CodeNonExistent, "there is no such message")
	}
	x, ok := v.box.(Replacer)
	put := func(m *NewMessage) (uint32, uint32, error) { return c.user.Append(c.command, name, m) }
	if ok {
		put = func(m *NewMessage) (uint32, uint32, error) { return x.Replace(c.command, old, name, m) }
	}
	validity, uid, err := c.appendOne(&appendedMessages{c: c, args: &a.AppendArgs}, put)
	if err == nil && !ok {
		err = c.removeOriginals(name, &Copied{UIDValidity: validity, From: []uint32{old}, To: []uint32{uid}})
	}
	if err != nil {
		return err
	}
	c.noteAdded(name, []uint32{uid})
	if c.has("UIDPLUS") && uid != 0 {
		// The client must learn where the new message is before it learns that the old one is gone (RFC 8508 §3.2).
		parser.EncodeStatus(&c.out, "*", parser.OK, parser.Code{Name: parser.CodeAppendUID, Args: appendList(append(number(validity), ' '), []uint32{uid})}, "replaced")
	}
	return c.reportExpungesAndModSeq()
}

// messageByNumber returns the UID of a message in the view. n is its UID or its sequence number; 0 stands for the
// last message. The result is 0 if no such message exists.
func (v *view) messageByNumber(n uint32, byUID bool) uint32 {
	switch {
	case n == 0:
		return v.lastUID()
	case byUID && v.seq(n) != 0:
		return n
	case !byUID && n <= uint32(len(v.uids)):
		return v.uids[n-1]
	}
	return 0
}
