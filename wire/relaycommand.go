package wire

import (
	"errors"
	"io"
	"math"
)

// ErrRefused is what BackEnd.Await returns, or wraps, if the back end has answered the command instead of asking for the literal.
var ErrRefused = errors.New("wire: the back end has refused the literal")

// ErrTaken reports a command that cannot be relayed as it came, because literals of it have been read: the client was asked for
// them before the back end was. Decode the command, and send it by an Encoder.
var ErrTaken = errors.New("wire: literals of the command have been read before it was relayed")

// ErrTorn reports that an earlier command reached the back end in part. The back end takes what comes for the rest of it, so
// nothing more may be sent: close the connection to it.
var ErrTorn = errors.New("wire: the back end waits for the rest of an earlier command")

// What is done wrong with a command.
var (
	errHanded    = errors.New("wire: the command is being relayed")
	errCommands  = errors.New("wire: Relay is for responses; commands are relayed by RelayCommand")
	errResponses = errors.New("wire: RelayCommand is for a reader that has OnLiteral set")
)

// A BackEnd is whom RelayCommand hands commands on to: a server, as a proxy sees it.
type BackEnd struct {
	// W takes what is sent.
	W io.Writer
	// Mode says which literals the back end takes unasked, by LiteralPlus and LiteralMinus, and whether it knows literal8, by Binary.
	// Any other literal is announced, and not sent before the back end has asked for it. In the zero Mode that is all of them, and
	// what the back end does not take for a literal is never sent; one that has LITERAL+ is relied upon to drop the octets of
	// those that it refuses, as RFC 7888 §4 demands.
	Mode Mode
	// Await flushes W, if that holds anything back, and waits for what the back end says to the literal that was announced last:
	// nil is its continuation request, an error that is ErrRefused its answer to the command. After any other error,
	// RelayCommand is called again and asks again.
	Await func() error
	// Invite asks the client for a literal that it waits to be asked for: it sends a continuation request. It is called when the
	// back end has asked for the literal. After an error, RelayCommand is called again and asks again.
	Invite func() error

	torn  bool // a command has begun and not ended
	parts bool // it is sent in parts, of which another is to come
}

// handing is how far RelayCommand is with a command.
type handing struct {
	begun  bool     // with the message
	step   handStep // with the line at hand
	lead   []byte   // what is written first
	from   int      // where in the line begins what is written as it came
	cut    int      // and where that ends
	ending []byte   // what is written after it
	asks   bool     // the back end is asked before the literal that the line announces is sent
}

// handStep is how far a line of a command has been handed on.
type handStep uint8

const (
	handNone   handStep = iota // the line has not been looked at
	handLine                   // it is being written
	handAsk                    // it has announced a literal, for which the back end is waited
	handInvite                 // the back end has asked for it, and the client has not been
)

// RelayCommand writes the command at hand to a back end. It is called after Next, with no literal of the command read; r has OnLiteral set,
// but that is not asked. Literals are streamed, whatever their size.
//
// A literal is announced to the back end in a form that it knows. If it must be waited for, no octet is sent, and the client is not
// asked for any, before the back end has asked. Then all octets are sent, whatever the back end says meanwhile. If it
// refuses, what the client sends of the command all the same is dropped by Next, and never taken for a command.
//
// Lines end in CRLF, however they came. A first line in which a quoted string does not end, or a "{" begins no literal, is a SyntaxError,
// and an announced literal over Limits.Literal a LimitError: nothing has been sent then. In a later line both end the stream, as
// does an end of the client's: then the back end is left waiting, and any further call is ErrTorn.
//
// It returns how many octets it has written. A write or a wait that is cut short loses nothing if the writer tells truly how
// much it took: RelayCommand again.
func RelayCommand(to *BackEnd, r *Reader) (n int64, err error) {
	return RelayCommandAs(to, r, nil, 0)
}

// RelayCommandAs is RelayCommand with other words at the command's beginning: head is written instead of the first from octets of its first
// line, which must not reach into the announcement of a literal. It is for what has a literal too big to hold, such as APPEND to a
// mailbox that has another name at the back end. Called again after it was cut short, it does not look at head anew.
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

// hand begins to hand on the command at hand, or goes on with it.
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

// handLine writes a line of a command, and asks for the literal that it announces.
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
		at := 0 // where part begins, of all that is written
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

// judge looks at a line before anything of it is written, and says how it is to end.
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

// announces returns the header of the literal that a line of a command announces, with a len of 0 if it announces none. It is an error
// if another program could read the line in another way: a quoted string ends on its line, and outside of one nothing but
// a literal begins with "{", after a space or "(" (RFC 9051 §9).
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

// unlike reports what stands at an offset of a line instead of what the grammar wants.
func (r *Reader) unlike(line []byte, at int, want string) error {
	return &SyntaxError{Offset: r.in.past + int64(at), Want: want, Got: append([]byte(nil), line[at:min(len(line), at+32)]...)}
}
