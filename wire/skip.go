package wire

import (
	"bytes"
	"math"
)

// skip reads the rest of the message and drops it.
func (f *framer) skip() error {
	if f.betweenParts() {
		f.state = statePart
	}
	for f.err == nil && f.state != stateDone {
		switch f.state {
		case stateLine, stateExtend, stateDropped:
			h, ok := f.h, f.accepted
			if !ok {
				line := f.last
				if f.state != stateDropped {
					line = f.in.stride()[f.in.tail:]
				}
				h, ok = headerAtEnd(line)
				// A client does not send a synchronizing literal without a continuation request, so there is no literal
				// to drop.
				ok = ok && (f.onLiteral == nil || !h.sync)
			}
			if !ok {
				f.state = stateDone
			} else if f.tooLong(h) == nil {
				f.h = h
				f.stream()
			}
		case stateLiteral, stateRefused:
			f.dropShown()
			if err := f.discardLiteral(); err != nil {
				return err
			}
			f.state = stateTail
		case stateTail, stateOver, statePart, stateRest:
			f.dropShown()
			if f.state != stateOver {
				f.last, f.state = f.last[:0], stateOver
			}
			if err := f.dropLine(); err != nil {
				return err
			}
			f.state = stateDropped
		}
	}
	return f.err
}

// dropLine reads to the end of a line. It drops the line's octets except for the last ones, which it keeps in f.last.
func (f *framer) dropLine() error {
	_, err := f.copyLine(func(b []byte) (int, error) { return len(b), f.drop(int64(len(b))) })
	return err
}

// discardLiteral reads the rest of the literal and drops it. If the octets dropped would exceed Limits.Skip,
// discardLiteral ends the stream instead, because a peer could otherwise keep the program busy for ever.
func (f *framer) discardLiteral() error {
	if f.left > f.lim.Skip-f.octetsDropped {
		return f.skipped(f.octetsDropped + f.left)
	}
	for f.left > 0 {
		if len(f.in.unread()) == 0 {
			if err := f.in.refill(); err != nil {
				return err
			}
		}
		n := min(int64(len(f.in.unread())), f.left)
		f.in.take(int(n))
		f.left -= n
		f.octetsDropped += n
	}
	return nil
}

// drop counts n more dropped octets of the message. If the count exceeds Limits.Skip, drop ends the stream.
func (f *framer) drop(n int64) error {
	if f.octetsDropped += n; f.octetsDropped > f.lim.Skip {
		return f.skipped(f.octetsDropped)
	}
	return nil
}

// skipped ends the stream with a LimitError, because size octets of the message would have to be dropped in all, and
// Limits.Skip allows fewer.
func (f *framer) skipped(size int64) error {
	if size < 0 {
		size = math.MaxInt64
	}
	return f.end(&LimitError{What: "skipped data", Limit: f.lim.Skip, Size: size})
}

// copyLine calls write with the rest of a line, including the line end, in one or more pieces. It keeps the last octets
// in f.last.
func (f *framer) copyLine(write func([]byte) (int, error)) (total int64, err error) {
	for {
		b := f.in.unread()
		i := bytes.IndexByte(b, '\n')
		if i >= 0 {
			b = b[:i+1]
		}
		n, err := write(b)
		f.last = keepLast(f.last, b[:n])
		f.in.take(n)
		total += int64(n)
		if err != nil || i >= 0 {
			return total, err
		}
		if err := f.in.refill(); err != nil {
			return total, err
		}
	}
}

// lastMax is how many octets of a dropped line are kept: enough to see whether the line announces a literal.
const lastMax = 64

// keepLast returns the last octets of a line, at most lastMax. The argument last has the last octets so far, and b the
// octets after them. If the result would begin within a number, keepLast puts the octet that precedes the number in
// place of the first digit. So headerAtEnd can find the "{" of a literal whose size has many digits.
func keepLast(last, b []byte) []byte {
	from := len(last) + len(b) - lastMax
	if from <= 0 {
		return append(last, b...)
	}
	at := func(i int) byte {
		if i < len(last) {
			return last[i]
		}
		return b[i-len(last)]
	}
	i := from
	for i > 0 && at(i)-'0' <= 9 {
		i--
	}
	first := at(i)
	kept := max(len(last)-from, 0)
	last = append(last[:0], last[len(last)-kept:]...)
	last = append(last, b[len(b)-(lastMax-kept):]...)
	last[0] = first
	return last
}
