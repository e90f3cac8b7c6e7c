package session

import (
	"errors"
	"os"
	"sync"
	"time"

	"github.com/imapstack/imapstack/transport"
)

// While the server may take its time, as within IDLE, a session holds little memory. It reads only what is there. When
// nothing is there, it returns to the loop over the command's stream with errNothing. The loop gives the session's
// reader away and waits for the connection, without memory to read into, and with few frames on the stack, so that the
// garbage collector can shrink the stack. If a connection does not allow such a wait (transport.Bottom), the reader
// waits, with a small array.

// errNothing is the error of a read that finds nothing while the session rests.
var errNothing = errors.New("session: nothing has come")

// onlyQuietInFlight reports whether the server may take its time.
func (s *Session) onlyQuietInFlight() bool {
	return len(s.inFlight) == 1 && s.inFlight[0].progress == asked && s.inFlight[0].cmd.Flow&Quiet != 0
}

// loopMayRest reports whether the loop over the stream of reader, which is running, waits by awaitInput.
func (s *Session) loopMayRest(reader *pending) bool {
	return reader != nil && reader.stream && s.onlyQuietInFlight() && s.inFlight[0] == reader && s.writer == nil && transport.Bottom(s.link.conn) != nil
}

// setLean makes the reader wait with little memory if the server may take its time.
func (s *Session) setLean() {
	long := s.onlyQuietInFlight()
	if long {
		s.releaseMemory()
	}
	s.in.words.Lean(long)
}

// releaseMemory releases the memory that is not needed while the server takes its time.
func (s *Session) releaseMemory() {
	s.spare = nil
	if len(s.out) == 0 {
		s.out = nil
	}
	for _, p := range s.inFlight {
		p.releaseOctets()
	}
	transport.Rest(s.link.conn)
}

// inputs are lent to sessions while they have something to read.
var inputs sync.Pool

// lendInput gives the input away. Nothing may use its memory any more, because another session may get it at once.
func (s *Session) lendInput() {
	s.in.words.Renew(nil, s.cfg.Limits)
	inputs.Put(s.in)
	s.in, s.lastResponse = nil, nil
}

// A restingWait is a wait for something to read, after errNothing. The loop itself calls bottom.Await, between startRest and endRest.
type restingWait struct {
	bottom transport.Awaiter
	end    time.Time // when it must end
	lent   bool      // the session has given its input away
	err    error     // why it has ended, as an error of a read
}

// startRest prepares a wait.
func (s *Session) startRest() (w restingWait) {
	s.releaseMemory()
	if w.lent = s.in.words.Idle() && s.bodyInput != s.in; w.lent {
		s.lendInput()
	}
	l := s.link
	l.mu.Lock()
	w.end = l.deadline()
	w.err = l.setReadDeadline(w.end)
	l.mu.Unlock()
	w.bottom = transport.Bottom(l.conn)
	return w
}

// endRest ends a wait, which returned err.
func (s *Session) endRest(w *restingWait, err error) error {
	if w.lent {
		s.in = s.newInput(s.link)
	}
	if err == nil {
		err = w.err
	}
	if err != nil {
		w.err = s.link.readEnded(err, w.end)
	}
	s.link.setStreamBounds(time.Time{}, 0)
	return w.err
}

// setImmediate sets whether reads take only what is there.
func (l *link) setImmediate(on bool) {
	l.resting = on
	transport.Bottom(l.conn).Immediate(on)
}

// readAtOnce reads what is there.
func (l *link) readAtOnce(p []byte) (int, error) {
	n, err := l.conn.Read(p)
	switch {
	case err == nil, n > 0 && errors.Is(err, transport.ErrNothing): // kept with the octets, it would end a later read
		return n, nil
	case errors.Is(err, transport.ErrNothing), errors.Is(err, os.ErrDeadlineExceeded): // the wait will find the deadline
		return 0, errNothing
	}
	return n, l.readEnded(err, time.Time{}) // a time-out is the system's: see why
}
