package wire

import (
	"bytes"
	"io"
)

// A Reader waits for messages and never lexes them. A message is one line. Each literal announced at the end of a line
// adds its octets and one more line. The Reader shows a message in strides. A stride is whole in memory when it is
// shown, and ends with the message or before a literal too big to hold.
//
// The methods lose nothing when they fail. When a deadline cuts a wait short, call the method again: it goes on where
// it was. A Reader is not safe for use by several goroutines at once.
type Reader struct {
	framer
	run     run     // of RelayRun
	splice  bool    // see Splice
	command handing // of RelayCommand
}

// NewReader returns a Reader of r within lim, with a buffer of the default size. It begins with 4 KiB, because a
// session of a few commands needs no more.
func NewReader(r io.Reader, lim Limits) *Reader {
	x := NewReaderSize(r, lim, bufSize)
	x.in.rested = true
	return x
}

// NewReaderSize returns a Reader of r within lim, whose buffer has size bytes at first: at least 4 KiB, and 32 KiB if
// size is not positive. The buffer is allocated when there is something to read. It grows up to 256 KiB while octets
// come faster than they are read, and shrinks again when few come. A message that does not fit gets more memory, within
// the limits, for as long as it needs it.
func NewReaderSize(r io.Reader, lim Limits, size int) *Reader {
	if size <= 0 {
		size = bufSize
	}
	lim = lim.WithDefaults()
	return &Reader{framer: framer{lim: lim, in: buffer{source: source{rd: r}, sizing: sizing{size: max(size, leastSize), most: lim.Message}}}}
}

// Limits returns the limits in force, defaults filled in.
func (r *Reader) Limits() Limits { return r.lim }

// OnLiteral sets a function that a server uses to accept literals. r calls it before it waits for the octets of a
// literal. The function sends the continuation request that a synchronizing literal needs, or refuses the literal by an
// error. The reader's method returns that error, and keeps returning it until the next message. If the client sends the
// refused octets anyway (RFC 7888), r drops them and never lexes them. A refused synchronizing literal ends the
// message, because its sender gives it up (RFC 9051 §4.3).
//
// r calls f once for each literal, however often a wait is cut short, and not for literals that Skip and Next drop. It
// does not accept a literal over Limits.Literal. If that is a synchronizing one, r still calls f, which may refuse it
// for a reason of its own; if f does not refuse, the stream ends. If it is not synchronizing, the stream ends at once.
func (r *Reader) OnLiteral(f func(size int64, sync bool) error) { r.onLiteral = f }

// OnRead sets a function that r calls before each read from the stream, because the read may wait. A program that holds
// back output flushes it there. The read fails with the function's error.
func (r *Reader) OnRead(f func() error) { r.in.before = f }

// Err returns the error for which r has ended the stream, or nil. It does not return the peer's end of the stream, or
// an error of the underlying reader.
func (r *Reader) Err() error { return r.err }

// Next goes to the next message, waits for its first line and shows it to d. Slices borrowed from the last message are
// void, even if the wait is cut short. Next skips what Extend, Continue or Skip have left of that message. If only its
// first line was read, the message ended with that line.
//
// The error is io.EOF if the stream ends between two messages, and io.ErrUnexpectedEOF if it ends within one. After a
// LimitError, d shows as much of the line as the limit allows, or nothing if the stream has ended. After any other
// error, d is unchanged.
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

// nextLine goes to the next message if its first line has been read, and reports whether it did. It does what the rest
// of Next does when there is nothing to skip or read, and nothing to give up but the octets of the last message. That
// is nearly always the case, and saves 3 ns of 33.
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

// Extend shows d more of the message whose first line Next has shown: the literals in it and the lines after them, up
// to the message's end or a literal too big to hold. Call it only where the grammar has literals, and not for free text
// such as a status response. d stays at its place and keeps its error. Slices borrowed since Next are void, because the
// line may have moved. If Extend fails, d shows as much as is whole.
func (r *Reader) Extend(d *Decoder) error {
	if r.state == stateLine && !mayAnnounce(r.in.stride()) {
		r.state = stateDone // nearly always
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

// Continue shows d the stride after a streamed literal, and drops what is unread of the literal. Slices borrowed from
// earlier strides stay valid. The error is io.EOF if the message is over. If Continue fails, d is unchanged.
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

// Join adds the next line, with the literals in it and the lines after them, to the message that d has been shown to
// its end. It is for peers that break a line where they must not: within a quoted string (see Decoder.OpenQuote) or
// after a literal. d stays at its place and keeps its error. Slices borrowed from the last stride are void. The error
// is io.EOF if there is no message to add to.
func (r *Reader) Join(d *Decoder) error { return r.JoinIf(d, nil) }

// JoinIf shows the next line to ok, and joins it as Join does if ok returns true. If ok returns false, JoinIf leaves
// the line for Next, and the error is io.EOF.
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

// BlankTail reports whether the message has been shown to its end, and its last literal is followed only by a line end,
// perhaps after spaces or tabs.
func (r *Reader) BlankTail() bool {
	if r.in.tail == 0 && !r.later || r.state != stateDone {
		return false
	}
	line := bytes.TrimLeft(r.in.stride()[r.in.tail:], " \t")
	return string(line) == "\r\n" || string(line) == "\n"
}

// Streaming reports whether a streamed literal follows the stride shown last.
func (r *Reader) Streaming() bool { return r.state == stateLiteral }

// Skip drops what is left of the message, literals included, without holding it. Call it only where Extend might be
// called. Slices borrowed from the message are void.
func (r *Reader) Skip() error { return r.skip() }

// Take returns what has been read from the stream after the message at hand, and forgets it. When a connection is
// upgraded, the new layer's input starts with it. The slice is the caller's.
func (r *Reader) Take() []byte {
	b := append([]byte(nil), r.in.unread()...)
	r.in.forget()
	return b
}

// Buffered returns how many octets have been read from the stream after the message at hand.
func (r *Reader) Buffered() int { return len(r.in.unread()) }

// Lean says whether it may be long until the next message comes, as in IDLE (RFC 9051 §6.3.13). While it is on, and
// everything that was read has been shown, r keeps only an array of 128 bytes between two messages, and reads the
// beginning of the next one into it. If more comes, r allocates 4 KiB, which grow with the flow. Call Lean between
// messages, before Next.
func (r *Reader) Lean(on bool) { r.in.lean = on }

// Shrink frees memory that is not needed, as when a connection goes idle. Call it when a wait has been cut short, or
// between messages when nothing borrowed is in use.
func (r *Reader) Shrink() { r.in.idle(r.state == stateDone && r.run.owed == 0 && !r.long.again) }
