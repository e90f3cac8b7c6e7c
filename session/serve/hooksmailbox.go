package serve

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/match"
	"github.com/imapstack/imapstack/wire"
)

// The hooks of this file are about the open mailbox.

// An UpdateHook decides which changes of the open mailbox are reported before the answer to a command.
type UpdateHook interface {
	// Updates gets the command, the kinds of changes that may be reported, and the answer. It returns the kinds that
	// are reported: the same or fewer. A later command reports the remaining changes. If Updates returns
	// UpdatesDeferred, the hook itself calls Conn.SendUpdates.
	Updates(h *parser.CommandHead, may Updates, r *Reply) Updates
}

// A GoneHook is called after the open mailbox was deleted, or has got another UIDVALIDITY. The server has reported all
// other changes by then, unless the client has excluded the mailbox from reports by NOTIFY. Without a GoneHook, the
// server sends OK with the code NONEXISTENT; with one it does not. RFC 2180 §3 describes what a server may do. The hook
// may call Conn.Bye or Conn.Deselect. If it calls neither, the client can read the messages as long as the back end
// still has them.
type GoneHook interface{ MailboxGone() }

// A FetchHook gets each message of a FETCH before the server writes its response.
type FetchHook interface {
	// Fetching gets the command's arguments, the message and its sequence number. If it returns false, the server
	// writes no response for this message, because the hook has written one to Conn.Encoder, or wants none. An error
	// ends the command, and is its answer. m is valid until Fetching returns.
	Fetching(a *parser.FetchArgs, seq uint32, m *Message) (write bool, err error)
}

// An ItemHook provides items of FETCH that the server does not know.
type ItemHook interface {
	// HasItem reports whether the hook provides the item with the given name. The server passes the name in upper case.
	HasItem(name string) bool
	// Item writes the value of an item to e. The server has already written the name, the section, and the origin of
	// a partial item.
	Item(e *wire.Encoder, item *parser.FetchItem, m match.Message)
}

// A KeyHook provides search keys that the server does not know.
type KeyHook interface {
	// ReadKey reads the arguments of the key k.Name, including the space before them, and reports whether the hook
	// provides that key. See parser.SearchArgs.Unknown.
	ReadKey(d *wire.Decoder, k *parser.SearchKey) bool
	// MatchKey returns a function that matches messages, or nil if the hook does not provide that key.
	MatchKey(k *parser.SearchKey) func(match.Message) bool
}

// viewHooks holds the value that has the hooks of a connection, once in each field whose interface the value
// implements. The other fields are nil.
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

// SendUpdates reports what has changed in the open mailbox, and then HIGHESTMODSEQ if the client needs it. expunge says
// whether expunges may be reported. If uid is true, each FETCH response has the UID; uid must be true during a UID
// command. An UpdateHook that has returned UpdatesDeferred calls SendUpdates itself, before the answer is sent.
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
