package wire

import (
	"bytes"
	"errors"
)

// Parts says how to divide a long line that holds a list.
type Parts struct {
	Head int  // octets before the list's first element; if 0, the line is not divided
	Sep  byte // stands between each two elements
	Stop byte // ends the list, if it stands in the line
}

// partLeast is how many octets of a line must have come, without its end, before the line is shown in parts.
const partLeast = 32 << 10

// OnLong sets a function that says how to divide a long line. r shows it the beginning of the line: at least 32 KiB, or
// as much as Limits.Message allows. r holds only one part of a divided line at a time, so a list of any length, up to
// Limits.Literal, takes the memory of one part. Next shows what has come as if it were all of the line. When it is
// called again, it shows the next part, with the line's head before it. Only the last part has a line end. More says
// whether there is another part. Skip drops what has not been shown.
//
// r calls f before each part, and f must say the same of all parts. It must not divide a line that announces a literal
// within the list.
func (r *Reader) OnLong(f func(line []byte) Parts) { r.long.ask = f }

// More reports whether Next has shown a part of a line, and will show another part of it.
func (r *Reader) More() bool { return r.state == statePart }

// Continues reports whether Next has shown a part of a line that is not the first. Its head then repeats that of the
// first.
func (r *Reader) Continues() bool { return r.long.again }

// errPart says that a part of a line is ready to be shown.
var errPart = errors.New("wire: a part of a line")

// A division is how far a long line has been shown in parts.
type division struct {
	ask   func(line []byte) Parts // see Reader.OnLong
	head  int                     // of the line, in octets
	again bool                    // the stride begins with that head once more
	shown int64                   // octets that have been shown of the line, each head included
}

// divide returns the length of the part that can be shown of a long line's first octets, or 0 if the line is not divided.
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

// showPart shows d the first n octets of a line that goes on.
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

// nextPart puts the line's head before what has not been shown of it.
func (f *framer) nextPart() {
	f.in.repeat(f.long.head)
	f.in.sent, f.long.again, f.state = f.long.head, true, stateDone
	f.seq++
}
