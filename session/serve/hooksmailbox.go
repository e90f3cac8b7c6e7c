package serve

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/match"
	"github.com/imapstack/imapstack/wire"
)

// The hooks of this file are about the open mailbox.

// An UpdateHook decides what a command reports about the open mailbox before its answer.
type UpdateHook interface {
	// Updates gets the command, what the command may report, and its answer. It returns what the command reports: the
	// same, or less. The rest waits for another command. If it returns UpdatesDeferred, the hook itself calls Conn.SendUpdates.
	Updates(h *parser.CommandHead, may Updates, r *Reply) Updates
}

// A GoneHook is called after another connection has deleted the open mailbox. The machine then sends no OK with the
// code NONEXISTENT. It has reported all other changes. RFC 2180 §3 describes what a server may do: the hook may call
// Conn.Bye or Conn.Deselect, or leave the decision to the client, which can still read what the back end can.
type GoneHook interface{ MailboxGone() }

// A FetchHook sees each message of a FETCH before the machine writes its response.
type FetchHook interface {
	// Fetching gets the command's arguments, the message and its sequence number. If it returns false, the machine
	// writes no response: the hook may have written one to Conn.Encoder. An error ends the command, and is its answer.
	// m is valid until Fetching returns.
	Fetching(a *parser.FetchArgs, seq uint32, m *Message) (write bool, err error)
}

// An ItemHook provides items of FETCH that the machine does not know.
type ItemHook interface {
	// HasItem reports whether the hook provides the item of that name, which is in upper case.
	HasItem(name string) bool
	// Item writes the value of an item to e. The machine has written the name, with its section and origin.
	Item(e *wire.Encoder, item *parser.FetchItem, m match.Message)
}

// A KeyHook provides search keys that the machine does not know.
type KeyHook interface {
	// ReadKey reads the arguments of the key k.Name, including the space before them, and reports whether the hook
	// provides that key. See parser.SearchArgs.Unknown.
	ReadKey(d *wire.Decoder, k *parser.SearchKey) bool
	// MatchKey returns a function that matches messages, or nil if the hook does not provide that key.
	MatchKey(k *parser.SearchKey) func(match.Message) bool
}

// viewHooks holds the interfaces of this file that a connection's value implements.
type viewHooks struct {
	updates  UpdateHook
	gone     GoneHook
	fetching FetchHook
	items    ItemHook
	keys     KeyHook
}

func viewHooksOf(v any) (h viewHooks) {
	h.updates, _ = v.(UpdateHook)
	h.gone, _ = v.(GoneHook)
	h.fetching, _ = v.(FetchHook)
	h.items, _ = v.(ItemHook)
	h.keys, _ = v.(KeyHook)
	return h
}

// unknownKey returns a function that reads search keys that the parser does not know, or nil.
func (c *Conn) unknownKey() func(d *wire.Decoder, k *parser.SearchKey) bool {
	if h := c.hooks.keys; h != nil {
		return h.ReadKey
	}
	return nil
}

// matchKey returns a function that matches messages for search keys of a hook, or nil.
func (c *Conn) matchKey() func(k *parser.SearchKey) func(match.Message) bool {
	if h := c.hooks.keys; h != nil {
		return h.MatchKey
	}
	return nil
}

// SendUpdates reports what has changed in the open mailbox, and then the mod-sequences that the client needs to know. expunge
// says whether expunges may be reported. uid says whether FETCH responses have the UID, because one of the commands to
// answer has UIDs. An UpdateHook that has returned UpdatesDeferred calls SendUpdates before the answer is sent.
func (c *Conn) SendUpdates(expunge, uid bool) error {
	if c.view == nil {
		return nil
	}
	c.newReported, c.uid = false, uid
	err := c.reportUpdates(expunge)
	c.uid = false
	c.reportDeleted()
	c.correctModSeq(&Reply{})
	return err
}
