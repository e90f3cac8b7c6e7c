package wire

import (
	"bytes"
	"io"
)

// Detach divides the stream after the message at hand: r keeps that message, which stays valid and can be read to its end, and
// rest, which must not be in use, goes on with the next one. It is for whoever has to read on while somebody else still looks at what
// was read last.
//
// What r has not read of the message is copied to memory, at most limit octets of it; reading r beyond that is a LimitError.
// When a wait for it is cut short, nothing has changed: r reads on as before, and Detach may be called again. A message whose strides
// are only half known, because a call of Extend, Continue or Join was cut short, cannot be detached: the error is ErrHalfRead.
func (r *Reader) Detach(rest *Reader, limit int64) error {
	switch r.state {
	case stateDone, stateLine, stateLiteral, stateTail:
	default:
		if err := r.broken(); err != nil {
			return err
		}
		return ErrHalfRead
	}
	if p, ok := r.in.rd.(*prefixed); ok && p.rd != nil && len(p.b) == 0 {
		r.in.rd = p.rd // an earlier call was cut short
	}
	rest.Reset(nil)
	rest.lim, rest.onLiteral = r.lim, r.onLiteral
	rest.in.copyFrom(&r.in)
	own := &prefixed{err: io.EOF}
	if r.state == stateLiteral || r.state == stateTail {
		rest.state, rest.h, rest.left, rest.later = r.state, r.h, r.left, true
		into := &limited{left: limit}
		_, err := Relay(into, rest)
		switch {
		case into.over:
			// The message is rest's to skip.
			own.err = &LimitError{What: "literal in memory", Limit: limit, Size: limit + 1}
		case err != nil:
			r.in.rd = &prefixed{b: append(into.b.Bytes(), rest.in.unread()...), rd: rest.in.rd}
			r.in.forget()
			r.in.pend = rest.in.pend
			rest.Reset(nil)
			return err
		}
		own.b = into.b.Bytes()
	}
	void(r.in.unread())
	r.in.forget()
	r.in.rd, r.in.pend = own, nil
	return nil
}

// Reset makes r a reader of rd with the limits that it had, as NewReader would; what was borrowed is void. Its arrays are used again.
func (r *Reader) Reset(rd io.Reader) {
	r.letGo()
	r.in.reset(rd)
	*r = Reader{framer: framer{in: r.in, lim: r.lim, onLiteral: r.onLiteral, long: division{ask: r.long.ask}, last: r.last[:0], seq: r.seq}}
}

// prefixed reads b, and then rd, or fails with err if there is none.
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

// limited keeps what is written to it, up to a limit.
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
