package gomessage

import (
	"bytes"
	"context"
	"io"
	"time"

	"github.com/emersion/go-message/mail"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// AppendDraft writes a message with go-message and appends it to a mailbox. APPEND announces the number of octets
// before the message, so AppendDraft writes the message to memory. A program can write a bigger message to a file, and
// read the file while it is sent.
func AppendDraft(ctx context.Context, s *session.Session, mailbox, subject, text, name string, attachment io.Reader) error {
	var b bytes.Buffer
	var h mail.Header
	h.SetDate(time.Now())
	h.SetSubject(subject)
	if err := h.GenerateMessageID(); err != nil {
		return err
	}
	out, err := mail.CreateWriter(&b, h)
	if err != nil {
		return err
	}
	var th mail.InlineHeader
	th.Set("Content-Type", "text/plain; charset=utf-8")
	body, err := out.CreateSingleInline(th)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(body, text); err != nil {
		return err
	}
	if err := body.Close(); err != nil {
		return err
	}
	var ah mail.AttachmentHeader
	ah.Set("Content-Type", "application/octet-stream")
	ah.SetFilename(name)
	if body, err = out.CreateAttachment(ah); err != nil {
		return err
	}
	if _, err := io.Copy(body, attachment); err != nil {
		return err
	}
	if err := body.Close(); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	_, err = commands.Append(s, mailbox, &b, int64(b.Len()), commands.WithFlags(parser.FlagDraft, parser.FlagSeen)).Wait(ctx)
	return err
}
