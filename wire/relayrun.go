package wire

import (
	"bytes"
	"io"
)

// shown is how much of the first line of a message RelayRun waits for before it shows it, in octets.
const shown = 4 << 10

// run is how far RelayRun is: what of the stream it has seen to be passed on and not written, and where in a message that ends.
type run struct {
	owed  int // octets from pos on that are to be written
	state runState
	left  int64  // of a literal, after those
	last  []byte // the end of a line that is longer than the buffer
}

type runState uint8

const (
	runBetween runState = iota // a message is to begin
	runTail                    // a line of the message is to begin, after a literal
	runLine                    // a line has begun, and is longer than the buffer
	runLiteral                 // left octets of a literal are to come
)

// RelayRun waits until something has come, and writes to dst all messages that have, with the rest of the last of them: as many at a time as have been
// read, and without more being looked at than where lines and announced literals end. It ends before a message of which pass, which is shown the first
// line of each, says no: then stopped is true, and Next reads that message. Whenever it returns without an error, dst has whole messages. A line longer than Limits.Message is passed on as it comes: of a line longer than 4 KiB pass may see the beginning alone, with no line end.
//
// It is called where Next might be. pass must not let free text through, as a status response is, which announces nothing by a {n} at its
// end. io.EOF is the end of the stream between two messages.
//
// It returns how many octets it has written. A wait or a write that is cut short loses nothing if dst tells truly how much it
// took: RelayRun again, with the same dst. Else Next skips the rest of the message. It is for responses, as Relay is.
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

// passed takes what has been written.
func (r *Reader) passed(n int) {
	r.in.pass(n)
	r.run.owed -= n
}

// scan looks at what has been read, and adds to what is owed. It reports whether a message is not to be passed on.
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
			// A line that is not whole: it is waited for, unless it is long.
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

// spliceLiteral writes what is left of a literal, none of which has been read: by dst's own means, if it is much and that is allowed.
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
		// What has been read and could not be written is lost.
		return n, r.end(unexpected(err))
	}
	// The next turn takes it as it comes.
	return 0, r.in.refillUnread()
}

// spliceMin is how much of a literal must be left for it to be given to its receiver's own ReadFrom, in octets.
const spliceMin = 256 << 10

// Splice says whether RelayRun gives literals of 256 KiB and more to the ReadFrom of whoever takes them, if that has one: a socket
// takes them from another one without their passing through the program. It is off at first, as an error in that, a wait that was cut
// short included, ends the stream: how much was read and lost is not known.
func (r *Reader) Splice(on bool) { r.splice = on }

// dropRun skips the rest of the message that RelayRun has begun to write.
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
