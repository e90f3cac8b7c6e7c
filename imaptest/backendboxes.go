package imaptest

import (
	"bytes"
	"context"
	"iter"
	"slices"

	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/message"
	"github.com/imapstack/imapstack/session/serve"
)

// Create makes a mailbox.
func (a *account) Create(_ context.Context, name string, use []parser.MailboxAttr) error {
	var names []string
	for _, u := range use {
		names = append(names, string(u))
	}
	_, err := a.u.Create(name, names...)
	return asReply(err)
}

// Delete removes a mailbox.
func (a *account) Delete(_ context.Context, name string) error { return asReply(a.u.Delete(name)) }

// Rename renames a mailbox.
func (a *account) Rename(_ context.Context, from, to string) error {
	return asReply(a.u.Rename(from, to))
}

// Append adds a message to a mailbox.
func (a *account) Append(ctx context.Context, mailbox string, m *serve.NewMessage) (validity, uid uint32, err error) {
	validity, uids, err := a.AppendAll(ctx, mailbox, func(yield func(*serve.NewMessage, error) bool) { yield(m, nil) })
	if err != nil {
		return 0, 0, err
	}
	return validity, uids[0], nil
}

// AppendAll adds messages to a mailbox, all or none.
func (a *account) AppendAll(_ context.Context, mailbox string, messages iter.Seq2[*serve.NewMessage, error]) (validity uint32, uids []uint32, err error) {
	if a.u.Mailbox(mailbox) == nil {
		return 0, nil, no(parser.CodeTryCreate, "no such mailbox")
	}
	var news []store.NewMessage
	for m, err := range messages {
		if err != nil {
			return 0, nil, err
		}
		var buf bytes.Buffer
		buf.Grow(int(min(m.Size, 1<<20)))
		if _, err := buf.ReadFrom(m.Body); err != nil {
			return 0, nil, err
		}
		news = append(news, store.NewMessage{Content: message.New(buf.Bytes()), Flags: m.Flags, Date: m.Date, Dated: true})
	}
	done, err := a.u.Append(mailbox, news...)
	if err != nil {
		return 0, nil, asReply(err)
	}
	return done.UIDValidity, slices.Collect(store.All([]store.Range{done.UIDs})), nil
}
