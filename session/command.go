package session

import (
	"bytes"
	"context"
	"strconv"
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// Command is all that a session knows of a command. A command of your own is a value of this type, given to Start or
// StartStream. Its functions run on the goroutine that drives the session and must not use the session. All but Name may
// be left out; a command that does not say what answers it shares the connection with no other.
type Command struct {
	// Name is what is sent after the tag: "FETCH", "UID FETCH". It is an atom, with or without "UID " before it.
	Name string
	// In is the states in which the command is legal; 0 is any. A command that is legal in Selected alone works on the
	// mailbox that was open, or being opened, when it was started, and is refused unsent when another one is.
	In State
	// Needs names the capability without which the command is refused; "A|B" is either.
	Needs string
	// Flow says what the command does to others in flight.
	Flow Flow
	// Changes is a mailbox whose messages the command changes without its being selected: APPEND, COPY. Asks is one about whose
	// messages it asks: STATUS. A server may answer the second before it has done the first.
	Changes, Asks string
	// Answers is the untagged responses that answer the command, and how each says so. Nil is not known: the command is sent
	// by itself. TaggedOnly is none.
	Answers []Answer
	// Args writes the arguments, each with the space before it.
	Args func(*wire.Encoder)
	// Claim says whether an untagged response is the command's.
	Claim func(*parser.Response) bool
	// Data takes a response that was claimed, its payload unread. It does not wait, unless it reads a literal that is
	// streamed. Its first error is the command's, when the server has answered it.
	Data func(*parser.Response) error
	// More answers a continuation request whose text it is given: it writes a line without its end. It may take its time, but not after
	// the end of ctx, which is that of the wait that goes on. What it writes is
	// secret. If it fails, Stop's answer is sent instead, and its error is the command's.
	More func(ctx context.Context, text []byte, e *wire.Encoder) error
	// Stop writes the line, without its end, that ends the command early: DONE, or * for AUTHENTICATE.
	Stop func(*wire.Encoder)
	// Done takes the tagged OK, with its code.
	Done func(*parser.Response) error
	// Refused is given the error that a NO or BAD stands for, and returns the command's error instead: the same with
	// more to say.
	Refused func(error) error
	// Then and Else are the states after OK and after NO or BAD; 0 is as before.
	Then, Else State
	// Opens is the view that data fills while the command runs, and that is the session's after OK: SELECT.
	Opens *Mailbox
	// Early means that the tagged OK, or BYE, may be followed by the end of the stream: LOGOUT.
	Early bool

	layers bool // the connection is another after OK: see Negotiate
}

// binds reports whether the command works on the selected mailbox.
func (c *Command) binds() bool { return c.In == Selected }

// moves reports whether the command may lead to another state or mailbox, and so begins an epoch.
func (c *Command) moves() bool { return c.Then != 0 || c.Opens != nil }

// secretly reports whether the command has a dialogue that no log may show.
func (c *Command) secretly() bool { return c.More != nil }

// tagText is the tag as the server sees it; "" of a command that has none.
func (s *Session) tagText(p *pending) string {
	if s == nil || p.tag == 0 {
		return ""
	}
	return string(s.appendTag(nil, p.tag))
}

// appendTag writes a tag: A1, A2, …, or with letters of the caller's choice.
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

// TagLetters returns n as Config.TagPrefix may have it: in base 16, with the letters A to P for digits, and none for 0. A program that
// wants tags that a man in the middle cannot guess takes a random number.
func TagLetters(n uint32) string {
	var b [8]byte
	i := len(b)
	for ; n > 0; n >>= 4 {
		i--
		b[i] = 'A' + byte(n&15)
	}
	return string(b[i:])
}

// validPrefix reports whether tags may begin with p: they are no part of any grammar then but their own.
func validPrefix(p string) bool {
	return len(p) <= 16 && strings.IndexFunc(p, func(c rune) bool { return c|0x20 < 'a' || c|0x20 > 'z' }) < 0
}
