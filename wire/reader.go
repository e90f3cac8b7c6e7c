package wire

import (
	"bytes"
	"io"
	"math"
)

// A Reader waits for messages and never lexes them. A message is one line, and with each literal
// announced at the end of a line its octets and one more line. It is shown in strides: a stride is
// whole in memory when it is shown, and ends the message or ends before a literal too big to hold.
//
//	buf:  … | earlier strides | free | the stride | literal read in passing | unread | free …
//	       low               top    start        end                       pos      w
//
// While a stride is gathered it may move. Once it is shown after a streamed literal, or once the literal
// after it is being streamed, it stays where it is until the next message. What does not fit after
// it goes on in another array.
//
// Its methods lose nothing when they fail: a wait cut short by a deadline is called again and goes on
// where it was. It is not safe for use by several goroutines at once.
type Reader struct {
	rd        io.Reader
	lim       Limits
	onLiteral func(size int64, sync bool) error
	onLong    func(line []byte) Parts

	buf        []byte
	low, top   int // buf[low:top] holds earlier strides of this message, if any are in buf
	start, end int // the stride
	pos, w     int // what has been read from rd and not shown
	tail       int // where the stride's last line begins, after the literals in it, from start
	sent       int // octets of the stride that Relay has written

	spare []byte   // an array not in use
	held  [][]byte // arrays full of earlier strides of this message
	last  []byte   // the end of a line that is being dropped
	waste int64    // octets of this message that have been dropped, of lines and literals

	head   int   // of a line that is shown in parts, in octets
	again  bool  // the stride begins with that head once more
	parted int64 // octets that have been shown of that line

	size   int   // of the first array
	full   uint8 // reads in a row that filled the array
	slack  uint8 // reads in a row that filled little of it
	lean   bool  // see Lean
	rested bool  // the arrays were given up: the next is small
	splice bool
	run    run // of RelayRun

	state  state
	asked  bool   // h has been admitted, and its octets are being waited for
	later  bool   // the stride is not the message's first
	h      header // of the literal being streamed, or asked for
	left   int64  // octets left of the literal being streamed
	past   int64  // octets of this message before the stride
	memory int    // octets of this message held in earlier strides
	seq    uint64 // changes when a streamed literal becomes void

	command handing // of RelayCommand

	small  int          // messages in a row that needed little of buf
	err    error        // the stream cannot be read on
	fail   error        // the message cannot be read on
	pend   error        // came with octets, and is due after them
	before func() error // each read
}

// state says how far the reader is with a message. The comment of the package has a table of the states, and of the fields that count in each.
type state uint8

const (
	stateDone    state = iota // the message is over
	stateLine                 // its first line has been shown
	stateExtend               // a line is whole; what it announces has not been looked at
	stateLiteral              // a literal is being streamed
	stateRefused              // a literal comes although it was refused
	stateTail                 // the line after a literal is due
	stateOver                 // a line is over the limit, or nobody's; its rest is to be dropped
	stateDropped              // a line has been dropped; what it announces has not been looked at
	statePart                 // a part of a line has been shown
	stateRest                 // of a line that was shown in parts the rest is being relayed
	stateEnded                // the stream cannot be read on
)

// lastMax is how much of a dropped line is kept, in octets: enough to tell whether it ends in a
// literal's header.
const lastMax = 64

// NewReader returns a Reader of r within lim, with the default size of its buffer. The first one has 4 KiB, which a session of a few commands does
// not fill.
func NewReader(r io.Reader, lim Limits) *Reader {
	x := NewReaderSize(r, lim, bufSize)
	x.rested = true
	return x
}

// NewReaderSize returns a Reader of r within lim, whose buffer has size octets at first; default 32 KiB, least 4 KiB. It is made when
// there is something to read. While octets come faster than they are read it grows, up to 256 KiB, and when little comes it
// goes back; what does not fit into it, as the limits allow, has memory for as long as it is needed.
func NewReaderSize(r io.Reader, lim Limits, size int) *Reader {
	if size <= 0 {
		size = bufSize
	}
	return &Reader{rd: r, lim: lim.WithDefaults(), size: max(size, leastSize)}
}

// Limits returns the limits in force, defaults filled in.
func (r *Reader) Limits() Limits { return r.lim }

// OnLiteral sets a function that a server is asked by before a literal is waited for: it sends
// the continuation request that a synchronizing literal needs, or refuses by an error, which the
// reader's method then returns, and again until the next message. Refused octets that come anyway
// (RFC 7888) are dropped and never lexed; after a refused synchronizing literal the message is over,
// because its sender gives it up (RFC 9051 §4.3).
//
// It is asked once for each literal, however often a wait is cut short, and not for those that Skip
// and Next drop. A literal over Limits.Literal cannot be taken. For a synchronizing one, the function is still asked, so that it can
// refuse with a reason of its own; if it does not refuse, the stream ends. For any other, the stream ends at once.
func (r *Reader) OnLiteral(f func(size int64, sync bool) error) { r.onLiteral = f }

// OnRead sets a function that is called before each read from the stream, which may wait: for whoever holds back what others wait for. Its
// error is the read's.
func (r *Reader) OnRead(f func() error) { r.before = f }

// Err returns the error that has ended the stream, or nil. An end of the stream that the peer made,
// or an error of the underlying reader, is not among them.
func (r *Reader) Err() error { return r.err }

// Next goes to the next message, waits for its first line and shows it to d. What was borrowed of
// the last message is void, even if the wait is cut short. What Extend, Continue or Skip have left of
// that message is skipped. A message of which only the first line was asked for ended with that line.
//
// The error is io.EOF if the stream ends between two messages, io.ErrUnexpectedEOF if it ends within one.
// After a LimitError d shows as much of the line as the limit allows, or nothing if the stream has ended;
// after any other error d is as it was.
func (r *Reader) Next(d *Decoder) error {
	if r.nextLine() {
		d.begin()
		r.show(d, 0)
		return nil
	}
	if r.run.state != runBetween || r.run.owed > 0 {
		if err := r.dropRun(); err != nil && r.err == nil {
			return err
		}
	}
	if r.state == statePart {
		r.nextPart()
	} else if r.state > stateLine {
		if err := r.Skip(); err != nil && r.err == nil {
			return err
		}
	}
	r.release()
	if r.err != nil {
		d.begin()
		d.b, d.pos, d.base = nil, 0, 0
		return r.err
	}
	r.state, r.waste = stateDone, 0
	n, err := r.line(0)
	if err == errPart {
		return r.showPart(d, n)
	}
	if err != nil {
		if r.state != stateDone {
			r.end = r.start + min(r.pos-r.start, r.lim.Message)
			d.begin()
			r.show(d, 0)
		}
		return err
	}
	r.end = r.start + n
	r.pos = r.end
	r.state = stateLine
	d.begin()
	r.show(d, 0)
	return nil
}

// show gives d the stride.
func (r *Reader) show(d *Decoder, pos int) {
	if d.rd != r {
		d.attach(r)
	}
	d.b, d.pos, d.base = r.buf[r.start:r.end:r.end], pos, r.past
}

// line waits until the line that begins off octets after start is whole, and returns the
// offset after its end. If it is a message's first, and one to be shown in parts, the error is errPart, and the offset that of the part's end.
func (r *Reader) line(off int) (int, error) {
	for scan := off; ; {
		i := bytes.IndexByte(r.buf[r.start+scan:r.w], '\n')
		if i >= 0 {
			scan += i + 1
		} else {
			scan = r.w - r.start
		}
		if r.onLong != nil && off == 0 && r.state == stateDone && (scan >= partLeast && i < 0 || scan > r.lim.Message) {
			if n := r.part(r.buf[r.start : r.start+scan]); n > 0 {
				return n, errPart
			}
		}
		if scan > r.lim.Message-r.memory {
			r.fail = &LimitError{What: "message", Limit: int64(r.lim.Message), Size: int64(r.memory) + int64(scan)}
			r.state, r.asked = stateOver, false
			if i >= 0 {
				r.state = stateDropped
			}
			r.last = keepLast(r.last[:0], r.buf[r.start+off:r.start+scan])
			r.pos = r.start + scan
			return 0, r.fail
		}
		if i >= 0 {
			return scan, nil
		}
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
}

// Extend shows d the message whose first line Next has shown with the literals in it and the lines
// after them: to its end, or to a literal too big to hold. It must be called only where the grammar
// has literals and not in free text, as a status response is. d stays at its place and keeps its
// error; what was borrowed since Next is void, as the line may have moved. If it fails, d shows as much
// as is whole.
func (r *Reader) Extend(d *Decoder) error {
	if r.state == stateLine && !mayAnnounce(r.buf[r.start:r.end]) {
		r.state = stateDone // what comes nearly always
		return nil
	}
	if r.state != stateLine && r.state != stateExtend {
		return r.broken()
	}
	if r.command.begun {
		return errHanded
	}
	pos := d.pos
	err := r.extend()
	r.show(d, pos)
	return err
}

// broken returns why the message cannot be read on, or nil.
func (r *Reader) broken() error {
	if r.err != nil {
		return r.err
	}
	return r.fail
}

func (r *Reader) extend() error {
	r.state = stateExtend
	for {
		if !r.asked {
			h, ok := headerAtEnd(r.buf[r.start+r.tail : r.end])
			if !ok {
				r.state = stateDone
				return nil
			}
			if err := r.admit(h); err != nil {
				return err
			}
		}
		size := r.end - r.start
		if r.h.size > int64(r.lim.Inline) || r.h.size > int64(r.lim.Message-r.memory-size) {
			r.state, r.left, r.asked = stateLiteral, r.h.size, false
			return nil
		}
		tail := size + int(r.h.size)
		for r.w-r.start < tail {
			if err := r.fill(); err != nil {
				return err
			}
		}
		n, err := r.line(tail)
		if err != nil {
			return err
		}
		r.tail, r.end, r.asked = tail, r.start+n, false
		r.pos = r.end
	}
}

// admit looks at a literal's header before its octets are waited for.
func (r *Reader) admit(h header) error {
	r.h = h
	if r.onLiteral != nil && (h.sync || h.size <= r.lim.Literal) {
		if err := r.onLiteral(h.size, h.sync); err != nil {
			r.fail, r.state = err, stateDone
			if !h.sync {
				r.state, r.left = stateRefused, h.size
			}
			return err
		}
	}
	if err := r.tooLong(h); err != nil {
		return err
	}
	r.asked = true
	return nil
}

// tooLong ends the stream at a literal that is over the limit.
func (r *Reader) tooLong(h header) error {
	if h.size > r.lim.Literal || h.size == math.MaxInt64 {
		r.err, r.state = &LimitError{What: "literal", Limit: r.lim.Literal, Size: h.size}, stateEnded
	}
	return r.err
}

// Continue shows d the stride after a streamed literal; what is unread of the literal is dropped.
// What was borrowed of earlier strides stays valid. It is io.EOF if the message is over. If it fails,
// d is as it was.
func (r *Reader) Continue(d *Decoder) error {
	if r.command.begun {
		return errHanded
	}
	if r.state == stateLiteral {
		if err := r.discardLiteral(); err != nil {
			return err
		}
		r.behind()
	}
	if r.state == stateTail {
		n, err := r.line(0)
		if err != nil {
			return err
		}
		r.end = r.start + n
		r.pos = r.end
		r.state = stateExtend
	}
	if r.state == stateExtend {
		if !r.later {
			return r.Extend(d)
		}
		if err := r.extend(); err != nil {
			return err
		}
		r.show(d, 0)
		return nil
	}
	if err := r.broken(); err != nil {
		return err
	}
	return io.EOF
}

// behind goes on after a streamed literal, all of which has been read.
func (r *Reader) behind() {
	r.past += int64(r.end-r.start) + r.h.size
	r.memory += r.end - r.start
	if r.end > r.low {
		r.top = r.end
	}
	r.start, r.end, r.tail, r.sent = r.pos, r.pos, 0, 0
	r.state, r.later = stateTail, true
	r.seq++
}

// Join adds the next line, with the literals in it and the lines after them, to the message that d has
// been shown to its end. It is for peers that break a line where they must not: within a quoted string
// (see Decoder.OpenQuote) or after a literal. d stays at its place and keeps its error; what was borrowed
// of the last stride is void. It is io.EOF if there is no message to add to.
func (r *Reader) Join(d *Decoder) error { return r.JoinIf(d, nil) }

// JoinIf shows the next line to ok, and joins it as Join does if ok returns true. Otherwise the line is left for Next, and the error is io.EOF.
func (r *Reader) JoinIf(d *Decoder, ok func(line []byte) bool) error {
	if err := r.broken(); err != nil {
		return err
	}
	if r.state == stateDone && r.end > r.start {
		off, pos := r.end-r.start, d.pos
		n, err := r.line(off)
		r.show(d, pos)
		if err != nil {
			return err
		}
		if ok != nil && !ok(r.buf[r.start+off:r.start+n]) {
			return io.EOF
		}
		r.tail, r.end = off, r.start+n
		r.pos = r.end
		r.state = stateExtend
	}
	if r.state != stateExtend {
		return io.EOF
	}
	return r.Extend(d)
}

// BlankTail reports whether the last literal of what was shown is followed only by a line end, and perhaps spaces before it.
func (r *Reader) BlankTail() bool {
	if r.tail == 0 && !r.later || r.state != stateDone {
		return false
	}
	line := bytes.TrimLeft(r.buf[r.start+r.tail:r.end], " \t")
	return string(line) == "\r\n" || string(line) == "\n"
}

// Streaming reports whether a streamed literal follows the stride shown last.
func (r *Reader) Streaming() bool { return r.state == stateLiteral }

// Skip drops what is left of the message, literals included, without holding it. It must be called
// only where Extend might be. What was borrowed of the message is void.
func (r *Reader) Skip() error {
	for r.err == nil && r.state != stateDone {
		switch r.state {
		case stateLine, stateExtend, stateDropped:
			h, ok := r.h, r.asked
			if !ok {
				line := r.last
				if r.state != stateDropped {
					line = r.buf[r.start+r.tail : r.end]
				}
				h, ok = headerAtEnd(line)
				// A client that waits to be asked for a literal is told "no" by the tagged answer.
				ok = ok && (r.onLiteral == nil || !h.sync)
			}
			if !ok {
				r.state = stateDone
			} else if r.tooLong(h) == nil {
				r.h, r.left, r.asked, r.state = h, h.size, false, stateLiteral
			}
		case stateLiteral, stateRefused:
			r.letGo()
			if err := r.discardLiteral(); err != nil {
				return err
			}
			r.state = stateTail
		case stateTail, stateOver, statePart, stateRest:
			r.letGo()
			if r.state != stateOver {
				r.last, r.state = r.last[:0], stateOver
			}
			if err := r.dropLine(); err != nil {
				return err
			}
			r.state = stateDropped
		}
	}
	return r.err
}

// dropLine reads to the end of a line, of which it keeps only the end.
func (r *Reader) dropLine() error {
	_, err := r.copyLine(func(b []byte) (int, error) {
		if r.waste += int64(len(b)); r.waste > r.lim.Skip {
			return len(b), r.skipped(r.waste)
		}
		return len(b), nil
	})
	return err
}

// keepLast returns the end of a line, of which last was the end so far and b comes now. Where what is kept would begin within a number, that
// loses digits and keeps what stands before it: a size may have any number of them.
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

// Take returns what has been read from the stream after the message at hand, and gives it up: an
// upgrade of the connection starts with it. It is the caller's own, valid until he changes it.
func (r *Reader) Take() []byte {
	b := append([]byte(nil), r.buf[r.pos:r.w]...)
	r.w = r.pos
	return b
}

// Buffered returns how many octets have been read from the stream after the message at hand.
func (r *Reader) Buffered() int { return r.w - r.pos }
