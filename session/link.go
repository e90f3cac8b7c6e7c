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

// errCut is the error of a read or write whose wait a context has cut.
var errCut = errors.New("session: wait cut short")

// cutError is errCut with the reason. Readers of a literal within a loop get it.
type cutError struct{ cause error }

func (e *cutError) Error() string        { return "session: " + e.cause.Error() }
func (e *cutError) Unwrap() error        { return e.cause }
func (e *cutError) Is(target error) bool { return target == errCut }

// past is a deadline that has passed.
var past = time.Unix(1, 0)

// unknown stands for the read deadline of a connection that other code has used.
var unknown = time.Unix(2, 0)

// link is the connection with bounded waits: by Config.StallTimeout, by a context, by a poll. A read that is cut has
// changed nothing and can be repeated.
type link struct {
	conn         transport.Conn
	stallTimeout time.Duration
	grace        time.Duration // for a small write when the wait has been cut

	mu           sync.Mutex
	watches      *watch    // the contexts that bound the current waits; the first one counts
	wake         bool      // the current read must return: the writer goroutine has ended
	atResponse   bool      // the current read waits for the next response, and not for the rest of one
	quiet        bool      // silence is not a stall: the server may take its time
	writerActive bool      // silence is not a stall: a writer goroutine is at work, which has its own bound
	inline       bool      // the goroutine that drives is writing
	pollEnd      time.Time // the end of a poll
	closed       bool      // the session itself has closed the connection
	lostErr      error     // how the connection has ended
	readBy       time.Time // the read deadline that conn has

	resting bool // the driving goroutine reads only what is there: see rest.go

	stopAt     time.Time     // when a stream is to be stopped
	maxSilence time.Duration // the longest silence, if that is less than StallTimeout; 0 means no such bound
}

// deadline returns when a read that begins now must end.
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

// stallLimit returns the longest silence that is not a stall; 0 means any.
func (l *link) stallLimit() time.Duration {
	if l.maxSilence > 0 && (l.stallTimeout <= 0 || l.maxSilence < l.stallTimeout) {
		return l.maxSilence
	}
	return max(l.stallTimeout, 0)
}

// Read reads from the connection, within the bounds.
func (l *link) Read(p []byte) (int, error) {
	if l.resting {
		return l.readAtOnce(p)
	}
	l.mu.Lock()
	end := l.deadline()
	err := l.setReadDeadline(end)
	l.mu.Unlock()
	if err != nil {
		return 0, l.failed(err)
	}
	n, err := l.conn.Read(p)
	if err == nil {
		return n, nil
	}
	return n, l.readEnded(err, end)
}

// readEnded returns the session's error for the error of a read with the deadline end.
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
		return nil // as each time within one IDLE
	}
	err := l.conn.SetReadDeadline(t)
	if err == nil {
		l.readBy = t
	}
	return err
}

// failed turns an error of the connection into the session's.
func (l *link) failed(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return ErrClosed
	}
	l.lostErr = lost(err)
	return l.lostErr
}

// lost returns the reason why nothing more can arrive, or nil.
func (l *link) lost() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lostErr
}

// close closes the connection. A wait for it ends with an error.
func (l *link) close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	return l.conn.Close()
}

// waitEnded returns what ended a wait with the deadline end, or nil if it was not the session. The system has time-outs of
// its own, such as ETIMEDOUT of TCP's keep-alive, which mean that the peer is gone.
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

// Write writes all of p, within the bounds, on the goroutine that drives the session. A cut write makes the connection
// useless, so Write gets a little more time when a context ends.
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

// writeFromWriter is Write on a writer's goroutine. The end of a context does not cut it.
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

// A watch is a context that bounds the waits of one call. Within a loop's body there may be several. The one of the
// current wait counts; the ends of the others are noticed at their turn.
type watch struct {
	outer *watch
	ctx   context.Context
	cause error // why it has ended

	stop  func() bool   // of context.AfterFunc, if ctx can end
	ended chan struct{} // closed after its function has run
}

// context returns the context of the current wait.
func (l *link) context() context.Context {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.watches == nil {
		return context.Background()
	}
	return l.watches.ctx
}

// cut returns the reason why the current wait must end, or nil. The caller holds l.mu.
func (l *link) cut() error {
	if l.watches == nil {
		return nil
	}
	return l.watches.cause
}

// interrupt records that the context of w has ended, and cuts the current wait if it is w's.
func (l *link) interrupt(w *watch, cause error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w.cause = cause; l.watches != w {
		return
	}
	l.setReadDeadline(past)
	if l.inline {
		// An inline write fits into the buffers on the way, and a healthy connection takes it now. Cutting it would end
		// the session.
		l.conn.SetWriteDeadline(time.Now().Add(l.grace))
	}
}

// isCut reports whether the context of the current wait has ended.
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

// wakeReader cuts the current read, or the next one, until calm is called.
func (l *link) wakeReader() {
	l.mu.Lock()
	l.wake, l.writerActive = true, false
	if l.atResponse {
		l.setReadDeadline(past)
	}
	l.mu.Unlock()
}

// setAtResponse records that the next read waits for the next response, or that this read has ended.
func (l *link) setAtResponse(on bool) {
	l.mu.Lock()
	l.atResponse = on
	l.mu.Unlock()
}

// takeWake reports whether rouse has been called, and ends that.
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

// setStreamBounds sets when to cut a read so that a stream can be stopped, and the longest silence; zero means no bound.
func (l *link) setStreamBounds(stop time.Time, answer time.Duration) {
	l.mu.Lock()
	l.stopAt, l.maxSilence = stop, answer
	l.mu.Unlock()
}

// watch makes the end of ctx cut the session's waits, until unwatch is called. A context that never ends needs no
// watch, and gets nil, unless it belongs to a loop, because another loop may alternate with it.
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

// unwatch ends a watch.
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

// makeWatchFirst makes w bound the waits that follow.
func (s *Session) makeWatchFirst(w *watch) {
	l := s.link
	l.mu.Lock()
	l.remove(w)
	w.outer, l.watches, s.currentWatch = l.watches, w, w
	l.mu.Unlock()
}

// remove removes w from the contexts that bound waits. The caller holds l.mu.
func (l *link) remove(w *watch) {
	for at := &l.watches; *at != nil; at = &(*at).outer {
		if *at == w {
			*at = w.outer
			return
		}
	}
}

// timeout reports whether err comes from a deadline in the past, or says that it is a time-out.
func timeout(err error) bool {
	var n net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &n) && n.Timeout()
}
