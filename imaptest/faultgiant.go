package imaptest

import (
	"bytes"
	"fmt"
	"strings"
)

// GiantLiteral announces a literal of Size octets, sends some of them, and ends the connection.
type GiantLiteral struct {
	Size uint64 // the announced size in octets; 0 is 2^63-1, the largest number that RFC 9051 allows
	Send int    // how many octets of it are sent
}

// String describes the fault.
func (f GiantLiteral) String() string {
	return fmt.Sprintf("literal of %d octets announced, and %d sent", f.size(), f.Send)
}

func (f GiantLiteral) size() uint64 {
	if f.Size == 0 {
		return 1<<63 - 1
	}
	return f.Size
}

func (f GiantLiteral) inflict(c *conn, inj *injection) {
	c.noteFault(f, "")
	c.giant(inj, func() {
		c.intrude(inj, fmt.Appendf(nil, "* 1 FETCH (BODY[] {%d}\r\n", f.size()))
		c.pour(int64(min(uint64(f.Send), f.size())))
		c.finish(inj)
	})
}

// EndlessLine sends a line of the given size, or one that has no end.
type EndlessLine struct {
	Octets int64 // the size of the line; 0: the line goes on until the client hangs up
	// Start is how the line begins; "" is "* OK ".
	Start string
}

// String describes the fault.
func (f EndlessLine) String() string {
	if f.Octets == 0 {
		return "line without end"
	}
	return fmt.Sprintf("line of %d octets", f.Octets)
}

func (f EndlessLine) inflict(c *conn, inj *injection) {
	c.noteFault(f, "")
	start := f.Start
	if start == "" {
		start = "* OK "
	}
	c.giant(inj, func() {
		if c.intrude(inj, []byte(start)) != nil {
			return
		}
		if f.Octets == 0 {
			c.pour(1 << 62)
			c.finish(inj)
			return
		}
		if c.pour(f.Octets-int64(len(start))) == nil {
			c.write([]byte("\r\n"))
		}
	})
}

// DeepNesting sends a BODYSTRUCTURE of Depth parts, each within the one before.
type DeepNesting struct {
	Depth int // 0 is 10,000
}

// String describes the fault.
func (f DeepNesting) String() string { return fmt.Sprintf("BODYSTRUCTURE %d deep", f.depth()) }

func (f DeepNesting) depth() int {
	if f.Depth == 0 {
		return 10_000
	}
	return f.Depth
}

func (f DeepNesting) inflict(c *conn, inj *injection) {
	c.noteFault(f, "")
	var b strings.Builder
	b.WriteString("* 1 FETCH (BODYSTRUCTURE ")
	b.WriteString(strings.Repeat("(", f.depth()))
	b.WriteString(`("TEXT" "PLAIN" NIL NIL NIL "7BIT" 2 1)`)
	b.WriteString(strings.Repeat(` "MIXED")`, f.depth()))
	b.WriteString(")\r\n")
	c.giant(inj, func() { c.intrude(inj, []byte(b.String())) })
}

// giant calls f, which may write for a long time. For a fault with the moment Now, it calls f in a goroutine.
func (c *conn) giant(inj *injection, f func()) {
	if inj.w.Moment == Now {
		c.srv.wg.Go(f)
		return
	}
	f()
}

// pour sends n meaningless octets, or fewer if the client hangs up.
func (c *conn) pour(n int64) error {
	chunk := bytes.Repeat([]byte("x"), 16<<10)
	for n > 0 {
		k := min(n, int64(len(chunk)))
		if err := c.write(chunk[:k]); err != nil {
			return err
		}
		n -= k
	}
	return nil
}
