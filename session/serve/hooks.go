package serve

import (
	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// The hooks of a connection are one value of the program, from Server.Hooks or ConnOptions. The server checks which
// interfaces of this file and of hooksmailbox.go the value implements, and calls their methods. With hooks a program
// can write a log, filter commands, be a proxy, or be a server that misbehaves in a test. The connection's goroutine
// calls them all. What they write with Conn.Encoder is sent together with what the server writes.

// A Starter is called at the beginning of a connection, before the TLS handshake.
type Starter interface{ Start(c *Conn) }

// A Greeter chooses the greeting. An error ends the connection. If the error is a *Reply, the client gets its code
// and text with BYE.
type Greeter interface {
	// Greeting returns the human-readable text of the greeting; "" stands for the server's own text.
	Greeting() (text string, err error)
}

// An Ender is called after the last command has been answered and everything has been sent. It may write more
// responses.
type Ender interface{ End() }

// A ReaderHook gets each new reader of commands, and may set its rules of tolerance. A connection makes a reader at its
// beginning, after a login, and after STARTTLS, COMPRESS and UNAUTHENTICATE.
type ReaderHook interface{ Reader(r *parser.CommandReader) }

// A WaitHook is called when everything that has arrived has been read, before the connection waits for the client.
// command is true if it waits for a new command or the end of IDLE, and false if it waits for the rest of a command.
type WaitHook interface{ BeforeRead(command bool) }

// An AuthHook may change the configuration of the SASL mechanisms for the connection in its current state. cfg is a
// copy.
type AuthHook interface{ Auth(cfg *auth.ServerConfig) }

// A CapabilityHook changes what CAPABILITY lists. An extension still works if the hook removes its capability.
type CapabilityHook interface {
	Capabilities(names []string) []string
}

// An EnableHook is called with each capability in ENABLE that the server has, but cannot enable itself: for example,
// one of Server.Capabilities. It reports whether it has enabled that extension.
type EnableHook interface{ Enable(name string) bool }

// A LiteralHook is called before a literal is read or dropped. An error refuses the literal, and becomes the answer,
// like an error of Command.Run.
type LiteralHook interface {
	Literal(q *parser.LiteralRequest) error
}

// A CommandHook is called before and after each command.
type CommandHook interface {
	// BeforeCommand is called with each command that could be read, before the server checks whether it is known and
	// allowed, and before it decodes the arguments. If it returns an error, which may be a *Reply with OK, the error is
	// the answer, and the command does not run.
	BeforeCommand(h *parser.CommandHead) error
	// Answer is called after the command has run or was refused, and before changes of the mailbox are reported. It may
	// change *r.
	Answer(h *parser.CommandHead, r *Reply)
	// AfterCommand is called when the answer has been encoded, and perhaps sent, and after Reply.Then has run. An error
	// ends the connection. h is nil after the greeting, and after a command that could not be read: see UnreadableHook.
	AfterCommand(h *parser.CommandHead) error
}

// An UnreadableHook is called with a command that could not be read, before it is answered. Either its tag or name
// could not be parsed, or it exceeds a limit, or a literal in it was refused before the command ran. The hook is not
// called for wrong arguments.
type UnreadableHook interface{ Unreadable(b *parser.BadCommand) }

// An AnswerHook gets each tagged answer before it is encoded, including the answer to a command that could not be read.
// name is the command's name, such as "UID FETCH".
type AnswerHook interface{ Answered(name string, r *Reply) }

// An ArgsHook gets the arguments of each command after they are decoded and before the command uses them. args is a
// pointer to one of package parser's types. The hook may change them. An error refuses the command.
type ArgsHook interface{ Args(args any) error }

// A ResponseHook gets responses before they are sent.
type ResponseHook interface {
	// Respond gets one or more whole responses. If it returns true, the server sends them unchanged. If it returns
	// false, the server does not send them. The hook then sends what it wants in their place with Conn.Write, at once
	// or later.
	Respond(segs []wire.Segment) (asTheyAre bool, err error)
	// Whole reports whether the server collects the responses until the command ends, and does not send them before.
	Whole() bool
}

// A Pusher sends unsolicited responses while no command is running, or during IDLE. Conn.Wake makes the server call
// it again.
type Pusher interface {
	// Pushes reports whether the Pusher may have something to send while the connection waits for a command.
	Pushes() bool
	// Push encodes the responses. idle says whether the client is in IDLE.
	Push(idle bool) error
}

// An IdleHook is called when the client enters IDLE, and when it leaves.
type IdleHook interface{ Idle(on bool) }

// A PanicHook is called after a panic in a command, a hook or the back end. The server then does not log the panic. The
// connection ends.
type PanicHook interface{ Panicked(v any, stack []byte) }

// hooks holds the value that has the hooks of a connection, once in each field whose interface the value implements.
// The other fields are nil.
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

// noHooks is for connections without hooks.
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
