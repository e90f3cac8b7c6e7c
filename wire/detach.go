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
	if p, ok := r.rd.(*prefixed); ok && p.rd != nil && len(p.b) == 0 {
		r.rd = p.rd // an earlier call was cut short
	}
	unread := r.buf[r.pos:r.w]
	rest.Reset(r.rd)
	rest.lim, rest.onLiteral, rest.pend = r.lim, r.onLiteral, r.pend
	rest.buf = rest.array(max(bufSize, len(unread)+minRead))
	rest.w = copy(rest.buf, unread)
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
			r.rd = &prefixed{b: append(into.b.Bytes(), rest.buf[rest.pos:rest.w]...), rd: rest.rd}
			r.w, r.pend = r.pos, rest.pend
			rest.Reset(nil)
			return err
		}
		own.b = into.b.Bytes()
	}
	void(unread)
	r.rd, r.w, r.pend = own, r.pos, nil
	return nil
}

// Reset makes r a reader of rd with the limits that it had, as NewReader would; what was borrowed is void. Its arrays are used again.
func (r *Reader) Reset(rd io.Reader) {
	r.letGo()
	buf, spare, last := r.buf, r.spare, r.last
	*r = Reader{rd: rd, lim: r.lim, size: r.size, onLiteral: r.onLiteral, onLong: r.onLong, buf: buf, spare: spare, last: last[:0], seq: r.seq}
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
