package wire

import (
	"io"
	"slices"
)

// literalEnd returns the offset in d.b after the literal whose header h begins at i. If the stride does not have all of
// the literal, d fails, and literalEnd returns a negative offset.
func (d *Decoder) literalEnd(i int, h header) int {
	from := i + h.len
	switch {
	case d.b[from-2] != '\r' && !d.Tolerate(RuleBareLF):
		d.expectedAt(from-1, "CRLF")
		return -1
	case h.size <= int64(len(d.b)-from):
		return from + int(h.size)
	case d.streams(from):
		d.pos = i
		over := &LimitError{What: "literal in memory", Limit: int64(d.from.lim.Inline), Size: h.size}
		if h.size <= over.Limit {
			// The literal is within Limits.Inline, but the message would exceed Limits.Message.
			over = &LimitError{What: "message", Limit: int64(d.from.lim.Message), Size: int64(d.from.in.memory+len(d.b)) + h.size}
		}
		d.Fail(over)
	default:
		d.expectedAt(i, "whole literal")
	}
	return -1
}

// literalBytes reads the literal with header h that begins at d.pos.
func (d *Decoder) literalBytes(h header) []byte {
	to := d.literalEnd(d.pos, h)
	if to < 0 {
		return nil
	}
	b := d.b[to-int(h.size) : to : to]
	d.pos = to
	return b
}

// Literal reads a literal, which is in memory or streamed. The result is valid until the next message is read. A
// streamed literal ends the stride: read the literal, then call Reader.Continue.
func (d *Decoder) Literal() *Literal {
	// Each call returns a new Literal, and none is used again. Otherwise a Literal that the program keeps too long
	// could give it the octets of a later literal, perhaps of another session. The compiler inlines this function, so a
	// caller that copies the Literal and does not keep the pointer allocates nothing.
	l := new(Literal)
	if !d.literal(l) {
		return nil
	}
	return l
}

func (d *Decoder) literal(l *Literal) bool {
	h, ok := header{}, false
	if d.err == nil {
		h, ok = headerAt(d.b[d.pos:])
	}
	if !ok {
		d.Expected("literal")
		return false
	}
	if from := d.pos + h.len; d.streams(from) {
		if d.b[from-2] != '\r' && !d.Tolerate(RuleBareLF) {
			d.expectedAt(from-1, "CRLF")
			return false
		}
		d.pos = from
		*l = Literal{from: d.from, validFor: d.from.literalSeq, size: h.size, binary: h.binary, sync: h.sync}
		return true
	}
	b := d.literalBytes(h)
	if d.err != nil {
		return false
	}
	*l = Literal{data: b, size: h.size, binary: h.binary, sync: h.sync}
	l.own(d)
	return true
}

// NLiteral reads a literal, a quoted string or NIL, and returns a Literal, which is nil for NIL. The result is valid
// until the next message is read.
func (d *Decoder) NLiteral() *Literal {
	l := new(Literal) // each call returns a new Literal, for the reason given in the method Literal
	if !d.nLiteral(l) {
		return nil
	}
	return l
}

func (d *Decoder) nLiteral(l *Literal) bool {
	if c := d.Peek(); c == '{' || c == '~' {
		if _, ok := headerAt(d.b[d.pos:]); ok {
			return d.literal(l)
		}
	}
	b := d.NString()
	if d.err != nil || b == nil {
		return false
	}
	*l = Literal{data: b, size: int64(len(b))}
	l.own(d)
	return true
}

// streams reports whether the literal whose header ends before d.b[from] is streamed.
func (d *Decoder) streams(from int) bool {
	return from == len(d.b) && d.from != nil && d.from.state == stateLiteral
}

// AtStreamed reports whether a streamed literal comes next.
func (d *Decoder) AtStreamed() bool {
	if d.err != nil || d.from == nil || d.from.state != stateLiteral {
		return false
	}
	h, ok := headerAt(d.b[d.pos:])
	return ok && d.streams(d.pos+h.len)
}

// A Literal is a string that was sent with its length before it (RFC 9051 §4.3). A small literal is in memory. A large
// one is streamed: its methods read the octets from the peer when they are called. A Literal is valid until the next
// message is read. A streamed Literal is valid only until the Reader goes on to what follows it. After that, Read,
// WriteTo and AppendTo return ErrLiteralVoid.
type Literal struct {
	data     []byte
	off      int
	size     int64
	from     *framer  // nil if data holds the whole literal
	of       *Decoder // the Decoder of the message that has data; nil if the caller owns data
	validFor uint64   // equal to from.literalSeq or of.gen while the literal can be read
	binary   bool
	sync     bool
}

// NewLiteral returns a literal that holds b.
func NewLiteral(b []byte) *Literal { return &Literal{data: b, size: int64(len(b))} }

// Size returns the size of the literal in octets.
func (l *Literal) Size() int64 { return l.size }

// Binary reports whether the literal was sent as literal8, ~{n} (RFC 9051 §9).
func (l *Literal) Binary() bool { return l.binary }

// Sync reports whether the literal is synchronizing: its sender has announced it by {n}, not by {n+} (RFC 7888). A
// client that announces {n} waits for a continuation request before it sends the octets.
func (l *Literal) Sync() bool { return l.sync }

// Left returns how many octets of the literal have not been read. It returns 0 if the literal is no longer valid.
func (l *Literal) Left() int64 {
	switch {
	case !l.live():
		return 0
	case l.from == nil:
		return int64(len(l.data) - l.off)
	}
	return l.from.left
}

// Bytes returns the whole literal and true if it is in memory, and nil and false if it is streamed or no longer valid.
// The slice is valid until the next message is read.
func (l *Literal) Bytes() ([]byte, bool) {
	if l.from != nil || !l.live() {
		return nil, false
	}
	return l.data, true
}

// own notes that the octets belong to the message of d, so that live returns false after that message.
func (l *Literal) own(d *Decoder) {
	if l.of, l.validFor = d, d.gen; d.of != nil {
		l.of, l.validFor = d.of, d.ofGen
	}
}

// live reports whether the literal can still be read.
func (l *Literal) live() bool {
	if l.from != nil {
		return l.validFor == l.from.literalSeq
	}
	return l.of == nil || l.validFor == l.of.gen
}

// Read reads octets of the literal that have not been read. If a deadline cuts Read short, no octet is lost: call Read
// again.
func (l *Literal) Read(p []byte) (int, error) {
	if !l.live() {
		return 0, ErrLiteralVoid
	}
	if l.from == nil {
		if l.off == len(l.data) {
			return 0, io.EOF
		}
		n := copy(p, l.data[l.off:])
		l.off += n
		return n, nil
	}
	return l.from.readLiteral(p)
}

// WriteTo writes the rest of the literal to w from the Reader's own buffer. If a deadline cuts WriteTo short, or if w
// fails, no octet is lost: the octets that w did not take can still be read.
func (l *Literal) WriteTo(w io.Writer) (int64, error) {
	if !l.live() {
		return 0, ErrLiteralVoid
	}
	if l.from == nil {
		if l.off == len(l.data) {
			return 0, nil
		}
		n, err := write(w, l.data[l.off:])
		l.off += n
		return int64(n), err
	}
	return l.from.copyLiteral(w)
}

// Discard reads the rest of the literal and drops it.
func (l *Literal) Discard() error {
	if l.from == nil {
		l.off = len(l.data)
		return nil
	}
	if !l.live() {
		return nil
	}
	return l.from.discardLiteral()
}

// AppendTo appends the rest of the literal to dst, and returns the extended slice, which belongs to the caller. If the
// rest is longer than max octets, AppendTo reads nothing, and the error is a LimitError. If a deadline cuts AppendTo
// short, the slice has the octets that have arrived.
func (l *Literal) AppendTo(dst []byte, max int64) ([]byte, error) {
	if !l.live() {
		return dst, ErrLiteralVoid
	}
	left := l.Left()
	if left > max {
		return dst, &LimitError{What: "literal in memory", Limit: max, Size: left}
	}
	if l.from == nil {
		dst = append(dst, l.data[l.off:]...)
		l.off = len(l.data)
		return dst, nil
	}
	// Memory grows with the octets that arrive, not with the announced size.
	for {
		if len(dst) == cap(dst) {
			dst = slices.Grow(dst, int(min(l.Left(), 2*directRead)+1))
		}
		n, err := l.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		if err == io.EOF {
			return dst, nil
		}
		if err != nil {
			return dst, err
		}
	}
}
