package wire

import "io"

// Relay writes the message at hand to dst as it came, octet for octet, from the stride shown last
// to its end. Literals are streamed, whatever their size; of lines, no more than Limits.Message is held.
// It is called behind Next, or behind Extend or Continue, and only where Extend might be: see there.
// A status response is relayed by writing Decoder.Raw.
//
// If dst fails, the message is not whole there; r is in step and skips the rest at Next.
func Relay(dst io.Writer, r *Reader) (n int64, err error) {
	write := func() error {
		m, err := dst.Write(r.buf[r.start:r.end])
		n += int64(m)
		return err
	}
	if err := write(); err != nil {
		return n, err
	}
	for {
		switch r.state {
		case stateDone:
			return n, r.err
		case stateLine, stateExtend:
			h, ok := headerAtEnd(r.buf[r.start+r.tail : r.end])
			if !ok {
				r.state = stateDone
				return n, nil
			}
			if !r.asked {
				if err := r.admit(h); err != nil {
					return n, err
				}
			}
			r.left, r.asked, r.state = h.size, false, stateLiteral
		case stateLiteral:
			m, err := r.copyLiteral(dst)
			n += m
			if err != nil {
				return n, err
			}
			r.start, r.end, r.tail = r.pos, r.pos, 0
			r.strides++
			r.state = stateTail
		case stateTail:
			m, err := r.line(0)
			if err != nil {
				return n, err
			}
			r.end = r.start + m
			r.pos = r.end
			r.state = stateExtend
			if err := write(); err != nil {
				return n, err
			}
		default:
			return n, r.err
		}
	}
}
