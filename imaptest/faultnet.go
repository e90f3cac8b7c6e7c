package imaptest

import (
	"fmt"
	"time"
)

// Slow adds latency and limits bandwidth. Octets arrive later, in order. Octets that are sent before earlier ones have
// arrived are delayed at the same time, so pipelining saves time as it does on a real network.
type Slow struct {
	// Latency is how long octets take in either direction. Jitter is how much longer they take at most; the seed
	// determines how much.
	Latency, Jitter time.Duration
	// Bandwidth is how many octets a second pass in either direction; 0 is no limit.
	Bandwidth int64
}

// String describes the fault.
func (f Slow) String() string {
	s := fmt.Sprintf("latency of %v", f.Latency)
	if f.Jitter > 0 {
		s += fmt.Sprintf(" to %v", f.Latency+f.Jitter)
	}
	if f.Bandwidth > 0 {
		s += fmt.Sprintf(", %d octets/s", f.Bandwidth)
	}
	return s
}

func (f Slow) arm(l *Link) {
	for _, d := range l.lanes() {
		d.slow = f
		d.delayed = true
	}
	l.note(f, "")
}

// Tear cuts the octets that one side sends into pieces, anywhere, and delivers one piece after the other.
type Tear struct {
	From Side
	// Max is how many octets a piece has at most; 0 means 1. The seed determines how many.
	Max int
	// Pause is how long to wait between pieces.
	Pause time.Duration
}

// String describes the fault.
func (f Tear) String() string {
	return fmt.Sprintf("what the %s sends torn into pieces of up to %d octets", f.From, max(f.Max, 1))
}

func (f Tear) arm(l *Link) {
	d := l.lane(f.From)
	d.tear = max(f.Max, 1)
	if f.Pause > 0 {
		d.pause, d.delayed = f.Pause, true
	}
	l.note(f, "")
}

// Cut ends the connection in both directions after one side has sent a number of octets.
type Cut struct {
	From  Side
	After int64 // octets that pass before the cut, counted from the occasion or the call of Link.Inject; with TLS, those of TLS records
	// Reset ends the connection as if the peer's system had forgotten it: reading fails with ECONNRESET instead of
	// io.EOF.
	Reset bool
}

// String describes the fault.
func (f Cut) String() string {
	how := "cut"
	if f.Reset {
		how = "reset"
	}
	return fmt.Sprintf("%s after %d octets from the %s", how, f.After, f.From)
}

func (f Cut) arm(l *Link) { l.lane(f.From).at(l, f.After, f) }

// Stall lets one side send a number of octets, and then holds up all further ones. The connection stays open.
type Stall struct {
	From  Side
	After int64 // octets that pass before the fault, counted from the occasion or the call of Link.Inject
}

// String describes the fault.
func (f Stall) String() string {
	return fmt.Sprintf("stalled after %d octets from the %s", f.After, f.From)
}

func (f Stall) arm(l *Link) { l.lane(f.From).at(l, f.After, f) }

// HalfClose ends one direction after that side has sent a number of octets. The other direction goes on.
type HalfClose struct {
	From  Side
	After int64 // octets that pass before the fault, counted from the occasion or the call of Link.Inject
}

// String describes the fault.
func (f HalfClose) String() string {
	return fmt.Sprintf("end of what the %s sends, after %d octets", f.From, f.After)
}

func (f HalfClose) arm(l *Link) { l.lane(f.From).at(l, f.After, f) }

// Intrude inserts octets that neither side has sent into one direction. It does so after the side that sends in this
// direction has sent a number of octets.
type Intrude struct {
	From  Side
	After int64  // octets that pass before the fault, counted from the occasion or the call of Link.Inject
	Data  string // the octets
}

// String describes the fault.
func (f Intrude) String() string {
	return fmt.Sprintf("%.60q put after %d octets from the %s", f.Data, f.After, f.From)
}

func (f Intrude) arm(l *Link) { l.lane(f.From).at(l, f.After, f) }

func (f Slow) inflict(c *conn, inj *injection)      { c.armNet(f, inj) }
func (f Tear) inflict(c *conn, inj *injection)      { c.armNet(f, inj) }
func (f Cut) inflict(c *conn, inj *injection)       { c.armNet(f, inj) }
func (f Stall) inflict(c *conn, inj *injection)     { c.armNet(f, inj) }
func (f HalfClose) inflict(c *conn, inj *injection) { c.armNet(f, inj) }
func (f Intrude) inflict(c *conn, inj *injection)   { c.armNet(f, inj) }

// String returns "server" or "client".
func (s Side) String() string {
	if s == ServerSide {
		return "server"
	}
	return "client"
}
