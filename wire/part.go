package wire

import (
	"bytes"
	"errors"
)

// Parts says how to divide a long line that consists of a head and a list.
type Parts struct {
	Head int  // octets before the first element of the list; 0 if the line must not be divided
	Sep  byte // separates the elements
	Stop byte // ends the list, if the line has anything after the list
}

// partLeast is how many octets of an incomplete line must have arrived before the line is shown in parts.
const partLeast = 32 << 10

// OnLong sets the function f that says how to divide a long line. The argument of f is the beginning of the line: at
// least 32 KiB, or as much as Limits.Message allows. The Reader holds only one part of a divided line at a time, so a
// list of any length, up to Limits.Literal, takes the memory of one part. Next shows the first part as if it were the
// whole line. Each further call of Next shows another part, with the line's head before it. Only the last part has a
// line end. More reports whether another part follows. Skip drops the parts that have not been shown.
//
// r calls f for each part, and f must return the same Parts for all parts of a line. If a line announces a literal
// within the list, f must return a Parts with Head 0.
func (r *Reader) OnLong(f func(line []byte) Parts) { r.long.ask = f }

// More reports whether Next has shown a part of a line, and another part of that line follows.
func (r *Reader) More() bool { return r.state == statePart }

// Continues reports whether Next has shown the second or a later part of a line. Such a part begins with a copy of the
// line's head.
func (r *Reader) Continues() bool { return r.long.again }

// errPart reports that a part of a long line is ready to be shown.
var errPart = errors.New("wire: a part of a line")

// A division notes how far a long line has been shown in parts.
type division struct {
	ask   func(line []byte) Parts // see Reader.OnLong
	head  int                     // octets of the line's head
	again bool                    // the stride begins with a copy of that head
	shown int64                   // octets of the line that have been shown, with the copies of the head
}

// divide returns how many octets of line to show as one part. The argument line is the beginning of a long line. If the
// line must not be divided, divide returns 0.
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

// showPart shows d the first n octets of gathered, which are a part of a line.
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

// nextPart puts a copy of the line's head before the octets of the line that have not been shown.
func (f *framer) nextPart() {
	f.in.repeat(f.long.head)
	f.in.sent, f.long.again, f.state = f.long.head, true, stateDone
	f.literalSeq++
}

// betweenParts reports whether a deadline has cut Next short before the next part of a line. If so, the buffer has a
// copy of the line's head before the octets that have not been shown.
func (f *framer) betweenParts() bool { return f.long.again && f.state == stateDone && f.in.len() == 0 }
