package wire

import "io"

// Idle reports whether r waits for a message of which no octet has come, and has no other to finish. Then Renew loses nothing.
func (r *Reader) Idle() bool {
	return r.state == stateDone && r.err == nil && r.run.state == runBetween && r.run.owed == 0 && r.in.empty()
}

// empty reports whether nothing is unread, held or due.
func (in *buffer) empty() bool {
	return in.pos == in.w && in.start == in.end && in.pend == nil && len(in.held) == 0
}

// Renew makes r a Reader of rd within lim, as NewReader does. It keeps an array that is not large. What was borrowed is void. One Reader can
// serve several connections so, one after the other.
func (r *Reader) Renew(rd io.Reader, lim Limits) {
	r.letGo()
	b, last, seq := r.in.b, r.last[:0], r.seq
	*r = Reader{} // and no literal of a Reader, which would need as much of the stack
	r.lim, r.last, r.seq = lim.WithDefaults(), last, seq
	r.in.rd, r.in.size, r.in.most, r.in.rested = rd, bufSize, r.lim.Message, true
	if len(b) <= bufSize {
		r.in.b = b
	}
}
