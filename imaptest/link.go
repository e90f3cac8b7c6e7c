package imaptest

import (
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/imapstack/imapstack/transport"
)

// A Link wraps any connection, of any server or client, and makes network faults happen on it. Without faults, a Link
// only counts octets. A Link has deadlines and works in a testing/synctest bubble. It is safe for use by several
// goroutines, but at most one of them may read at a time, and at most one may write.
type Link struct {
	inner net.Conn
	side  Side
	armed atomic.Bool // Inject was ever called
	own   bool        // a Server made it for a connection of its own

	mu      sync.Mutex
	changed *sync.Cond
	rng     *rand.Rand
	out, in lane
	rd, wd  deadline
	closed  bool
	cut     error // the error of Read after a Cut
	pumps   sync.WaitGroup
	log     []Injected
	report  func(f Fault, note string) // if not nil, it is called instead of adding a fault to log; the lock is held
}

// NewLink returns a Link over c that applies these faults. end names the side that writes to c: ClientSide if c is a
// client's connection, and ServerSide if it is a server's. The seed determines everything random.
func NewLink(c net.Conn, end Side, seed uint64, faults ...NetFault) *Link {
	l := &Link{inner: c, side: end}
	l.changed = sync.NewCond(&l.mu)
	l.rng = rand.New(rand.NewPCG(seed, 0x1a2b3c4d))
	for _, f := range faults {
		l.Inject(f)
	}
	return l
}

// Inject adds a fault. A fault that happens after a number of octets, such as Cut, counts them from now on.
func (l *Link) Inject(f NetFault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.armed.Store(true)
	f.arm(l)
	// Deadlines that were set before the first fault have no timer yet.
	l.setDeadline(&l.rd, l.rd.at)
	l.setDeadline(&l.wd, l.wd.at)
}

// Injected returns the faults that have happened, in their order. A Cut is among them only when the octets before it
// have passed and the connection is cut. The slice is the caller's.
func (l *Link) Injected() []Injected {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Injected(nil), l.log...)
}

// Octets returns how many octets from a side have passed the link.
func (l *Link) Octets(from Side) int64 { return l.lane(from).n.Load() }

// reseed makes everything random depend on the number of the connection.
func (l *Link) reseed(seed uint64, num int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rng = rand.New(rand.NewPCG(seed, uint64(num)))
}

// note records a fault that has happened. The caller holds the link's lock.
func (l *Link) note(f Fault, note string) {
	if l.report != nil {
		l.report(f, note)
		return
	}
	l.log = append(l.log, Injected{
		Fault: f, At: time.Now(), Note: note, Client: l.lane(ClientSide).n.Load(), Server: l.lane(ServerSide).n.Load(),
	})
}

func (l *Link) lane(from Side) *lane {
	if from == l.side {
		return &l.out
	}
	return &l.in
}

func (l *Link) lanes() [2]*lane { return [2]*lane{&l.out, &l.in} }

// Read reads what the other side sends.
func (l *Link) Read(p []byte) (int, error) {
	if !l.armed.Load() {
		n, err := l.inner.Read(p)
		l.in.n.Add(int64(n))
		return n, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	d := &l.in
	for {
		switch {
		case l.closed:
			return 0, net.ErrClosed
		case l.rd.over():
			return 0, os.ErrDeadlineExceeded
		case l.cut != nil:
			return 0, l.cut
		case len(p) == 0:
			return 0, nil
		case len(d.extra) > 0:
			n := copy(p, d.extra)
			d.extra = d.extra[n:]
			return n, nil
		case d.ended:
			return 0, io.EOF
		case d.stalled:
			l.changed.Wait()
			continue
		}
		if !d.delayed && !d.pumping {
			n := d.limit(l, len(p))
			l.mu.Unlock()
			n, err := l.inner.Read(p[:n])
			l.mu.Lock()
			l.passed(d, n)
			if l.cut != nil && n == 0 {
				err = l.cut
			}
			return n, err
		}
		if !d.pumping {
			d.pumping = true
			l.inner.SetReadDeadline(time.Time{})
			l.pumps.Go(l.pumpIn)
		}
		if len(d.queue) == 0 {
			if d.err != nil {
				return 0, d.err
			}
			l.changed.Wait()
			continue
		}
		if !l.due(d) {
			l.changed.Wait()
			continue
		}
		head := &d.queue[0]
		n := copy(p[:d.limit(l, min(len(p), len(head.data)))], head.data)
		if head.data = head.data[n:]; len(head.data) == 0 {
			d.queue = d.queue[1:]
		}
		d.waiting -= n
		l.passed(d, n)
		l.changed.Broadcast()
		return n, nil
	}
}

// Write sends p to the other side.
func (l *Link) Write(p []byte) (total int, err error) {
	if !l.armed.Load() {
		n, err := l.inner.Write(p)
		l.out.n.Add(int64(n))
		return n, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	d := &l.out
	for len(p) > 0 {
		switch {
		case l.closed:
			return total, net.ErrClosed
		case l.wd.over():
			return total, os.ErrDeadlineExceeded
		case l.cut != nil || d.err != nil:
			return total, syscall.EPIPE
		case d.ended:
			return total + len(p), nil
		case d.stalled || d.waiting > laneWindow:
			l.changed.Wait()
			continue
		}
		n := d.limit(l, len(p))
		if d.delayed || d.pumping {
			d.put(l, p[:n], nil)
			if !d.pumping {
				d.pumping = true
				l.pumps.Go(l.pumpOut)
			}
		} else {
			l.mu.Unlock()
			m, err := l.inner.Write(p[:n])
			l.mu.Lock()
			if err != nil {
				return total + m, err
			}
		}
		l.passed(d, n)
		total += n
		p = p[n:]
	}
	return total, nil
}

// due reports whether the first octets of the queue are due. If not, it sets a timer that wakes the waiting goroutines
// at that time.
func (l *Link) due(d *lane) bool {
	wait := time.Until(d.queue[0].due)
	if wait <= 0 {
		return true
	}
	if d.alarm == nil {
		d.alarm = time.AfterFunc(wait, func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.changed.Broadcast()
		})
	} else {
		d.alarm.Reset(wait)
	}
	return false
}

// pumpIn reads the octets of the other side as soon as they come, because their delay counts from then.
func (l *Link) pumpIn() {
	buf := make([]byte, 16<<10)
	for {
		n, err := l.inner.Read(buf)
		l.mu.Lock()
		d := &l.in
		if n > 0 {
			d.put(l, buf[:n], nil)
		}
		if err != nil {
			d.err = err
		}
		l.changed.Broadcast()
		for d.waiting > laneWindow && !l.closed && l.cut == nil {
			l.changed.Wait()
		}
		over := err != nil || l.closed || l.cut != nil
		l.mu.Unlock()
		if over {
			return
		}
	}
}

// pumpOut writes the octets of this side when they are due, and closes the connection after the last one.
func (l *Link) pumpOut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	d := &l.out
	for {
		switch {
		case d.err != nil || l.cut != nil || l.closed && (d.stalled || len(d.queue) == 0):
			l.inner.Close()
			return
		case len(d.queue) == 0 || !l.due(d):
			l.changed.Wait()
			continue
		}
		q := d.queue[0]
		d.queue = d.queue[1:]
		l.mu.Unlock()
		var err error
		if len(q.data) > 0 {
			_, err = l.inner.Write(q.data)
		}
		l.mu.Lock()
		d.waiting -= len(q.data)
		if err != nil {
			d.err = err
		}
		if q.then != nil {
			q.then()
		}
		l.changed.Broadcast()
	}
}

// Close closes the connection. Delayed octets are still delivered, unless they stall. A testing/synctest bubble must
// not end before they are delivered.
func (l *Link) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return net.ErrClosed
	}
	l.closed = true
	for _, e := range []*deadline{&l.rd, &l.wd} {
		if e.timer != nil {
			e.timer.Stop()
		}
	}
	l.changed.Broadcast()
	if l.out.pumping && l.cut == nil && l.out.err == nil {
		return nil // pumpOut closes the connection
	}
	return l.inner.Close()
}

// stalls reports whether a Stall holds up the octets of this side.
func (l *Link) stalls() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.stalled
}

// abort closes the connection and drops delayed octets.
func (l *Link) abort() {
	l.Close()
	l.inner.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.out.queue = nil
	l.changed.Broadcast()
}

// CloseWrite ends what this side sends. The other direction stays open.
func (l *Link) CloseWrite() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.out.pumping {
		l.out.put(l, nil, func() { closeWrite(l.inner) })
		return nil
	}
	return closeWrite(l.inner)
}

// finish closes the connection so that the other side can read everything that was sent. If octets of the other side
// were left unread, Close would make the system reset the connection, and the other side would lose what it has not
// read yet.
func (l *Link) finish() {
	l.mu.Lock()
	t, tcp := l.inner.(*net.TCPConn)
	if tcp && !l.closed && !l.out.pumping {
		l.closed = true
		l.changed.Broadcast()
		lingerClose(t)
	}
	l.mu.Unlock()
	l.Close()
}

// lingerClose closes a connection after its peer has closed it, or after a second.
func lingerClose(t *net.TCPConn) {
	t.CloseWrite()
	t.SetReadDeadline(time.Now().Add(time.Second))
	go func() {
		io.Copy(io.Discard, t)
		t.Close()
	}()
}

func closeWrite(c net.Conn) error {
	if w, ok := c.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return c.Close()
}

// NetConn returns the underlying connection.
func (l *Link) NetConn() net.Conn { return l.inner }

// Secure reports whether secrets may be sent in clear text. They may be sent over TLS, and over a Server's own
// connections in memory.
func (l *Link) Secure() bool {
	switch l.inner.LocalAddr().Network() {
	case "pipe", "memory", "unix":
		return l.own
	}
	return transport.Secure(l.inner)
}

// LocalAddr returns the local address of the underlying connection.
func (l *Link) LocalAddr() net.Addr { return l.inner.LocalAddr() }

// RemoteAddr returns the remote address of the underlying connection.
func (l *Link) RemoteAddr() net.Addr { return l.inner.RemoteAddr() }

// SetDeadline sets both deadlines.
func (l *Link) SetDeadline(t time.Time) error {
	l.SetReadDeadline(t)
	return l.SetWriteDeadline(t)
}

// SetReadDeadline sets when reading fails with os.ErrDeadlineExceeded; the zero time is never.
func (l *Link) SetReadDeadline(t time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.setDeadline(&l.rd, t)
	if l.in.pumping {
		return nil
	}
	return l.inner.SetReadDeadline(t)
}

// SetWriteDeadline sets when writing fails with os.ErrDeadlineExceeded; the zero time is never.
func (l *Link) SetWriteDeadline(t time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.setDeadline(&l.wd, t)
	if l.out.pumping {
		return nil
	}
	return l.inner.SetWriteDeadline(t)
}

// setDeadline stores a deadline. It sets a timer only if the link has faults: without them, the link itself never
// waits.
func (l *Link) setDeadline(e *deadline, t time.Time) {
	if e.timer != nil {
		e.timer.Stop()
		e.timer = nil
	}
	e.at = t
	if !l.armed.Load() {
		return
	}
	if wait := time.Until(t); !t.IsZero() && wait > 0 {
		e.timer = time.AfterFunc(wait, func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.changed.Broadcast()
		})
	}
	l.changed.Broadcast()
}
