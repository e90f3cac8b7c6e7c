package wire

import (
	"bytes"
	"io"
)

// shown is how many octets of a message's first line RelayRun waits for before it shows it.
const shown = 4 << 10

// A run is how far RelayRun is: how much of what is unread it has looked at and not written, and where in a message
// that ends.
type run struct {
	owed  int // octets of what is unread that are to be written
	state runState
	left  int64  // octets of a literal that come after those
	last  []byte // the end of a line that is longer than the buffer
}

type runState uint8

const (
	runBetween runState = iota // the next message is due
	runTail                    // the line after a literal is due
	runLine                    // a line has begun, and is longer than the buffer
	runLiteral                 // left octets of a literal are due
)

// RelayRun waits until something has come, and writes to dst all the messages that have come, with the rest of the last
// one. It writes as many at a time as have been read, and looks only for the ends of lines and announced literals. It
// shows pass the first line of each message. Before a message for which pass returns false it stops: stopped is true,
// and Next reads that message. When RelayRun returns without an error, dst has whole messages.
//
// RelayRun passes on a line longer than Limits.Message as it comes. If a line is longer than 4 KiB, pass may see only
// its beginning, without a line end. pass must not let free text through, such as a status response, because a {n} at
// its end announces nothing.
//
// Call RelayRun where Next might be called. The error is io.EOF if the stream ends between two messages. RelayRun
// returns how many octets it has written. A wait or a write that is cut short loses nothing if dst reports truly how
// much it took: call RelayRun again, with the same dst. If it is not called again, Next skips the rest of the message.
// RelayRun is for responses, as Relay is.
func RelayRun(dst io.Writer, r *Reader, pass func(line []byte) bool) (n int64, stopped bool, err error) {
	switch {
	case r.onLiteral != nil:
		return 0, false, errCommands
	case r.state > stateLine:
		if err := r.Skip(); err != nil && r.err == nil {
			return 0, false, err
		}
	}
	r.release()
	r.state, r.waste = stateDone, 0
	for {
		if r.err != nil {
			return n, false, r.err
		}
		stop := r.scan(pass)
		for r.run.owed > 0 {
			m, err := write(dst, r.in.unread()[:r.run.owed])
			r.passed(m)
			n += int64(m)
			if err != nil {
				return n, false, err
			}
		}
		switch {
		case stop, n > 0 && r.run.state == runBetween && r.err == nil:
			return n, stop, nil
		case r.run.state == runLiteral && r.run.left > 0:
			m, err := r.spliceLiteral(dst)
			n += m
			if err != nil {
				return n, false, err
			}
			continue
		}
		if err := r.in.refillUnread(); err != nil {
			if r.run.state != runBetween || len(r.in.unread()) > 0 {
				err = unexpected(err)
			}
			return n, false, err
		}
	}
}

// passed drops n octets that have been written.
func (r *Reader) passed(n int) {
	r.in.pass(n)
	r.run.owed -= n
}

// scan looks at what has been read, and adds to what is owed. It reports whether it has stopped at a message that is
// not to be passed on.
func (r *Reader) scan(pass func(line []byte) bool) (stop bool) {
	buf := r.in.unread()
	i, end := r.run.owed, len(buf)
	s := r.run.state
	for i < end {
		if s == runLiteral {
			k := int(min(int64(end-i), r.run.left))
			i += k
			if r.run.left -= int64(k); r.run.left > 0 {
				break
			}
			s = runTail
			continue
		}
		rest := buf[i:]
		k := bytes.IndexByte(rest, '\n') + 1
		if k == 0 {
			// The line is not whole. Wait for the rest of it, unless it is long.
			if len(rest) < shown && s != runLine {
				break
			}
			if s == runBetween && !pass(rest) {
				stop = true
				break
			}
			if s != runLine {
				s, r.run.last = runLine, r.run.last[:0]
			}
			r.run.last = keepLast(r.run.last, rest)
			i = end
			break
		}
		line := rest[:k]
		if s == runBetween && !pass(line) {
			stop = true
			break
		}
		if s == runLine {
			r.run.last = keepLast(r.run.last, line)
			line = r.run.last
		}
		i += k
		s = runBetween
		if mayAnnounce(line) {
			if h, ok := headerAtEnd(line); ok {
				if r.tooLong(h) != nil {
					i -= k
					break
				}
				s, r.run.left = runLiteral, h.size
				if h.size == 0 {
					s = runTail
				}
			}
		}
	}
	r.run.owed, r.run.state = i, s
	return stop
}

// spliceLiteral writes what is left of a literal, none of which has been read. If it is large and Splice allows it, dst
// reads it from the stream itself.
func (r *Reader) spliceLiteral(dst io.Writer) (n int64, err error) {
	if from, ok := dst.(io.ReaderFrom); ok && r.splice && r.run.left >= spliceMin && len(r.in.unread()) == 0 && r.in.pend == nil {
		n, err = from.ReadFrom(&io.LimitedReader{R: r.in.rd, N: r.run.left})
		if r.run.left -= n; r.run.left == 0 && err == nil {
			r.run.state = runTail
			return n, nil
		}
		if err == nil {
			err = io.ErrUnexpectedEOF
		}
		// dst may have read octets that it could not write. They are lost.
		return n, r.end(unexpected(err))
	}
	// Read some of it; the next turn of RelayRun's loop writes that.
	return 0, r.in.refillUnread()
}

// spliceMin is how many octets of a literal must be left for the receiver's own ReadFrom to be used.
const spliceMin = 256 << 10

// Splice says whether RelayRun may use dst's ReadFrom, if it has one, for literals of 256 KiB and more. A socket takes
// such a literal from another socket, and the octets do not pass through the program. Splice is off by default, because
// then any error within the literal ends the stream, a wait that is cut short included: nobody knows how much was read
// and lost.
func (r *Reader) Splice(on bool) { r.splice = on }

// dropRun skips the rest of a message of which RelayRun has written a part.
func (r *Reader) dropRun() error {
	for r.run.owed > 0 || r.run.state != runBetween {
		if r.run.owed == 0 {
			if r.scan(func([]byte) bool { return false }) && r.run.state == runBetween {
				return nil
			}
		}
		n := r.run.owed
		if n > 0 {
			r.passed(n)
		} else if err := r.in.refillUnread(); err != nil {
			return unexpected(err)
		}
		if r.err != nil {
			return r.err
		}
		if err := r.drop(int64(n)); err != nil {
			return err
		}
	}
	return nil
}
