package imaptest

import (
	"bytes"
	"errors"
	"io"
	"slices"
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
	return done.UIDs.AppendTo(append(strconv.AppendUint(nil, uint64(done.UIDValidity), 10), ' '))
}

// add puts messages into a mailbox.
func (c *conn) add(name string, news []store.NewMessage) (store.Appended, error) {
	done, err := c.user.Append(name, news...)
	if err == nil {
		c.m.Made(name, slices.Collect(store.All([]store.Range{done.UIDs}))...)
	}
	return done, err
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
