package imaptest

import (
	"io"
	"net"
	"slices"
	"sync/atomic"
	"syscall"
	"time"
)

// laneWindow is how many octets may be on their way in one direction before their writer waits.
const laneWindow = 256 << 10

// A lane is one direction of a Link.
type lane struct {
	n      atomic.Int64 // octets that have passed
	events []laneEvent  // faults that will happen, sorted by laneEvent.at

	tear    int           // the most octets of a piece; 0: no limit
	pause   time.Duration // between pieces
	slow    Slow
	delayed bool // the octets go through the queue
	pumping bool // a goroutine moves the octets through the queue

	queue   []parcel
	waiting int       // octets in the queue
	free    time.Time // when the bandwidth allows the next octet
	last    time.Time // when the last octet in the queue is due
	alarm   *time.Timer
	err     error

	stalled bool
	ended   bool
	extra   []byte // octets of Intrude that Read has not returned yet
}

// A parcel holds octets on their way.
type parcel struct {
	due  time.Time
	data []byte
	then func() // called after the octets have been delivered, with the lock held
}

// A laneEvent is a fault that happens after a number of octets, which the field at holds.
type laneEvent struct {
	at int64
	f  NetFault
}

// at adds an event: the fault f happens after that many more octets. If after is 0, the fault happens at once. The
// caller holds the link's lock.
func (d *lane) at(l *Link, after int64, f NetFault) {
	e := laneEvent{d.n.Load() + after, f}
	i, _ := slices.BinarySearchFunc(d.events, e, func(a, b laneEvent) int {
		if a.at <= b.at {
			return -1
		}
		return 1
	})
	d.events = slices.Insert(d.events, i, e)
	l.passed(d, 0)
}

// limit returns how many of n octets may pass in one piece.
func (d *lane) limit(l *Link, n int) int {
	if d.tear > 0 {
		n = min(n, 1+l.rng.IntN(d.tear))
	}
	if len(d.events) > 0 {
		if left := d.events[0].at - d.n.Load(); int64(n) > left {
			n = int(left)
		}
	}
	return max(n, 1)
}

// put appends octets to the queue.
func (d *lane) put(l *Link, b []byte, then func()) {
	now := time.Now()
	if d.free.Before(now) {
		d.free = now
	}
	if d.slow.Bandwidth > 0 {
		d.free = d.free.Add(time.Duration(float64(len(b)) / float64(d.slow.Bandwidth) * float64(time.Second)))
	}
	due := d.free.Add(d.slow.Latency)
	if d.slow.Jitter > 0 {
		due = due.Add(time.Duration(l.rng.Int64N(int64(d.slow.Jitter))))
	}
	if due.Before(d.last) {
		due = d.last
	}
	d.last = due
	d.free = d.free.Add(d.pause)
	d.queue = append(d.queue, parcel{due, append([]byte(nil), b...), then})
	d.waiting += len(b)
	l.changed.Broadcast()
}

// passed counts octets that have passed and applies the faults that are due. The caller holds the link's lock.
func (l *Link) passed(d *lane, n int) {
	d.n.Add(int64(n))
	for len(d.events) > 0 && d.events[0].at <= d.n.Load() {
		f := d.events[0].f
		d.events = d.events[1:]
		l.strike(d, f)
	}
}

// strike applies the fault of an event. The caller holds the link's lock.
func (l *Link) strike(d *lane, f NetFault) {
	outgoing := d == &l.out
	do := func(g func()) {
		if outgoing && d.pumping {
			d.put(l, nil, g)
			return
		}
		g()
	}
	switch f := f.(type) {
	case Cut:
		if outgoing && d.pumping {
			d.ended = true // so that nothing more is sent while the last octets are on their way
		}
		do(func() {
			l.note(f, "") // before the connection ends, because a test may call Injected as soon as it sees the end
			l.cut = io.EOF
			t, tcp := l.inner.(*net.TCPConn)
			switch {
			case f.Reset:
				l.cut = syscall.ECONNRESET
				if tcp {
					t.SetLinger(0)
				}
				l.inner.Close()
			case tcp:
				lingerClose(t)
			default:
				l.inner.Close()
			}
		})
	case Stall:
		l.note(f, "")
		d.stalled = true
	case HalfClose:
		l.note(f, "")
		d.ended = true
		if outgoing {
			do(func() { closeWrite(l.inner) })
		}
	case Intrude:
		l.note(f, "")
		if !outgoing {
			d.extra = append(d.extra, f.Data...)
		} else if d.delayed || d.pumping {
			d.put(l, []byte(f.Data), nil)
			if !d.pumping {
				d.pumping = true
				l.pumps.Go(l.pumpOut)
			}
		} else {
			l.mu.Unlock()
			l.inner.Write([]byte(f.Data))
			l.mu.Lock()
		}
	}
	l.changed.Broadcast()
}
