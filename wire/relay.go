package wire

import "io"

// Relay writes the current message to dst unchanged, from the beginning of the current stride to the end of the
// message. It streams literals of up to Limits.Literal octets, and holds at most Limits.Message octets of the message's
// lines. Call Relay after Next, Extend or Continue. If a streamed literal follows, call Relay before any octet of the
// literal is read. Call it, like Extend, only if the grammar allows literals in the message. To relay a status
// response, write Decoder.Raw. After Relay has streamed a literal, slices borrowed from the message are no longer
// valid.
//
// Relay returns how many octets it has written. If a deadline cuts a read or write short, call Relay again, and it goes
// on with the next octet. This works only if dst correctly reports how many octets it took. If Relay is not called
// again, dst has only a part of the message, and Next skips the rest.
//
// Relay is for responses. If r has a function set by OnLiteral, Relay returns an error, because a client's literal must
// not be sent before the receiver has agreed to it. Use RelayCommand for commands.
func Relay(dst io.Writer, r *Reader) (n int64, err error) {
	if r.onLiteral != nil {
		return 0, errCommands
	}
	if r.state == stateLine {
		r.state = stateExtend // even if Relay fails, Next skips the rest of the message
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
			r.dropShown()
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
			r.dropShown()
		case stateTail:
			if err := r.tailLine(); err != nil {
				return n, err
			}
		default:
			return n, r.broken()
		}
	}
}
