package wire

import "io"

// Idle reports whether r has read nothing that has not been shown, and nothing of the current message is left: a wait for the next message was cut before its first
// octet. Then r has nothing to lose, and Renew may give it another stream.
func (r *Reader) Idle() bool {
	return r.state == stateDone && r.pos == r.w && r.start == r.end && r.pend == nil && r.err == nil && r.run.state == runBetween && r.run.owed == 0 && len(r.held) == 0
}

// Renew makes r a reader of rd within lim, as NewReader does, with an array that r has if it is not large. What was borrowed is void. A reader that is not
// in use can be lent so to one connection after another.
func (r *Reader) Renew(rd io.Reader, lim Limits) {
	r.Reset(rd)
	if len(r.buf) > bufSize {
		r.buf = nil
	}
	r.spare, r.lim, r.size, r.rested = nil, lim.WithDefaults(), bufSize, true
	r.onLiteral, r.onLong, r.before = nil, nil, nil
}
