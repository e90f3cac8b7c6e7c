package wire

import "bytes"

// A framer finds where lines and literals end, and notes how much of the current message has been shown. The octets are
// in its buffer.
type framer struct {
	in        buffer
	lim       Limits
	onLiteral func(size int64, sync bool) error

	state state
	err   error // the error that has ended the stream, or nil
	fail  error // the error that has ended the message, or nil

	afterLiteral bool // the stride follows a streamed literal

	h          header // header of the literal that is streamed, or that the framer waits for
	accepted   bool   // the literal with header h has been accepted, and its octets are expected
	left       int64  // octets of the streamed literal that have not been read
	literalSeq uint64 // changes when a streamed literal can no longer be read

	last          []byte // the last octets of a line that is dropped or relayed in parts
	octetsDropped int64  // octets of this message's lines and literals that have been dropped

	long division // how far a long line has been shown in parts
}

// A state says how far a framer has come with a message. The package comment lists the states, what leads from one to
// another, and which fields have a meaning in each.
type state uint8

const (
	stateDone    state = iota // the message has been shown to its end
	stateLine                 // the first line has been shown
	stateExtend               // a line is complete, and may announce a literal
	stateLiteral              // a literal is streamed
	stateRefused              // the peer sends a literal that was refused
	stateTail                 // the line after a literal comes next
	stateOver                 // the rest of a line is dropped, because of a limit or of Skip
	stateDropped              // a line has been dropped or relayed in parts, and may announce a literal
	statePart                 // a part of a long line has been shown
	stateRest                 // the rest of a divided line is relayed
	stateEnded                // the stream has ended with an error
)

// broken returns the error that has ended the stream or the message, or nil.
func (f *framer) broken() error {
	if f.err != nil {
		return f.err
	}
	return f.fail
}

// end ends the stream with err, and returns err. A literal that was being streamed can no longer be read.
func (f *framer) end(err error) error {
	f.err, f.state = err, stateEnded
	f.literalSeq++
	return err
}

// show makes d a decoder of the current stride, at offset pos.
func (f *framer) show(d *Decoder, pos int) {
	if d.from != f {
		d.attach(f)
	}
	d.b, d.pos, d.base = f.in.stride(), pos, f.in.past
}

// fill reads more of an incomplete line or literal. If the stream ends within a message, the error is
// io.ErrUnexpectedEOF.
func (f *framer) fill() error {
	err := f.in.fill()
	if f.state != stateDone || len(f.in.gathered()) > 0 {
		return unexpected(err)
	}
	return err
}

// line waits until the line that begins at in.gathered()[off] is complete, and returns the offset after its end. If the
// line is the first of a message and is shown in parts, the error is errPart, and the offset is the end of the part.
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
			f.state, f.accepted = stateOver, false
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

// extend adds to the stride the literals that its lines announce, and the lines after them. It stops at the end of the
// message, or before a literal that is streamed.
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
		f.in.tail, f.accepted = tail, false
	}
}

// stream begins to stream the literal with header f.h.
func (f *framer) stream() { f.state, f.left, f.accepted = stateLiteral, f.h.size, false }

// follow begins a new stride after a streamed literal, all of which has been read.
func (f *framer) follow() {
	f.in.follow(f.h.size)
	f.state, f.afterLiteral = stateTail, true
	f.literalSeq++
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

// dropShown gives up the strides of the message that have been shown.
func (f *framer) dropShown() {
	f.in.dropShown()
	f.invalidate()
}

// invalidate notes that the strides shown so far, and any streamed literal, are no longer valid.
func (f *framer) invalidate() {
	f.long.again, f.long.shown = false, 0
	f.literalSeq++
}

// release prepares f for the next message.
func (f *framer) release() {
	if f.in.release() {
		f.invalidate()
	}
	f.afterLiteral, f.fail = false, nil
}
