package imaptest

import (
	"bytes"
	"errors"
	"io"
	"strconv"

	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/message"
	"github.com/imapstack/imapstack/wire"
)

func (c *conn) append() error {
	var a parser.AppendArgs
	if err := a.Decode(c.cmds); err != nil {
		return err
	}
	badName := c.checkNames(&a)
	name := c.box(bytes.Clone(a.Mailbox))
	news, err := c.messages(&a)
	if refused := (*reply)(nil); errors.As(err, &refused) && refused.Status == parser.NO && c.user.Mailbox(name) == nil {
		err = nil // if there is no mailbox, TRYCREATE comes before what is wrong with the message
	}
	if err == nil {
		err = badName
	}
	if err != nil {
		return err
	}
	if c.user.Mailbox(name) == nil {
		return no(parser.CodeTryCreate, "no such mailbox")
	}
	done, err := c.add(name, news)
	if err != nil || !c.has("UIDPLUS") {
		return err
	}
	return okCode(parser.CodeAppendUID, appendUID(done))
}

func appendUID(done store.Appended) []byte {
	return done.UIDs.AppendTo(append(numberArg(nil, done.UIDValidity), ' '))
}

// add puts messages into a mailbox.
func (c *conn) add(name string, news []store.NewMessage) (store.Appended, error) {
	done, err := c.user.Append(name, news...)
	if err == nil {
		c.made(c.user.Mailbox(name), done.UIDs)
	}
	return done, err
}

// replace appends a message and expunges another (RFC 8508): it does both or neither.
func (c *conn) replace() error {
	var a parser.ReplaceArgs
	if err := a.Decode(c.cmds); err != nil {
		return err
	}
	badName := c.checkNames(&a.AppendArgs)
	news, err := c.messages(&a.AppendArgs)
	if err == nil {
		err = badName
	}
	if err != nil {
		return err
	}
	uid := a.Num
	switch byUID := c.cmds.Head().UID; {
	case byUID && a.Num == 0:
		if all := c.view.UIDs(c.view.All()); len(all) > 0 {
			uid = all[len(all)-1].Stop
		}
	case !byUID:
		if all := c.view.All(); a.Num == 0 && len(all) > 0 {
			a.Num = all[len(all)-1].Stop
		}
		uid = c.view.UID(a.Num)
	}
	box := c.view.Mailbox()
	if _, ok := box.Message(uid); !ok {
		return no(parser.CodeNonExistent, "no such message")
	}
	if rights, err := c.user.Rights(c.user.NameOf(box)); err != nil || c.view.ReadOnly() || !rights.Has('t') || !rights.Has('e') {
		return no(parser.CodeNoPerm, "the message cannot be replaced")
	}
	name := c.box(a.Mailbox)
	if c.user.Mailbox(name) == nil {
		return no(parser.CodeTryCreate, "no such mailbox")
	}
	done, err := c.add(name, news)
	if err != nil {
		return err
	}
	box.Expunge(uid)
	if c.has("UIDPLUS") {
		parser.EncodeStatus(c.out, "*", parser.OK, parser.Code{Name: parser.CodeAppendUID, Args: appendUID(done)}, "put in its place")
	}
	if r := c.resynced(); r != nil {
		return r
	}
	return nil
}

// messages reads all messages of a command into memory. It reports what is wrong with them after it has read all.
func (c *conn) messages(a *parser.AppendArgs) (news []store.NewMessage, err error) {
	var refused error
	for m, err := range a.Messages {
		if err != nil {
			return nil, err
		}
		n := store.NewMessage{Date: m.Date, Dated: m.Dated}
		for _, f := range m.Flags {
			if f == `\Recent` {
				refused = badf("%s cannot be stored", f)
			}
			n.Flags = append(n.Flags, string(f))
		}
		if m.Catenate && !c.has("CATENATE") {
			refused = badf("CATENATE is not known here")
		}
		var buf bytes.Buffer
		for part, err := range m.Parts {
			if err != nil {
				return nil, err
			}
			if refused != nil {
				continue
			}
			if refused, err = c.part(&buf, part, m.Catenate); err != nil {
				return nil, err
			}
		}
		if len(news) > 0 && !c.has("MULTIAPPEND") {
			refused = badf("one message at a time")
		}
		if refused == nil && buf.Len() == 0 {
			refused = no(parser.CodeCannot, "an empty message")
		}
		n.Content = message.New(buf.Bytes())
		news = append(news, n)
	}
	return news, refused
}

// part appends a part of a message to buf: octets, or what a URL names (RFC 4469).
func (c *conn) part(buf *bytes.Buffer, part *parser.AppendPart, catenate bool) (refused, err error) {
	switch {
	case part.URL != "":
		from := buf.Len()
		if err := c.copyURL(buf, part.URL); err != nil {
			return &reply{Status: parser.NO, Code: parser.Code{Name: parser.CodeBadURL, Args: quoteURL(part.URL)}, Text: "the URL names nothing that can be read"}, nil
		}
		if int64(buf.Len()) > c.srv.opt.limits.WithDefaults().Literal {
			buf.Truncate(from)
			return no(parser.CodeTooBig, "the message is too big"), nil
		}
		return nil, nil
	case part.UTF8 && !c.utf8():
		return badf("UTF8=ACCEPT is not enabled"), nil
	case part.Binary && !part.UTF8 && !c.has("BINARY"):
		return no(parser.CodeUnknownCTE, "literal8 is not known here"), nil
	case catenate && int64(buf.Len())+part.Size > c.srv.opt.limits.WithDefaults().Literal:
		return no(parser.CodeTooBig, "the message is too big"), nil
	}
	buf.Grow(int(min(part.Size, 1<<20)))
	from := buf.Len()
	if _, err = io.Copy(buf, part.Body); err == nil && !part.Binary && bytes.IndexByte(buf.Bytes()[from:], 0) >= 0 {
		// RFC 9051 §9, note 3.
		return no(parser.CodeCannot, "NUL is for literal8"), nil
	}
	return nil, err
}

// quoteURL returns a URL as a string for a response code.
func quoteURL(url string) []byte {
	e := wire.NewEncoder(wire.Mode{Server: true})
	e.String(url)
	return bytes.Clone(e.Bytes())
}

// progress reports how far a command has come (RFC 9585), if it is on at least as many messages as WithProgress says.
func (c *conn) progress(done, total int) error {
	if least := c.srv.opt.progress; least == 0 || total < least || !c.has("INPROGRESS") {
		return nil
	}
	args := append([]byte("("), quoteURL(string(c.cmds.Head().Tag))...)
	args = strconv.AppendInt(append(args, ' '), int64(done), 10)
	args = append(strconv.AppendInt(append(args, ' '), int64(total), 10), ')')
	parser.EncodeStatus(c.out, "*", parser.OK, parser.Code{Name: parser.CodeInProgress, Args: args}, "still at it")
	return c.flush()
}
