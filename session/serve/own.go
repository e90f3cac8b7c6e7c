package serve

import (
	"net"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// What follows is for commands of one's own and for hooks, on the goroutine of the connection, if it does not say that any may call it.

// Hooks returns the value of one's own that the connection has, or nil. Any goroutine may call it.
func (c *Conn) Hooks() any { return c.hooks.all }

// Num returns the number of the connection, from 1. Any goroutine may call it.
func (c *Conn) Num() int64 { return c.num }

// NetConn returns what is read from and written to now, with its layers. Any goroutine may call it.
func (c *Conn) NetConn() net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.nc
}

// State returns the state that the connection is in.
func (c *Conn) State() State { return c.state }

// Mechanism returns how the user has logged in: the name of a SASL mechanism, "LOGIN", or "" if nobody has, or if the connection began with it.
func (c *Conn) Mechanism() string { return c.mechanism }

// Mailbox returns the back end's mailbox that is open, or nil.
func (c *Conn) Mailbox() Mailbox {
	if c.view == nil {
		return nil
	}
	return c.view.box
}

// Reader returns the reader of commands. It is another one after STARTTLS, COMPRESS and a login.
func (c *Conn) Reader() *parser.CommandReader { return c.cmds }

// Encoder returns what responses are encoded to, each of them whole. They go out by Flush, and when the command has been answered.
func (c *Conn) Encoder() *wire.Encoder { return &c.out }

// Mode says how strings are written to this client.
func (c *Conn) Mode() wire.Mode { return c.mode() }

// Decode reads the arguments of the command. They borrow from the reader, and are valid as their type says.
func (c *Conn) Decode(args parser.Args) error { return c.decode(args) }

func (c *Conn) decode(args parser.Args) error {
	if err := c.cmds.Decode(args); err != nil {
		return err
	}
	return c.checkArgs(args)
}

// checkArgs has a hook look at arguments.
func (c *Conn) checkArgs(args any) error {
	if h := c.hooks.args; h != nil {
		return h.Args(args)
	}
	return nil
}

// Untagged encodes an untagged response, without "* ", from text.
func (c *Conn) Untagged(text string) { c.untagged(text) }

// Flush sends what has been encoded.
func (c *Conn) Flush() error { return c.flush() }

// FlushSome sends what has been encoded if it is much. It stands between two responses of a command that has many.
func (c *Conn) FlushSome() error { return c.flushSome() }

// Write sends octets between two responses, past the hooks. Any goroutine may call it.
func (c *Conn) Write(b []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	return c.writeTo(c.NetConn(), b)
}

// Err returns why the connection can no longer be written to, or nil.
func (c *Conn) Err() error { return c.err }

// Fail ends the connection, with no more said, when the command or the hook returns.
func (c *Conn) Fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// Bye encodes BYE, and ends the connection when the command has been answered.
func (c *Conn) Bye(text string) {
	c.untagged("BYE " + text)
	c.logout = true
}

// HangUp ends the connection at once. Any goroutine may call it.
func (c *Conn) HangUp() { c.hangUp() }

// Wake has what is new told to a client that is in IDLE, or that waits for what a Pusher says. Any goroutine may call it; it does not wait.
func (c *Conn) Wake() { c.wake() }

// Has reports whether the server has a capability.
func (c *Conn) Has(capability string) bool { return c.has(capability) }

// Capabilities returns what CAPABILITY tells now.
func (c *Conn) Capabilities() string { return c.capabilities() }

// UTF8 reports whether mailbox names and quoted strings are UTF-8, for parser.DecodeMailbox and parser.AppendMailbox.
func (c *Conn) UTF8() bool { return c.utf8() }

// Enabled reports whether the client has enabled something that the machine knows: CONDSTORE, QRESYNC, UTF8=ACCEPT, UIDONLY or IMAP4REV2.
func (c *Conn) Enabled(name string) bool {
	switch name {
	case "CONDSTORE":
		return c.enabled.condstore
	case "QRESYNC":
		return c.enabled.qresync
	case "UTF8=ACCEPT":
		return c.enabled.utf8
	case "IMAP4REV2":
		return c.enabled.rev2
	case "UIDONLY":
		return c.enabled.uidOnly
	}
	return false
}

// Enable makes the connection one whose client has enabled something that the machine knows, and tells nothing. See Enabled.
func (c *Conn) Enable(name string) bool {
	switch name {
	case "CONDSTORE":
		c.enabled.condstore = true
	case "QRESYNC":
		c.enabled.condstore, c.enabled.qresync = true, true
	case "UTF8=ACCEPT":
		c.enabled.utf8 = true
	case "IMAP4REV2":
		c.enabled.rev2 = true
	case "UIDONLY":
		c.enabled.uidOnly = true
	default:
		return false
	}
	return true
}

// CondStore makes the client one that is told mod-sequences, as commands do that ask for them (RFC 7162 §3.1).
func (c *Conn) CondStore() { c.condstore() }

// A Selection is a mailbox that a command of one's own has opened, of which the machine has no view: who has one tells what has changed
// himself.
type Selection interface {
	// Tell encodes what has changed, before the tagged answer to h; and within IDLE, when r is nil. It may change the answer.
	Tell(h *parser.CommandHead, may Tells, r *Reply) error
	// HighestModSeq tells where a client begins that has just become one of CONDSTORE (RFC 7162 §3.1.2.1).
	HighestModSeq()
	// Close is the end of it.
	Close()
}

// Select makes s the mailbox that is open. It takes the place of one that was, which Deselect has closed.
func (c *Conn) Select(s Selection) {
	c.Deselect()
	c.selection, c.state = s, Selected
}

// Selection returns what Select was given, or nil.
func (c *Conn) Selection() Selection { return c.selection }

// Deselect closes the mailbox that is open, and reports whether one was.
func (c *Conn) Deselect() bool { return c.deselect() }

// Command returns what the server knows of a command, by its name in upper case without "UID": one of its own, or of Commands.
func (s *Server) Command(name string) (cmd Command, ok bool) {
	if cmd, ok = s.Commands[name]; ok {
		return cmd, true
	}
	if s.Backend == nil && !alone[name] {
		return cmd, false
	}
	cmd, ok = commandTable[name]
	return cmd, ok
}

// alone are the commands that need no back end.
var alone = map[string]bool{
	"CAPABILITY": true, "NOOP": true, "LOGOUT": true, "ID": true, "STARTTLS": true, "LOGIN": true, "AUTHENTICATE": true, "ENABLE": true,
	"UNAUTHENTICATE": true, "COMPRESS": true, "IDLE": true, "CHECK": true,
}
