package imaptest

import (
	"fmt"
	"time"
)

// Slow is latency and bandwidth. What is sent arrives later, in order; what is sent meanwhile is on its way too, so
// pipelining pays as it does on a real line.
type Slow struct {
	// Latency is how long octets take in either direction, and Jitter how much longer at most, by the seed.
	Latency, Jitter time.Duration
	// Bandwidth is how many octets a second pass in either direction; 0 is any number.
	Bandwidth int64
}

// String tells the fault.
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

// Tear delivers what one side says in pieces, as packets that are cut anywhere.
type Tear struct {
	From Side
	// Max is how many octets a piece has at most; 0 is 1. How many it has is the seed's matter.
	Max int
	// Pause is how long to wait between pieces.
	Pause time.Duration
}

// String tells the fault.
func (f Tear) String() string {
	return fmt.Sprintf("what the %s says torn into pieces of up to %d octets", f.From, max(f.Max, 1))
}

func (f Tear) arm(l *Link) {
	d := l.lane(f.From)
	d.tear = max(f.Max, 1)
	if f.Pause > 0 {
		d.pause, d.delayed = f.Pause, true
	}
	l.note(f, "")
}

// Cut ends the connection, both ways, when one side has said some more octets.
type Cut struct {
	From  Side
	After int64 // octets from when the fault is asked for, as the network has them
	// Reset ends it as if the peer's system had forgotten it: reading fails, instead of coming to an end.
	Reset bool
}

// String tells the fault.
func (f Cut) String() string {
	how := "cut"
	if f.Reset {
		how = "reset"
	}
	return fmt.Sprintf("%s behind %d octets of the %s's", how, f.After, f.From)
}

func (f Cut) arm(l *Link) { l.lane(f.From).at(l, f.After, f) }

// Stall lets no more octets of one side through, for ever, once it has said some more. The connection stays open.
type Stall struct {
	From  Side
	After int64 // octets from when the fault is asked for
}

// String tells the fault.
func (f Stall) String() string {
	return fmt.Sprintf("stalled for ever behind %d octets of the %s's", f.After, f.From)
}

func (f Stall) arm(l *Link) { l.lane(f.From).at(l, f.After, f) }

// HalfClose ends one direction once that side has said some more octets. The other goes on.
type HalfClose struct {
	From  Side
	After int64 // octets from when the fault is asked for
}

// String tells the fault.
func (f HalfClose) String() string {
	return fmt.Sprintf("end of what the %s says, behind %d octets", f.From, f.After)
}

func (f HalfClose) arm(l *Link) { l.lane(f.From).at(l, f.After, f) }

// Intrude puts octets of nobody's into what one side says, once it has said some more.
type Intrude struct {
	From  Side
	After int64  // octets from when the fault is asked for
	Data  string // the octets
}

// String tells the fault.
func (f Intrude) String() string {
	return fmt.Sprintf("%.60q put behind %d octets of the %s's", f.Data, f.After, f.From)
}

func (f Intrude) arm(l *Link) { l.lane(f.From).at(l, f.After, f) }

func (f Slow) befall(c *conn, inj *injection)      { c.armNet(f, inj) }
func (f Tear) befall(c *conn, inj *injection)      { c.armNet(f, inj) }
func (f Cut) befall(c *conn, inj *injection)       { c.armNet(f, inj) }
func (f Stall) befall(c *conn, inj *injection)     { c.armNet(f, inj) }
func (f HalfClose) befall(c *conn, inj *injection) { c.armNet(f, inj) }
func (f Intrude) befall(c *conn, inj *injection)   { c.armNet(f, inj) }

// String returns "server" or "client".
func (s Side) String() string {
	if s == ServerSide {
		return "server"
	}
	return "client"
}
