package wire

import "io"

// Relay writes the message at hand to dst as it came, octet for octet, from the stride shown last
// to its end. Literals are streamed, whatever their size; of lines, no more than Limits.Message is held.
// It is called after Next, or after Extend or Continue with nothing read of a streamed literal, and only
// where Extend might be: see there. A status response is relayed by writing Decoder.Raw.
// What was borrowed of the message is void once a literal has been streamed.
//
// It returns how many octets it has written. A wait or a write that is cut short loses nothing if dst tells
// truly how much it took: Relay again, and it goes on at the octet after. Else the message is not whole
// at dst; r is in step, and skips the rest at Next.
//
// It is for responses. With a reader that has OnLiteral set it fails: what a client announces must not be sent before
// whoever is to take it has agreed. See RelayCommand.
func Relay(dst io.Writer, r *Reader) (n int64, err error) {
	if r.onLiteral != nil {
		return 0, errCommands
	}
	if r.state == stateLine {
		r.state = stateExtend // the message has more than its line now, whatever fails
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
