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
		end := r.end
		if r.state == statePart {
			end++ // the separator
		}
		if b := r.buf[r.start+r.sent : end]; len(b) > 0 && r.broken() == nil {
			m, err := write(dst, b)
			r.sent += m
			n += int64(m)
			if err != nil {
				return n, err
			}
		}
		switch r.state {
		case statePart:
			r.last = keepLast(r.last[:0], r.buf[r.start:end])
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
			r.left, r.asked, r.state = h.size, false, stateLiteral
		case stateExtend:
			if !r.asked {
				h, ok := headerAtEnd(r.buf[r.start+r.tail : r.end])
				if !ok {
					r.state = stateDone
					return n, nil
				}
				if err := r.admit(h); err != nil {
					return n, err
				}
			}
			r.left, r.asked, r.state = r.h.size, false, stateLiteral
		case stateLiteral:
			m, err := r.copyLiteral(dst)
			n += m
			if err != nil {
				return n, err
			}
			r.behind()
			r.letGo()
		case stateTail:
			m, err := r.line(0)
			if err != nil {
				return n, err
			}
			r.end = r.start + m
			r.pos = r.end
			r.state = stateExtend
		default:
			return n, r.broken()
		}
	}
}
