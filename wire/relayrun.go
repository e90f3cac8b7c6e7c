package wire

import (
	"bytes"
	"io"
)

// leastShown is how many octets of an incomplete first line must have arrived before RelayRun passes them to its
// argument pass.
const leastShown = 4 << 10

// A run notes how far RelayRun has come: how many unread octets it has scanned and must still write, and in which part
// of a message the scanned octets end.
type run struct {
	toWrite int // unread octets that have been scanned and must be written
	state   runState
	left    int64  // octets of the current literal that have not been scanned
	last    []byte // the last octets of a line that is longer than the buffer
}

type runState uint8

const (
	runBetween runState = iota // a message comes next
	runTail                    // the line after a literal comes next
	runLine                    // the rest of a line that is longer than the buffer comes next
	runLiteral                 // left octets of a literal come next
)

// RelayRun waits for messages from r, and writes to dst all messages that have arrived. If the last message is not
// complete, RelayRun waits for the rest of it. But if RelayRun has written other messages, and less than 4 KiB of an
// incomplete first line have arrived, it leaves this line to the next call. RelayRun writes many messages at a time,
// and looks only for line ends and announced literals. It calls pass with the first line of each message. If pass
// returns false for a message, RelayRun stops before that message, and stopped is true. Next then shows the message.
// When RelayRun returns no error, dst has whole messages only.
//
// Limits.Message does not apply: RelayRun writes a long line while it arrives. If a line is longer than 4 KiB, pass may
// get only its beginning, without a line end. For free text such as a status response, pass must return false, because
// a {n} at the end of free text does not announce a literal.
//
// Call RelayRun instead of Next. The error is io.EOF if the stream ends between two messages. RelayRun returns how many
// octets it has written. If a deadline cuts a read or write short, call RelayRun again with the same dst, and it goes
// on with the next octet. This works only if dst correctly reports how many octets it took. If RelayRun is not called
// again, Next skips the rest of the message. RelayRun is for responses only, as Relay is.
func RelayRun(dst io.Writer, r *Reader, pass func(line []byte) bool) (n int64, stopped bool, err error) {
	switch {
	case r.onLiteral != nil:
		return 0, false, errCommands
	case r.state > stateLine || r.betweenParts():
		if err := r.Skip(); err != nil && r.err == nil {
			return 0, false, err
		}
	}
	r.release()
	r.state, r.octetsDropped = stateDone, 0
	for {
		if r.err != nil {
			return n, false, r.err
		}
		stop := r.scan(pass)
		for r.run.toWrite > 0 {
			m, err := write(dst, r.in.unread()[:r.run.toWrite])
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

// passed drops n unread octets that have been written.
func (r *Reader) passed(n int) {
	r.in.pass(n)
	r.run.toWrite -= n
}

// scan looks for line ends and literals in the unread octets, and adds to run.toWrite the octets to write. It returns
// true if it has stopped before a message for which pass returned false.
func (r *Reader) scan(pass func(line []byte) bool) (stop bool) {
	buf := r.in.unread()
	i, end := r.run.toWrite, len(buf)
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
			// The line is not complete. Wait for the rest of it, unless the line is long.
			if len(rest) < leastShown && s != runLine {
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
	r.run.toWrite, r.run.state = i, s
	return stop
}

// spliceLiteral goes on with a literal after RelayRun has written all octets of the literal that were in the buffer. If
// the rest of the literal is large and Splice is on, spliceLiteral lets dst.ReadFrom read the rest from the stream.
// Otherwise it reads some of the rest into the buffer, and RelayRun writes that.
func (r *Reader) spliceLiteral(dst io.Writer) (n int64, err error) {
	if from, ok := dst.(io.ReaderFrom); ok && r.splice && r.run.left >= spliceMin && len(r.in.unread()) == 0 && r.in.pendingErr == nil {
		n, err = from.ReadFrom(&io.LimitedReader{R: r.in.rd, N: r.run.left})
		if r.run.left -= n; r.run.left == 0 && err == nil {
			r.run.state = runTail
			return n, nil
		}
		if err == nil {
			err = io.ErrUnexpectedEOF
		}
		// dst.ReadFrom may have read octets that it could not write, and these octets are lost.
		return n, r.end(unexpected(err))
	}
	// Read some of the literal. The next iteration of RelayRun's loop writes what was read.
	return 0, r.in.refillUnread()
}

// spliceMin is how many octets of a literal must be left before spliceLiteral uses dst.ReadFrom.
const spliceMin = 256 << 10

// Splice sets whether RelayRun may call dst's ReadFrom, if dst has that method, for literals of 256 KiB and more. If
// dst and the stream are both sockets, the octets then go from one to the other without passing through the program.
// Splice is off by default. If it is on, any error within such a literal ends the stream, even the error of a
// deadline, because RelayRun cannot know how many octets ReadFrom has read and not written.
func (r *Reader) Splice(on bool) { r.splice = on }

// dropRun skips the rest of a message that RelayRun has written in part.
func (r *Reader) dropRun() error {
	for r.run.toWrite > 0 || r.run.state != runBetween {
		if r.run.toWrite == 0 {
			if r.scan(func([]byte) bool { return false }) && r.run.state == runBetween {
				return nil
			}
		}
		n := r.run.toWrite
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
