package relay

import (
	"bytes"
	"errors"
	"io"
	"strconv"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// A Command is a command of the client whose tag and name have been read. It is valid until Config.Command returns.
// Apart from SendFirst and Untagged, at most one of its methods may be called.
type Command struct {
	*parser.CommandHead
	// Reader reads the arguments next, because the Relay has read only the tag and the name. Reader.Extend and
	// Reader.DecodeAny read the arguments. A command whose arguments were read can be sent with Send. If it has
	// literals, it can no longer be forwarded.
	Reader *parser.CommandReader
	Relay  *Relay
	done   bool
}

// commands reads and forwards the client's commands.
func (x *Relay) commands() error {
	x.cfg.Commands.OnRead(x.up.Flush)
	defer x.cfg.Commands.OnRead(nil)
	for {
		h, err := x.cfg.Commands.NextHead()
		if err == io.EOF {
			return x.finish()
		} else if err == nil {
			err = x.command(h)
		}
		if err == nil {
			continue
		}
		if bad := (*parser.BadCommand)(nil); !errors.As(err, &bad) || errors.As(err, new(*parser.ForeignError)) {
			return err
		} else if err := x.refuse(string(bad.Tag), parser.BAD, parser.Code{}, bad.Text()); err != nil {
			return err
		}
	}
}

func (x *Relay) command(h *parser.CommandHead) error {
	c := &Command{CommandHead: h, Reader: x.cfg.Commands, Relay: x}
	switch {
	case x.used(h.Tag):
		return c.Answer(parser.BAD, parser.Code{}, "the tag is in use")
	case h.Name == "STARTTLS" || h.Name == "COMPRESS":
		return c.Answer(parser.BAD, parser.Code{}, "not through a proxy")
	}
	if x.cfg.Command != nil {
		if err := x.cfg.Command(c); err != nil {
			return err
		}
	}
	if c.done {
		return nil
	}
	return c.Forward()
}

// used reports whether an unanswered command has this tag.
func (x *Relay) used(tag []byte) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	_, used := x.waiting[string(tag)]
	return used
}

// Answer answers the command. The back end does not get it.
func (c *Command) Answer(s parser.Status, code parser.Code, text string) error {
	c.done = true
	return c.Relay.refuse(string(c.Tag), s, code, text)
}

func (x *Relay) refuse(tag string, s parser.Status, code parser.Code, text string) error {
	x.mu.Lock()
	x.stats.Refused++
	x.mu.Unlock()
	if tag == "" {
		tag = "*"
	}
	e := wire.NewEncoder(wire.Mode{Server: true})
	if parser.EncodeStatus(e, tag, s, code, text); e.Err() != nil {
		return e.Err()
	}
	return x.down.sendWhole(e.Bytes())
}

// Untagged sends untagged responses to the client, before the responses to this command. write encodes them.
func (c *Command) Untagged(write func(e *wire.Encoder)) error {
	e := wire.NewEncoder(wire.Mode{Server: true})
	if write(e); e.Err() != nil {
		return e.Err()
	}
	return c.Relay.down.sendWhole(e.Bytes())
}

// Forward sends the command to the back end unchanged.
func (c *Command) Forward() error { return c.ForwardAs(nil, 0) }

// ForwardAs sends the command to the back end, with head in place of its beginning: see parser.CommandReader.RelayAs.
// head must have the command's tag.
func (c *Command) ForwardAs(head []byte, from int) error {
	return c.send(func() error {
		_, err := c.Reader.RelayAs(&c.Relay.back, head, from)
		return err
	})
}

// Send sends the command to the back end with the arguments a. They may be the arguments that Reader has read.
func (c *Command) Send(a parser.Args) error {
	e := wire.NewEncoder(c.Relay.cfg.Mode)
	e.RawBytes(c.Tag).SP().Raw(c.CommandHead.String())
	a.Encode(e)
	return c.send(func() error {
		_, err := c.Relay.back.Send(e.CRLF(), false)
		return err
	})
}

// SendAppend sends an APPEND or REPLACE to the back end, after its mailbox has been read. The parameter relay is the
// method Relay of the arguments that were read.
func (c *Command) SendAppend(relay func(*wire.BackEnd) error) error {
	return c.send(func() error { return relay(&c.Relay.back) })
}

// send sends a command by calling f. For IDLE and AUTHENTICATE it also forwards the lines that the client sends in
// the middle of the command.
func (c *Command) send(f func() error) error {
	c.done = true
	x, tag := c.Relay, string(c.Tag)
	if err := x.begin(tag, pending{name: c.Name}); err != nil {
		return err
	}
	talks := c.Name == "IDLE" || c.Name == "AUTHENTICATE"
	x.mu.Lock()
	x.askTag, x.asked, x.passContinuation = tag, false, false
	x.mu.Unlock()
	err := f()
	if bad := (*parser.BadCommand)(nil); errors.As(err, &bad) || errors.As(err, new(*wire.ArgumentError)) {
		x.mu.Lock()
		delete(x.waiting, tag)
		x.stats.Commands--
		x.mu.Unlock()
		if bad == nil {
			err = c.Reader.Bad(err)
		}
		return err
	}
	if errors.Is(err, wire.ErrRefused) {
		return nil // the client has got the back end's answer
	}
	if err == nil && talks {
		// The continuation requests until now were for literals. The end of the command has not been flushed yet, so a
		// continuation request that comes from now on is for the lines of IDLE or AUTHENTICATE.
		x.mu.Lock()
		x.asked, x.passContinuation = false, true
		x.mu.Unlock()
		err = x.lines(c.Name)
	}
	return err
}

// lines forwards the lines with which the client answers continuation requests.
func (x *Relay) lines(name string) error {
	for {
		if err := x.await(); err != nil {
			if errors.Is(err, wire.ErrRefused) {
				return nil
			}
			return err
		}
		line, err := x.cfg.Commands.ReadLine()
		if errors.As(err, new(*parser.BadCommand)) {
			line = []byte(" ") // the line cannot be read; like this one, it is neither DONE nor an answer
		} else if err != nil {
			return err
		}
		if !x.used([]byte(x.askTag)) {
			// The back end has already ended the command. The line is DONE, an answer to a challenge, or the beginning
			// of the next command.
			if name == "IDLE" && wire.EqualFold(line, "DONE") {
				return nil
			}
			tag, _, isCommand := bytes.Cut(line, []byte(" "))
			if tag = wire.NewDecoder(tag).Tag(); !isCommand {
				tag = nil
			}
			return x.refuse(string(tag), parser.BAD, parser.Code{}, name+" had already ended")
		}
		if name == "AUTHENTICATE" && !isAnswer(line) {
			// The back end would take the line for a command if it ended AUTHENTICATE right now.
			line = []byte("*")
		}
		if name == "IDLE" {
			// Any line ends IDLE. If it is not DONE, the client gets BAD, and the back end still gets DONE.
			if wire.EqualFold(line, "DONE") {
				line = append(line[:0:0], "DONE"...)
			} else if err := x.refuse("", parser.BAD, parser.Code{}, "want DONE"); err != nil {
				return err
			} else {
				line = []byte("DONE")
			}
		}
		if _, err := x.up.Write(append(append([]byte(nil), line...), '\r', '\n')); err != nil {
			return err
		}
		if name == "IDLE" {
			return nil
		}
	}
}

// isAnswer reports whether a line consists of octets of base64, or is the "*" that cancels AUTHENTICATE. Such a line
// cannot be a command.
func isAnswer(line []byte) bool {
	for _, c := range line {
		if !('A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '+' || c == '/' || c == '=') {
			return string(line) == "*"
		}
	}
	return true
}

// SendFirst sends a command of the proxy to the back end, before this command. The client gets its untagged
// responses, but not its tagged answer.
func (c *Command) SendFirst(name string, a parser.Args) error {
	x := c.Relay
	tag := ""
	for {
		x.own++
		if tag = "relay" + strconv.Itoa(x.own); !x.used([]byte(tag)) && tag != string(c.Tag) {
			break
		}
	}
	e := wire.NewEncoder(x.cfg.Mode)
	e.Raw(tag).SP().Raw(name)
	if a.Encode(e); e.Err() != nil {
		return e.Err() // nothing is sent, so no answer must be waited for
	}
	if err := x.begin(tag, pending{name: name, own: true}); err != nil {
		return err
	}
	x.mu.Lock()
	x.askTag, x.asked, x.passContinuation = tag, false, false
	x.mu.Unlock()
	_, err := x.back.Send(e.CRLF(), false)
	if errors.Is(err, wire.ErrRefused) {
		return nil
	}
	return err
}

// begin waits until fewer than Config.Window commands are unanswered. Then it records a command that is about to be
// sent.
func (x *Relay) begin(tag string, p pending) error {
	x.mu.Lock()
	full := len(x.waiting) >= x.cfg.Window
	x.mu.Unlock()
	if full {
		if err := x.up.Flush(); err != nil {
			return err
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.waiting) >= x.cfg.Window {
		x.early.begin()
		defer x.early.end()
	}
	for len(x.waiting) >= x.cfg.Window && x.end == nil {
		x.changed.Wait()
	}
	x.waiting[tag] = p
	x.stats.Commands++
	return x.end
}

// await waits until the back end has sent a continuation request for the command that is being sent. If the back end
// has answered the command instead, the error is wire.ErrRefused.
func (x *Relay) await() error {
	if err := x.up.Flush(); err != nil {
		return err
	}
	x.early.begin()
	defer x.early.end()
	x.mu.Lock()
	defer x.mu.Unlock()
	for {
		_, unanswered := x.waiting[x.askTag]
		switch {
		case x.asked:
			x.asked = false
			return nil
		case !unanswered:
			return wire.ErrRefused
		case x.end != nil:
			return x.end
		}
		x.changed.Wait()
	}
}

// invite asks the client for a literal.
func (x *Relay) invite() error { return x.down.sendWhole([]byte("+ go on\r\n")) }
