package wire

import (
	"errors"
	"io"
	"math"
)

// ErrRefused is the error that BackEnd.Await returns, or wraps, if the back end has answered the command instead of
// asking for the literal.
var ErrRefused = errors.New("wire: the back end has refused the literal")

// ErrTaken reports a command that cannot be relayed as it came, because some of its literals have been read: the client
// was asked for them before the back end was. Decode the command, and send it by an Encoder.
var ErrTaken = errors.New("wire: literals of the command have been read before it was relayed")

// ErrTorn reports that only a part of an earlier command reached the back end. The back end would take anything else
// for the rest of it. Close the connection to the back end.
var ErrTorn = errors.New("wire: the back end waits for the rest of an earlier command")

// These errors report a wrong use of the functions.
var (
	errHanded    = errors.New("wire: the command is being relayed")
	errCommands  = errors.New("wire: Relay is for responses; commands are relayed by RelayCommand")
	errResponses = errors.New("wire: RelayCommand is for a reader that has OnLiteral set")
)

// A BackEnd is a server, as a proxy sees it, to which RelayCommand sends commands.
type BackEnd struct {
	// W is the connection to the back end.
	W io.Writer
	// Mode says which literals the back end takes without being asked (LiteralPlus and LiteralMinus), and whether it
	// knows literal8 (Binary). RelayCommand announces any other literal, and does not send it before the back end has
	// asked for it. In the zero Mode these are all literals, so the back end never gets octets that it does not take
	// for a literal. RelayCommand relies on a back end that has LITERAL+ to drop the octets of literals that it
	// refuses, as RFC 7888 §4 demands.
	Mode Mode
	// Await flushes W, if it is buffered, and waits for the back end's reaction to the literal that was announced last.
	// It returns nil after a continuation request, and an error that is ErrRefused after an answer to the command.
	// After any other error, call RelayCommand again: it calls Await again.
	Await func() error
	// Invite sends the client a continuation request. RelayCommand calls it when the back end has asked for a literal
	// that the client waits to be asked for. After an error, call RelayCommand again: it calls Invite again.
	Invite func() error

	torn  bool // a command has begun and not ended
	parts bool // it is sent in parts, and another part is due
}

// A handing is how far RelayCommand is with a command. Of the line at hand, it writes lead, then line[from:cut], then
// ending.
type handing struct {
	begun  bool // RelayCommand has begun with the message
	step   handStep
	lead   []byte
	from   int
	cut    int
	ending []byte
	asks   bool // the back end must ask for the literal that the line announces
}

// handStep is how far a line of a command has been handed on.
type handStep uint8

const (
	handNone   handStep = iota // the line has not been looked at
	handLine                   // it is being written
	handAsk                    // it has been written; the back end must ask for the literal that it announces
	handInvite                 // the back end takes the literal; the client has not been asked for it
)

// RelayCommand writes the command at hand to a back end. Call it after Next, when no literal of the command has been
// read. r must have OnLiteral set, but RelayCommand does not call that function. It streams literals of any size.
//
// RelayCommand announces a literal to the back end in a form that it knows. If the back end must ask for the literal,
// RelayCommand sends none of its octets, and asks the client for none, before it has. Then it sends all of them,
// whatever the back end says meanwhile. If the back end refuses, Next drops what the client sends of the command all
// the same, and never takes it for a command.
//
// RelayCommand ends each line in CRLF, however it came. If a quoted string does not end on the command's first line, or
// a "{" does not begin a literal, the error is a SyntaxError; if a literal over Limits.Literal is announced there, it
// is a LimitError. Nothing has been sent then. On a later line both end the stream, as does the end of the client's
// stream. The back end is left waiting then, and any further call returns ErrTorn.
//
// RelayCommand returns how many octets it has written. A write or a wait that is cut short loses nothing if the writer
// reports truly how much it took: call RelayCommand again.
func RelayCommand(to *BackEnd, r *Reader) (n int64, err error) {
	return RelayCommandAs(to, r, nil, 0)
}

// RelayCommandAs is RelayCommand with another beginning of the command: it writes head instead of the first from octets
// of the first line. These must not reach into the announcement of a literal. It is for a command whose literal is too
// large to hold, such as APPEND to a mailbox that has another name at the back end. When it is called again after it
// was cut short, it ignores head and from.
func RelayCommandAs(to *BackEnd, r *Reader, head []byte, from int) (n int64, err error) {
	if err := r.hand(to, head, from); err != nil {
		return 0, err
	}
	for {
		m := int64(0)
		switch r.state {
		case stateExtend:
			m, err = r.handLine(to)
		case stateLiteral:
			if m, err = r.copyLiteral(to.W); err == nil {
				r.follow()
				r.letGo()
			}
		case stateTail:
			if err = r.tailLine(); err != nil && r.state != stateTail && r.err == nil {
				err = r.end(err) // the line is over the limit, in the middle of what has been sent
			}
		default:
			return n, r.broken()
		}
		n += m
		if err != nil {
			return n, err
		}
	}
}

// hand begins to relay the command at hand, unless that has begun.
func (r *Reader) hand(to *BackEnd, head []byte, from int) error {
	switch {
	case r.onLiteral == nil:
		return errResponses
	case r.command.begun:
		return nil
	case r.broken() != nil:
		return r.broken()
	case r.in.tail > 0 || r.later || r.asked || r.state > stateExtend:
		return ErrTaken
	case to.torn:
		return ErrTorn
	case bad(head):
		return &ArgumentError{What: "beginning of a command", Reason: "holds CR, LF or NUL"}
	case from < 0 || from > r.in.len()-1:
		return &ArgumentError{What: "beginning of a command", Reason: "is more than its line"}
	case r.in.len() > 0:
		r.state, r.command.begun = stateExtend, true
		r.command.lead, r.command.from = append(r.command.lead[:0], head...), from
	}
	return nil
}

// handLine writes a line of a command, and waits until both sides are ready for the literal that the line announces.
func (r *Reader) handLine(to *BackEnd) (n int64, err error) {
	line := r.in.stride()
	if r.command.step == handNone {
		if err := r.judge(to, line); err != nil {
			return 0, err
		}
		r.command.step = handLine
	}
	if r.command.step == handLine {
		to.torn = true
		at := 0 // where part begins in what is written
		for _, part := range [...][]byte{r.command.lead, line[r.command.from:r.command.cut], r.command.ending} {
			if done := r.in.sent - at; done < len(part) {
				m, err := write(to.W, part[done:])
				r.in.sent += m
				n += int64(m)
				if err != nil {
					return n, err
				}
			}
			at += len(part)
		}
		r.command.lead, r.command.from = r.command.lead[:0], 0
		switch {
		case r.h.len == 0:
			to.torn = false
			r.command.step, r.state = handNone, stateDone
			return n, nil
		case r.command.asks:
			r.command.step = handAsk
		default:
			r.command.step = handInvite
		}
	}
	if r.command.step == handAsk {
		if err := to.Await(); err != nil {
			if errors.Is(err, ErrRefused) {
				to.torn = false
				r.command.step = handNone
				r.refuse(err)
			}
			return n, err
		}
		r.command.step = handInvite
	}
	if r.h.sync {
		if err := to.Invite(); err != nil {
			return n, err
		}
	}
	r.command.step = handNone
	r.stream()
	return n, nil
}

// judge checks a line before any of it is written, and decides how it is to end.
func (r *Reader) judge(to *BackEnd, line []byte) error {
	h, err := r.announces(line)
	r.h = header{}
	if err == nil && (h.size > r.lim.Literal || h.size == math.MaxInt64) {
		err = &LimitError{What: "literal", Limit: r.lim.Literal, Size: h.size}
	}
	if err != nil {
		if r.later {
			return r.end(err)
		}
		r.fail = err
		if h.size > r.lim.Literal && !h.sync {
			return r.end(err)
		}
		return err
	}
	r.h, r.command.cut, r.command.ending, r.command.asks = h, len(line), r.command.ending[:0], false
	if h.len > 0 {
		r.command.asks = h.sync || to.Mode.waits(h.size, h.binary)
	}
	switch bare := bareLF(line); {
	case h.len > 0 && (bare || r.command.asks != h.sync):
		r.command.cut = len(line) - h.len
		r.command.ending = appendHeader(r.command.ending, h.size, h.binary, r.command.asks)
	case bare:
		r.command.cut = len(line) - 1
		r.command.ending = append(r.command.ending, "\r\n"...)
	}
	if r.command.from > len(line)-max(h.len, 1) {
		r.fail = &ArgumentError{What: "beginning of a command", Reason: "reaches into its line's end"}
		return r.fail
	}
	return nil
}

// announces returns the header of the literal that a line of a command announces. Its len is 0 if the line announces no
// literal. announces fails if another program could read the line in another way. So a quoted string must end on its
// line, and outside of one only a literal may begin with "{", after a space or "(" (RFC 9051 §9).
func (r *Reader) announces(line []byte) (header, error) {
	h, ok := headerAtEnd(line)
	if !ok {
		h = header{}
	}
	at := len(line) - h.len
	text := line[:len(line)-1]
	if !bareLF(line) {
		text = text[:len(text)-1]
	}
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\r' || c == 0:
			return h, r.unlike(line, i, "TEXT-CHAR")
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted && i+1 < len(text) && text[i+1] != '\r' && text[i+1] != 0:
			i++
		case c == '{' && !quoted:
			if h.binary && i == at+1 || !h.binary && i == at {
				if before := line[max(at-1, 0)]; at > 0 && (before == ' ' || before == '(') {
					return h, nil
				}
			}
			return h, r.unlike(line, i, "literal")
		}
	}
	if quoted {
		return h, r.unlike(line, len(text), "DQUOTE that ends the string")
	}
	return h, nil
}

// unlike returns an error that tells what stands at an offset of a line instead of what the grammar wants.
func (r *Reader) unlike(line []byte, at int, want string) error {
	return &SyntaxError{Offset: r.in.past + int64(at), Want: want, Got: append([]byte(nil), line[at:min(len(line), at+32)]...)}
}
