package wire

import "math"

// announced reports whether the last line of the stride announces a literal, and accepts or refuses that literal. If
// the line announces no literal, the message ends with that line.
func (f *framer) announced() (bool, error) {
	if f.accepted {
		return true, nil
	}
	h, ok := headerAtEnd(f.in.stride()[f.in.tail:])
	if !ok {
		f.state = stateDone
		return false, nil
	}
	return true, f.admit(h)
}

// admit accepts or refuses the literal with header h, as the function onLiteral and the limits say. If it refuses the
// literal, it returns an error.
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
	f.accepted = true
	return nil
}

// refuse refuses the literal with header f.h, and ends the message with err. If the literal is not synchronizing, the
// peer sends it anyway, and the framer has to drop its octets.
func (f *framer) refuse(err error) {
	f.fail, f.state = err, stateDone
	if !f.h.sync {
		f.state, f.left = stateRefused, f.h.size
	}
}

// tooLong ends the stream if the literal with header h is over Limits.Literal. It returns the error that has ended the
// stream, or nil.
func (f *framer) tooLong(h header) error {
	if h.size > f.lim.Literal || h.size == math.MaxInt64 {
		f.end(&LimitError{What: "literal", Limit: f.lim.Literal, Size: h.size})
	}
	return f.err
}
