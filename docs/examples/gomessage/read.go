package gomessage

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // adds more charsets than UTF-8 and US-ASCII
	"github.com/emersion/go-message/mail"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// A Message is the result of Read for one message. The caller owns it.
type Message struct {
	UID         uint32
	Subject     string // decoded
	From        []*mail.Address
	Text        string // the first part of type text/plain, in UTF-8, up to MaxText octets
	Attachments []Attachment
}

// An Attachment is a part to save.
type Attachment struct {
	Name string // the name that the sender wrote; it is not safe as a file name
	Size int64  // the decoded size in octets
}

// MaxText is the greatest number of octets of a text that Read keeps.
const MaxText = 1 << 20

// Read reads messages of the open mailbox, and calls save with each attachment. It keeps no attachment in memory:
// go-message reads the section while it arrives from the server. If go-message cannot read a message, or save returns
// an error, Read continues with the next message, and returns the error together with all messages.
func Read(ctx context.Context, s *session.Session, uids numset.Set, save func(m *Message, name string, body io.Reader) error) (all []*Message, err error) {
	var unread error
	for m, err := range commands.Fetch(s, uids, fetch.UID, fetch.Body("").Peek()).All(ctx) {
		if err != nil {
			return all, err
		}
		x := &Message{UID: m.UID}
		there := false
		var bad error
		for section, err := range m.Sections {
			if err != nil {
				return all, err
			}
			if section.IsNIL() {
				continue // the message is gone
			}
			there, bad = true, x.read(section, save)
		}
		x.UID = m.UID // if the server sends the UID after the message, save was called with UID 0
		if bad != nil {
			unread = errors.Join(unread, fmt.Errorf("UID %d: %w", x.UID, bad))
		}
		if there {
			all = append(all, x)
		}
	}
	return all, unread
}

func (x *Message) read(r io.Reader, save func(*Message, string, io.Reader) error) error {
	in, err := mail.CreateReader(r)
	if message.IsUnknownCharset(err) {
		err = nil // go-message returns the header together with this error
	}
	if err != nil {
		return err
	}
	if x.Subject, err = in.Header.Subject(); err != nil {
		return err
	}
	if x.From, err = in.Header.AddressList("From"); err != nil {
		return err
	}
	for {
		part, err := in.NextPart()
		if err == io.EOF {
			return nil
		}
		if err != nil && !message.IsUnknownCharset(err) {
			return err
		}
		switch h := part.Header.(type) {
		case *mail.InlineHeader:
			if kind, _, _ := h.ContentType(); kind == "text/plain" && x.Text == "" {
				text, err := io.ReadAll(io.LimitReader(part.Body, MaxText))
				if err != nil {
					return err
				}
				x.Text = string(text)
			}
		case *mail.AttachmentHeader:
			name, err := h.Filename()
			if err != nil {
				return err
			}
			body := &counter{r: part.Body}
			if err := save(x, name, body); err != nil {
				return err
			}
			x.Attachments = append(x.Attachments, Attachment{name, body.n})
		}
	}
}

// counter counts the octets that are read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
