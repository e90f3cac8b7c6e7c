package wire

import (
	"bytes"
	"math"
)

// A framer finds where lines and literals end, and how far the message at hand has been shown. The buffer has its octets.
type framer struct {
	in        buffer
	lim       Limits
	onLiteral func(size int64, sync bool) error

	state state
	err   error // the stream cannot be read on
	fail  error // the message cannot be read on

	later bool // the stride is not the message's first

	h     header // of the literal that is being streamed, or whose octets are waited for
	asked bool   // h has been admitted, and its octets are being waited for
	left  int64  // octets left of the literal that is being streamed
	seq   uint64 // changes when a streamed literal becomes void

	last  []byte // the end of a line that is dropped or relayed in parts
	waste int64  // octets of this message that have been dropped, of lines and literals

	long division // of a long line
}

// state says how far the framer is with a message. The comment of the package has a table of the states, and of the
// fields that count in each.
type state uint8

const (
	stateDone    state = iota // the message is over
	stateLine                 // its first line has been shown
	stateExtend               // a line is whole; what it announces has not been looked at
	stateLiteral              // a literal is being streamed
	stateRefused              // a literal comes although it was refused
	stateTail                 // the line after a literal is due
	stateOver                 // a line is over the limit, or is skipped; its rest is to be dropped
	stateDropped              // a line has been dropped, or relayed in parts; what it announces has not been looked at
	statePart                 // a part of a line has been shown
	stateRest                 // the rest of a line that was shown in parts is being relayed
	stateEnded                // the stream cannot be read on
)

// broken returns why the message cannot be read on, or nil.
func (f *framer) broken() error {
	if f.err != nil {
		return f.err
	}
	return f.fail
}

// end ends the stream because of err, and returns err. A literal that was being streamed is void.
func (f *framer) end(err error) error {
	f.err, f.state = err, stateEnded
	f.seq++
	return err
}

// show shows the stride to d.
func (f *framer) show(d *Decoder, pos int) {
	if d.from != f {
		d.attach(f)
	}
	d.b, d.pos, d.base = f.in.stride(), pos, f.in.past
}

// fill reads more of a line or literal that is gathered. The end of the stream is unexpected within a message.
func (f *framer) fill() error {
	err := f.in.fill()
	if f.state != stateDone || len(f.in.gathered()) > 0 {
		return unexpected(err)
	}
	return err
}

// line waits until the line that begins at off in what is gathered is whole, and returns the offset after its end. If
// it is a message's first, and one to be shown in parts, the error is errPart, and the offset is that of the part's
// end.
func (f *framer) line(off int) (int, error) {
	for scan := off; ; {
		b := f.in.gathered()
		i := bytes.IndexByte(b[scan:], '\n')
		if i >= 0 {
			scan += i + 1
		} else {
			scan = len(b)
		}
		if f.long.ask != nil && off == 0 && f.state == stateDone && (scan >= partLeast && i < 0 || scan > f.lim.Message) {
			if n := f.long.divide(b[:min(scan, f.lim.Message)]); n > 0 {
				return n, errPart
			}
		}
		if memory := f.in.memory; scan > f.lim.Message-memory {
			f.fail = &LimitError{What: "message", Limit: int64(f.lim.Message), Size: int64(memory) + int64(scan)}
			f.state, f.asked = stateOver, false
			if i >= 0 {
				f.state = stateDropped
			}
			f.last = keepLast(f.last[:0], b[off:scan])
			f.in.takeTo(scan)
			return 0, f.fail
		}
		if i >= 0 {
			return scan, nil
		}
		if err := f.fill(); err != nil {
			return 0, err
		}
	}
}

// extend gathers the literals that the stride announces and the lines after them: to the message's end, or to a literal
// that is to be streamed.
func (f *framer) extend() error {
	f.state = stateExtend
	for {
		if announced, err := f.announced(); !announced || err != nil {
			return err
		}
		size := f.in.len()
		if f.h.size > int64(f.lim.Inline) || f.h.size > int64(f.lim.Message-f.in.memory-size) {
			f.stream()
			return nil
		}
		tail := size + int(f.h.size)
		for len(f.in.gathered()) < tail {
			if err := f.fill(); err != nil {
				return err
			}
		}
		n, err := f.line(tail)
		if err != nil {
			return err
		}
		f.in.show(n)
		f.in.tail, f.asked = tail, false
	}
}

// announced reports whether the stride announces a literal, and admits the literal. If there is none, the message is over.
func (f *framer) announced() (bool, error) {
	if f.asked {
		return true, nil
	}
	h, ok := headerAtEnd(f.in.stride()[f.in.tail:])
	if !ok {
		f.state = stateDone
		return false, nil
	}
	return true, f.admit(h)
}

// admit asks the limits and onLiteral whether a literal may come.
func (f *framer) admit(h header) error {
	f.h = h
	if f.onLiteral != nil && (h.sync || h.size <= f.lim.Literal) {
		if err := f.onLiteral(h.size, h.sync); err != nil {
			f.refuse(err)
			return err
		}
	}
	if err := f.tooLong(h); err != nil {
		return err
	}
	f.asked = true
	return nil
}

// refuse ends the message at the literal that is announced. Its octets come all the same if its sender does not wait to be
// asked for them.
func (f *framer) refuse(err error) {
	f.fail, f.state = err, stateDone
	if !f.h.sync {
		f.state, f.left = stateRefused, f.h.size
	}
}

// tooLong ends the stream at a literal that is over the limit.
func (f *framer) tooLong(h header) error {
	if h.size > f.lim.Literal || h.size == math.MaxInt64 {
		f.end(&LimitError{What: "literal", Limit: f.lim.Literal, Size: h.size})
	}
	return f.err
}

// stream begins to stream the literal that is announced.
func (f *framer) stream() { f.state, f.left, f.asked = stateLiteral, f.h.size, false }

// follow goes on after a streamed literal, all of which has been read.
func (f *framer) follow() {
	f.in.follow(f.h.size)
	f.state, f.later = stateTail, true
	f.seq++
}

// tailLine waits for the line after a streamed literal.
func (f *framer) tailLine() error {
	n, err := f.line(0)
	if err != nil {
		return err
	}
	f.in.show(n)
	f.state = stateExtend
	return nil
}

// letGo gives up what has been shown of the message.
func (f *framer) letGo() {
	f.in.letGo()
	f.shown()
}

// shown notes that what has been shown of the message is void.
func (f *framer) shown() {
	f.long.again, f.long.shown = false, 0
	f.seq++
}

// release makes ready for the next message.
func (f *framer) release() {
	if f.in.release() {
		f.shown()
	}
	f.later, f.fail = false, nil
}
