package serve

import (
	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// Hooks are a program's own value for each connection, from Server.Hooks or ConnOptions. The machine checks which
// interfaces of this file and of hooksmailbox.go the value implements, and calls their methods: for a log, a filter, a
// proxy, or a server that misbehaves in a test. The connection's goroutine calls them all. What they write with
// Conn.Encoder is sent together with what the machine writes.

// A Starter is called before anything is read or written, including the TLS handshake.
type Starter interface{ Start(c *Conn) }

// A Greeter chooses the greeting. An error ends the connection; if it is a *Reply, the client gets it first, as BYE.
type Greeter interface {
	// Greeting returns the text for people; "" stands for the machine's own.
	Greeting() (text string, err error)
}

// An Ender is called after the last command has been answered and everything has been sent. It may write more.
type Ender interface{ End() }

// A ReaderHook gets each new reader of commands, and may set its rules. A connection makes a reader at its beginning,
// after a login, and with each layer.
type ReaderHook interface{ Reader(r *parser.CommandReader) }

// A WaitHook is called before the connection waits for the client, because everything that has come has been read.
// command says whether it waits for a command.
type WaitHook interface{ BeforeRead(command bool) }

// An AuthHook completes the settings of the SASL mechanisms for the connection as it is now. cfg is a copy.
type AuthHook interface{ Auth(cfg *auth.ServerConfig) }

// A CapabilityHook changes what CAPABILITY lists. Capabilities that it removes still work.
type CapabilityHook interface {
	Capabilities(names []string) []string
}

// An EnableHook is called with each name in ENABLE that the machine does not know. It reports whether that is enabled
// now.
type EnableHook interface{ Enable(name string) bool }

// A LiteralHook is called before a literal is read or dropped. An error refuses it, like an error of a Command.
type LiteralHook interface {
	Literal(q *parser.LiteralRequest) error
}

// A CommandHook sees commands.
type CommandHook interface {
	// BeforeCommand is called with each command that could be read, before the machine checks whether it is known and
	// allowed. An error, a *Reply (even of OK) or an *Error, is the answer, and the command does not run.
	BeforeCommand(h *parser.CommandHead) error
	// Answer is called after the command has run or was refused, before the client gets anything else. It may change
	// the answer.
	Answer(h *parser.CommandHead, r *Reply)
	// AfterCommand is called when the answer has been written or waits in the encoder, and r.Then has run. An error
	// ends the connection. h is nil after the greeting, and after a command that could not be read.
	AfterCommand(h *parser.CommandHead) error
}

// An UnreadableHook is called with a command that could not be read, before it is answered.
type UnreadableHook interface{ Unreadable(b *parser.BadCommand) }

// An AnswerHook sees each answer as it is written, including the answer to a command that could not be read. name is
// the command's name, such as "UID FETCH".
type AnswerHook interface{ Answered(name string, r *Reply) }

// An ArgsHook sees the arguments of the machine's and the program's commands after they are decoded and before the
// command uses them. args is a pointer to one of package parser's types. The hook may change them. An error refuses the
// command.
type ArgsHook interface{ Args(args any) error }

// A ResponseHook sees responses before they are sent.
type ResponseHook interface {
	// Respond gets one or more whole responses. If it returns true, they are sent as they are. If not, the machine does
	// not send them: the hook sends what it makes of them with Conn.Write, now or later.
	Respond(segs []wire.Segment) (asTheyAre bool, err error)
	// Whole reports whether the machine gathers responses until the command ends, instead of sending them as they come.
	Whole() bool
}

// A Pusher sends the client something unasked, while no command is being answered. Conn.Wake makes the machine call it
// again.
type Pusher interface {
	// Pushes reports whether there may be something to send while the connection waits for a command.
	Pushes() bool
	// Push encodes what there is to send. idle says whether the client is in IDLE.
	Push(idle bool) error
}

// An IdleHook is called when the client enters IDLE, and when it leaves.
type IdleHook interface{ Idle(on bool) }

// A PanicHook is called after a panic in a command. The machine then does not log the panic. The connection ends.
type PanicHook interface{ Panicked(v any, stack []byte) }

// hooks holds the interfaces that a connection's value implements.
type hooks struct {
	all     any
	greet   Greeter
	end     Ender
	reader  ReaderHook
	wait    WaitHook
	auth    AuthHook
	caps    CapabilityHook
	enable  EnableHook
	literal LiteralHook
	command CommandHook
	bad     UnreadableHook
	answer  AnswerHook
	args    ArgsHook
	respond ResponseHook
	push    Pusher
	idle    IdleHook
	panics  PanicHook
	viewHooks
}

// noHooks is the value for connections without hooks.
var noHooks = &hooks{}

func hooksOf(v any) *hooks {
	if v == nil {
		return noHooks
	}
	h := &hooks{all: v}
	h.greet, _ = v.(Greeter)
	h.end, _ = v.(Ender)
	h.reader, _ = v.(ReaderHook)
	h.wait, _ = v.(WaitHook)
	h.auth, _ = v.(AuthHook)
	h.caps, _ = v.(CapabilityHook)
	h.enable, _ = v.(EnableHook)
	h.literal, _ = v.(LiteralHook)
	h.command, _ = v.(CommandHook)
	h.bad, _ = v.(UnreadableHook)
	h.answer, _ = v.(AnswerHook)
	h.args, _ = v.(ArgsHook)
	h.respond, _ = v.(ResponseHook)
	h.push, _ = v.(Pusher)
	h.idle, _ = v.(IdleHook)
	h.panics, _ = v.(PanicHook)
	h.viewHooks = viewHooksOf(v)
	return h
}
