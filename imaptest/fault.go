package imaptest

import (
	"fmt"
	"strings"
	"time"
)

// A Fault is a value that describes one misbehaviour of a server or of the network, such as [Cut], [Slow], [Bye] or
// [Answer]. Server.Inject makes a server misbehave in this way. A [Link] applies a NetFault to any connection.
type Fault interface {
	// String describes the fault in words.
	String() string
	// inflict applies the fault to a connection of a server.
	inflict(c *conn, inj *injection)
}

// A NetFault is a Fault of the network. It does not depend on what the two sides send.
type NetFault interface {
	Fault
	// arm makes the link apply the fault from now on.
	arm(l *Link)
}

// Moment says when a fault happens, relative to a command.
type Moment uint8

// The moments of a command.
const (
	// Before is before the server looks at the command. A fault that changes the answer needs this moment, and changes
	// the whole answer.
	Before Moment = iota
	// During is in the middle of the answer: after as many responses as When.Response says.
	During
	// After is after the tagged response.
	After
	// Now is at once, on each open connection that the When selects: between two responses, or while the connection
	// idles or waits. If the server is writing to a connection, the fault happens when that write is finished.
	Now
)

// String returns the moment in words.
func (m Moment) String() string { return [...]string{"before", "during", "after", "now"}[m&3] }

// Greeting is the When.Command of faults before the first command.
const Greeting = "GREETING"

// When says on which occasions a fault happens. The zero When means every occasion: the beginning of each connection
// for a NetFault, and each command for other faults.
type When struct {
	// Conn is the number of the connection, counted from 1 in the order in which they began; 0 is any.
	Conn int
	// User is the user who has logged in; "" is any user, or none.
	User string
	// Command is the name of the command. "FETCH" also matches UID FETCH; "UID FETCH" matches only that. "" is any
	// command.
	Command string
	// Moment is when the fault happens: before, during or after the command, or at once.
	Moment Moment
	// Response is how many untagged responses of the command come before a fault with the moment During.
	Response int
	// Skip is the number of occasions that pass before the fault happens. Times is the number of occasions on which it
	// then happens; 0 is all.
	Skip, Times int
	// Chance is the probability with which the fault happens on an occasion; 0 means 1. The server's seed determines
	// the outcome.
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
		fmt.Fprintf(&b, ", after %d responses", w.Response)
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

// Injected is a fault that has happened.
type Injected struct {
	Fault Fault
	Conn  int       // the number of the connection, from 1; 0 for a Link that does not belong to a Server
	User  string    // the user who had logged in there; "" for none
	At    time.Time // when it happened; in a testing/synctest bubble, by the bubble's clock
	// Command is the command as "tag name", "GREETING", or "" between commands.
	Command string
	// Client and Server are the numbers of octets that each side had sent by that time. Under TLS, these are the octets
	// of TLS records.
	Client, Server int64
	Note           string // what has happened, if String of the fault does not say it
}

// String returns all fields in a line: "15:04:05.000000 connection 2 (alice), A3 FETCH, 90 octets from the client and
// 1200 from the server: cut after 100 octets from the server".
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
