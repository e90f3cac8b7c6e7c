package model

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"time"
)

// lane is one direction of a link. It cuts writes into pieces, which arrive in order, each after a delay of its own.
// Its buffer is limited; a writer waits while it is full.
type lane struct {
	mu      sync.Mutex
	changed *sync.Cond
	rng     *rand.Rand
	delay   time.Duration // the longest delay
	cut     bool          // writes are cut into pieces
	room    int

	queue  []piece
	held   int
	last   time.Time
	eof    bool // nothing more will be written
	broken bool // the reader has closed it

	readEnd, writeEnd deadline
	written, read     marks
}

type piece struct {
	data []byte
	due  time.Time
}

// marks counts the octets that pass, and calls functions after given numbers of octets. After it has called a function,
// it holds back the next octet for a moment, so that the function takes effect before that octet arrives.
type marks struct {
	n     int64
	at    []mark
	until time.Time
}

type mark struct {
	n int64
	f func()
}

// limit returns how many of n octets may pass before the next mark.
func (m *marks) limit(n int) int {
	for _, k := range m.at {
		if left := k.n - m.n; left < int64(n) {
			n = max(int(left), 1)
		}
	}
	return n
}

// pass counts n more octets. It returns the functions of the marks that have now been reached; the caller must
// call them.
func (m *marks) pass(n int) (due []func()) {
	m.n += int64(n)
	rest := m.at[:0]
	for _, k := range m.at {
		if k.n > m.n {
			rest = append(rest, k)
			continue
		}
		due = append(due, k.f)
		m.until = time.Now().Add(time.Millisecond)
	}
	m.at = rest
	return due
}

// deadline is the time from which reads or writes of a lane fail.
type deadline struct {
	at    time.Time
	timer *time.Timer
}

func (d *deadline) over() bool { return !d.at.IsZero() && !time.Now().Before(d.at) }

func newLane(seed uint64, delay time.Duration, cut bool, room int) *lane {
	l := &lane{rng: rand.New(rand.NewPCG(seed, 77)), delay: delay, cut: cut, room: room}
	l.changed = sync.NewCond(&l.mu)
	return l
}

// wake sets a timer, which wakes the readers and writers of the lane at the given time.
func (l *lane) wake(at time.Time) *time.Timer {
	return time.AfterFunc(time.Until(at), func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.changed.Broadcast()
	})
}

func (l *lane) set(d *deadline, t time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	if d.at = t; !t.IsZero() && time.Until(t) > 0 {
		d.timer = l.wake(t)
	}
	l.changed.Broadcast()
}

func (l *lane) Write(p []byte) (total int, err error) {
	for {
		l.mu.Lock()
		for {
			switch {
			case l.eof:
				l.mu.Unlock()
				return total, net.ErrClosed
			case l.broken:
				l.mu.Unlock()
				return total, io.ErrClosedPipe
			case l.writeEnd.over():
				l.mu.Unlock()
				return total, os.ErrDeadlineExceeded
			case len(p) == 0:
				l.mu.Unlock()
				return total, nil
			}
			if wait := time.Until(l.written.until); wait > 0 {
				l.wake(l.written.until)
			} else if l.held < l.room {
				break
			}
			l.changed.Wait()
		}
		n := l.written.limit(min(len(p), l.room-l.held))
		if l.cut && n > 1 && l.rng.IntN(3) == 0 {
			n = 1 + l.rng.IntN(n)
		}
		due := time.Now()
		if l.delay > 0 {
			due = due.Add(time.Duration(l.rng.Int64N(int64(l.delay))))
		}
		if due.Before(l.last) {
			due = l.last
		}
		l.last = due
		l.queue = append(l.queue, piece{append([]byte(nil), p[:n]...), due})
		l.held += n
		p = p[n:]
		total += n
		calls := l.written.pass(n)
		l.changed.Broadcast()
		l.mu.Unlock()
		for _, f := range calls {
			f()
		}
	}
}

func (l *lane) Read(p []byte) (int, error) {
	l.mu.Lock()
	for {
		switch {
		case l.broken:
			l.mu.Unlock()
			return 0, net.ErrClosed
		case l.readEnd.over():
			l.mu.Unlock()
			return 0, os.ErrDeadlineExceeded
		case len(p) == 0:
			l.mu.Unlock()
			return 0, nil
		}
		at := l.read.until
		if len(l.queue) > 0 && l.queue[0].due.After(at) {
			at = l.queue[0].due
		}
		if time.Until(at) <= 0 {
			if len(l.queue) > 0 {
				break
			}
			if l.eof {
				l.mu.Unlock()
				return 0, io.EOF
			}
			l.changed.Wait()
			continue
		}
		t := l.wake(at)
		l.changed.Wait()
		t.Stop()
	}
	n := 0
	for n < len(p) && len(l.queue) > 0 && time.Until(l.queue[0].due) <= 0 {
		head := &l.queue[0]
		k := l.read.limit(n+min(len(p)-n, len(head.data))) - n
		if k <= 0 {
			break
		}
		copy(p[n:], head.data[:k])
		n += k
		if head.data = head.data[k:]; len(head.data) == 0 {
			l.queue = l.queue[1:]
		}
	}
	l.held -= n
	calls := l.read.pass(n)
	l.changed.Broadcast()
	l.mu.Unlock()
	for _, f := range calls {
		f()
	}
	return n, nil
}

// finish ends the stream: the reader gets the octets in the buffer and then EOF.
func (l *lane) finish() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.eof = true
	l.changed.Broadcast()
}

// breakOff ends the stream at once, and discards the octets in the buffer.
func (l *lane) breakOff() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = true
	l.queue, l.held = nil, 0
	l.changed.Broadcast()
}

// end is one end of a link.
type end struct{ in, out *lane }

// newLink returns both ends of a link.
func newLink(seed uint64, delay time.Duration, cut bool, room int) (client, server *end) {
	up, down := newLane(seed, delay, cut, room), newLane(seed+1, delay, cut, room)
	return &end{down, up}, &end{up, down}
}

// when calls f after n more octets have passed, from the server if server is true, otherwise from the client.
func (e *end) when(server bool, n int64, f func()) {
	l, m := e.out, &e.out.written
	if server {
		l, m = e.in, &e.in.read
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	m.at = append(m.at, mark{m.n + max(n, 1), f})
}

// cancelled returns a context that ends after n octets have passed, from the server or from the client.
func (e *end) cancelled(ctx context.Context, server bool, n int64) context.Context {
	ctx, cancel := context.WithCancelCause(ctx)
	e.when(server, n, func() { cancel(errOctets) })
	return ctx
}

func (e *end) Read(p []byte) (int, error)  { return e.in.Read(p) }
func (e *end) Write(p []byte) (int, error) { return e.out.Write(p) }
func (e *end) Close() error {
	e.out.finish()
	e.in.breakOff()
	e.SetDeadline(time.Time{})
	return nil
}

func (e *end) CloseWrite() error { e.out.finish(); return nil }

func (e *end) SetDeadline(t time.Time) error {
	e.SetReadDeadline(t)
	return e.SetWriteDeadline(t)
}
func (e *end) SetReadDeadline(t time.Time) error  { e.in.set(&e.in.readEnd, t); return nil }
func (e *end) SetWriteDeadline(t time.Time) error { e.out.set(&e.out.writeEnd, t); return nil }

// BufferSize returns the size of the buffer of one direction, in octets.
func (e *end) BufferSize() int { return e.out.room }

func (e *end) LocalAddr() net.Addr  { return addr{} }
func (e *end) RemoteAddr() net.Addr { return addr{} }

type addr struct{}

func (addr) Network() string { return "memory" }
func (addr) String() string  { return "link" }
