package wire

import (
	"errors"
	"io"
	"math"
)

// ErrRefused reports that the back end has refused a literal: it has sent the tagged response to the command instead
// of a continuation request. BackEnd.Await then returns ErrRefused, or an error that wraps it.
var ErrRefused = errors.New("wire: the back end has refused the literal")

// ErrTaken reports that RelayCommand cannot relay the command, because the program has already read a literal of the
// command, or has asked the client for a literal. Decode the command, and send it with an Encoder.
var ErrTaken = errors.New("wire: literals of the command have been read before it was relayed")

// ErrTorn reports that the back end has only a part of an earlier command, and would take anything that follows for the
// rest of that command. Close the connection to the back end.
var ErrTorn = errors.New("wire: the back end waits for the rest of an earlier command")

// These errors report a wrong use of this package.
var (
	errRelaying  = errors.New("wire: the command is being relayed")
	errCommands  = errors.New("wire: Relay is for responses; commands are relayed by RelayCommand")
	errResponses = errors.New("wire: RelayCommand is for a reader that has OnLiteral set")
	errNoAwait   = errors.New("wire: a literal needs a continuation request, and the function that waits for it is nil")
	errNoInvite  = errors.New("wire: the client waits for a continuation request, and BackEnd.Invite is nil")
)

// A BackEnd is a server to which a proxy relays the commands of a client.
type BackEnd struct {
	// W is the connection to the back end.
	W io.Writer
	// Mode says which literals the back end accepts without a continuation request (LiteralPlus and LiteralMinus), and
	// whether it knows literal8 (Binary). Before any other literal, RelayCommand waits for the back end's continuation
	// request. In the zero Mode it does so before every literal, so the back end cannot take the octets of a literal
	// for commands. If the back end has LITERAL+, RelayCommand relies on it to drop the octets of a literal that it
	// refuses, as RFC 7888 §4 demands.
	Mode Mode
	// Await flushes W, if W is buffered, and waits for the back end's reaction to the literal that was announced last.
	// Await returns nil after a continuation request, and ErrRefused, or an error that wraps it, after the tagged
	// response to the command. If Await returns any other error, RelayCommand returns that error; when RelayCommand is
	// called again, it calls Await again. If Await is nil and a literal needs it, RelayCommand returns an error and
	// sends nothing of the line.
	Await func() error
	// Invite sends the client a continuation request. RelayCommand calls it when the back end has agreed to a literal
	// for which the client waits. If Invite returns an error, RelayCommand returns that error; when RelayCommand is
	// called again, it calls Invite again. If Invite is nil and a literal needs it, RelayCommand returns an error and
	// sends nothing of the line.
	Invite func() error

	torn  bool // the back end has the beginning of a command, and not the end
	parts bool // Send sends that command in parts, and the next part may follow
}

// A commandRelay notes how far RelayCommand has come with a command. For the current line, RelayCommand writes the
// field lead, then the octets of the line between the offsets from and cut, and then the field ending.
type commandRelay struct {
	begun  bool // RelayCommand has begun with this message
	step   relayStep
	lead   []byte
	from   int
	cut    int
	ending []byte
	asks   bool // the literal that the line announces needs the back end's continuation request
}

// relayStep says how far RelayCommand has come with a line of a command.
type relayStep uint8

const (
	stepCheck  relayStep = iota // the line has not been checked
	stepWrite                   // the line is being written
	stepAwait                   // the line has been written, and Await must return before anything else is sent
	stepInvite                  // the back end accepts the literal, and the client has no continuation request yet
)

// RelayCommand writes to a back end the command that r has shown. Call it after Next, before any literal of the command
// has been read. The Reader must have a function set by OnLiteral, although RelayCommand does not call that function.
// RelayCommand streams literals of up to Limits.Literal octets.
//
// RelayCommand announces each literal in a form that the back end knows. If the literal needs the back end's
// continuation request, RelayCommand waits for that request before it sends octets of the literal, and before it asks
// the client for them. Then it sends the whole literal, even if the back end sends a response meanwhile. If the back
// end refuses the literal, the client may still send it. In that case Next drops its octets, and does not take them for
// a command.
//
// RelayCommand ends each line in CRLF, even if the client ended it in LF. If a line has a quoted string that does not
// end, a "{" that does not begin a literal, or a NUL or CR within it, the error is a SyntaxError. If a line announces
// a literal over Limits.Literal, the error is a LimitError. If such a line is the first of the command, the back end
// has received nothing of the command. If it is a later line, the error ends the client's stream. The back end then
// waits for the rest of the command, and further calls of RelayCommand for this BackEnd return ErrTorn. The same is
// true if the client's stream ends within the command.
//
// RelayCommand returns how many octets it has written. If a deadline cuts a read or write short, call RelayCommand
// again, and it goes on with the next octet. This works only if to.W correctly reports how many octets it took.
func RelayCommand(to *BackEnd, r *Reader) (n int64, err error) {
	return RelayCommandAs(to, r, nil, 0)
}

// RelayCommandAs works like RelayCommand, but writes head instead of the beginning of the command's first line. The
// argument from is the length of that beginning in octets. The beginning must not include any octet of a literal's
// announcement. RelayCommandAs is for a command whose literal is too large to hold in memory, such as APPEND to a
// mailbox that has another name on the back end. If a call is cut short, the next call goes on with the command, and
// ignores head and from.
func RelayCommandAs(to *BackEnd, r *Reader, head []byte, from int) (n int64, err error) {
	if err := r.beginCommand(to, head, from); err != nil {
		return 0, err
	}
	for {
		m := int64(0)
		switch r.state {
		case stateExtend:
			m, err = r.relayLine(to)
		case stateLiteral:
			if m, err = r.copyLiteral(to.W); err == nil {
				r.follow()
				r.dropShown()
			}
		case stateTail:
			if err = r.tailLine(); err != nil && r.state != stateTail && r.err == nil {
				err = r.end(err) // the line exceeds the limit, and the back end has a part of the command
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

// beginCommand checks whether the current command can be relayed, and begins to relay it. If that has begun already,
// beginCommand does nothing.
func (r *Reader) beginCommand(to *BackEnd, head []byte, from int) error {
	switch {
	case r.onLiteral == nil:
		return errResponses
	case r.command.begun:
		return nil
	case r.broken() != nil:
		return r.broken()
	case r.in.tail > 0 || r.afterLiteral || r.accepted || r.state > stateExtend:
		return ErrTaken
	case to.torn:
		return ErrTorn
	case bad(head):
		return &ArgumentError{What: "beginning of a command", Reason: "holds CR, LF or NUL"}
	case from < 0 || from > r.in.len()-1:
		return &ArgumentError{What: "beginning of a command", Reason: "is longer than its line"}
	case r.in.len() > 0:
		r.state, r.command.begun = stateExtend, true
		r.command.lead, r.command.from = append(r.command.lead[:0], head...), from
	}
	return nil
}

// relayLine writes a line of a command to the back end. If the line announces a literal, relayLine waits until the back
// end accepts the literal, and asks the client for it.
func (r *Reader) relayLine(to *BackEnd) (n int64, err error) {
	line := r.in.stride()
	if r.command.step == stepCheck {
		if err := r.checkLine(to, line); err != nil {
			return 0, err
		}
		r.command.step = stepWrite
	}
	if r.command.step == stepWrite {
		to.torn = true
		at := 0 // how many octets the earlier parts have
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
			r.command.step, r.state = stepCheck, stateDone
			return n, nil
		case r.command.asks:
			r.command.step = stepAwait
		default:
			r.command.step = stepInvite
		}
	}
	if r.command.step == stepAwait {
		if err := to.Await(); err != nil {
			if errors.Is(err, ErrRefused) {
				to.torn = false
				r.command.step = stepCheck
				r.refuse(err)
			}
			return n, err
		}
		r.command.step = stepInvite
	}
	if r.h.sync {
		if err := to.Invite(); err != nil {
			return n, err
		}
	}
	r.command.step = stepCheck
	r.stream()
	return n, nil
}

// checkLine checks a line before any of it is written to the back end. It also decides with which ending the line is
// written.
func (r *Reader) checkLine(to *BackEnd, line []byte) error {
	h, err := r.announces(line)
	r.h = header{}
	asks := h.len > 0 && (h.sync || to.Mode.waits(h.size, h.binary))
	if err == nil {
		err = to.lacks(asks, h.sync)
	}
	if err == nil && (h.size > r.lim.Literal || h.size == math.MaxInt64) {
		err = &LimitError{What: "literal", Limit: r.lim.Literal, Size: h.size}
	}
	if err != nil {
		if r.afterLiteral {
			return r.end(err)
		}
		r.fail = err
		if h.size > r.lim.Literal && !h.sync {
			return r.end(err)
		}
		return err
	}
	r.h, r.command.cut, r.command.ending, r.command.asks = h, len(line), r.command.ending[:0], asks
	switch bare := bareLF(line); {
	case h.len > 0 && (bare || r.command.asks != h.sync):
		r.command.cut = len(line) - h.len
		r.command.ending = appendHeader(r.command.ending, h.size, h.binary, r.command.asks)
	case bare:
		r.command.cut = len(line) - 1
		r.command.ending = append(r.command.ending, "\r\n"...)
	}
	if r.command.from > len(line)-max(h.len, 1) {
		r.fail = &ArgumentError{What: "beginning of a command", Reason: "includes the end of its line"}
		return r.fail
	}
	return nil
}

// lacks returns an error if a literal needs Await (asks) or Invite (invites) and that function is nil.
func (to *BackEnd) lacks(asks, invites bool) error {
	switch {
	case asks && to.Await == nil:
		return errNoAwait
	case invites && to.Invite == nil:
		return errNoInvite
	}
	return nil
}

// announces returns the header of the literal that a line of a command announces, or a header with len 0 if the line
// announces no literal. It fails if the back end might find literals in other places of the line. So a quoted string
// must end on its line. Outside quoted strings, a "{" must begin the header of a literal at the end of the line, after
// a space or "(" (RFC 9051 §9).
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
			return h, r.syntaxError(line, i, "TEXT-CHAR")
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
			return h, r.syntaxError(line, i, "literal")
		}
	}
	if quoted {
		return h, r.syntaxError(line, len(text), "DQUOTE that ends the string")
	}
	return h, nil
}

// syntaxError returns a SyntaxError for the octets that begin at line[at]. The argument want names what the grammar
// wants there.
func (r *Reader) syntaxError(line []byte, at int, want string) error {
	return &SyntaxError{Offset: r.in.past + int64(at), Want: want, Got: append([]byte(nil), line[at:min(len(line), at+32)]...)}
}
