package wire

import "io"

// Idle reports whether r holds no octets and no error: a call of Next or RelayRun has given up the last message and
// read nothing of another. If Idle returns true, a call of Renew loses no octets.
func (r *Reader) Idle() bool {
	return r.state == stateDone && r.err == nil && r.run.state == runBetween && r.run.toWrite == 0 && r.in.empty()
}

// empty reports whether the buffer has no unread octets, no stride and no pending error.
func (in *buffer) empty() bool {
	return in.pos == in.w && in.start == in.end && in.pendingErr == nil && len(in.held) == 0
}

// Renew makes r a Reader that reads rd within the limits lim, like a new one from NewReader. It keeps the array of the
// buffer, unless the array is larger than 32 KiB. Borrowed slices are no longer valid. With Renew, one Reader can serve
// several connections, one after the other.
func (r *Reader) Renew(rd io.Reader, lim Limits) {
	r.dropShown()
	b, last, seq := r.in.b, r.last[:0], r.literalSeq
	*r = Reader{} // a composite literal with fields would need room for a second Reader on the stack
	r.lim, r.last, r.literalSeq = lim.WithDefaults(), last, seq
	r.in.rd, r.in.size, r.in.most, r.in.startSmall = rd, bufSize, r.lim.Message, true
	if len(b) <= bufSize {
		r.in.b = b
	}
}
