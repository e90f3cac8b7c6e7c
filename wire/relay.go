package wire

import "io"

// Relay writes the message at hand to dst as it came, octet for octet, from the stride shown last to the message's end.
// It streams literals of any size, and holds no more of lines than Limits.Message. Call it after Next, or after Extend
// or Continue when nothing has been read of a streamed literal, and only where Extend might be called. To relay a
// status response, write Decoder.Raw. Slices borrowed from the message are void once a literal has been streamed.
//
// Relay returns how many octets it has written. A wait or a write that is cut short loses nothing if dst reports truly
// how much it took: call Relay again, and it goes on with the next octet. If it is not called again, dst does not have
// the whole message; r is in step, and Next skips the rest.
//
// Relay is for responses. It fails if r has OnLiteral set, because a literal that a client announces must not be sent
// before its receiver has agreed. See RelayCommand.
func Relay(dst io.Writer, r *Reader) (n int64, err error) {
	if r.onLiteral != nil {
		return 0, errCommands
	}
	if r.state == stateLine {
		r.state = stateExtend // from now on, Next skips what is left of the message, whatever fails
	}
	for {
		stride := r.in.len()
		if r.state == statePart {
			stride++ // the separator
		}
		if b := r.in.gathered()[r.in.sent:stride]; len(b) > 0 && r.broken() == nil {
			m, err := write(dst, b)
			r.in.sent += m
			n += int64(m)
			if err != nil {
				return n, err
			}
		}
		switch r.state {
		case statePart:
			r.last = keepLast(r.last[:0], r.in.gathered()[:stride])
			r.letGo()
			r.state = stateRest
		case stateRest:
			m, err := r.copyLine(func(b []byte) (int, error) { return write(dst, b) })
			n += m
			if err != nil {
				return n, err
			}
			r.state = stateDropped
		case stateDropped:
			if err := r.broken(); err != nil {
				return n, err
			}
			h, ok := headerAtEnd(r.last)
			if !ok {
				r.state = stateDone
				return n, nil
			}
			if err := r.admit(h); err != nil {
				return n, err
			}
			r.stream()
		case stateExtend:
			if announced, err := r.announced(); !announced || err != nil {
				return n, err
			}
			r.stream()
		case stateLiteral:
			m, err := r.copyLiteral(dst)
			n += m
			if err != nil {
				return n, err
			}
			r.follow()
			r.letGo()
		case stateTail:
			if err := r.tailLine(); err != nil {
				return n, err
			}
		default:
			return n, r.broken()
		}
	}
}
