package wire

import (
	"bytes"
	"errors"
)

// Parts says how a long line is divided: a list whose elements stand after the first Head octets, with one Sep between each two, up to an octet
// Stop, if there is one. It is not divided if Head is 0.
type Parts struct {
	Head      int
	Sep, Stop byte
}

// partLeast is how much of a line must be there, without its end, for the line to be shown in parts.
const partLeast = 32 << 10

// OnLong sets a function that is asked of a line which is long, whose beginning it is shown: at least 32 KiB, or as much as Limits.Message
// allows. A line that it has divided is held in parts only: Next shows what has come as if it were all of it, and when it is called again what follows, each with
// the line's head before it, and no line end but the last. More then says whether there is more. So a list of any length, up to Limits.Literal, takes the
// memory of one part. Skip drops what has not been shown.
//
// It is asked before each part, and must say the same of all of them. What it must not divide is a line that announces a literal within the list.
func (r *Reader) OnLong(f func(line []byte) Parts) { r.onLong = f }

// More reports whether what Next has shown is a part of a line of which there is more, which Next goes on with.
func (r *Reader) More() bool { return r.state == statePart }

// Continues reports whether what Next has shown is a part of a line, and not the first: its head is not of the stream.
func (r *Reader) Continues() bool { return r.again }

// errPart says that what has been gathered of a line is to be shown.
var errPart = errors.New("wire: a part of a line")

// part returns how long the part is that a long line's first octets are divided at, and 0 if they are not.
func (r *Reader) part(line []byte) int {
	line = line[:min(len(line), r.lim.Message)]
	p := r.onLong(line)
	if p.Head <= 0 || p.Head >= len(line) {
		return 0
	}
	list := line[p.Head:]
	if i := bytes.IndexByte(list, p.Stop); i >= 0 {
		list = list[:i]
	}
	i := bytes.LastIndexByte(list, p.Sep)
	if i <= 0 {
		return 0
	}
	r.head = p.Head
	return p.Head + i
}

// showPart shows the first n octets of a line that goes on.
func (r *Reader) showPart(d *Decoder, n int) error {
	if r.parted += int64(n); r.parted > r.lim.Literal {
		r.err, r.state = &LimitError{What: "line", Limit: r.lim.Literal, Size: r.parted}, stateEnded
		d.begin()
		d.b, d.pos, d.base = nil, 0, 0
		return r.err
	}
	r.end = r.start + n
	r.pos = r.end + 1 // the separator
	r.state = statePart
	d.begin()
	r.show(d, 0)
	return nil
}

// nextPart makes a line of what has not been shown of the one at hand: its head is put before it.
func (r *Reader) nextPart() {
	from := r.pos - r.head
	copy(r.buf[from:r.pos], r.buf[r.start:r.start+r.head])
	void(r.buf[r.low:from])
	r.low, r.top, r.start, r.end, r.pos = from, from, from, from, from
	r.sent, r.again, r.state = r.head, true, stateDone
	r.seq++
}

// copyLine gives write what is left of a line, its end included, and keeps the last octets of it.
func (r *Reader) copyLine(write func([]byte) (int, error)) (total int64, err error) {
	for {
		b := r.buf[r.pos:r.w]
		i := bytes.IndexByte(b, '\n')
		if i >= 0 {
			b = b[:i+1]
		}
		n, err := write(b)
		r.last = keepLast(r.last, b[:n])
		r.pos += n
		total += int64(n)
		if err != nil || i >= 0 {
			return total, err
		}
		if err := r.refill(); err != nil {
			return total, err
		}
	}
}
