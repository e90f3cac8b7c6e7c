package session

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"github.com/imapstack/imapstack/transport"
)

// errCut is what a read or write gives whose wait was cut short by a context.
var errCut = errors.New("session: wait cut short")

// cutError is errCut with the reason: what reads a literal within a loop sees it.
type cutError struct{ cause error }

func (e *cutError) Error() string        { return "session: " + e.cause.Error() }
func (e *cutError) Unwrap() error        { return e.cause }
func (e *cutError) Is(target error) bool { return target == errCut }

// past is a deadline that has gone by.
var past = time.Unix(1, 0)

// link is the connection with its waits bounded: by Config.Progress, by a context, by a poll. A read that
// is cut short has changed nothing and is called again.
type link struct {
	conn     transport.Conn
	progress time.Duration

	mu     sync.Mutex
	cut    error     // why a context has ended
	wake   bool      // the reader is to look up from its wait: the writer beside it has ended
	quiet  bool      // silence is no stall
	until  time.Time // the end of a poll
	closed bool      // by the session itself
	dead   error     // how the connection has ended
	body   *source   // what is being sent beside the reading

	stop   time.Time     // when a stream is to be stopped
	answer time.Duration // the longest silence, if that is less than progress; 0 is none
}

// deadline returns when a read that begins now must end.
func (l *link) deadline() time.Time {
	switch {
	case l.cut != nil || l.wake:
		return past
	case !l.until.IsZero():
		return l.until
	}
	var end time.Time
	if d := l.patience(); d > 0 && !l.quiet {
		end = time.Now().Add(d)
	}
	if !l.stop.IsZero() && (end.IsZero() || l.stop.Before(end)) {
		end = l.stop
	}
	return end
}

// patience returns the longest silence that is no stall; 0 is any.
func (l *link) patience() time.Duration {
	if l.answer > 0 && (l.progress <= 0 || l.answer < l.progress) {
		return l.answer
	}
	return max(l.progress, 0)
}

// Read reads from the connection, within the bounds.
func (l *link) Read(p []byte) (int, error) {
	l.mu.Lock()
	err := l.conn.SetReadDeadline(l.deadline())
	l.mu.Unlock()
	if err != nil {
		return 0, l.failed(err)
	}
	n, err := l.conn.Read(p)
	switch {
	case err == nil:
		return n, nil
	case timeout(err):
		return n, l.why(err)
	}
	return n, l.failed(err)
}

// failed makes of the connection's error the session's.
func (l *link) failed(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return ErrClosed
	}
	l.dead = lost(err)
	return l.dead
}

// lost returns why nothing more can come, or nil.
func (l *link) lost() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dead
}

// close closes the connection; whoever waits for it is told so.
func (l *link) close() error {
	l.mu.Lock()
	l.closed = true
	if l.body != nil {
		l.body.stop(ErrClosed)
	}
	l.mu.Unlock()
	return l.conn.Close()
}

// why tells what ended a wait.
func (l *link) why(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.cut != nil:
		return &cutError{l.cut}
	case l.wake, !l.until.IsZero():
		return errCut
	case !l.stop.IsZero() && !time.Now().Before(l.stop):
		return errCut
	case l.patience() > 0:
		return ErrStalled
	}
	return err
}

// Write writes all of p, within the bounds. A write that is cut short ends the connection's use.
func (l *link) Write(p []byte) (int, error) {
	l.mu.Lock()
	var end time.Time
	if l.cut != nil {
		end = past
	} else if d := l.patience(); d > 0 {
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
	case timeout(err):
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.cut != nil {
			return n, &cutError{l.cut}
		}
		return n, ErrStalled
	}
	return n, l.failed(err)
}

// interrupt cuts the wait that is going on and those to come, until resume.
func (l *link) interrupt(cause error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = cause
	if l.body != nil {
		l.body.stop(&cutError{cause})
	}
	l.conn.SetReadDeadline(past)
	l.conn.SetWriteDeadline(past)
}

// carry begins to send b beside the reading, which nothing but the writer's end and a context's cuts until it is over: silence is
// no stall then, and the end of a poll is no end.
func (l *link) carry(b *source) (over func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.body, l.quiet = b, true
	switch {
	case l.closed:
		b.stop(ErrClosed)
	case l.cut != nil:
		b.stop(&cutError{l.cut})
	}
	until, stop, answer := l.until, l.stop, l.answer
	l.until, l.stop, l.answer = time.Time{}, time.Time{}, 0
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.body, l.quiet = nil, false
		l.until, l.stop, l.answer = until, stop, answer
	}
}

// isCut reports whether interrupt has been called, and resume has not.
func (l *link) isCut() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cut != nil
}

func (l *link) resume() {
	l.mu.Lock()
	l.cut = nil
	l.mu.Unlock()
}

// rouse cuts the read that is going on, or the next one; calm ends that.
func (l *link) rouse() {
	l.mu.Lock()
	l.wake = true
	l.conn.SetReadDeadline(past)
	l.mu.Unlock()
}

// roused reports whether rouse has been called, and calm has not.
func (l *link) roused() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.wake
}

func (l *link) calm() {
	l.mu.Lock()
	l.wake = false
	l.mu.Unlock()
}

func (l *link) setQuiet(q bool) {
	l.mu.Lock()
	l.quiet = q
	l.mu.Unlock()
}

func (l *link) setUntil(t time.Time) {
	l.mu.Lock()
	l.until = t
	l.mu.Unlock()
}

// bound sets when a read is to be cut so that a stream can be stopped, and the longest silence; zero is none.
func (l *link) bound(stop time.Time, answer time.Duration) {
	l.mu.Lock()
	l.stop, l.answer = stop, answer
	l.mu.Unlock()
}

// timeout reports whether err is of a deadline that has gone by.
func timeout(err error) bool {
	var n net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &n) && n.Timeout()
}
