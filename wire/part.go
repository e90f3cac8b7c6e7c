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

// partLeast is how much of a line must be there, without its end, for the line to be shown in parts, in octets.
const partLeast = 32 << 10

// OnLong sets a function that is asked of a line which is long, whose beginning it is shown: at least 32 KiB, or as much as Limits.Message
// allows. A line that it has divided is held in parts only: Next shows what has come as if it were all of it, and when it is called again what follows, each with
// the line's head before it, and no line end but the last. More then says whether there is more. So a list of any length, up to Limits.Literal, takes the
// memory of one part. Skip drops what has not been shown.
//
// It is asked before each part, and must say the same of all of them. What it must not divide is a line that announces a literal within the list.
func (r *Reader) OnLong(f func(line []byte) Parts) { r.long.ask = f }

// More reports whether what Next has shown is a part of a line of which there is more, which Next goes on with.
func (r *Reader) More() bool { return r.state == statePart }

// Continues reports whether what Next has shown is a part of a line, and not the first: its head is not of the stream.
func (r *Reader) Continues() bool { return r.long.again }

// errPart says that what has been gathered of a line is to be shown.
var errPart = errors.New("wire: a part of a line")

// A division is how far a long line has been shown in parts.
type division struct {
	ask   func(line []byte) Parts // see Reader.OnLong
	head  int                     // of the line, in octets
	again bool                    // the stride begins with that head once more
	shown int64                   // octets that have been shown of the line, each head included
}

// divide returns how long the part is that a long line's first octets are divided at, and 0 if they are not.
func (x *division) divide(line []byte) int {
	p := x.ask(line)
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
	x.head = p.Head
	return p.Head + i
}

// showPart shows the first n octets of a line that goes on.
func (f *framer) showPart(d *Decoder, n int) error {
	if f.long.shown += int64(n); f.long.shown > f.lim.Literal {
		f.end(&LimitError{What: "line", Limit: f.lim.Literal, Size: f.long.shown})
		d.showNothing()
		return f.err
	}
	f.in.show(n)
	f.in.take(1) // the separator
	f.state = statePart
	d.begin()
	f.show(d, 0)
	return nil
}

// nextPart makes a line of what has not been shown of the one at hand: it puts the head before it.
func (f *framer) nextPart() {
	f.in.repeat(f.long.head)
	f.in.sent, f.long.again, f.state = f.long.head, true, stateDone
	f.seq++
}
