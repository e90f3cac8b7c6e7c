package wire

import (
	"bytes"
	"io"
)

// Detach divides the stream after the current message. The Reader r keeps the current message, which stays valid and
// can be read to its end. The Reader rest, which must not be in use, reads the stream from the next message on. Detach
// is for a program that reads further messages while another part of the program still uses the current one.
//
// Detach reads the rest of the message into memory, at most limit octets. If the rest of the message is longer, reading
// it from r ends with a LimitError. If a deadline cuts Detach short, r reads on as before, and Detach may be called
// again. If r has ended the message because of a limit, the Reader rest skips the remaining octets of the message. If a
// deadline has cut short a call of Skip or Relay, or if r shows a long line in parts, the message cannot be detached,
// and the error is ErrHalfRead.
func (r *Reader) Detach(rest *Reader, limit int64) error {
	failed := false // the message exceeds a limit, and its rest must be skipped
	switch r.state {
	case stateDone, stateLine, stateLiteral, stateTail:
	case stateExtend:
		if !r.accepted {
			return ErrHalfRead
		}
	case stateOver, stateDropped:
		if failed = r.err == nil && r.fail != nil; failed {
			break
		}
		fallthrough
	default:
		if err := r.broken(); err != nil {
			return err
		}
		return ErrHalfRead
	}
	if p, ok := r.in.rd.(*prefixed); ok && p.rd != nil && len(p.b) == 0 {
		r.in.rd = p.rd // an earlier call, which a deadline cut short, has left p, and p is used up
	}
	rest.Reset(nil)
	rest.lim, rest.onLiteral = r.lim, r.onLiteral
	rest.in.copyFrom(&r.in)
	own := &prefixed{err: io.EOF}
	if failed {
		rest.state, rest.last, rest.octetsDropped = r.state, append(rest.last[:0], r.last...), r.octetsDropped
		r.state = stateDone
	}
	if r.state == stateLiteral || r.state == stateTail || r.state == stateExtend {
		rest.state, rest.h, rest.left, rest.afterLiteral = r.state, r.h, r.left, true
		if r.state == stateExtend {
			// A deadline has cut r short while it waited for a literal in memory, or for the line after the literal. r has
			// shown none of these octets yet.
			rest.state, rest.left = stateLiteral, r.h.size
		}
		into := &limited{left: limit}
		_, err := Relay(into, rest)
		switch {
		case into.over:
			// When Next is called, the Reader rest skips the part of the message that exceeds limit.
			own.err = &LimitError{What: "literal in memory", Limit: limit, Size: limit + 1}
		case rest.fail != nil && rest.err == nil:
			own.err = rest.fail // a line exceeds a limit; Next of the Reader rest skips what is left of the message here, too
		case err != nil:
			r.in.rd = &prefixed{b: append(into.b.Bytes(), rest.in.unread()...), rd: rest.in.rd}
			r.in.forget()
			r.in.pendingErr = rest.in.pendingErr
			rest.Reset(nil)
			return err
		}
		own.b = into.b.Bytes()
	}
	poison(r.in.unread())
	r.in.forget()
	r.in.rd, r.in.pendingErr = own, nil
	return nil
}

// Reset makes r read rd. It keeps the limits, the functions set by OnLiteral and OnLong, and the buffer's memory.
// Borrowed slices are no longer valid.
func (r *Reader) Reset(rd io.Reader) {
	r.dropShown()
	r.in.reset(rd)
	*r = Reader{framer: framer{in: r.in, lim: r.lim, onLiteral: r.onLiteral, long: division{ask: r.long.ask}, last: r.last[:0], literalSeq: r.literalSeq}}
}

// A prefixed is an io.Reader that returns the octets of b, and then reads from rd. If rd is nil, it returns err after
// b.
type prefixed struct {
	b   []byte
	rd  io.Reader
	err error
}

func (p *prefixed) Read(b []byte) (int, error) {
	switch {
	case len(p.b) > 0:
		n := copy(b, p.b)
		p.b = p.b[n:]
		return n, nil
	case p.rd != nil:
		return p.rd.Read(b)
	}
	return 0, p.err
}

// A limited keeps the octets that are written to it, up to a limit. Its field left says how many more octets it may
// keep.
type limited struct {
	b    bytes.Buffer
	left int64
	over bool
}

func (l *limited) Write(b []byte) (int, error) {
	n := int(min(int64(len(b)), l.left))
	l.left -= int64(n)
	l.b.Write(b[:n])
	if n < len(b) {
		l.over = true
		return n, io.ErrShortWrite
	}
	return n, nil
}
