package imaptest

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// Pipe returns the two ends of a connection in memory. Each direction holds n octets; 0 is 16 KiB. A writer waits while
// its direction is full, as on a socket, so small pipes show deadlocks.
//
// Both ends have deadlines and work in a testing/synctest bubble. A reader gets everything that was written before
// Close, and then io.EOF. Both ends are safe for use by several goroutines.
func Pipe(n int) (client, server net.Conn) {
	if n <= 0 {
		n = 16 << 10
	}
	up, down := newDuct(n), newDuct(n)
	return &pipeEnd{r: down, w: up}, &pipeEnd{r: up, w: down}
}

// duct is one direction of a pipe.
type duct struct {
	mu       sync.Mutex
	changed  *sync.Cond
	buf      []byte // a ring
	from, n  int
	eof      bool // the writer has closed its end
	broken   bool // the reader has closed its end
	readEnd  deadline
	writeEnd deadline
}

// deadline is a time, with a timer that wakes the waiting goroutines.
type deadline struct {
	at    time.Time
	timer *time.Timer
}

func newDuct(n int) *duct {
	d := &duct{buf: make([]byte, n)}
	d.changed = sync.NewCond(&d.mu)
	return d
}

func (d *duct) set(end *deadline, t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if end.timer != nil {
		end.timer.Stop()
		end.timer = nil
	}
	end.at = t
	if wait := time.Until(t); !t.IsZero() && wait > 0 {
		end.timer = time.AfterFunc(wait, func() {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.changed.Broadcast()
		})
	}
	d.changed.Broadcast()
}

func (e *deadline) over() bool { return !e.at.IsZero() && !time.Now().Before(e.at) }

func (d *duct) read(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for {
		switch {
		case d.broken:
			return 0, net.ErrClosed
		case d.readEnd.over():
			return 0, os.ErrDeadlineExceeded
		case d.n > 0 || len(p) == 0:
			n := copy(p, d.buf[d.from:min(d.from+d.n, len(d.buf))])
			n += copy(p[n:], d.buf[:max(0, d.from+d.n-len(d.buf))])
			d.from = (d.from + n) % len(d.buf)
			d.n -= n
			d.changed.Broadcast()
			return n, nil
		case d.eof:
			return 0, io.EOF
		}
		d.changed.Wait()
	}
}

func (d *duct) write(p []byte) (total int, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for {
		switch {
		case d.eof:
			return total, net.ErrClosed
		case d.broken:
			return total, io.ErrClosedPipe
		case d.writeEnd.over():
			return total, os.ErrDeadlineExceeded
		case len(p) == 0:
			return total, nil
		case d.n < len(d.buf):
			at := (d.from + d.n) % len(d.buf)
			end := len(d.buf)
			if at < d.from {
				end = d.from
			}
			n := copy(d.buf[at:end], p)
			d.n += n
			p = p[n:]
			total += n
			d.changed.Broadcast()
			continue
		}
		d.changed.Wait()
	}
}

// finish lets the reader read the octets that are left, and then return io.EOF.
func (d *duct) finish() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.eof = true
	d.changed.Broadcast()
}

// breakOff makes reads and writes return an error at once.
func (d *duct) breakOff() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.broken = true
	d.changed.Broadcast()
}

// pipeEnd is one end of a pipe.
type pipeEnd struct {
	r, w *duct
	once sync.Once
}

func (e *pipeEnd) Read(p []byte) (int, error)  { return e.r.read(p) }
func (e *pipeEnd) Write(p []byte) (int, error) { return e.w.write(p) }

// Close ends both directions. It may be called twice.
func (e *pipeEnd) Close() error {
	e.once.Do(func() {
		e.w.finish()
		e.r.breakOff()
		e.SetDeadline(time.Time{})
	})
	return nil
}

// CloseWrite ends the direction away from this end. The other direction can still be read.
func (e *pipeEnd) CloseWrite() error {
	e.w.finish()
	return nil
}

func (e *pipeEnd) SetDeadline(t time.Time) error {
	e.SetReadDeadline(t)
	return e.SetWriteDeadline(t)
}

func (e *pipeEnd) SetReadDeadline(t time.Time) error {
	e.r.set(&e.r.readEnd, t)
	return nil
}

func (e *pipeEnd) SetWriteDeadline(t time.Time) error {
	e.w.set(&e.w.writeEnd, t)
	return nil
}

func (e *pipeEnd) LocalAddr() net.Addr  { return pipeAddr{} }
func (e *pipeEnd) RemoteAddr() net.Addr { return pipeAddr{} }

// BufferSize returns how many octets a direction holds, so that a session can avoid sending more than that before it
// reads.
func (e *pipeEnd) BufferSize() int { return len(e.w.buf) }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "memory" }
func (pipeAddr) String() string  { return "pipe" }
