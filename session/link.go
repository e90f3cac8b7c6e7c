package session

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"github.com/imapstack/imapstack/transport"
)

// errCut is the error of a read or write that was interrupted. The reason is the end of a context, of Poll or of a
// writer, or a stream that must be stopped.
var errCut = errors.New("session: wait cut short")

// cutError is errCut with the cause of the context's end. The body of a loop gets it from the reader of a literal.
type cutError struct{ cause error }

func (e *cutError) Error() string        { return "session: " + e.cause.Error() }
func (e *cutError) Unwrap() error        { return e.cause }
func (e *cutError) Is(target error) bool { return target == errCut }

// past is a deadline in the past. It interrupts a read or write at once.
var past = time.Unix(1, 0)

// unknown is the value of link.readBy until the link sets a read deadline, because other code may have set one before.
var unknown = time.Unix(2, 0)

// link is the connection. It limits how long a read or write may wait: by Config.StallTimeout, by contexts, and by
// the end of a Poll. A read that was interrupted has changed nothing and can be repeated.
type link struct {
	conn         transport.Conn
	stallTimeout time.Duration
	grace        time.Duration // how long a small write may still take after a context has ended

	mu           sync.Mutex
	watches      *watch    // the contexts of the calls that are waiting; only the first one interrupts a read
	wake         bool      // the read must return, because the writer goroutine has ended
	atResponse   bool      // the read waits for the beginning of a response, and not for the rest of one
	quiet        bool      // silence is not a stall: a Quiet command such as IDLE is in flight
	writerActive bool      // silence is not a stall: a writer goroutine is at work, which has its own time limit
	inline       bool      // the goroutine that drives the session is writing
	closed       bool      // the session itself has closed the connection
	resting      bool      // see setImmediate; the goroutine that drives the session sets it without mu
	pollEnd      time.Time // when Poll stops listening; zero outside of Poll
	lostErr      error     // the error with which the connection has ended
	readBy       time.Time // the current read deadline of conn

	stopAt     time.Time     // when a stream must be stopped; see StopAfter
	maxSilence time.Duration // the limit of StopAfter for a silence of the server; 0 means none
}

// deadline returns the time at which a read that begins now must end.
func (l *link) deadline() time.Time {
	switch {
	case l.cut() != nil || l.wake && l.atResponse:
		return past
	case !l.pollEnd.IsZero():
		return l.pollEnd
	}
	var end time.Time
	if d := l.stallLimit(); d > 0 && !l.quiet && !l.writerActive {
		end = time.Now().Add(d)
	}
	if !l.stopAt.IsZero() && !l.writerActive && (end.IsZero() || l.stopAt.Before(end)) {
		end = l.stopAt
	}
	return end
}

// stallLimit returns how long the server may be silent; 0 means no limit.
func (l *link) stallLimit() time.Duration {
	if l.maxSilence > 0 && (l.stallTimeout <= 0 || l.maxSilence < l.stallTimeout) {
		return l.maxSilence
	}
	return max(l.stallTimeout, 0)
}

// Read reads from the connection, within the time limits.
func (l *link) Read(p []byte) (int, error) {
	if l.resting {
		return l.readAtOnce(p)
	}
	l.mu.Lock()
	end := l.deadline()
	by := end
	if l.keepsDeadline(end) {
		by = l.readBy
	}
	err := l.setReadDeadline(by)
	l.mu.Unlock()
	if err != nil {
		return 0, l.failed(err)
	}
	n, err := l.conn.Read(p)
	if by != end && n == 0 && timeout(err) && l.postpone(by, end) {
		n, err = l.conn.Read(p)
	}
	if err == nil {
		return n, nil
	}
	if end.IsZero() {
		end = l.currentDeadline() // the end of a writer may have set a deadline
	}
	return n, l.readEnded(err, end)
}

// currentDeadline returns the connection's read deadline.
func (l *link) currentDeadline() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.readBy
}

// keepsDeadline reports whether a read that may last until end can begin with the connection's old read deadline, which
// is earlier. It can if the old deadline is earlier by at most half of the stall limit. Most reads end before the old
// deadline, and so need no call of SetReadDeadline. If a read does not, Read postpones the deadline. The caller holds
// l.mu.
func (l *link) keepsDeadline(end time.Time) bool {
	stall := l.pollEnd.IsZero() && l.stopAt.IsZero()
	return stall && l.readBy.Before(end) && end.Sub(l.readBy) <= l.stallLimit()/2
}

// postpone moves a read deadline that has passed (the parameter by) to a later time (the parameter end), unless the
// read must end now.
func (l *link) postpone(by, end time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut() != nil || l.wake && l.atResponse || time.Now().Before(by) {
		return false
	}
	return l.setReadDeadline(end) == nil
}

// readEnded turns the error of a read into an error of the session. end was the deadline of the read.
func (l *link) readEnded(err error, end time.Time) error {
	if timeout(err) {
		if why := l.waitEnded(end); why != nil {
			return why
		}
	}
	return l.failed(err)
}

// setReadDeadline sets the connection's read deadline. The caller holds l.mu.
func (l *link) setReadDeadline(t time.Time) error {
	if t == l.readBy {
		return nil // usual during IDLE
	}
	err := l.conn.SetReadDeadline(t)
	if err == nil {
		l.readBy = t
	}
	return err
}

// failed turns an error of the connection into an error of the session.
func (l *link) failed(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return ErrClosed
	}
	l.lostErr = lost(err)
	return l.lostErr
}

// lost returns the error with which the connection has ended, or nil.
func (l *link) lost() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lostErr
}

// close closes the connection. A read or write that waits returns an error.
func (l *link) close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	return l.conn.Close()
}

// waitEnded returns why the session has ended a wait, or nil if the session has not ended it. The parameter end is the
// deadline of the wait. It returns nil for a time-out of the operating system, such as ETIMEDOUT of TCP's keep-alive,
// which means that the peer is gone.
func (l *link) waitEnded(end time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	switch {
	case l.cut() != nil:
		return &cutError{l.cut()}
	case l.wake && l.atResponse:
		return errCut
	case end.IsZero() || now.Before(end):
		return nil
	case !l.pollEnd.IsZero():
		return errCut
	case !l.stopAt.IsZero() && !now.Before(l.stopAt):
		return errCut
	}
	return ErrStalled
}

// Write writes all of p, within the time limits, on the goroutine that drives the session. An interrupted write makes
// the connection useless. So when a context ends, Write may continue for the duration l.grace.
func (l *link) Write(p []byte) (int, error) {
	l.mu.Lock()
	l.inline = true
	end := time.Time{}
	if l.cut() != nil {
		end = time.Now().Add(l.grace)
	} else if d := l.stallLimit(); d > 0 {
		end = time.Now().Add(d)
	}
	err := l.conn.SetWriteDeadline(end)
	l.mu.Unlock()
	if err != nil {
		return 0, l.failed(err)
	}
	n, err := l.conn.Write(p)
	l.mu.Lock()
	l.inline = false
	cut := l.cut()
	l.mu.Unlock()
	switch {
	case err == nil:
		return n, nil
	case !timeout(err):
	case cut != nil:
		return n, &cutError{cut}
	case !end.IsZero() && !time.Now().Before(end):
		return n, ErrStalled
	}
	return n, l.failed(err)
}

// writeFromWriter does what Write does, for the goroutine of a writer. The end of a context does not interrupt it.
func (l *link) writeFromWriter(p []byte) (int, error) {
	l.mu.Lock()
	end := time.Time{}
	if d := l.stallLimit(); d > 0 {
		end = time.Now().Add(d)
	}
	err := l.conn.SetWriteDeadline(end)
	l.mu.Unlock()
	if err != nil {
		return 0, l.failed(err)
	}
	n, err := l.conn.Write(p)
	switch {
	case err == nil:
		return n, nil
	case timeout(err) && !end.IsZero() && !time.Now().Before(end):
		return n, ErrStalled
	}
	return n, l.failed(err)
}

// A watch is the context of one call that waits, or of one loop. If the body of a loop uses the session, the link has
// several watches at a time. Only the context of the innermost call interrupts a read. If the context of another call
// ends, that call notices it when it waits again.
type watch struct {
	outer *watch
	ctx   context.Context
	cause error // why ctx has ended; nil if it has not

	stop  func() bool   // returned by context.AfterFunc; nil if ctx never ends
	ended chan struct{} // closed after the function of context.AfterFunc has run
}

// context returns the context of the call that waits now.
func (l *link) context() context.Context {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.watches == nil {
		return context.Background()
	}
	return l.watches.ctx
}

// cut returns why the call that waits now must stop, or nil. The caller holds l.mu.
func (l *link) cut() error {
	if l.watches == nil {
		return nil
	}
	return l.watches.cause
}

// interrupt records that the context of w has ended, and interrupts the current read or write if w's call is waiting.
func (l *link) interrupt(w *watch, cause error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w.cause = cause; l.watches != w {
		return
	}
	l.setReadDeadline(past)
	if l.inline {
		// A write on the goroutine that drives the session fits into the buffers between client and server, and a
		// working connection accepts it at once. Interrupting the write would end the session.
		l.conn.SetWriteDeadline(time.Now().Add(l.grace))
	}
}

// isCut reports whether the context of the call that waits now has ended.
func (l *link) isCut() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cut() != nil
}

// setWriterActive records whether a writer goroutine is at work.
func (l *link) setWriterActive(on bool) {
	l.mu.Lock()
	l.writerActive = on
	l.mu.Unlock()
}

// wakeReader interrupts the current read and each later one that waits for the beginning of a response, until takeWake
// is called. For any other read, the stall limit begins to count, because it does not apply while a writer is at work.
func (l *link) wakeReader() {
	l.mu.Lock()
	l.wake, l.writerActive = true, false
	l.setReadDeadline(l.deadline()) // in the past, or the stall limit, which now counts for the current read too
	l.mu.Unlock()
}

// setAtResponse sets whether the next read waits for the beginning of a response.
func (l *link) setAtResponse(on bool) {
	l.mu.Lock()
	l.atResponse = on
	l.mu.Unlock()
}

// takeWake reports whether wakeReader has been called since the last call of takeWake.
func (l *link) takeWake() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	was := l.wake
	l.wake = false
	return was
}

func (l *link) setQuiet(q bool) {
	l.mu.Lock()
	l.quiet = q
	l.mu.Unlock()
}

func (l *link) setPollEnd(t time.Time) {
	l.mu.Lock()
	l.pollEnd = t
	l.mu.Unlock()
}

// setStreamBounds sets when a read must end so that a stream can be stopped, and how long the server may be silent.
// Zero means no limit.
func (l *link) setStreamBounds(stop time.Time, answer time.Duration) {
	l.mu.Lock()
	l.stopAt, l.maxSilence = stop, answer
	l.mu.Unlock()
}

// watch makes the end of ctx interrupt reads, until unwatch is called. For a call, it returns nil if ctx never ends and
// the session has no other watch. A loop always gets a watch, because each of several alternating loops needs its own.
func (s *Session) watch(ctx context.Context, loop bool) *watch {
	l := s.link
	l.mu.Lock()
	if ctx.Done() == nil && l.watches == nil && !loop {
		l.mu.Unlock()
		return nil
	}
	w := &watch{outer: l.watches, ctx: ctx}
	l.watches, s.currentWatch = w, w
	l.mu.Unlock()
	if ctx.Done() != nil {
		w.ended = make(chan struct{})
		w.stop = context.AfterFunc(ctx, func() {
			l.interrupt(w, context.Cause(ctx))
			close(w.ended)
		})
	}
	return w
}

// unwatch undoes watch. w may be nil.
func (s *Session) unwatch(w *watch) {
	if w == nil {
		return
	}
	if w.stop != nil && !w.stop() {
		<-w.ended
	}
	l := s.link
	l.mu.Lock()
	l.remove(w)
	s.currentWatch = l.watches
	l.mu.Unlock()
}

// makeWatchFirst makes the context of w the one that interrupts reads.
func (s *Session) makeWatchFirst(w *watch) {
	l := s.link
	l.mu.Lock()
	l.remove(w)
	w.outer, l.watches, s.currentWatch = l.watches, w, w
	l.mu.Unlock()
}

// remove removes w from l.watches. The caller holds l.mu.
func (l *link) remove(w *watch) {
	for at := &l.watches; *at != nil; at = &(*at).outer {
		if *at == w {
			*at = w.outer
			return
		}
	}
}

// timeout reports whether err is a time-out, of a deadline or of the operating system.
func timeout(err error) bool {
	var n net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &n) && n.Timeout()
}
