package wire

import "io"

// A buffer reads a stream into an array. It knows nothing of lines and literals. The framer says where a stride (the
// part of a message that is shown at once) ends, and when the stride is no longer valid.
//
//	b:  … | earlier strides | free | the stride | literal not in a stride | unread | free …
//	     low               top    start        end                       pos      w
//
// The stride may move in the array while the framer adds lines and literals to the stride. When a streamed literal
// follows a stride, the stride must not move any more until the next message. If the array has no room after such a
// stride, the buffer continues in another array.
//
// The buffer allocates an array before the first read. In lean mode, it frees an array of more than 128 bytes between
// two messages, unless the array has unread octets. The embedded sizing decides when to replace the array by a larger
// or smaller one. Builds with the race detector overwrite octets that are no longer valid (see poison).
type buffer struct {
	source
	sizing

	b          []byte // the array in use
	low, top   int    // b[low:top] has the earlier strides of this message that are in b
	start, end int    // b[start:end] is the stride
	tail       int    // set by the framer: offset in the stride of its last line
	sent       int    // octets of the stride that have been relayed
	pos, w     int    // b[pos:w] are the unread octets (see the method unread)

	past   int64 // octets of this message before the stride
	memory int   // octets of this message in earlier strides that are in memory

	spare []byte   // an array that is not in use, or nil
	held  [][]byte // other arrays with earlier strides of this message
}

// stride returns the current stride.
func (in *buffer) stride() []byte { return in.b[in.start:in.end:in.end] }

// gathered returns all octets that the array has from the beginning of the stride on: the stride, and the octets that
// were read after it.
func (in *buffer) gathered() []byte { return in.b[in.start:in.w] }

// unread returns the octets in the array that the framer has not used yet: neither show nor take has passed them.
func (in *buffer) unread() []byte { return in.b[in.pos:in.w] }

// len returns how many octets the stride has.
func (in *buffer) len() int { return in.end - in.start }

// show makes the first n octets of gathered the stride.
func (in *buffer) show(n int) {
	in.end = in.start + n
	in.pos = in.end
}

// showTaken ends the stride at pos, or after n octets if the stride would otherwise be longer.
func (in *buffer) showTaken(n int) { in.end = in.start + min(in.pos-in.start, n) }

// take removes the first n octets from unread.
func (in *buffer) take(n int) { in.pos += n }

// takeTo makes unread begin after the first n octets of gathered.
func (in *buffer) takeTo(n int) { in.pos = in.start + n }

// forget drops the unread octets.
func (in *buffer) forget() { in.w = in.pos }

// fill reads more octets after those of gathered. If the array has little room after them, fill makes room first.
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

// more reads once from the stream, into the free part of the array after offset w.
func (in *buffer) more() error {
	n, err := in.read(in.b[in.w:])
	in.noteRead(n, len(in.b)-in.w, len(in.b))
	in.w += n
	return err
}

// room makes room in the array after offset w. It may move the stride, but not the earlier strides of the message.
// Memory grows with the octets that have arrived, not with the size that a peer announces.
func (in *buffer) room() {
	floor, have := 0, in.w-in.start
	if in.top > in.low {
		floor = in.top
	}
	grow := floor == 0 && in.grows(len(in.b))
	if free := len(in.b) - floor; !grow && free >= 2*minRead && have <= free/2 {
		copy(in.b[floor:], in.b[in.start:in.w])
		poison(in.b[max(floor+have, in.start):in.w])
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
		poison(old[in.start:in.w])
		in.keepSpare(old)
	}
	in.moved(0)
	in.low, in.top = 0, 0
}

// moved adjusts the offsets after the stride and the unread octets have moved. The stride now begins at b[to].
func (in *buffer) moved(to int) {
	by := in.start - to
	in.start, in.end, in.pos, in.w = to, in.end-by, in.pos-by, in.w-by
}

// array returns an array of at least size bytes, which may be the spare one.
func (in *buffer) array(size int) []byte {
	if b := in.spare; len(b) >= size {
		in.spare = nil
		return b
	}
	return make([]byte, size)
}

// keepSpare makes b the spare array if b is larger than the present spare array, and not larger than largeArray.
func (in *buffer) keepSpare(b []byte) {
	if len(b) > len(in.spare) && len(b) <= largeArray {
		in.spare = b
	}
}

// refill reads more of a literal or of a line that is not shown. All octets that were read before must have been taken.
// The strides that have been shown stay where they are. If the array has little room after them, refill adds the array
// to held, and begins an empty stride in another array. If the stream ends, the error is io.ErrUnexpectedEOF.
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

// refillUnread moves the unread octets to the front of the array, and reads more after them. Nothing else in the array
// may be in use.
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
		in.keepSpare(old)
	}
	return in.more()
}

// clear sets all offsets to 0. Nothing in the array may be in use.
func (in *buffer) clear() {
	in.low, in.top, in.start, in.end, in.pos, in.w, in.tail, in.sent = 0, 0, 0, 0, 0, 0, 0, 0
}

// begin begins an empty stride at the first unread octet. Nothing before it may be in use.
func (in *buffer) begin() {
	in.low, in.top, in.start, in.end = in.pos, in.pos, in.pos, in.pos
}

// plain reports whether nextLine may be called: no other array is held, the array is not too large to keep, and no
// error is pending.
func (in *buffer) plain() bool {
	return len(in.held) == 0 && len(in.b) <= largeArray && in.pendingErr == nil
}

// nextLine gives up the previous message, and makes the first n unread octets the stride. The caller must check
// in.plain() first.
func (in *buffer) nextLine(n int) {
	if in.end > in.low {
		poison(in.b[in.low:in.end])
	}
	in.low, in.top, in.start = in.pos, in.pos, in.pos
	in.pos += n
	in.end = in.pos
	in.tail, in.sent, in.past, in.memory = 0, 0, 0, 0
}

// follow begins an empty stride after a streamed literal of size octets. All of the literal must have been taken. The
// stride before the literal stays valid.
func (in *buffer) follow(size int64) {
	in.past += int64(in.len()) + size
	in.memory += in.len()
	if in.end > in.low {
		in.top = in.end
	}
	in.start, in.end, in.tail, in.sent = in.pos, in.pos, 0, 0
	in.pack()
}

// pack is called when an empty stride begins after a streamed literal. If the array has little room after pos, pack
// moves the stride and the unread octets to just after the earlier strides in the array. Without pack, the peer could
// choose the sizes of its literals so that each array that is kept for an earlier stride has only a few octets of that
// stride. The memory for a message would then have no limit.
func (in *buffer) pack() {
	if in.top == in.low || len(in.b)-in.pos >= max(len(in.b)/4, 2*minRead) {
		return
	}
	n := copy(in.b[in.top:], in.b[in.start:in.w])
	poison(in.b[max(in.top+n, in.start):in.w])
	in.moved(in.top)
}

// repeat copies the first n octets of the stride to just before the unread octets, so that the copy is unread too. It
// begins an empty stride at the copy. The old stride is no longer valid.
func (in *buffer) repeat(n int) {
	from := in.pos - n
	copy(in.b[from:in.pos], in.b[in.start:in.start+n])
	poison(in.b[in.low:from])
	in.pos = from
	in.begin()
}

// pass drops the first n unread octets. No stride may be in use.
func (in *buffer) pass(n int) {
	poison(in.b[in.pos : in.pos+n])
	in.pos += n
	in.begin()
}

// dropShown gives up all strides of the message that have been shown, and the arrays that hold them.
func (in *buffer) dropShown() {
	if in.end > in.low {
		poison(in.b[in.low:in.end])
	}
	if len(in.held) > 0 {
		for i, b := range in.held {
			poison(b)
			in.keepSpare(b)
			in.held[i] = nil
		}
		in.held = in.held[:0]
	}
	in.memory, in.tail, in.sent = 0, 0, 0
	in.begin()
}

// release gives up the message, and the memory that the next message does not need. It reports whether any of the
// message was shown.
func (in *buffer) release() (shown bool) {
	if shown = in.end > in.low || len(in.held) > 0; shown {
		used := in.end - in.low
		in.dropShown()
		if n := in.w - in.pos; len(in.b) > largeArray && in.outgrown(used, len(in.b)) && n <= in.size/2 {
			old := in.b
			in.b = in.array(in.size)
			copy(in.b, old[in.pos:in.w])
			in.clear()
			in.w, in.underused = n, 0
		}
	}
	if in.pos == in.w {
		in.clear()
		if in.adapt(0); in.lean {
			in.freeArrays()
		}
	} else {
		in.begin()
	}
	in.past = 0
	if in.pendingErr != nil && timeout(in.pendingErr) {
		// The deadline passed after the last octets of the message had arrived, so no call has to return the time-out.
		in.pendingErr = nil
	}
	return shown
}

// adapt replaces the array by a larger one if the last reads have filled it, and by a smaller one if they were short.
// It copies the first n octets to the new array.
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
	poison(old)
	in.full, in.slack = 0, 0
}

// freeArrays frees the arrays of a Reader in lean mode, except for an array of leanSize bytes. No octet in the arrays
// may be in use.
func (in *buffer) freeArrays() {
	in.full, in.slack, in.spare = 0, 0, nil
	if len(in.b) > leanSize {
		in.b = nil
	}
	in.startSmall = true
	if cap(in.held) > 0 {
		in.held = nil
	}
}

// idle frees the spare array. The argument between is true if no message is being read. In that case, if few octets are
// unread, idle also frees the array in use, and moves any unread octets to a new one.
func (in *buffer) idle(between bool) {
	in.spare = nil
	if n := in.w - in.pos; between && n <= in.size/2 && len(in.b) > 0 && len(in.held) == 0 && in.low == in.end {
		rest := in.unread()
		if in.b = nil; n > 0 {
			in.b = make([]byte, in.size)
			copy(in.b, rest)
		}
		poison(rest)
		in.clear()
		in.w = n
	}
}

// reset empties the buffer, and makes it read rd. It keeps the arrays.
func (in *buffer) reset(rd io.Reader) {
	in.dropShown()
	*in = buffer{source: source{rd: rd}, sizing: sizing{size: in.size, most: in.most}, b: in.b, spare: in.spare}
}

// copyFrom makes the buffer continue the stream of the buffer other. The buffer gets a copy of the octets that other
// has not shown, and then reads from the same stream.
func (in *buffer) copyFrom(other *buffer) {
	in.reset(other.rd)
	in.pendingErr, in.most = other.pendingErr, other.most
	unread := other.unread()
	in.b = in.array(max(bufSize, len(unread)+minRead))
	in.w = copy(in.b, unread)
}
