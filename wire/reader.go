package wire

import (
	"bytes"
	"errors"
	"io"
	"math"
)

// A Reader waits for messages and never lexes them. A message is one line, and with each literal
// announced at the end of a line its octets and one more line. It is shown in strides: a stride is
// whole in memory when it is shown, and ends the message or ends before a literal too big to hold.
//
//	buf:  … | shown strides of this message | literal read in passing | unread | free …
//	                    start…end                                       pos…w
//
// While a stride is gathered it may move; once shown it stays where it is until Next. What does not fit
// behind it goes on in another array.
//
// Its methods change nothing that matters when they fail: a wait cut short by a deadline is called again
// and goes on where it was. It is not safe for use by several goroutines at once.
type Reader struct {
	rd        io.Reader
	lim       Limits
	onLiteral func(size int64, sync bool) error

	buf        []byte
	start, end int // the stride
	pos, w     int // what has been read from rd and not shown
	tail       int // where the stride's last line begins, behind the literals in it, from start

	spare  []byte // an array not in use
	held   []byte // an array that holds earlier strides of this message
	pinned int    // buf[pinned:start] holds earlier strides of this message, if strides > 1

	state   state
	err     error  // the stream cannot be read on
	left    int64  // octets left of the literal being streamed
	h       header // of the literal being streamed, or asked for
	asked   bool   // onLiteral has said yes to h
	msg     uint64 // counts messages
	strides int    // counts strides of this message
	past    int64  // octets of this message in earlier strides
	memory  int    // octets of this message held in earlier strides
	small   int    // messages in a row that needed little of buf
}

type state uint8

const (
	stateDone    state = iota // the message is over
	stateLine                 // its first line has been shown
	stateExtend               // a line is whole; what it announces has not been looked at
	stateLiteral              // a literal is being streamed
	stateTail                 // the line behind a literal is due
	stateOver                 // a line was longer than the limit; its rest is to be dropped
)

const (
	bufSize   = 32 << 10  // the first array
	giant     = 512 << 10 // an array larger than this is given up when it is not needed
	keepSmall = 16        // … for so many messages
	overKeep  = 64        // octets of a dropped line that tell whether it ends in a header
)

// NewReader returns a Reader of r within lim.
func NewReader(r io.Reader, lim Limits) *Reader {
	return &Reader{rd: r, lim: lim.WithDefaults()}
}

// Limits returns the limits in force, defaults filled in.
func (r *Reader) Limits() Limits { return r.lim }

// OnLiteral sets a function that a server is asked by before a literal is waited for: it sends
// the continuation request that a synchronizing literal needs, or refuses by an error, which the
// reader's method then returns. Refused octets that come anyway (RFC 7888) are dropped and never lexed.
func (r *Reader) OnLiteral(f func(size int64, sync bool) error) { r.onLiteral = f }

// Next goes to the next message, waits for its first line and shows it to d. What was borrowed of
// the last message is void, and what was unread of it is skipped. The error is io.EOF if the stream
// ends between two messages, io.ErrUnexpectedEOF if it ends within one. After a LimitError d shows
// as much of the line as was held.
func (r *Reader) Next(d *Decoder) error {
	if r.state > stateLine {
		if err := r.Skip(); err != nil {
			return err
		}
	}
	if r.err != nil {
		return r.err
	}
	r.release()
	r.state = stateDone
	n, err := r.line(0)
	if err != nil {
		if r.state == stateOver {
			r.end = r.w
			d.begin()
			r.show(d, 0)
		}
		return err
	}
	r.end = r.start + n
	r.pos = r.end
	r.state = stateLine
	d.begin()
	r.show(d, 0)
	return nil
}

// release gives up the last message.
func (r *Reader) release() {
	if r.strides > 0 {
		void(r.buf[r.pinned:r.end])
		void(r.held)
		r.msg++
		r.strides = 0
		if r.held != nil && len(r.held) > len(r.spare) {
			r.spare = r.held
		}
		r.held = nil
		if len(r.spare) > giant {
			r.spare = nil
		}
		if len(r.buf) > giant {
			if r.end-r.start < len(r.buf)/4 && r.w-r.pos < bufSize/2 {
				if r.small++; r.small >= keepSmall {
					r.buf = append(make([]byte, 0, bufSize), r.buf[r.pos:r.w]...)
					r.w -= r.pos
					r.buf, r.pos, r.small = r.buf[:bufSize], 0, 0
				}
			} else {
				r.small = 0
			}
		}
	}
	if r.pos == r.w {
		r.pos, r.w = 0, 0
	}
	r.start, r.end, r.pinned = r.pos, r.pos, r.pos
	r.tail, r.past, r.memory, r.asked = 0, 0, 0, false
}

// show gives d the stride.
func (r *Reader) show(d *Decoder, pos int) {
	r.strides = max(r.strides, 1)
	if d.rd != r {
		d.rd, d.lim = r, r.lim
	}
	d.b, d.pos, d.base, d.open = r.buf[r.start:r.end:r.end], pos, r.past, 0
}

// line waits until the line that begins off octets behind start is whole, and returns the
// offset behind its end.
func (r *Reader) line(off int) (int, error) {
	for scan := off; ; {
		i := bytes.IndexByte(r.buf[r.start+scan:r.w], '\n')
		if i >= 0 {
			scan += i + 1
		} else {
			scan = r.w - r.start
		}
		if r.memory+scan > r.lim.Message {
			r.state, r.tail = stateOver, off
			return 0, &LimitError{What: "message", Limit: int64(r.lim.Message), Size: int64(r.memory + scan)}
		}
		if i >= 0 {
			return scan, nil
		}
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
}

// need waits until n octets behind start are there.
func (r *Reader) need(n int) error {
	for r.w-r.start < n {
		if len(r.buf)-r.start < n {
			r.room(n)
		}
		if err := r.fill(); err != nil {
			return err
		}
	}
	return nil
}

// fill reads once, into whatever is free, which is made if there is none.
func (r *Reader) fill() error {
	if r.err != nil {
		return r.err
	}
	if r.w == len(r.buf) {
		r.room(0)
	}
	for range 100 {
		n, err := r.rd.Read(r.buf[r.w:])
		r.w += n
		if n > 0 {
			return nil
		}
		if err != nil {
			return r.ended(err)
		}
	}
	return io.ErrNoProgress
}

// ended tells the end of the stream between messages from one within a message.
func (r *Reader) ended(err error) error {
	if errors.Is(err, io.EOF) && (r.state != stateDone || r.w > r.start) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// room makes place behind w so that the stride can have n octets, or more than now.
func (r *Reader) room(n int) {
	have := r.w - r.start
	n = max(n, have+1)
	if r.strides <= 1 && n <= len(r.buf) && have <= len(r.buf)/2 {
		copy(r.buf, r.buf[r.start:r.w])
		r.moved()
		return
	}
	size := max(bufSize, len(r.buf))
	if r.strides > 1 {
		size = bufSize
	}
	for size < n || size-have < size/4 {
		size *= 2
	}
	next := r.spare
	r.spare = nil
	if len(next) < size {
		next = make([]byte, size)
	}
	copy(next, r.buf[r.start:r.w])
	if r.strides > 1 {
		r.held = r.buf
	} else if len(r.buf) > 0 && len(r.buf) <= giant {
		r.spare = r.buf
	}
	r.buf = next
	r.moved()
}

func (r *Reader) moved() {
	r.w -= r.start
	r.end -= r.start
	r.pos -= r.start
	r.start, r.pinned = 0, 0
}

// Extend shows d the message whose first line Next has shown with the literals in it and the lines
// behind them: to its end, or to a literal too big to hold. It must be called only where the grammar
// has literals and not in free text, as a status response is. d stays at its place and keeps its
// error; what was borrowed since Next is void, as the line may have moved.
func (r *Reader) Extend(d *Decoder) error {
	if r.state != stateLine && r.state != stateExtend {
		return r.err
	}
	pos := d.pos
	if err := r.extend(); err != nil {
		return err
	}
	r.show(d, pos)
	return nil
}

func (r *Reader) extend() error {
	r.state = stateExtend
	for {
		if !r.asked {
			h, ok := headerAtEnd(r.buf[r.start+r.tail : r.end])
			if !ok {
				r.state = stateDone
				return nil
			}
			if err := r.admit(h); err != nil {
				return err
			}
		}
		size := r.end - r.start
		if r.h.size > int64(r.lim.Inline) || r.h.size > int64(r.lim.Message-r.memory-size) {
			r.state, r.left, r.asked = stateLiteral, r.h.size, false
			return nil
		}
		tail := size + int(r.h.size)
		if err := r.need(tail); err != nil {
			return err
		}
		n, err := r.line(tail)
		if err != nil {
			return err
		}
		r.tail, r.end, r.asked = tail, r.start+n, false
		r.pos = r.end
	}
}

// admit looks at a literal's header before its octets are waited for.
func (r *Reader) admit(h header) error {
	r.h = h
	if h.size > r.lim.Literal && (r.onLiteral == nil || !h.sync) {
		r.err = &LimitError{What: "literal", Limit: r.lim.Literal, Size: h.size}
		return r.err
	}
	if r.onLiteral != nil {
		if err := r.onLiteral(h.size, h.sync); err != nil {
			if h.sync {
				r.state = stateDone
			} else {
				r.state, r.left = stateLiteral, h.size
			}
			return err
		}
	}
	r.asked = true
	return nil
}

// Continue shows d the stride behind a streamed literal; what is unread of the literal is dropped.
// What was borrowed of earlier strides stays valid.
func (r *Reader) Continue(d *Decoder) error {
	if r.state == stateLiteral {
		if err := r.discardLiteral(); err != nil {
			return err
		}
		r.past += int64(r.end-r.start) + r.h.size
		r.memory += r.end - r.start
		r.start, r.end, r.tail = r.pos, r.pos, 0
		r.strides++
		r.state = stateTail
	}
	if r.state == stateTail {
		n, err := r.line(0)
		if err != nil {
			return err
		}
		r.end = r.start + n
		r.pos = r.end
		r.state = stateExtend
	}
	if r.state == stateExtend {
		if err := r.extend(); err != nil {
			return err
		}
		r.show(d, 0)
		return nil
	}
	if r.err != nil {
		return r.err
	}
	return io.EOF
}

// Streaming reports whether a streamed literal stands behind the stride shown last.
func (r *Reader) Streaming() bool { return r.state == stateLiteral }

// Skip drops what is left of the message, literals included, without holding it.
// What was borrowed of the message is void.
func (r *Reader) Skip() error {
	for {
		switch r.state {
		case stateDone:
			return r.err
		case stateLine, stateExtend:
			h, ok := header{}, false
			if r.end > r.start {
				h, ok = headerAtEnd(r.buf[r.start+r.tail : r.end])
			}
			if !ok || r.onLiteral != nil && h.sync && !r.asked {
				// A client that waits to be asked for a literal is told "no" by the tagged answer.
				r.state = stateDone
				continue
			}
			r.asked = false
			if h.size == math.MaxInt64 || h.size > r.lim.Literal {
				r.err = &LimitError{What: "literal", Limit: r.lim.Literal, Size: h.size}
				return r.err
			}
			r.h, r.left, r.state = h, h.size, stateLiteral
		case stateLiteral:
			if err := r.discardLiteral(); err != nil {
				return err
			}
			r.start, r.end, r.tail = r.pos, r.pos, 0
			r.state = stateTail
			r.strides = max(r.strides, 2)
		case stateTail, stateOver:
			if err := r.dropLine(); err != nil {
				return err
			}
			r.state = stateExtend
		}
	}
}

// dropLine reads to the end of a line, of which it holds only the end.
func (r *Reader) dropLine() error {
	r.strides = max(r.strides, 1)
	from := r.pos
	if r.state == stateOver {
		from = r.start + r.tail
	}
	for {
		if i := bytes.IndexByte(r.buf[from:r.w], '\n'); i >= 0 {
			r.end = from + i + 1
			r.start, r.pos, r.tail = max(from, r.end-overKeep), r.end, 0
			return nil
		}
		if keep := r.w - from; keep > overKeep {
			// Nothing of this message is borrowed any more, so its end may move to its beginning.
			copy(r.buf[from:], r.buf[r.w-overKeep:r.w])
			r.w = from + overKeep
		}
		r.start, r.end, r.pos = from, from, from
		if err := r.fill(); err != nil {
			return err
		}
		from = r.start
	}
}

// Take returns, as the caller's own, what has been read from the stream behind the message at hand,
// and gives it up: an upgrade of the connection starts with it.
func (r *Reader) Take() []byte {
	b := append([]byte(nil), r.buf[r.pos:r.w]...)
	r.w = r.pos
	return b
}

// Buffered returns how many octets have been read from the stream behind the message at hand.
func (r *Reader) Buffered() int { return r.w - r.pos }
