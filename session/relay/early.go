package relay

import (
	"bufio"
	"io"
	"sync"
	"time"
)

// patience is how long the Relay waits for the back end before it begins to read from the client early.
const patience = time.Second / 4

// mostEarly limits how many octets are read early. If a client sends more and then leaves, the Relay notices it only
// when the back end answers, or when a write to the client fails.
const mostEarly = 32 << 10

// early is the client's connection. While the goroutine that forwards commands waits for the back end, it does not read
// from the client, and would not notice that the client has left. So after the time patience, another goroutine reads
// what the client sends, until the wait is over or reading fails.
type early struct {
	rd    io.Reader
	gone  func(why error) // called with the error with which reading early has failed
	timer *time.Timer

	mu      sync.Mutex
	changed sync.Cond
	waits   bool   // the goroutine that forwards commands waits for the back end
	reading bool   // another goroutine reads
	buf     []byte // octets that were read early
	err     error  // the error after buf
}

func (e *early) init(gone func(error)) {
	e.gone, e.changed.L = gone, &e.mu
	e.timer = time.AfterFunc(time.Hour, e.readEarly)
	e.timer.Stop()
}

// Read returns octets that were read early, and then those of the connection.
func (e *early) Read(p []byte) (int, error) {
	e.mu.Lock()
	for e.reading && len(e.buf) == 0 {
		e.changed.Wait()
	}
	if len(e.buf) > 0 {
		n := copy(p, e.buf)
		if e.buf = e.buf[n:]; len(e.buf) == 0 && !e.reading {
			e.buf = nil
		}
		e.mu.Unlock()
		return n, nil
	}
	err := e.err
	e.err = nil
	e.mu.Unlock()
	if err != nil {
		return 0, err
	}
	return e.rd.Read(p)
}

// begin is called before the goroutine that forwards commands waits for the back end, and end after it has waited.
func (e *early) begin() {
	e.mu.Lock()
	e.waits = true
	e.mu.Unlock()
	e.timer.Reset(patience)
}

func (e *early) end() {
	e.timer.Stop()
	e.mu.Lock()
	e.waits = false
	e.mu.Unlock()
}

// wait waits until no goroutine reads early. None begins to after that.
func (e *early) wait() {
	e.end()
	e.mu.Lock()
	defer e.mu.Unlock()
	for e.reading {
		e.changed.Wait()
	}
}

// readEarly reads until the wait is over, reading fails, or buf has mostEarly octets.
func (e *early) readEarly() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.reading {
		return
	}
	var b [4 << 10]byte
	for e.waits && e.err == nil && len(e.buf) < mostEarly {
		e.reading = true
		e.mu.Unlock()
		n := 0
		err := protect(func() (err error) { n, err = e.rd.Read(b[:]); return err })
		e.mu.Lock()
		e.buf, e.err = append(e.buf, b[:n]...), err
		e.changed.Broadcast()
		if n == 0 && err == nil {
			break
		}
	}
	if err := e.err; err != nil && e.reading {
		e.mu.Unlock()
		e.gone(err)
		e.mu.Lock()
	}
	e.reading = false
	e.changed.Broadcast()
}

// watched writes to the connection to the back end. Such a write may wait, too, so early can read meanwhile.
type watched struct {
	w     io.Writer
	early *early
}

func (w *watched) Write(p []byte) (int, error) {
	w.early.begin()
	defer w.early.end()
	return w.w.Write(p)
}

// lazy keeps the LF at the end of a line in the buffer until the Relay writes more or flushes the buffer. So the back
// end cannot answer the line before the Relay is ready for the answer. lazy also hides the method ReadFrom of the
// bufio.Writer. That method would call Read of the client's reader while it fills the buffer, and that Read flushes the
// buffer.
type lazy struct{ w *bufio.Writer }

func (l *lazy) Write(p []byte) (int, error) {
	last := len(p) - 1
	if last < 0 || p[last] != '\n' {
		return l.w.Write(p)
	}
	n, err := l.w.Write(p[:last])
	if err == nil {
		if err = l.w.WriteByte('\n'); err == nil {
			n++
		}
	}
	return n, err
}
