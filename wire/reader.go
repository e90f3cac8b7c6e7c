package wire

import (
	"bytes"
	"io"
)

// A Reader waits for messages and does not lex them. A message consists of one line. If a line announces a literal at
// its end, the octets of the literal and another line also belong to the message. The Reader shows a message in one or
// more strides. A stride is the part of a message that is in memory and shown at once. It ends with the message, or
// before a literal that is too large to hold.
//
// If a deadline cuts a call short, no octets are lost: call the same method again, and it goes on from there. A Reader
// is not safe for use by several goroutines at once.
type Reader struct {
	framer
	run     run          // how far RelayRun has come
	splice  bool         // see Splice
	command commandRelay // how far RelayCommand has come
}

// NewReader returns a Reader that reads r within the limits lim. It is like NewReaderSize with the default size, but
// its buffer begins with 4 KiB, because a session of a few commands needs no more.
func NewReader(r io.Reader, lim Limits) *Reader {
	x := NewReaderSize(r, lim, bufSize)
	x.in.startSmall = true
	return x
}

// NewReaderSize returns a Reader that reads r within the limits lim. Its buffer has size bytes at first, but at least 4
// KiB. If size is not positive, the default of 32 KiB applies. The Reader allocates the buffer before the first read.
// The buffer grows up to 256 KiB while octets arrive faster than the program reads them, and shrinks again when few
// arrive. A message that does not fit gets more memory, within the limits. The Reader frees an array larger than 512
// KiB when 16 messages in a row have used less than a quarter of it.
func NewReaderSize(r io.Reader, lim Limits, size int) *Reader {
	if size <= 0 {
		size = bufSize
	}
	lim = lim.WithDefaults()
	return &Reader{framer: framer{lim: lim, in: buffer{source: source{rd: r}, sizing: sizing{size: max(size, leastSize), most: lim.Message}}}}
}

// Limits returns the limits of r. A field that was not set has its default.
func (r *Reader) Limits() Limits { return r.lim }

// OnLiteral sets the function f by which a server accepts or refuses literals. The Reader calls f before it waits for
// the octets of a literal. To accept the literal, f sends the continuation request that a synchronizing literal needs,
// and returns nil. To refuse it, f returns an error. The method of the Reader that has reached the literal returns that
// error, and so do all further calls of Extend, Continue and Join until the next message. If the client sends the
// refused octets anyway (RFC 7888), r drops them and does not lex them. A refused synchronizing literal ends the
// message, because the client then does not send the rest of the command (RFC 9051 §4.3).
//
// r calls f once for each literal, even if a deadline cuts calls of r short, and does not call it for literals that
// Skip and Next drop. The Reader itself does not accept a literal over Limits.Literal. If a literal over Limits.Literal
// is synchronizing, r still calls f. If f refuses the literal, the stream goes on; if f returns nil, r ends the stream.
// If a literal over Limits.Literal is not synchronizing, r ends the stream without a call of f.
func (r *Reader) OnLiteral(f func(size int64, sync bool) error) { r.onLiteral = f }

// OnRead sets the function f that r calls before each read from the stream. The read may wait, so a program that
// buffers its output flushes the output in f. If f returns an error, the read fails with that error.
func (r *Reader) OnRead(f func() error) { r.in.before = f }

// Wrap makes r read from the reader that f returns. Wrap calls f once, with the reader from which r has read until now.
// Octets that r has already read come first.
func (r *Reader) Wrap(f func(io.Reader) io.Reader) { r.in.rd = f(r.in.rd) }

// Err returns the error with which r has ended the stream, such as a LimitError, or nil. If the peer has ended the
// stream, or the underlying reader has failed, Err still returns nil, except within a literal that RelayRun splices
// (see Splice).
func (r *Reader) Err() error { return r.err }

// Next goes to the next message, waits for its first line, and shows that line to d. Slices borrowed from the previous
// message are no longer valid, even if a deadline cuts Next short. Next skips the part of the previous message that the
// program has not read. If the program has called none of Extend, Skip and Relay for the previous message, Next assumes
// that this message was one line.
//
// The error is io.EOF if the stream ends between two messages, and io.ErrUnexpectedEOF if it ends within a message.
// If r has ended the stream (see Err), d has no octets. After any other LimitError, d has as much of the line as the
// limit allows. After any other error, d is unchanged.
func (r *Reader) Next(d *Decoder) error {
	if r.nextLine() {
		d.begin()
		r.show(d, 0)
		return nil
	}
	if r.run.state != runBetween || r.run.toWrite > 0 {
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
	r.state, r.octetsDropped = stateDone, 0
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

// nextLine is the fast path of Next. If the buffer has the whole first line of the next message, and nothing is left to
// skip or free, nextLine shows that line and returns true. This is the usual case, and the fast path takes 30 ns
// instead of 33.
func (r *Reader) nextLine() bool {
	if r.state > stateLine || r.long.again || r.err != nil || r.run.state != runBetween || r.run.toWrite > 0 || !r.in.plain() {
		return false
	}
	n := bytes.IndexByte(r.in.unread(), '\n') + 1
	if n == 0 || n > r.lim.Message {
		return false
	}
	r.in.nextLine(n)
	r.octetsDropped = 0
	r.state, r.afterLiteral, r.fail, r.command.begun, r.command.step = stateLine, false, nil, false, stepCheck
	r.literalSeq++
	return true
}

// release prepares r for the next message.
func (r *Reader) release() {
	r.framer.release()
	r.command.begun, r.command.step = false, stepCheck
}

// Extend waits for the literals that the first line of the message announces, and for the lines after them, and shows
// them to d. It stops at the end of the message, or before a literal that is too large to hold. Call Extend only if the
// grammar allows literals in the message, and not if the line ends in free text, as a status response does. The Decoder
// keeps its position and its error. Slices borrowed since Next are no longer valid, because the line may have moved. If
// Extend fails, d has the lines and literals that are complete.
func (r *Reader) Extend(d *Decoder) error {
	if r.state == stateLine && !mayAnnounce(r.in.stride()) {
		r.state = stateDone // the usual case
		return nil
	}
	if r.state != stateLine && r.state != stateExtend {
		return r.broken()
	}
	if r.command.begun {
		return errRelaying
	}
	pos := d.pos
	err := r.extend()
	r.show(d, pos)
	return err
}

// Continue shows d the stride after a streamed literal. If the program has not read the whole literal, Continue drops
// the rest. Slices borrowed from earlier strides of the message stay valid. The error is io.EOF at the end of the
// message. If Continue fails, d is unchanged.
func (r *Reader) Continue(d *Decoder) error {
	if r.command.begun {
		return errRelaying
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
		if !r.afterLiteral {
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

// Join adds the next line, with the literals that it announces and the lines after them, to the current message, which
// must have been shown to its end. It is for peers that break a line where the grammar does not allow it: within a
// quoted string (see Decoder.OpenQuote) or after a literal. The Decoder keeps its position and its error. Slices
// borrowed from the last stride are no longer valid. The error is io.EOF if no message has been shown to its end.
func (r *Reader) Join(d *Decoder) error { return r.JoinIf(d, nil) }

// JoinIf calls ok with the next line. If ok(line) returns true, JoinIf adds the line as Join does. If ok(line) returns
// false, JoinIf leaves the line for Next, and the error is io.EOF.
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

// BlankTail reports whether the message has been shown to its end, and after its last literal has nothing but spaces,
// tabs and the line end.
func (r *Reader) BlankTail() bool {
	if r.in.tail == 0 && !r.afterLiteral || r.state != stateDone {
		return false
	}
	line := bytes.TrimLeft(r.in.stride()[r.in.tail:], " \t")
	return string(line) == "\r\n" || string(line) == "\n"
}

// Streaming reports whether a streamed literal follows the current stride.
func (r *Reader) Streaming() bool { return r.state == stateLiteral }

// Skip reads the rest of the message, literals included, and drops it, without holding it in memory. Call Skip, like
// Extend, only if the grammar allows literals in the message. Slices borrowed from the message are no longer valid.
func (r *Reader) Skip() error { return r.skip() }

// Take removes from the buffer the octets that follow the current message, and returns them. When a connection changes
// to TLS or compression, these octets are the beginning of the new layer's input. The caller owns the slice.
func (r *Reader) Take() []byte {
	b := append([]byte(nil), r.in.unread()...)
	r.in.forget()
	return b
}

// Buffered returns how many of the octets that follow the current message have already been read from the stream.
func (r *Reader) Buffered() int { return len(r.in.unread()) }

// Prefetch reads from the stream once, before Next is called. Next then finds the octets in the buffer. If the read
// fails, the next read returns its error, unless the error is a time-out. Prefetch is for goroutines that wait on a
// small stack, because a read within Next needs more frames on the stack.
func (r *Reader) Prefetch() {
	if err := r.in.fill(); err != nil {
		r.in.pendingErr = err
	}
}

// Lean turns the lean mode on or off. Lean mode is for times when the next message may take long to arrive, as in IDLE
// (RFC 9051 §6.3.13). In lean mode, r keeps only an array of 128 bytes between two messages, if all octets that were
// read have been shown. It reads the beginning of the next message into this array. If more arrives, r allocates a
// buffer of 4 KiB, which grows as usual. Call Lean between messages, before Next.
func (r *Reader) Lean(on bool) { r.in.lean = on }

// Shrink frees memory that r does not need now. It is for connections that become idle. Call Shrink after a deadline
// has cut a call short, or between messages when no borrowed slice is in use.
func (r *Reader) Shrink() { r.in.idle(r.state == stateDone && r.run.toWrite == 0 && !r.long.again) }
