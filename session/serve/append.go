package serve

import (
	"bytes"
	"errors"
	"io"
	"iter"

	"github.com/imapstack/imapstack/parser"
)

// append adds one or several messages to a mailbox (RFC 9051 §6.3.12, RFC 3502). The back end reads each message
// while it arrives.
func (c *Conn) append() error {
	var a parser.AppendArgs
	if err := a.Decode(c.cmds); err != nil {
		return err
	}
	if err := c.checkArgs(&a); err != nil {
		return err
	}
	name := c.box(a.Mailbox)
	x := &appendedMessages{c: c, args: &a}
	var validity uint32
	uids := []uint32{0}
	var err error
	if m, ok := c.user.(MultiAppender); ok && c.has("MULTIAPPEND") {
		validity, uids, err = m.AppendAll(c.command, name, x.all())
		err = x.answerError(true, err)
	} else {
		validity, uids[0], err = c.appendOne(x, func(m *NewMessage) (uint32, uint32, error) { return c.user.Append(c.command, name, m) })
	}
	if err != nil {
		return err
	}
	if c.noteAdded(name, uids); !c.has("UIDPLUS") || len(uids) == 0 || uids[0] == 0 {
		return nil
	}
	return okCode(parser.CodeAppendUID, appendList(append(number(validity), ' '), uids))
}

// appendOne reads a command that may have only one message, and calls put with that message.
func (c *Conn) appendOne(x *appendedMessages, put func(m *NewMessage) (validity, uid uint32, err error)) (validity, uid uint32, err error) {
	for msg, e := range x.all() {
		if err = e; err != nil {
			break
		}
		msg.Body = &lastReader{msg.Body, x}
		validity, uid, err = put(msg)
		break
	}
	return validity, uid, x.answerError(err != nil, err)
}

// answerError returns the answer to a command. err is the error of the back end. An error in the command itself takes
// precedence, with one exception. If the mailbox does not exist, the answer is TRYCREATE even if the message, too,
// would be refused with NO, because the client can then create the mailbox.
//
// After an error of the back end, the server does not ask for further literals.
func (x *appendedMessages) answerError(several bool, err error) error {
	x.c.refused = err
	rest := x.finish(several)
	x.c.refused = nil
	if rest == nil || err != nil && errors.Is(rest, err) {
		return err
	}
	if err != nil {
		own, _ := refusal(err)
		if r, known := refusal(rest); known && r.Status == parser.NO && own.Code.Name == parser.CodeTryCreate {
			return err
		}
	}
	return rest
}

// appendedMessages reads the messages of an APPEND while the client sends them.
type appendedMessages struct {
	c    *Conn
	args *parser.AppendArgs
	err  error // the first error in the command or of the connection
	done bool  // the command has been read to its end
}

// all yields the messages. The reader of a message is valid until all continues with the next message.
func (x *appendedMessages) all() iter.Seq2[*NewMessage, error] {
	return func(yield func(*NewMessage, error) bool) {
		for m, err := range x.args.Messages {
			if err != nil {
				x.fail(err)
				yield(nil, err)
				return
			}
			if !x.yieldOne(m, yield) {
				return
			}
		}
		x.done = true
	}
}

// yieldOne yields one message.
func (x *appendedMessages) yieldOne(m *parser.AppendMessage, yield func(*NewMessage, error) bool) bool {
	c := x.c
	flags, err := flagsOf(m.Flags)
	news := &NewMessage{Flags: flags, Date: m.Date}
	if !m.Dated { // the date may be the zero time
		news.Date = x.c.srv.now()
	}
	if m.Catenate {
		if err == nil && !c.has("CATENATE") {
			err = badf("CATENATE is not supported")
		}
		return x.catenated(m, news, err, yield)
	}
	for part, e := range m.Parts {
		switch {
		case e != nil:
			err = e
		case err != nil:
		case part.Size == 0:
			err = no(parser.CodeCannot, "the message is empty")
		default:
			err = c.checkPart(part)
		}
		if err != nil {
			x.fail(err)
			yield(nil, err)
			return false
		}
		news.Size, news.UTF8, news.Binary = part.Size, part.UTF8, part.Binary
		news.Body = &bodyReader{part.Body, x, part.Binary}
		return yield(news, nil)
	}
	return true
}

// checkPart refuses a literal of a kind that the client may not use.
func (c *Conn) checkPart(part *parser.AppendPart) error {
	switch {
	case part.UTF8 && !c.utf8():
		return badf("UTF8=ACCEPT is not enabled")
	case part.Binary && !part.UTF8 && !c.has("BINARY"):
		return no(parser.CodeUnknownCTE, "literal8 is not supported")
	}
	return nil
}

// fail stores err, unless an earlier error is already stored.
func (x *appendedMessages) fail(err error) {
	if x.err == nil {
		x.err = err
	}
}

// finish reads the rest of the command to its end, and returns what was wrong with it. It skips further messages if the
// parameter several is true, and otherwise refuses them.
func (x *appendedMessages) finish(several bool) error {
	if x.err != nil || x.done {
		return x.err
	}
	for _, err := range x.args.Messages {
		if err != nil {
			x.fail(err)
			return x.err
		}
		if !several {
			x.fail(badf("only one message is allowed"))
		}
	}
	x.done = true
	return x.err
}

// bodyReader reads the octets of a message, and stores an error in x.
type bodyReader struct {
	r   io.Reader
	x   *appendedMessages
	nul bool // NUL is allowed in the message
}

func (b *bodyReader) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if !b.nul && bytes.IndexByte(p[:n], 0) >= 0 {
		err = no(parser.CodeCannot, "a message with NUL must be a literal8") // RFC 9051 §9, note 3
	}
	if err != nil && err != io.EOF {
		b.x.fail(err)
	}
	return n, err
}

// lastReader reads a message, and returns io.EOF only after the rest of the command has been read without an error.
// After an error in the rest of the command, nothing may be appended.
type lastReader struct {
	io.Reader
	x *appendedMessages
}

func (l *lastReader) Read(p []byte) (int, error) {
	n, err := l.Reader.Read(p)
	if err == io.EOF {
		if err := l.x.finish(false); err != nil {
			return n, err
		}
	}
	return n, err
}
