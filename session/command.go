package session

import (
	"bytes"
	"context"
	"strconv"
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// Command is everything that a session knows about a command. To send a command of your own, pass a value of this type
// to Start or StartStream. Its functions run on the goroutine that drives the session, and must not use the session.
// Every field but Name is optional. A command without Answers is never in flight together with another.
type Command struct {
	// Name is what is sent after the tag: "FETCH", "UID FETCH". It is an atom, with or without "UID " before it.
	Name string
	// In is the set of states in which the command is legal; 0 means any. A command that is legal only in Selected
	// works on the mailbox that was open, or being opened, when it was started. It is refused unsent if another one is
	// open at its turn.
	In State
	// Needs names the capability without which the command is refused; "A|B" means that either will do.
	Needs string
	// Flow says what the command does to others in flight.
	Flow Flow
	// Changes is a mailbox, other than the selected one, whose messages the command changes: APPEND, COPY. Asks is a
	// mailbox about whose messages it asks: STATUS. A server might answer the asking command before it has done the
	// changing one.
	Changes, Asks string
	// Answers lists the untagged responses that answer the command, and how each tells which command it answers. Nil
	// means unknown: nothing else is in flight together with the command. TaggedOnly means that there are none.
	Answers []Answer
	// Args writes the arguments, each with the space before it.
	Args func(*wire.Encoder)
	// Claim reports whether an untagged response answers the command.
	Claim func(*parser.Response) bool
	// Data takes a claimed response, whose payload has not been read. It must not wait, except to read a streamed
	// literal. Its first error becomes the command's when the server has answered.
	Data func(*parser.Response) error
	// Parts means that Data takes a long list in parts, each a response with the same head (parser.Response.More). Then
	// a list needs only the memory of what Data keeps of it, and Data must bound that. Streams cannot use it.
	Parts bool
	// More gets the text of a continuation request and writes the answer, a line without its end. It may take its time,
	// but must return when ctx ends; ctx is the context of the current wait. What it writes is secret. If it fails, the
	// session sends Stop's line instead, and More's error is the command's.
	More func(ctx context.Context, text []byte, e *wire.Encoder) error
	// Stop writes the line, without its end, that ends the command early: DONE, or * for AUTHENTICATE.
	Stop func(*wire.Encoder)
	// Done gets the tagged OK, with its code.
	Done func(*parser.Response) error
	// Refused gets the error for a NO or BAD, and returns the command's error: the same error with more information.
	Refused func(error) error
	// Then and Else are the states after OK and after NO or BAD; 0 means unchanged.
	Then, Else State
	// Opens is the view that data updates while the command runs, and that becomes the session's after OK: SELECT.
	Opens *Mailbox
	// Early means that the stream may end after the tagged OK, or after BYE: LOGOUT.
	Early bool

	layers bool // the connection gets another layer after OK: see Negotiate
}

// binds reports whether the command works on the selected mailbox.
func (c *Command) binds() bool { return c.In == Selected }

// moves reports whether the command may change the state or the mailbox. Such a command begins an epoch.
func (c *Command) moves() bool { return c.Then != 0 || c.Opens != nil }

// secretly reports whether the command has a dialogue, which no log may show.
func (c *Command) secretly() bool { return c.More != nil }

// tagText returns the tag that the server sees, or "" for a command without one.
func (s *Session) tagText(p *pending) string {
	if s == nil || p.tag == 0 {
		return ""
	}
	return string(s.appendTag(nil, p.tag))
}

// appendTag appends a tag: A1, A2, …, or with the prefix that the caller chose.
func (s *Session) appendTag(dst []byte, n uint64) []byte {
	return strconv.AppendUint(append(dst, s.cfg.TagPrefix...), n, 10)
}

// parseTag is the inverse of appendTag.
func (s *Session) parseTag(tag []byte) (n uint64, ok bool) {
	digits, ok := bytes.CutPrefix(tag, []byte(s.cfg.TagPrefix))
	if !ok || len(digits) == 0 || len(digits) > 19 || digits[0] == '0' {
		return 0, false
	}
	for _, c := range digits {
		if c -= '0'; c > 9 {
			return 0, false
		}
		n = n*10 + uint64(c)
	}
	return n, true
}

// TagLetters returns n in a form for Config.TagPrefix: in base 16, with the letters A to P as digits, and "" for 0.
// With a random number, an attacker on the way cannot guess the tags.
func TagLetters(n uint32) string {
	var b [8]byte
	i := len(b)
	for ; n > 0; n >>= 4 {
		i--
		b[i] = 'A' + byte(n&15)
	}
	return string(b[i:])
}

// validPrefix reports whether tags may begin with p. Such a tag cannot be mistaken for any other part of the grammar.
func validPrefix(p string) bool {
	return len(p) <= 16 && strings.IndexFunc(p, func(c rune) bool { return c|0x20 < 'a' || c|0x20 > 'z' }) < 0
}
