package session

import (
	"bytes"
	"context"
	"strconv"
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// Command is everything that a session knows about a command. To send a command of your own, pass a value of this
// type to Start or StartStream. Its functions run on the goroutine that drives the session, and must not use the
// session. Every field but Name is optional. A command with nil Answers is never in flight together with another.
type Command struct {
	// Name is what is sent after the tag, such as "FETCH" or "UID FETCH". It is an atom, with or without "UID " before
	// it.
	Name string
	// Needs names the capability without which the command is refused; "A|B" means that either will do.
	Needs string
	// In is the set of states in which the command is legal; 0 means any. A command that is legal only in Selected
	// works on the mailbox that was open, or was being opened, when the command was started. If another mailbox, or
	// none, is open when the command is about to be sent, the session refuses it with a MailboxError.
	In State
	// Then is the state after OK, and Else is the state after NO or BAD; 0 means that the state does not change.
	Then, Else State
	// Early means that the server may end the connection after BYE, even before the tagged answer, as for LOGOUT.
	Early bool
	// Flow says how the command affects others in flight.
	Flow Flow
	// Parts means that Data gets a response with a long list in several calls, each with a part of the list
	// (parser.Response.More). The list then takes only as much memory as Data keeps of it. Data must limit how much it
	// keeps. A Stream cannot use Parts.
	Parts  bool
	layers bool // the command negotiates a layer for the connection: see Negotiate
	// Changes is the name of the mailbox to which the command adds messages, as APPEND and COPY do. Asks is the name of
	// the mailbox that the command asks about, as STATUS does. A command that asks about a mailbox waits for an earlier
	// one that changes the mailbox. Otherwise its answer might not include the change.
	Changes, Asks string
	// Answers lists the untagged responses that answer the command, and says how each of them identifies the command.
	// Nil means that they are unknown: then nothing else is in flight together with the command. TaggedOnly means
	// that no untagged response answers it.
	Answers []Answer
	// Args writes the arguments, each with the space before it.
	Args func(*wire.Encoder)
	// Claim reports whether an untagged response answers the command.
	Claim func(*parser.Response) bool
	// Data is called with each response that the command has claimed, before the payload of the response has been
	// read. It must not wait, except to read a streamed literal. Its first error becomes the command's error when the
	// server has answered.
	Data func(*parser.Response) error
	// More is called with the text of a continuation request. It writes the answer, which is a line without CRLF. It
	// may block, but must return when ctx ends; ctx is the context of the current Wait or loop. The answer is treated
	// as a secret. If More fails, the session sends the line of Stop instead, and More's error is the command's error.
	// Without a Stop, the session then ends.
	More func(ctx context.Context, text []byte, e *wire.Encoder) error
	// Stop writes the line, without CRLF, that ends the command early: DONE for IDLE, or * for AUTHENTICATE.
	Stop func(*wire.Encoder)
	// Done is called with the tagged OK, which may contain a response code.
	Done func(*parser.Response) error
	// Refused is called with the error of a NO or BAD. It returns the error that the command ends with: the same error,
	// or one that wraps it and says more.
	Refused func(error) error
	// Opens is the view of the mailbox that a SELECT or EXAMINE opens. The session updates it while the command runs,
	// and Session.Mailbox returns it after OK.
	Opens *Mailbox
}

// needsMailbox reports whether the command works on the selected mailbox.
func (c *Command) needsMailbox() bool { return c.In == Selected }

// changesState reports whether the command may change the state or the mailbox. Such a command begins an epoch.
func (c *Command) changesState() bool { return c.Then != 0 || c.Opens != nil }

// hasDialogue reports whether the command answers continuation requests with More, as AUTHENTICATE does. No log may
// show these answers.
func (c *Command) hasDialogue() bool { return c.More != nil }

// tagText returns the tag that the server sees, or "" for a command without one.
func (s *Session) tagText(p *pending) string {
	if s == nil || p.tag == 0 {
		return ""
	}
	return string(s.appendTag(nil, p.tag))
}

// appendTag appends the tag with number n: A1, A2, …, or with the prefix of Config.TagPrefix.
func (s *Session) appendTag(dst []byte, n uint64) []byte {
	return strconv.AppendUint(append(dst, s.cfg.TagPrefix...), n, 10)
}

// parseTag returns the number of a tag that appendTag has made.
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

// TagLetters returns n as letters, for Config.TagPrefix: in base 16, with the letters A to P as digits, and "" for 0.
// If n is random, an attacker cannot guess the tags in advance.
func TagLetters(n uint32) string {
	var b [8]byte
	i := len(b)
	for ; n > 0; n >>= 4 {
		i--
		b[i] = 'A' + byte(n&15)
	}
	return string(b[i:])
}

// validPrefix reports whether tags may begin with p. A valid prefix has at most 16 letters and nothing else, so that a
// tag cannot be mistaken for anything else in the grammar.
func validPrefix(p string) bool {
	return len(p) <= 16 && strings.IndexFunc(p, func(c rune) bool { return c|0x20 < 'a' || c|0x20 > 'z' }) < 0
}
