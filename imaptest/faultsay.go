package imaptest

import (
	"fmt"
	"strings"
	"time"

	"github.com/imapstack/imapstack/parser"
)

// Bye sends BYE and ends the connection. If When.Command is Greeting, it refuses the connection.
type Bye struct {
	Code parser.CodeName // such as parser.CodeUnavailable; "" means no code
	Text string          // "" is a default text
}

// String describes the fault.
func (f Bye) String() string { return "BYE " + f.text() }

func (f Bye) text() string {
	text := f.Text
	if text == "" {
		text = "the server ends the connection"
	}
	if f.Code != "" {
		text = "[" + string(f.Code) + "] " + text
	}
	return text
}

func (f Bye) inflict(c *conn, inj *injection) {
	c.noteFault(f, "")
	c.turned.Store(true) // before the client sees BYE, because a test may look at the number of connections at once
	c.intrude(inj, []byte("* BYE "+f.text()+"\r\n"))
	c.finish(inj)
}

// Say sends lines that the client has not asked for, each with CRLF. A line may be one that a server may send at any
// moment, such as "* 3 EXISTS", or one that no server should send.
type Say struct{ Lines []string }

// String describes the fault.
func (f Say) String() string { return fmt.Sprintf("unasked: %q", f.Lines) }

func (f Say) inflict(c *conn, inj *injection) {
	c.noteFault(f, "")
	if len(f.Lines) > 0 {
		c.intrude(inj, []byte(strings.Join(f.Lines, "\r\n")+"\r\n"))
	}
}

// Delay makes the server do nothing for a while, as if the command took that long. With the moment During, it delays
// the rest of the answer.
type Delay struct{ For time.Duration }

// String describes the fault.
func (f Delay) String() string { return fmt.Sprintf("nothing for %v", f.For) }

func (f Delay) inflict(c *conn, inj *injection) {
	c.noteFault(f, "")
	if inj.w.Moment != During {
		c.flush()
	}
	t := time.NewTimer(f.For)
	defer t.Stop()
	select {
	case <-t.C:
	case <-c.srv.done:
	}
}

// Answer answers a command with NO, BAD or even OK, without running it. With the moment After, the server runs the command
// and replaces its answer.
type Answer struct {
	Status parser.Status   // 0 is NO
	Code   parser.CodeName // "" means no code
	Text   string          // "" is a default text
}

// String describes the fault.
func (f Answer) String() string {
	r := f.reply()
	if r.Code.Name != "" {
		return fmt.Sprintf("answered %s [%s] %s", r.Status, r.Code.Name, r.Text)
	}
	return fmt.Sprintf("answered %s %s", r.Status, r.Text)
}

func (f Answer) reply() *reply {
	r := &reply{Status: f.Status, Code: parser.Code{Name: f.Code}, Text: f.Text}
	if r.Status == 0 {
		r.Status = parser.NO
	}
	if r.Text == "" {
		r.Text = "as the test wants it"
	}
	return r
}

func (f Answer) inflict(c *conn, inj *injection) {
	c.noteFault(f, "")
	if inj.w.Moment == Before {
		c.faults.reply = f.reply()
	}
}

// RefuseLiteral refuses a literal of a command when the client announces it, so that the client must not send it.
type RefuseLiteral struct {
	Status parser.Status   // 0 is NO
	Code   parser.CodeName // "" is TOOBIG
	Text   string          // "" is a default text
}

// String describes the fault.
func (f RefuseLiteral) String() string { return "literal refused" }

func (f RefuseLiteral) reply() *reply {
	if f.Code == "" {
		f.Code = parser.CodeTooBig
	}
	return Answer(f).reply()
}

func (f RefuseLiteral) inflict(c *conn, inj *injection) { c.noteFault(f, "") }

// ConnLimit greets a connection with BYE if the server already serves Max others.
type ConnLimit struct {
	Max  int             // how many connections are served
	Code parser.CodeName // "" is LIMIT
}

// String describes the fault.
func (f ConnLimit) String() string { return fmt.Sprintf("no more than %d connections", f.Max) }

func (f ConnLimit) occasion() string { return Greeting }

func (f ConnLimit) inflict(c *conn, inj *injection) {
	n := 0
	for _, other := range c.srv.connections() {
		if other != c && !other.turned.Load() {
			n++
		}
	}
	if n < f.Max {
		return
	}
	c.turned.Store(true)
	if f.Code == "" {
		f.Code = parser.CodeLimit
	}
	c.noteFault(f, fmt.Sprintf("there are %d", n))
	c.intrude(inj, []byte("* BYE ["+string(f.Code)+"] too many connections\r\n"))
	c.finish(inj)
}
