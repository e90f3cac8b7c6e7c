package wire

import (
	"bytes"
	"io"
)

// A Reader waits for messages and never lexes them. A message is one line, and with each literal
// announced at the end of a line its octets and one more line. It is shown in strides: a stride is
// whole in memory when it is shown, and ends the message or ends before a literal too big to hold.
//
// Its methods lose nothing when they fail: a wait cut short by a deadline is called again and goes on
// where it was. It is not safe for use by several goroutines at once.
type Reader struct {
	framer
	run     run     // of RelayRun
	splice  bool    // see Splice
	command handing // of RelayCommand
}

// NewReader returns a Reader of r within lim, with the default size of its buffer. The first one has 4 KiB, which a session of a few commands does
// not fill.
func NewReader(r io.Reader, lim Limits) *Reader {
	x := NewReaderSize(r, lim, bufSize)
	x.in.rested = true
	return x
}

// NewReaderSize returns a Reader of r within lim, whose buffer has size octets at first; default 32 KiB, least 4 KiB. It is made when
// there is something to read. While octets come faster than they are read it grows, up to 256 KiB, and when little comes it
// goes back; what does not fit into it, as the limits allow, has memory for as long as it is needed.
func NewReaderSize(r io.Reader, lim Limits, size int) *Reader {
	if size <= 0 {
		size = bufSize
	}
	lim = lim.WithDefaults()
	return &Reader{framer: framer{lim: lim, in: buffer{source: source{rd: r}, sizing: sizing{size: max(size, leastSize), most: lim.Message}}}}
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
func (r *Reader) OnRead(f func() error) { r.in.before = f }

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
		d.showNothing()
		return r.err
	}
	r.state, r.waste = stateDone, 0
	n, err := r.line(0)
	if err == errPart {
		return r.showPart(d, n)
	}
	if err != nil {
		if r.state != stateDone {
			r.in.showTaken(r.lim.Message)
			d.begin()
			r.show(d, 0)
		}
		return err
	}
	r.in.show(n)
	r.state = stateLine
	d.begin()
	r.show(d, 0)
	return nil
}

// nextLine goes to the next message if its first line has been read, and reports whether it did. It is what the rest of Next does when
// nothing is to be skipped, read, or given up but the octets of the last message, which is nearly always: 3 ns less, of 33.
func (r *Reader) nextLine() bool {
	if r.state > stateLine || r.long.again || r.err != nil || r.run.state != runBetween || r.run.owed > 0 || !r.in.plain() {
		return false
	}
	n := bytes.IndexByte(r.in.unread(), '\n') + 1
	if n == 0 || n > r.lim.Message {
		return false
	}
	r.in.nextLine(n)
	r.waste = 0
	r.state, r.later, r.fail, r.command.begun, r.command.step = stateLine, false, nil, false, handNone
	r.seq++
	return true
}

// release makes ready for the next message.
func (r *Reader) release() {
	r.framer.release()
	r.command.begun, r.command.step = false, handNone
}

// Extend shows d the message whose first line Next has shown with the literals in it and the lines
// after them: to its end, or to a literal too big to hold. It must be called only where the grammar
// has literals and not in free text, as a status response is. d stays at its place and keeps its
// error; what was borrowed since Next is void, as the line may have moved. If it fails, d shows as much
// as is whole.
func (r *Reader) Extend(d *Decoder) error {
	if r.state == stateLine && !mayAnnounce(r.in.stride()) {
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
		r.follow()
	}
	if r.state == stateTail {
		if err := r.tailLine(); err != nil {
			return err
		}
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
	if r.state == stateDone && r.in.len() > 0 {
		off, pos := r.in.len(), d.pos
		n, err := r.line(off)
		r.show(d, pos)
		if err != nil {
			return err
		}
		if ok != nil && !ok(r.in.gathered()[off:n]) {
			return io.EOF
		}
		r.in.show(n)
		r.in.tail, r.state = off, stateExtend
	}
	if r.state != stateExtend {
		return io.EOF
	}
	return r.Extend(d)
}

// BlankTail reports whether the last literal of what was shown is followed only by a line end, and perhaps spaces before it.
func (r *Reader) BlankTail() bool {
	if r.in.tail == 0 && !r.later || r.state != stateDone {
		return false
	}
	line := bytes.TrimLeft(r.in.stride()[r.in.tail:], " \t")
	return string(line) == "\r\n" || string(line) == "\n"
}

// Streaming reports whether a streamed literal follows the stride shown last.
func (r *Reader) Streaming() bool { return r.state == stateLiteral }

// Skip drops what is left of the message, literals included, without holding it. It must be called
// only where Extend might be. What was borrowed of the message is void.
func (r *Reader) Skip() error { return r.skip() }

// Take returns what has been read from the stream after the message at hand, and gives it up: an
// upgrade of the connection starts with it. It is the caller's own, valid until he changes it.
func (r *Reader) Take() []byte {
	b := append([]byte(nil), r.in.unread()...)
	r.in.forget()
	return b
}

// Buffered returns how many octets have been read from the stream after the message at hand.
func (r *Reader) Buffered() int { return len(r.in.unread()) }

// Lean says whether it may be long until the next message comes, as in IDLE (RFC 9051 §6.3.13): while it is on, and nothing has been read that
// has not been shown, r has no array between two messages but one of 128 octets, into which the beginning of the next is read. If
// there is more it takes one of 4 KiB, which grows as much comes. It is called between messages, before Next.
func (r *Reader) Lean(on bool) { r.in.lean = on }

// Shrink gives up what memory is not needed, as when a connection goes idle. It is called when a wait has been cut short, or between messages
// that nothing is borrowed of.
func (r *Reader) Shrink() { r.in.idle(r.state == stateDone && r.run.owed == 0 && !r.long.again) }
