package serve

import (
	"net"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// The methods in this file are for a program's own commands and hooks. Only the goroutine of the connection may call
// them, unless their comments say otherwise.

// Hooks returns the connection's value from Server.Hooks or ConnOptions, or nil. Any goroutine may call it.
func (c *Conn) Hooks() any { return c.hooks.all }

// Num returns the number of the connection. The Server's first connection has the number 1. Any goroutine may call it.
func (c *Conn) Num() int64 { return c.num }

// NetConn returns the current network connection, including layers such as TLS. Any goroutine may call it.
func (c *Conn) NetConn() net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.nc
}

// State returns the state that the connection is in.
func (c *Conn) State() State { return c.state }

// Mechanism returns the SASL mechanism with which the user has logged in, or "LOGIN". It returns "" before the login,
// and if the connection began with PREAUTH.
func (c *Conn) Mechanism() string { return c.mechanism }

// Mailbox returns the back end's mailbox that is open, or nil.
func (c *Conn) Mailbox() Mailbox {
	if c.view == nil || c.view.box == (emptyBox{}) {
		return nil
	}
	return c.view.box
}

// Reader returns the reader of commands. STARTTLS, COMPRESS, UNAUTHENTICATE and a login replace it.
func (c *Conn) Reader() *parser.CommandReader { return c.cmds }

// Encoder returns the encoder for responses. A caller must write whole responses. Flush sends them; they are also
// sent when the command has been answered.
func (c *Conn) Encoder() *wire.Encoder { return &c.out }

// Mode returns the forms in which strings are written to this client.
func (c *Conn) Mode() wire.Mode { return c.mode() }

// Decode reads the arguments of the command into args. The decoded arguments use the reader's memory; the documentation
// of their type says how long they are valid.
func (c *Conn) Decode(args parser.Args) error { return c.decode(args) }

func (c *Conn) decode(args parser.Args) error {
	if err := c.cmds.Decode(args); err != nil {
		return err
	}
	return c.checkArgs(args)
}

// checkArgs passes arguments to the ArgsHook.
func (c *Conn) checkArgs(args any) error {
	if h := c.hooks.args; h != nil {
		return h.Args(args)
	}
	return nil
}

// Untagged encodes an untagged response. text is the response without "* " and CRLF.
func (c *Conn) Untagged(text string) { c.untagged(text) }

// Flush sends what has been encoded.
func (c *Conn) Flush() error { return c.flush() }

// FlushSome sends what has been encoded if it is 32 KiB or more, unless a ResponseHook wants all responses together. A
// command with many responses calls it after each response.
func (c *Conn) FlushSome() error { return c.flushSome() }

// Write sends whole responses at once, between two other responses, and without calling a ResponseHook. Any goroutine
// may call it.
func (c *Conn) Write(b []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	return c.writeTo(c.NetConn(), b)
}

// Err returns why nothing more can be written to the connection, or nil.
func (c *Conn) Err() error { return c.err }

// Fail ends the connection without another response when the command or the hook returns.
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

// Wake makes the connection report changes now if the client is in IDLE or uses NOTIFY, and makes it call a Pusher. Any
// goroutine may call it. Wake does not wait until this has happened.
func (c *Conn) Wake() { c.wake() }

// Has reports whether the server has a capability.
func (c *Conn) Has(capability string) bool { return c.has(capability) }

// Capabilities returns what CAPABILITY lists now.
func (c *Conn) Capabilities() string { return c.capabilities() }

// UTF8 reports whether mailbox names and quoted strings are UTF-8, for parser.DecodeMailbox and parser.AppendMailbox.
func (c *Conn) UTF8() bool { return c.utf8() }

// Enabled reports whether the client has enabled an extension that this package implements: CONDSTORE, QRESYNC,
// UTF8=ACCEPT, UIDONLY or IMAP4REV2. For "NOTIFY" it reports whether the client uses NOTIFY.
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
	case "NOTIFY":
		return c.notify != nil
	}
	return false
}

// Enable enables an extension as if the client had done so, but sends no response. It reports whether this package
// implements the extension. See Enabled.
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

// CondStore makes the connection send mod-sequences from now on, as after a command that asks for them (RFC 7162 §3.1).
func (c *Conn) CondStore() { c.enableCondStore() }

// NoteAdded says that a program's own command has added messages with these UIDs to a mailbox. NOTIFY then does not
// report them to this client.
func (c *Conn) NoteAdded(mailbox string, uids ...uint32) { c.noteAdded(mailbox, uids) }

// NoteEvent says that a program's own command has caused an event. NOTIFY then does not report it to this client.
func (c *Conn) NoteEvent(e Event) { c.noteEvent(nil, e) }

// Deselect closes the open mailbox, and reports whether one was open.
func (c *Conn) Deselect() bool { return c.deselect() }

// Command returns the command with this name, which must be in upper case and without "UID". It is one of
// Server.Commands, or a command of this package.
func (s *Server) Command(name string) (cmd Command, ok bool) {
	if cmd, ok = s.Commands[name]; ok {
		return cmd, true
	}
	if s.Backend == nil && !withoutBackend[name] {
		return cmd, false
	}
	cmd, ok = commandTable[name]
	return cmd, ok
}

// withoutBackend has the commands that need no back end.
var withoutBackend = map[string]bool{
	"CAPABILITY": true, "NOOP": true, "LOGOUT": true, "ID": true, "STARTTLS": true, "LOGIN": true, "AUTHENTICATE": true, "ENABLE": true,
	"UNAUTHENTICATE": true, "COMPRESS": true, "IDLE": true, "CHECK": true,
}
