package imaptest

import (
	"slices"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/match"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/wire"
)

// The options of this file add an extension to the server. They are for authors of extensions.

// extension holds what these options have added to the server.
type extension struct {
	caps     []string
	commands map[string]serve.Command
	items    map[string]func(*wire.Encoder, *parser.FetchItem, match.Message)
	keys     map[string]SearchKey
	codes    map[string]parser.Code
}

// WithCapability adds names to the capabilities that the server offers after the login. The option Without removes them
// again.
func WithCapability(names ...string) Option {
	return func(o *options) { o.ext.caps = append(o.ext.caps, names...) }
}

// WithCommand adds a command, or replaces one that the server has. The name is in upper case, without "UID". cmd.Run
// decodes the arguments with Conn.Decode and encodes its responses to Conn.Encoder. The error that cmd.Run returns,
// such as a *serve.Reply, is the answer. [UserOf] returns the connection's user and [MailboxOf] the selected mailbox;
// Server.Mailbox returns others.
func WithCommand(name string, cmd serve.Command) Option {
	return func(o *options) { put(&o.ext.commands, name, cmd) }
}

// WithFetchItem adds an item of FETCH, whose name is in upper case. For each message the server writes the name. If the
// client asked for a section, the server then writes the section in brackets; if it asked for a part of the octets, the
// server writes the number of the first octet in angle brackets. Then it calls write, which writes the value.
func WithFetchItem(name string, write func(e *wire.Encoder, item *parser.FetchItem, m match.Message)) Option {
	return func(o *options) { put(&o.ext.items, name, write) }
}

// SearchKey is a search key of an extension.
type SearchKey struct {
	// Read reads what follows the key's name, including the space, into the fields of k. It is nil for a key without
	// arguments.
	Read func(d *wire.Decoder, k *parser.SearchKey)
	// Match reports whether a message matches the key.
	Match func(k *parser.SearchKey, m match.Message) bool
}

// WithSearchKey adds a search key of SEARCH, SORT and THREAD, whose name is in upper case.
func WithSearchKey(name string, key SearchKey) Option {
	return func(o *options) { put(&o.ext.keys, name, key) }
}

// WithCode puts a response code into the OK of a command, whose name is in upper case, without "UID". An answer that
// already has a code keeps it. A command that WithCommand has added returns its own codes.
func WithCode(command string, code parser.Code) Option {
	return func(o *options) { put(&o.ext.codes, command, code) }
}

func put[T any](m *map[string]T, name string, v T) {
	if *m == nil {
		*m = map[string]T{}
	}
	(*m)[name] = v
}

// UserOf returns the name of the user who has logged in on a connection of a Server; "" if none has.
func UserOf(c *serve.Conn) string {
	if c, ok := c.Hooks().(*conn); ok && c.user != nil {
		return c.user.Name()
	}
	return ""
}

// MailboxOf returns the mailbox that is selected on a connection of a Server; nil if none is.
func MailboxOf(c *serve.Conn) *Mailbox {
	if c, ok := c.Hooks().(*conn); ok && c.view() != nil {
		return &Mailbox{c.view().Mailbox()}
	}
	return nil
}

// allCommands returns the server's commands, including those of options.
func (x *extension) allCommands() map[string]serve.Command {
	if len(x.commands) == 0 {
		return ownCommands
	}
	all := make(map[string]serve.Command, len(ownCommands)+len(x.commands))
	for name, cmd := range ownCommands {
		all[name] = cmd
	}
	for name, cmd := range x.commands {
		all[name] = cmd
	}
	return all
}

// allCapabilities returns the server's capabilities, followed by those of options.
func (x *extension) allCapabilities() []string {
	if len(x.caps) == 0 {
		return extensions
	}
	return slices.Concat(extensions, x.caps)
}

// ReadKey reads a search key that an option has added, and reports whether k is one.
func (c *conn) ReadKey(d *wire.Decoder, k *parser.SearchKey) bool {
	key, ok := c.srv.opt.ext.keys[k.Name]
	if ok && key.Read != nil {
		from := d.Pos()
		key.Read(d, k)
		k.Args = d.Raw()[from:d.Pos():d.Pos()]
	}
	return ok
}

// MatchKey returns the match function of a search key that an option has added, or nil if k is not one.
func (c *conn) MatchKey(k *parser.SearchKey) func(match.Message) bool {
	key, ok := c.srv.opt.ext.keys[k.Name]
	if !ok {
		return nil
	}
	return func(m match.Message) bool { return key.Match(k, m) }
}

// HasItem reports whether an option has added an item of FETCH.
func (c *conn) HasItem(name string) bool { return c.srv.opt.ext.items[name] != nil }

// Item writes the value of an item that an option has added.
func (c *conn) Item(e *wire.Encoder, item *parser.FetchItem, m match.Message) {
	c.srv.opt.ext.items[item.Name](e, item, m)
}

// addCode puts the code of WithCode into an answer.
func (c *conn) addCode(h *parser.CommandHead, r *serve.Reply) {
	if code, ok := c.srv.opt.ext.codes[h.Name]; ok && r.Status == parser.OK && r.Code.Name == "" {
		r.Code = code
	}
}
