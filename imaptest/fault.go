package imaptest

import (
	"fmt"
	"strings"
	"time"
)

// A Fault is one misbehaviour of a server or of the network, as a value: [Cut], [Slow], [Bye], [Answer] and the others of this package.
// Server.Inject asks for it; those that are a NetFault also work on any connection by a [Link].
type Fault interface {
	// String tells the fault in words.
	String() string
	// befall does the fault to a connection of a server's, and reports whether something is to be told of it now.
	befall(c *conn, inj *injection)
}

// A NetFault is a Fault of the network, for which it does not matter what is said.
type NetFault interface {
	Fault
	// arm makes the link do the fault from here on.
	arm(l *Link)
}

// Moment is when, in the course of a command, a fault is done.
type Moment uint8

// The moments of a command.
const (
	// Before the command is looked at; for faults of what is answered, the whole answer.
	Before Moment = iota
	// During its answer: behind as many responses as When.Response says.
	During
	// After its tagged answer.
	After
	// Now, to all connections that there are, whatever they do: between two responses, also while they idle or wait. To one that is being
	// written to, when that is done.
	Now
)

// String returns the moment in words.
func (m Moment) String() string { return [...]string{"before", "during", "after", "now"}[m&3] }

// Greeting is the When.Command of what happens before the first command.
const Greeting = "GREETING"

// When says on which occasions a fault is done. The zero When is every occasion: for a NetFault the beginning of
// each connection, for the others each command.
type When struct {
	// Conn is the number of the connection, counted from 1 in the order in which they began; 0 is any.
	Conn int
	// User is who has logged in; "" is anybody, or nobody.
	User string
	// Command is the name of the command at hand: "FETCH" is FETCH and UID FETCH, "UID FETCH" the latter only.
	Command string
	// Moment is when in its course.
	Moment Moment
	// Response is how many responses of the command, of those that go before its tagged answer, come before a fault with During.
	Response int
	// Skip is how many occasions pass unharmed, and Times how many are then harmed: 0 is all.
	Skip, Times int
	// Chance is how likely an occasion is harmed, by the server's seed: 0 and 1 are always.
	Chance float64
}

// String returns the occasion in words.
func (w When) String() string {
	var b strings.Builder
	b.WriteString(w.Moment.String())
	if w.Command != "" {
		b.WriteString(" " + w.Command)
	}
	if w.Moment == During {
		fmt.Fprintf(&b, ", behind %d responses", w.Response)
	}
	if w.Conn != 0 {
		fmt.Fprintf(&b, ", connection %d", w.Conn)
	}
	if w.User != "" {
		fmt.Fprintf(&b, ", user %q", w.User)
	}
	if w.Skip != 0 {
		fmt.Fprintf(&b, ", but not the first %d", w.Skip)
	}
	if w.Times != 0 {
		fmt.Fprintf(&b, ", %d times", w.Times)
	}
	if w.Chance != 0 {
		fmt.Fprintf(&b, ", by chance of %g", w.Chance)
	}
	return b.String()
}

// Injected is a fault that has been done.
type Injected struct {
	Fault Fault
	Conn  int       // the number of the connection, from 1; 0 for a Link that is nobody's
	User  string    // who had logged in there; "" for nobody
	At    time.Time // in a testing/synctest bubble, the bubble's
	// Command is the command at hand as "tag name", "GREETING", or "" if there was none.
	Command string
	// Client and Server are how many octets had come from either side by then, as the network has them: of TLS, records.
	Client, Server int64
	Note           string // what was done exactly, where the fault does not say
}

// String returns all of it in a line: "connection 2 (alice), 12ms: A3 FETCH: cut behind 100 octets of the server's".
func (i Injected) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s connection %d", i.At.Format("15:04:05.000000"), i.Conn)
	if i.User != "" {
		fmt.Fprintf(&b, " (%s)", i.User)
	}
	if i.Command != "" {
		fmt.Fprintf(&b, ", %s", i.Command)
	}
	fmt.Fprintf(&b, ", %d octets from the client and %d from the server: %s", i.Client, i.Server, i.Fault)
	if i.Note != "" {
		fmt.Fprintf(&b, ": %s", i.Note)
	}
	return b.String()
}
