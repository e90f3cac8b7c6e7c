package imaptest

import (
	"bytes"
	"crypto/tls"
	"errors"
	"net"

	"github.com/imapstack/imapstack/parser"
)

// errFault is the error with which a connection ends because of a fault.
var errFault = errors.New("imaptest: ended by a fault")

// commandFaults holds the faults of the current command.
type commandFaults struct {
	reply   *reply // the answer to a command that the server does not run
	late    *reply // the answer that replaces the one of a command that the server has run
	during  []*injection
	after   []*injection
	change  []*injection
	vanish  []*injection
	said    int // responses sent
	fetched int // messages that the command has fetched
}

// linkConn returns a connection whose network the server controls by a Link, if it can put one below TLS.
func (s *Server) linkConn(nc net.Conn) (net.Conn, *Link) {
	if l, ok := nc.(*Link); ok && l.own {
		return l, l
	}
	if t, ok := nc.(*tls.Conn); ok {
		if l, ok := t.NetConn().(*Link); ok && l.own {
			return nc, l
		}
		return nc, nil
	}
	l := NewLink(nc, ServerSide, s.opt.seed)
	l.own = true
	return l, l
}

// linked is like linkConn, but returns only the connection. It is for callers that put TLS on the connection.
func (s *Server) linked(nc net.Conn) net.Conn {
	nc, _ = s.linkConn(nc)
	return nc
}

// drain waits until all delayed octets have been delivered.
func (c *conn) drain() {
	if c.link != nil {
		c.link.pumps.Wait()
	}
}

// faulty reports whether Inject was ever called.
func (c *conn) faulty() bool { return c.srv.faults.any.Load() }

// whoami returns the name of the user who has logged in. Other goroutines may call it.
func (c *conn) whoami() string {
	c.info.Lock()
	defer c.info.Unlock()
	return c.shown
}

// currentCommand returns the name of the current command. Other goroutines may call it.
func (c *conn) currentCommand() string {
	c.info.Lock()
	defer c.info.Unlock()
	return c.command
}

// mailbox returns the name of the selected mailbox. Other goroutines may call it.
func (c *conn) mailbox() string {
	c.info.Lock()
	defer c.info.Unlock()
	return c.opened
}

// show sets what whoami and mailbox return.
func (c *conn) show(user, mailbox string) {
	c.info.Lock()
	defer c.info.Unlock()
	c.shown, c.opened = user, mailbox
}

func (c *conn) setCurrentCommand(s string) {
	c.info.Lock()
	defer c.info.Unlock()
	c.command = s
}

// starting is the name of an occasion: the beginning of a connection, where faults of the network happen that concern
// the whole connection. It comes before TLS if the connection begins with TLS.
const starting = "START"

// faultsAtStart applies the faults that concern a whole connection.
func (c *conn) faultsAtStart() {
	if c.faulty() {
		c.faults = &commandFaults{}
		c.gather(starting, false)
		c.faults = nil
	}
}

// faultsAtGreeting applies the faults of the greeting. It returns an error if the server must not send its greeting.
func (c *conn) faultsAtGreeting() error {
	if !c.faulty() {
		return nil
	}
	c.setCurrentCommand(Greeting)
	c.faults = &commandFaults{}
	c.gather(Greeting, false)
	if r := c.faults.reply; r != nil && c.m.Err() == nil {
		return r // sent as BYE, whatever its status
	}
	return c.m.Err()
}

// gather finds the faults of the current command, and applies those that come before it.
func (c *conn) gather(name string, uid bool) {
	for _, inj := range c.occasions(name, uid, func(f Fault) bool { _, lit := f.(RefuseLiteral); return !lit }) {
		_, changes := inj.f.(change)
		if !changes {
			c.deliver() // so that the client gets all earlier responses before the fault
		}
		_, vanish := inj.f.(Vanish)
		switch {
		case changes:
			c.faults.change = append(c.faults.change, inj)
		case vanish:
			c.faults.vanish = append(c.faults.vanish, inj)
		case inj.w.Moment == During:
			c.faults.during = append(c.faults.during, inj)
		case inj.w.Moment == After:
			c.faults.after = append(c.faults.after, inj)
			if a, ok := inj.f.(Answer); ok {
				c.faults.late = a.reply()
			}
		default:
			inj.f.inflict(c, inj)
			if c.m.Err() != nil {
				return
			}
		}
	}
}

// faultsBefore applies the faults that come before a command. If a fault answers the command, so that it does not run,
// faultsBefore returns the answer; otherwise nil.
func (c *conn) faultsBefore(h *parser.CommandHead) *reply {
	if !c.faulty() {
		return nil
	}
	c.setCurrentCommand(string(h.Tag) + " " + h.String())
	c.faults = &commandFaults{}
	c.gather(h.Name, h.UID)
	return c.faults.reply
}

// faultsAfter applies the faults that come after a command, whose answer has been encoded.
func (c *conn) faultsAfter() error {
	if c.faults == nil {
		return nil
	}
	err := c.flush()
	for _, inj := range c.faults.after {
		if err != nil {
			break
		}
		inj.f.inflict(c, inj)
		err = c.m.Err()
	}
	c.faults = nil
	c.setCurrentCommand("")
	return err
}

// refusedLiteral returns the answer to a literal that a fault refuses, or nil.
func (c *conn) refusedLiteral(q *parser.LiteralRequest) error {
	if !c.faulty() {
		return nil
	}
	for _, inj := range c.occasions(q.Head.Name, q.Head.UID, func(f Fault) bool { _, lit := f.(RefuseLiteral); return lit }) {
		c.setCurrentCommand(string(q.Head.Tag) + " " + q.Head.String())
		inj.f.inflict(c, inj)
		return inj.f.(RefuseLiteral).reply()
	}
	return nil
}

// changing reports whether faults change the answer, so that it must be sent as a whole.
func (c *conn) changing() bool {
	return len(c.srv.opt.ways.changes) > 0 || c.faults != nil && len(c.faults.change)+len(c.faults.during) > 0
}

// putChanged lets the faults of the command change the responses, and sends the result.
func (c *conn) putChanged(flat []byte) error {
	list := splitResponses(flat)
	for _, way := range c.srv.opt.ways.changes {
		list, _ = way.change(c, nil, list)
	}
	if c.faults == nil {
		var out []byte
		for _, r := range list {
			out = append(out, r.text...)
		}
		return c.put(out)
	}
	for _, inj := range c.faults.change {
		var note string
		if list, note = inj.f.(change).change(c, inj, list); note != "" {
			c.noteFault(inj.f, note)
		}
	}
	var out []byte
	for _, r := range list {
		for _, inj := range c.faults.during {
			if inj.w.Response != c.faults.said {
				continue
			}
			if err := c.write(out); err != nil {
				return err
			}
			out = out[:0]
			if inj.f.inflict(c, inj); c.m.Err() != nil {
				return c.m.Err()
			}
		}
		c.faults.said++
		out = append(out, r.text...)
	}
	return c.put(out)
}

// write sends octets of a fault between two responses.
func (c *conn) write(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	return c.m.Write(b)
}

// intrude sends octets between two responses. Any goroutine may call it.
func (c *conn) intrude(inj *injection, b []byte) error {
	if inj.w.Moment == Before || inj.w.Moment == After {
		if err := c.flush(); err != nil {
			return err
		}
	}
	return c.write(b)
}

// finish ends the connection after everything written has been sent. Any goroutine may call it.
func (c *conn) finish(inj *injection) {
	if inj.w.Moment != Now {
		c.m.Fail(errFault)
	}
	if t, ok := c.m.NetConn().(*tls.Conn); ok {
		t.CloseWrite()
	}
	if c.link != nil {
		c.link.finish()
		return
	}
	c.hangUp()
}

// response is one response as it is sent.
type response struct {
	text   []byte // the whole response, with its literals and its last CRLF
	status bool   // the response ends in free text: OK, NO, BAD, BYE, PREAUTH or "+"
	tagged bool
}

// splitResponses cuts what a server sends into responses.
func splitResponses(b []byte) (list []response) {
	for len(b) > 0 {
		r := response{status: isStatus(b), tagged: b[0] != '*' && b[0] != '+'}
		n := 0
		for {
			i := bytes.IndexByte(b[n:], '\n')
			if i < 0 {
				n = len(b)
				break
			}
			line := b[n : n+i+1]
			n += i + 1
			size, _, ok := announced(line)
			if r.status || !ok || size > int64(len(b)-n) {
				break
			}
			n += int(size)
		}
		r.text, b = b[:n:n], b[n:]
		list = append(list, r)
	}
	return list
}

// isStatus reports whether a server's line is a status response. A status response ends in free text, in which "{n}"
// does not announce a literal (RFC 9051 §9).
func isStatus(line []byte) bool {
	if bytes.HasPrefix(line, []byte("+")) {
		return true
	}
	_, rest, _ := bytes.Cut(line, []byte(" "))
	word, _, _ := bytes.Cut(bytes.TrimRight(rest, "\r\n"), []byte(" "))
	switch string(bytes.ToUpper(word)) {
	case "OK", "NO", "BAD", "BYE", "PREAUTH":
		return true
	}
	return false
}

// announced returns the size of the literal that a line announces at its end, and whether the literal is synchronizing,
// so that its sender waits for "+".
func announced(line []byte) (size int64, sync, ok bool) {
	line = bytes.TrimRight(line, "\r\n")
	if len(line) < 3 || line[len(line)-1] != '}' {
		return 0, false, false
	}
	i := bytes.LastIndexByte(line, '{')
	if i < 0 {
		return 0, false, false
	}
	digits := line[i+1 : len(line)-1]
	sync = true
	if k := len(digits); k > 0 && digits[k-1] == '+' {
		digits, sync = digits[:k-1], false
	}
	if len(digits) == 0 || len(digits) > 18 {
		return 0, false, false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false, false
		}
		size = size*10 + int64(c-'0')
	}
	return size, sync, true
}
