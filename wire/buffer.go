package wire

import "io"

// A buffer reads a stream into an array. It knows nothing of lines and literals: the framer says what the stride is,
// and when it and those before it are void.
//
//	b:  … | earlier strides | free | the stride | literal read in passing | unread | free …
//	     low               top    start        end                       pos      w
//
// While a stride is gathered it may move. Once it is shown after a streamed literal, or once the literal after it is
// being streamed, it stays where it is until the next message. What does not fit after it goes on in another array.
//
// The buffer allocates an array when there is something to read, and frees it while a lean reader waits. It replaces the
// array by a larger or a smaller one as sizing says. Builds with the race detector overwrite what is void (see void).
type buffer struct {
	source
	sizing

	b          []byte // the array in use
	low, top   int    // b[low:top] holds earlier strides of this message, if any are in b
	start, end int    // the stride
	tail       int    // the framer's mark in it: where its last line begins, after its literals, from start
	sent       int    // octets of it that have been relayed
	pos, w     int    // b[pos:w] has been read and not shown

	past   int64 // octets of this message before the stride
	memory int   // octets of this message held in earlier strides

	spare []byte   // an array not in use
	held  [][]byte // arrays full of earlier strides of this message
}

// stride returns the stride that is shown.
func (in *buffer) stride() []byte { return in.b[in.start:in.end:in.end] }

// gathered returns what has been read from the beginning of the stride on.
func (in *buffer) gathered() []byte { return in.b[in.start:in.w] }

// unread returns what has been read and not shown.
func (in *buffer) unread() []byte { return in.b[in.pos:in.w] }

// len returns how many octets the stride has.
func (in *buffer) len() int { return in.end - in.start }

// show makes the first n octets that have been gathered the stride.
func (in *buffer) show(n int) {
	in.end = in.start + n
	in.pos = in.end
}

// showTaken makes the octets that have been taken the stride, at most n of them.
func (in *buffer) showTaken(n int) { in.end = in.start + min(in.pos-in.start, n) }

// take takes the first n unread octets.
func (in *buffer) take(n int) { in.pos += n }

// takeTo takes the first n octets that have been gathered.
func (in *buffer) takeTo(n int) { in.pos = in.start + n }

// forget drops what is unread.
func (in *buffer) forget() { in.w = in.pos }

// fill reads more after what has been gathered. It makes room if there is little.
func (in *buffer) fill() error {
	if free := len(in.b) - in.w; free < minRead {
		switch {
		case in.lean && len(in.b) == 0:
			in.b = make([]byte, leanSize)
		case in.lean && len(in.b) == leanSize && free > 0:
		default:
			in.room()
		}
	}
	return in.more()
}

// more reads once, into the array after w.
func (in *buffer) more() error {
	n, err := in.read(in.b[in.w:])
	in.flow(n, len(in.b)-in.w, len(in.b))
	in.w += n
	return err
}

// room makes room after w. The stride that is being gathered may move for it, what has been shown before may not.
// Memory grows with what has come and not with what was announced.
func (in *buffer) room() {
	floor, have := 0, in.w-in.start
	if in.top > in.low {
		floor = in.top
	}
	grow := floor == 0 && in.grows(len(in.b))
	if free := len(in.b) - floor; !grow && free >= 2*minRead && have <= free/2 {
		copy(in.b[floor:], in.b[in.start:in.w])
		void(in.b[max(floor+have, in.start):in.w])
		in.moved(floor)
		if floor == 0 {
			in.low, in.top = 0, 0
		}
		return
	}
	old := in.b
	in.b = in.array(in.sizeFor(have, len(old), grow))
	copy(in.b, old[in.start:in.w])
	if floor > 0 {
		in.held = append(in.held, old)
	} else {
		void(old[in.start:in.w])
		in.keep(old)
	}
	in.moved(0)
	in.low, in.top = 0, 0
}

// moved notes that the stride has moved to an offset.
func (in *buffer) moved(to int) {
	by := in.start - to
	in.start, in.end, in.pos, in.w = to, in.end-by, in.pos-by, in.w-by
}

// array returns an array of at least size bytes.
func (in *buffer) array(size int) []byte {
	if b := in.spare; len(b) >= size {
		in.spare = nil
		return b
	}
	return make([]byte, size)
}

// keep makes b the spare array if it is larger than the one at hand.
func (in *buffer) keep(b []byte) {
	if len(b) > len(in.spare) && len(b) <= giant {
		in.spare = b
	}
}

// refill reads on in a literal, or in a line that is dropped, when all that was unread has been taken. The strides
// shown stay where they are. If they fill the array they are held, and an empty stride begins in another one. The
// stream may not end here.
func (in *buffer) refill() error {
	if in.low == in.end {
		in.clear()
		in.adapt(0)
	}
	if len(in.b)-in.end < minRead {
		in.past += int64(in.len())
		in.memory += in.len()
		in.held = append(in.held, in.b)
		in.b = in.array(in.size)
		in.clear()
	}
	in.pos, in.w = in.end, in.end
	return unexpected(in.more())
}

// refillUnread reads on after what is unread, which it moves to the front of the array. Nothing else in the array is
// needed.
func (in *buffer) refillUnread() error {
	if in.pos > 0 {
		n := copy(in.b, in.unread())
		in.clear()
		in.w = n
	}
	in.adapt(in.w)
	if len(in.b)-in.w < minRead {
		old := in.b
		in.b = in.array(max(2*len(old), in.size))
		copy(in.b, old[:in.w])
		in.keep(old)
	}
	return in.more()
}

// clear begins anew at the front of an array in which nothing is needed.
func (in *buffer) clear() {
	in.low, in.top, in.start, in.end, in.pos, in.w, in.tail, in.sent = 0, 0, 0, 0, 0, 0, 0, 0
}

// begin begins a stride at what is unread. Everything before it has been given up.
func (in *buffer) begin() {
	in.low, in.top, in.start, in.end = in.pos, in.pos, in.pos, in.pos
}

// plain reports whether nextLine may be called: there is nothing to give up but the octets of the last message.
func (in *buffer) plain() bool {
	return len(in.held) == 0 && len(in.b) <= giant && in.pend == nil
}

// nextLine gives up the last message, and makes a stride of the n octets that are unread first. It is for a plain buffer.
func (in *buffer) nextLine(n int) {
	if in.end > in.low {
		void(in.b[in.low:in.end])
	}
	in.low, in.top, in.start = in.pos, in.pos, in.pos
	in.pos += n
	in.end = in.pos
	in.tail, in.sent, in.past, in.memory = 0, 0, 0, 0
}

// follow begins a stride after the one shown and a literal of size octets, which has been taken. What is shown stays.
func (in *buffer) follow(size int64) {
	in.past += int64(in.len()) + size
	in.memory += in.len()
	if in.end > in.low {
		in.top = in.end
	}
	in.start, in.end, in.tail, in.sent = in.pos, in.pos, 0, 0
}

// repeat begins a stride with the first n octets of the one shown, before what is unread. What is shown is void.
func (in *buffer) repeat(n int) {
	from := in.pos - n
	copy(in.b[from:in.pos], in.b[in.start:in.start+n])
	void(in.b[in.low:from])
	in.pos = from
	in.begin()
}

// pass drops the first n unread octets, when nothing is shown.
func (in *buffer) pass(n int) {
	void(in.b[in.pos : in.pos+n])
	in.pos += n
	in.begin()
}

// letGo gives up what has been shown of the message.
func (in *buffer) letGo() {
	if in.end > in.low {
		void(in.b[in.low:in.end])
	}
	if len(in.held) > 0 {
		for i, b := range in.held {
			void(b)
			in.keep(b)
			in.held[i] = nil
		}
		in.held = in.held[:0]
	}
	in.memory, in.tail, in.sent = 0, 0, 0
	in.begin()
}

// release gives up all of the message, and of the arrays what is not needed for the next. It reports whether anything
// was shown.
func (in *buffer) release() (shown bool) {
	if shown = in.end > in.low || len(in.held) > 0; shown {
		used := in.end - in.low
		in.letGo()
		if n := in.w - in.pos; len(in.b) > giant && in.outgrown(used, len(in.b)) && n <= in.size/2 {
			old := in.b
			in.b = in.array(in.size)
			copy(in.b, old[in.pos:in.w])
			in.clear()
			in.w, in.small = n, 0
		}
	}
	if in.pos == in.w {
		in.clear()
		if in.adapt(0); in.lean {
			in.giveUp()
		}
	} else {
		in.begin()
	}
	in.past = 0
	if in.pend != nil && timeout(in.pend) {
		// The deadline passed after the octets had come.
		in.pend = nil
	}
	return shown
}

// adapt takes a larger array if much comes, and a smaller one if little does. Of the old one, no more is needed than
// its first n octets.
func (in *buffer) adapt(n int) {
	old := in.b
	switch {
	case in.grows(len(old)):
		in.b = in.array(min(4*len(old), flowSize))
	case in.shrinks(len(old), n):
		in.spare = nil
		in.b = make([]byte, in.size)
	default:
		return
	}
	copy(in.b, old[:n])
	void(old)
	in.full, in.slack = 0, 0
}

// giveUp frees the arrays of a lean reader when there is nothing in them.
func (in *buffer) giveUp() {
	in.full, in.slack, in.spare = 0, 0, nil
	if len(in.b) > leanSize {
		in.b = nil
	}
	in.rested = true
	if cap(in.held) > 0 {
		in.held = nil
	}
}

// idle frees the spare array. Between two messages it also frees the array in use, if little in it is unread.
func (in *buffer) idle(between bool) {
	in.spare = nil
	if n := in.w - in.pos; between && n <= in.size/2 && len(in.b) > 0 && len(in.held) == 0 && in.low == in.end {
		rest := in.unread()
		if in.b = nil; n > 0 {
			in.b = make([]byte, in.size)
			copy(in.b, rest)
		}
		void(rest)
		in.clear()
		in.w = n
	}
}

// reset makes in an empty buffer of rd. It keeps the arrays.
func (in *buffer) reset(rd io.Reader) {
	in.letGo()
	*in = buffer{source: source{rd: rd}, sizing: sizing{size: in.size, most: in.most}, b: in.b, spare: in.spare}
}

// copyFrom makes in a buffer of another's stream, with a copy of what is unread in the other.
func (in *buffer) copyFrom(other *buffer) {
	in.reset(other.rd)
	in.pend, in.most = other.pend, other.most
	unread := other.unread()
	in.b = in.array(max(bufSize, len(unread)+minRead))
	in.w = copy(in.b, unread)
}
