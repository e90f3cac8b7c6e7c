package session

import (
	"errors"
	"os"
	"sync"
	"time"

	"github.com/imapstack/imapstack/transport"
)

// While a session waits in IDLE, it holds little memory. It then reads only what has already arrived. If nothing has
// arrived, the read fails with errNothing, and the loop over the stream of IDLE gets that error. The loop puts the
// session's reader and its buffer into a pool for other sessions, and waits until the connection can be read. During
// this wait the session has no buffer, and few frames on the stack, so that the garbage collector can shrink the stack.
// Some connections do not support this wait (see transport.Bottom). With such a connection, the session waits in an
// ordinary read with a small buffer.

// errNothing is the error of a read if nothing has arrived, and link.resting is set.
var errNothing = errors.New("session: nothing has arrived")

// onlyQuietInFlight reports whether the only command in flight is one such as IDLE, during which the server may be
// silent for any time.
func (s *Session) onlyQuietInFlight() bool {
	return len(s.inFlight) == 1 && s.inFlight[0].progress == asked && s.inFlight[0].cmd.Flow&Quiet != 0
}

// loopMayRest reports whether the loop over the stream of waiter may wait for input without a buffer, between startRest
// and endRest.
func (s *Session) loopMayRest(waiter *pending) bool {
	return waiter != nil && waiter.stream && s.onlyQuietInFlight() && s.inFlight[0] == waiter && s.writer == nil && transport.Bottom(s.link.conn) != nil
}

// setLean makes the session's reader wait with a small buffer if the server may be silent for a long time.
func (s *Session) setLean() {
	long := s.onlyQuietInFlight()
	if long {
		s.releaseMemory()
	}
	s.in.words.Lean(long)
}

// releaseMemory releases the memory that is not needed while the server is silent.
func (s *Session) releaseMemory() {
	s.spare = nil
	if len(s.out) == 0 {
		s.out = nil
	}
	for _, p := range s.inFlight {
		p.release()
	}
	transport.Rest(s.link.conn)
}

// inputs holds the inputs that no session uses. A session in IDLE takes one only while it has something to read.
var inputs sync.Pool

// lendInput puts the session's input into the pool. Nothing may use the input's memory any more, because another
// session may take it at once.
func (s *Session) lendInput() {
	s.in.words.Renew(nil, s.cfg.Limits)
	inputs.Put(s.in)
	s.in, s.lastResponse = nil, nil
}

// startRest prepares to wait for input after errNothing, and returns what to wait for. The loop calls Await itself,
// between startRest and endRest, to have few frames on the stack.
func (s *Session) startRest() (bottom transport.Awaiter, err error) {
	s.releaseMemory()
	if s.in.words.Idle() && s.bodyInput != s.in {
		s.lendInput()
	}
	l := s.link
	l.mu.Lock()
	defer l.mu.Unlock()
	return transport.Bottom(l.conn), l.setReadDeadline(l.deadline())
}

// endRest ends the wait for input. The parameter err is the result of Await. endRest turns it into an error of the
// session.
func (s *Session) endRest(err error) error {
	l := s.link
	lent := s.in == nil
	if lent {
		s.in = s.newInput(l)
	}
	switch {
	case err != nil:
		err = l.readEnded(err, l.currentDeadline())
	case lent:
		// The first read happens here, with few frames on the stack. If the parser called Read, decryption would
		// exceed the 4 KB of the stack, and the stack of each session that receives something would grow.
		l.setImmediate(true)
		s.in.base.Prefetch()
		l.setImmediate(false)
	}
	l.setStreamBounds(time.Time{}, 0)
	return err
}

// setImmediate sets whether reads return only what has already arrived.
func (l *link) setImmediate(on bool) {
	l.resting = on
	transport.Bottom(l.conn).Immediate(on)
}

// readAtOnce reads what has already arrived, or returns errNothing.
func (l *link) readAtOnce(p []byte) (int, error) {
	n, err := l.conn.Read(p)
	switch {
	case err == nil, n > 0 && errors.Is(err, transport.ErrNothing): // the error is dropped, because it would end a later read
		return n, nil
	case errors.Is(err, transport.ErrNothing), errors.Is(err, os.ErrDeadlineExceeded): // Await handles the deadline
		return 0, errNothing
	}
	return n, l.readEnded(err, time.Time{}) // a time-out here is the operating system's: see waitEnded
}
