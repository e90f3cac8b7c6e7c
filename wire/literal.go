package wire

import (
	"errors"
	"io"
	"math"
)

// header is what a line's end says of the literal behind it.
type header struct {
	size   int64
	sync   bool // {n}: who receives it is asked first
	binary bool // ~{n}: any octets, NUL too (RFC 3516)
	len    int  // of the header itself, line end included
}

// headerAtEnd returns the literal header in which line ends, if it ends in one.
// A quoted string cannot span lines and an atom cannot hold "{", so outside free text
// nothing else ends this way. A size beyond 63 bits comes back as the largest.
func headerAtEnd(line []byte) (h header, ok bool) {
	i := len(line)
	if i == 0 || line[i-1] != '\n' {
		return h, false
	}
	i--
	if i > 0 && line[i-1] == '\r' {
		i--
	}
	if i < 3 || line[i-1] != '}' {
		return h, false
	}
	i--
	h.sync = true
	if line[i-1] == '+' {
		h.sync = false
		i--
	}
	end := i
	for i > 0 && line[i-1]-'0' <= 9 {
		i--
	}
	if i == end || i == 0 || line[i-1] != '{' {
		return h, false
	}
	for _, c := range line[i:end] {
		if h.size > (math.MaxInt64-9)/10 {
			h.size = math.MaxInt64
			break
		}
		h.size = h.size*10 + int64(c-'0')
	}
	i--
	if i > 0 && line[i-1] == '~' {
		h.binary = true
		i--
	}
	h.len = len(line) - i
	return h, true
}

// headerAt returns the literal header that b begins with.
func headerAt(b []byte) (h header, ok bool) {
	i := 0
	if i < len(b) && b[i] == '~' {
		i++
	}
	if i >= len(b) || b[i] != '{' {
		return h, false
	}
	for i++; i < len(b); i++ {
		if c := b[i]; c == '\n' {
			h, ok = headerAtEnd(b[:i+1])
			return h, ok && h.len == i+1
		} else if !is(c, classDigit) && c != '+' && c != '}' && c != '\r' {
			break
		}
	}
	return h, false
}

// literalNext reports whether a literal begins at the present place.
func (d *Decoder) literalNext() bool {
	_, ok := headerAt(d.b[d.pos:])
	return ok
}

// literalBytes takes a literal that is in the stride.
func (d *Decoder) literalBytes() []byte {
	h, _ := headerAt(d.b[d.pos:])
	from := d.pos + h.len
	if h.size > int64(len(d.b)-from) {
		if d.rd != nil && from == len(d.b) {
			d.Fail(&LimitError{What: "literal in memory", Limit: int64(d.lim.Inline), Size: h.size})
		} else {
			d.Expected("literal whole")
		}
		return nil
	}
	to := from + int(h.size)
	d.pos = to
	return d.b[from:to:to]
}

// Literal takes a literal, in the stride or streamed; it is valid until the next message is read,
// or until Literal is called again. After a streamed literal the stride is at its end: read it,
// then go on with Reader.Continue.
func (d *Decoder) Literal() *Literal {
	h, ok := header{}, false
	if d.err == nil {
		h, ok = headerAt(d.b[d.pos:])
	}
	if !ok {
		d.Expected("literal")
		return nil
	}
	from := d.pos + h.len
	if h.size <= int64(len(d.b)-from) {
		to := from + int(h.size)
		d.pos = to
		d.lit = Literal{data: d.b[from:to:to], size: h.size, binary: h.binary, sync: h.sync}
		return &d.lit
	}
	if d.rd == nil || from != len(d.b) || d.rd.state != stateLiteral {
		d.Expected("literal whole")
		return nil
	}
	d.pos = from
	d.lit = Literal{r: d.rd, msg: d.rd.msg, stride: d.rd.strides, size: h.size, binary: h.binary, sync: h.sync}
	return &d.lit
}

// NLiteral takes a literal, a quoted string or NIL as a literal, which is nil for NIL; valid until the next
// message is read, or until Literal or NLiteral is called again.
func (d *Decoder) NLiteral() *Literal {
	switch d.Peek() {
	case '{', '~':
		if d.literalNext() {
			return d.Literal()
		}
	}
	b := d.NString()
	if d.err != nil || b == nil {
		return nil
	}
	d.lit = Literal{data: b, size: int64(len(b))}
	return &d.lit
}

// AtStreamed reports whether the next thing is a literal that is streamed.
func (d *Decoder) AtStreamed() bool {
	if d.err != nil || d.rd == nil || d.rd.state != stateLiteral {
		return false
	}
	h, ok := headerAt(d.b[d.pos:])
	return ok && d.pos+h.len == len(d.b)
}

// A Literal is a string of counted octets (RFC 9051 §4.3): in memory if it is small, else read
// from the peer as its reader asks for it. It is valid until the next message is read.
type Literal struct {
	data   []byte
	off    int
	size   int64
	r      *Reader
	msg    uint64
	stride int
	binary bool
	sync   bool
}

// NewLiteral returns a literal that holds b.
func NewLiteral(b []byte) *Literal { return &Literal{data: b, size: int64(len(b))} }

// Size returns how many octets the literal has.
func (l *Literal) Size() int64 { return l.size }

// Binary reports whether it was sent as literal8, ~{n} (RFC 9051 §9).
func (l *Literal) Binary() bool { return l.binary }

// Sync reports whether who sent it waits to be asked for it: {n} and not {n+} (RFC 7888).
func (l *Literal) Sync() bool { return l.sync }

// Left returns how many octets have not been read.
func (l *Literal) Left() int64 {
	if l.r == nil {
		return int64(len(l.data) - l.off)
	}
	if !l.live() {
		return 0
	}
	return l.r.left
}

// Bytes returns the whole literal if it is in memory; valid until the next message is read.
func (l *Literal) Bytes() ([]byte, bool) { return l.data, l.r == nil }

func (l *Literal) live() bool { return l.msg == l.r.msg && l.stride == l.r.strides }

// Read reads what is left of the literal. A wait that is cut short loses nothing: Read again.
func (l *Literal) Read(p []byte) (int, error) {
	if l.r == nil {
		if l.off == len(l.data) {
			return 0, io.EOF
		}
		n := copy(p, l.data[l.off:])
		l.off += n
		return n, nil
	}
	if !l.live() {
		return 0, ErrLiteralVoid
	}
	return l.r.readLiteral(p)
}

// WriteTo writes what is left of the literal to w, by way of the reader's own buffer.
// If w fails, what it did not take is lost.
func (l *Literal) WriteTo(w io.Writer) (int64, error) {
	if l.r == nil {
		n, err := w.Write(l.data[l.off:])
		l.off += n
		return int64(n), err
	}
	if !l.live() {
		return 0, ErrLiteralVoid
	}
	return l.r.copyLiteral(w)
}

// Discard reads what is left of the literal and drops it.
func (l *Literal) Discard() error {
	if l.r == nil {
		l.off = len(l.data)
		return nil
	}
	if !l.live() {
		return nil
	}
	return l.r.discardLiteral()
}

// AppendTo appends what is left of the literal to dst, but fails with a LimitError
// before it reads an octet if that is more than max.
func (l *Literal) AppendTo(dst []byte, max int64) ([]byte, error) {
	left := l.Left()
	if left > max {
		return dst, &LimitError{What: "literal in memory", Limit: max, Size: left}
	}
	if l.r == nil {
		dst = append(dst, l.data[l.off:]...)
		l.off = len(l.data)
		return dst, nil
	}
	// Memory grows with what arrives, not with what was announced.
	for {
		if len(dst) == cap(dst) {
			dst = append(dst, 0)[:len(dst)]
		}
		n, err := l.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		if errors.Is(err, io.EOF) {
			return dst, nil
		}
		if err != nil {
			return dst, err
		}
	}
}
