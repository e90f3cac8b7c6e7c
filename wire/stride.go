package wire

import (
	"bytes"
	"errors"
	"io"
)

const (
	bufSize   = 32 << 10  // the first array, unless NewReaderSize says otherwise
	leastSize = 4 << 10   // the smallest first array
	leanSize  = 128       // what a lean reader waits with: "* 23 EXISTS" and most of what else is told unasked is shorter
	flowSize  = 256 << 10 // what an array grows to because much comes
	fullReads = 2         // reads in a row that fill the array before it grows
	slackRead = 32        // reads in a row that fill little of it before it shrinks
	minRead   = 2 << 10   // the least room a read is given
	leap      = 8 << 20   // what a line of half of giant goes on in: more than it fills is reserved, and not touched
	giant     = 512 << 10 // an array larger than this is given up when it is not needed
	keepSmall = 16        // … for so many messages
)

// read reads once, and again if nothing came. An error that comes with octets is due after them.
func (r *Reader) read(p []byte) (int, error) {
	if err := r.pend; err != nil {
		r.pend = nil
		return 0, err
	}
	if r.before != nil {
		if err := r.before(); err != nil {
			return 0, err
		}
	}
	for range 100 {
		n, err := r.rd.Read(p)
		if n < 0 || n > len(p) {
			return 0, errCount
		}
		if n > 0 {
			r.pend = err
			return n, nil
		}
		if err != nil {
			return 0, err
		}
	}
	return 0, io.ErrNoProgress
}

// errCount reports a reader or writer that breaks the rules of io.
var errCount = errors.New("wire: a reader or writer returned an impossible count")

// fill reads into the place after what is being gathered, and makes some if there is little.
func (r *Reader) fill() error {
	if free := len(r.buf) - r.w; free < minRead {
		switch {
		case r.lean && len(r.buf) == 0:
			r.buf = make([]byte, leanSize)
		case r.lean && len(r.buf) == leanSize && free > 0:
		default:
			r.room()
		}
	}
	n, err := r.read(r.buf[r.w:])
	r.flow(n, len(r.buf)-r.w)
	r.w += n
	if r.state != stateDone || r.w > r.start {
		return unexpected(err)
	}
	return err
}

// room makes place after w. The stride that is being gathered may move for it, what has been shown
// before may not. Memory grows with what has come and not with what was announced.
func (r *Reader) room() {
	floor, have := 0, r.w-r.start
	if r.top > r.low {
		floor = r.top
	}
	grow := r.full >= fullReads && floor == 0 && len(r.buf) < flowSize
	if free := len(r.buf) - floor; !grow && free >= 2*minRead && have <= free/2 {
		copy(r.buf[floor:], r.buf[r.start:r.w])
		void(r.buf[max(floor+have, r.start):r.w])
		r.moved(floor)
		if floor == 0 {
			r.low, r.top = 0, 0
		}
		return
	}
	want := 2 * max(have, minRead)
	switch {
	// A long line is likely to be much longer: each array on the way to it is memory that is touched and copied.
	case have >= giant/2 && have < leap/4:
		want = leap
	case have >= bufSize && have < giant/2:
		want = 4 * have
	}
	size := r.size
	if r.rested {
		// What follows a wait is short more often than not, and an array that is not full is given up at the next.
		size, r.rested = min(size, leastSize), false
	}
	if grow {
		want, r.full = max(want, min(4*len(r.buf), flowSize)), 0
	}
	for size < want {
		size *= 2
	}
	if most := have + bufSize; size > most && r.lim.Message < size-bufSize {
		size = max(most, r.lim.Message+bufSize)
	}
	old := r.buf
	r.buf = r.array(size)
	copy(r.buf, old[r.start:r.w])
	if floor > 0 {
		r.held = append(r.held, old)
	} else {
		void(old[r.start:r.w])
		r.keep(old)
	}
	r.moved(0)
	r.low, r.top = 0, 0
}

// moved notes that the stride begins at to now.
func (r *Reader) moved(to int) {
	by := r.start - to
	r.start, r.end, r.pos, r.w = to, r.end-by, r.pos-by, r.w-by
}

// array returns an array of at least size octets.
func (r *Reader) array(size int) []byte {
	if b := r.spare; len(b) >= size {
		r.spare = nil
		return b
	}
	return make([]byte, size)
}

// keep makes b the spare array if it is a better one.
func (r *Reader) keep(b []byte) {
	if len(b) > len(r.spare) && len(b) <= giant {
		r.spare = b
	}
}

// refill reads on in a literal or a line that is dropped, all of what was there having been taken.
// The strides shown stay where they are.
func (r *Reader) refill() error {
	if r.low == r.end {
		r.clear()
		r.adapt(0)
	}
	if len(r.buf)-r.end < minRead {
		// The strides fill the array: what follows passes through another.
		r.past += int64(r.end - r.start)
		r.memory += r.end - r.start
		r.held = append(r.held, r.buf)
		r.buf = r.array(r.size)
		r.clear()
	}
	r.pos, r.w = r.end, r.end
	n, err := r.read(r.buf[r.w:])
	r.flow(n, len(r.buf)-r.w)
	r.w += n
	return unexpected(err)
}

// clear begins anew at the front of an array in which nothing is needed.
func (r *Reader) clear() {
	r.low, r.top, r.start, r.end, r.pos, r.w, r.tail, r.sent = 0, 0, 0, 0, 0, 0, 0, 0
}

// unexpected makes of the stream's end the end within a message. What the stream says of its end is kept.
func unexpected(err error) error {
	switch {
	case err == io.EOF:
		return io.ErrUnexpectedEOF
	case err != nil && errors.Is(err, io.EOF):
		return &endError{err}
	}
	return err
}

// endError is io.ErrUnexpectedEOF as the stream has said it.
type endError struct{ error }

func (e *endError) Unwrap() error        { return e.error }
func (e *endError) Is(target error) bool { return target == io.ErrUnexpectedEOF }

// letGo gives up what has been shown of the message.
func (r *Reader) letGo() {
	if r.end > r.low {
		void(r.buf[r.low:r.end])
	}
	if len(r.held) > 0 {
		for i, b := range r.held {
			void(b)
			r.keep(b)
			r.held[i] = nil
		}
		r.held = r.held[:0]
	}
	r.memory = 0
	r.low, r.top, r.start, r.end = r.pos, r.pos, r.pos, r.pos
	r.tail, r.sent = 0, 0
	r.again, r.parted = false, 0
	r.seq++
}

// release makes ready for the next message.
func (r *Reader) release() {
	if r.end > r.low || len(r.held) > 0 {
		used := r.end - r.low
		r.letGo()
		if len(r.buf) > giant {
			r.shrink(used)
		}
	}
	if r.pos == r.w {
		r.clear()
		if r.adapt(0); r.lean {
			r.giveUp()
		}
	} else {
		r.low, r.top, r.start, r.end = r.pos, r.pos, r.pos, r.pos
	}
	r.later, r.past, r.fail = false, 0, nil
	r.command.begun, r.command.step = false, handNone
	if r.pend != nil && timeout(r.pend) {
		// It cut a wait that was satisfied all the same.
		r.pend = nil
	}
}

// nextLine goes to the next message if its first line has been read, and reports whether it did. It is what the rest of Next does where
// nothing is to be skipped, read, or given up but the octets of the last message, as nearly always: 3 ns less, of 33.
func (r *Reader) nextLine() bool {
	if r.state > stateLine || r.again || len(r.held) > 0 || len(r.buf) > giant || r.pend != nil || r.err != nil || r.run.state != runBetween || r.run.owed > 0 {
		return false
	}
	n := bytes.IndexByte(r.buf[r.pos:r.w], '\n') + 1
	if n == 0 || n > r.lim.Message {
		return false
	}
	if r.end > r.low {
		void(r.buf[r.low:r.end])
	}
	r.low, r.top, r.start = r.pos, r.pos, r.pos
	r.pos += n
	r.end = r.pos
	r.tail, r.sent, r.past, r.memory, r.waste = 0, 0, 0, 0, 0
	r.state, r.later, r.fail, r.command.begun, r.command.step = stateLine, false, nil, false, handNone
	r.seq++
	return true
}

// shrink gives up a giant array if it has not been needed for some messages.
func (r *Reader) shrink(used int) {
	if used >= len(r.buf)/4 {
		r.small = 0
		return
	}
	r.small++
	if n := r.w - r.pos; r.small >= keepSmall && n <= r.size/2 {
		old := r.buf
		r.buf = r.array(r.size)
		copy(r.buf, old[r.pos:r.w])
		r.clear()
		r.w, r.small = n, 0
	}
}

// flow notes how much of an array a read has filled.
func (r *Reader) flow(n, room int) {
	switch {
	case n == room && room >= min(r.size, len(r.buf))/2:
		r.full, r.slack = min(r.full+1, fullReads), 0
	case n <= len(r.buf)/8:
		r.full, r.slack = 0, min(r.slack+1, slackRead)
	case n > 0:
		r.full, r.slack = 0, 0
	}
}

// adapt takes a larger array if much comes, and a smaller one if little does, where no more is needed of the old one than its first n octets.
func (r *Reader) adapt(n int) {
	old := r.buf
	switch {
	case r.full >= fullReads && len(old) < flowSize:
		r.buf = r.array(min(4*len(old), flowSize))
	case r.slack >= slackRead && len(old) > r.size && len(old) <= flowSize && n <= r.size/2:
		r.spare = nil
		r.buf = make([]byte, r.size)
	default:
		return
	}
	copy(r.buf, old[:n])
	void(old)
	r.full, r.slack = 0, 0
}

// Lean says whether it may be long until the next message comes, as in IDLE (RFC 9051 §6.3.13): while it is on, and nothing has been read that
// has not been shown, r has no array between two messages but one of 128 octets, into which the beginning of the next is read. If
// there is more it takes one of 4 KiB, which grows as much comes. It is called between messages, before Next.
func (r *Reader) Lean(on bool) { r.lean = on }

// giveUp lets go of the arrays of a lean reader, in which there is nothing.
func (r *Reader) giveUp() {
	r.full, r.slack, r.spare = 0, 0, nil
	if len(r.buf) > leanSize {
		r.buf = nil
	}
	r.rested = true
	if cap(r.held) > 0 {
		r.held = nil
	}
}

// Shrink gives up what memory is not needed, as when a connection goes idle. It is called when a wait has been cut short, or between messages
// that nothing is borrowed of.
func (r *Reader) Shrink() {
	r.spare = nil
	if n := r.w - r.pos; r.state == stateDone && r.run.owed == 0 && n <= r.size/2 && len(r.buf) > 0 && len(r.held) == 0 && r.low == r.end {
		rest := r.buf[r.pos:r.w]
		if r.buf = nil; n > 0 {
			r.buf = make([]byte, r.size)
			copy(r.buf, rest)
		}
		void(rest)
		r.clear()
		r.w = n
	}
}

// timeout reports whether err says that a deadline has passed.
func timeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}
