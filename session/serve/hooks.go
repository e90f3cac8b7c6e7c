package serve

import (
	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// Hooks are a value of one's own for each connection, from Server.Hooks or ConnOptions. The machine asks it for the interfaces of this
// file, and calls the methods that it has: for a log, a filter, a proxy, or a server that is to misbehave in a test. All are
// called by the goroutine of the connection. What they write with Conn.Encoder goes out with what the machine writes.

// A Starter is called before anything is read or written, the TLS handshake included.
type Starter interface{ Start(c *Conn) }

// A Greeter says what the greeting says. An error ends the connection; a *Reply is told first, as BYE.
type Greeter interface {
	// Greeting returns the text for people; "" is the machine's own.
	Greeting() (text string, err error)
}

// An Ender is called when the last command has been answered, and what was written has gone out. It may write more.
type Ender interface{ End() }

// A ReaderHook is told of each reader that the connection reads commands with: a new one begins with the connection, after a login, and with each
// layer. It sets the reader's rules.
type ReaderHook interface{ Reader(r *parser.CommandReader) }

// A WaitHook is called before the client is waited for, as all it has sent has been used. command is whether what is awaited is a command.
type WaitHook interface{ BeforeRead(command bool) }

// An AuthHook completes what the servers' halves of the SASL mechanisms go by on the connection as it is now. cfg is a copy.
type AuthHook interface{ Auth(cfg *auth.ServerConfig) }

// A CapabilityHook changes what is told in CAPABILITY. What it takes out is still known.
type CapabilityHook interface {
	Capabilities(names []string) []string
}

// An EnableHook is asked about what ENABLE names that the machine does not know. It reports whether that is enabled now.
type EnableHook interface{ Enable(name string) bool }

// A LiteralHook is asked before a literal is taken, or dropped. An error refuses it, as Command's would.
type LiteralHook interface {
	Literal(q *parser.LiteralRequest) error
}

// A CommandHook sees commands.
type CommandHook interface {
	// BeforeCommand is called with each command that could be read, before the machine looks whether it is known and allowed. An
	// error is the answer, and the command is not run: a *Reply, even of OK, or an *Error.
	BeforeCommand(h *parser.CommandHead) error
	// Answer is called when the command has been run, or refused, and before anything else is told. It may change the answer.
	Answer(h *parser.CommandHead, r *Reply)
	// AfterCommand is called when the answer has been written, or waits in the encoder, and r.Then has run. An error ends the
	// connection. h is nil after the greeting, and after what could not be read.
	AfterCommand(h *parser.CommandHead) error
}

// An UnreadableHook is called with what could not be read as a command, before that is answered.
type UnreadableHook interface{ Unreadable(b *parser.BadCommand) }

// An AnswerHook is told of each answer as it is written, to what could not be read too. name is the command's, "UID FETCH".
type AnswerHook interface{ Answered(name string, r *Reply) }

// An ArgsHook sees the arguments of commands that the machine has decoded, and of those of one's own, before they are acted upon. args is a
// pointer to one of package parser's types. An error refuses the command.
type ArgsHook interface{ Args(args any) error }

// A ResponseHook sees what is said before it is sent.
type ResponseHook interface {
	// Respond is given one or more whole responses. If it returns true, they are sent as they are. Else they are the hook's: it sends
	// what it makes of them with Conn.Write, now or later.
	Respond(segs []wire.Segment) (asTheyAre bool, err error)
	// Whole reports whether responses are to be gathered until the command ends, instead of being sent as they come.
	Whole() bool
}

// A Pusher tells what no command has asked for, while no command is being answered. Conn.Wake has it called again.
type Pusher interface {
	// Pushes reports whether there may be something to tell while a command is awaited.
	Pushes() bool
	// Push encodes what there is to tell. idle is whether the client is in IDLE.
	Push(idle bool) error
}

// An IdleHook is told when a client is in IDLE, and when it no longer is.
type IdleHook interface{ Idle(on bool) }

// A PanicHook is told of a panic within a command, instead of the log. The connection ends.
type PanicHook interface{ Panicked(v any, stack []byte) }

// hooks are what a value of a connection's has of the interfaces.
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
	panicky PanicHook
}

// noHooks is for all connections that have none.
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
	h.panicky, _ = v.(PanicHook)
	return h
}
