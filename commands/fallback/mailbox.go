package fallback

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// refused reports whether the server has refused a command, and the session is still open.
func refused(s *session.Session, err error) bool {
	return s.Err() == nil && (errors.Is(err, parser.NO) || errors.Is(err, parser.BAD))
}

// ListStatus lists mailboxes with their STATUS items. It sends one LIST command that asks for both (RFC 5819). If the
// server does not offer this extension or refuses the command, ListStatus sends LIST, and then a STATUS for each
// mailbox that can be selected, without waiting for one answer before it sends the next. If the server refuses a
// STATUS, the Status of that mailbox is nil. The values are the caller's.
func ListStatus(ctx context.Context, s *session.Session, reference, pattern string, items []status.Item) ([]commands.MailboxStatus, Way, error) {
	if s.Caps().Has("LIST-STATUS") {
		list, err := commands.ListStatus(s, reference, pattern, items).Wait(ctx)
		if err == nil {
			return list, Direct, nil
		}
		if !refused(s, err) {
			return nil, None, err
		}
	}
	list, err := commands.ListStatusBySteps(ctx, s, reference, pattern, items)
	if err != nil {
		return nil, None, err
	}
	return list, BySteps, nil
}

// specialUse is the metadata entry that says what a mailbox is for (RFC 6154 §5).
const specialUse = "/private/specialuse"

// Create creates a mailbox. use is its special use, such as parser.AttrSent; "" means none. If the server does not
// accept the use with CREATE (RFC 6154 §3), Create sets it as metadata. If the server does not accept that either,
// the way is WithoutUse: the mailbox exists, and the program has to remember what it is for. If the mailbox cannot be
// created, or exists already, Create returns an error. id is the mailbox's MAILBOXID, or "" if the server does not
// report it.
func Create(ctx context.Context, s *session.Session, mailbox string, use parser.MailboxAttr) (id string, way Way, err error) {
	if use == "" {
		if id, err = commands.Create(s, mailbox).Wait(ctx); err != nil {
			return "", None, err
		}
		return id, Direct, nil
	}
	if s.Caps().Has("CREATE-SPECIAL-USE") {
		id, err = commands.Create(s, mailbox, string(use)).Wait(ctx)
		switch {
		case err == nil:
			return id, Direct, nil
		case !refused(s, err) || errors.Is(err, parser.CodeAlreadyExists):
			return "", None, err
		}
		// The server refuses the use by the code USEATTR or without a code. If it has refused the name instead, it also
		// refuses the CREATE without a use below.
	}
	if id, err = commands.Create(s, mailbox).Wait(ctx); err != nil {
		return "", None, err
	}
	if s.Caps().Has("METADATA") {
		_, err := commands.SetMetadata(s, mailbox, parser.EntryValue{Entry: specialUse, Value: []byte(use)}).Wait(ctx)
		switch {
		case err == nil:
			return id, ByMetadata, nil
		case !refused(s, err):
			return id, WithoutUse, err
		}
	}
	return id, WithoutUse, nil
}

// Append adds the first size octets of msg as a message to a mailbox. If the server answers with TRYCREATE or
// NONEXISTENT (RFC 9051 §6.3.12), Append creates the mailbox, subscribes to it, and tries again. After any other
// error it does not try again, because the message may have been added.
func Append(ctx context.Context, s *session.Session, mailbox string, msg io.ReaderAt, size int64, opts ...commands.AppendOption) (commands.AppendUID, Way, error) {
	send := func() (commands.AppendUID, error) {
		return commands.Append(s, mailbox, io.NewSectionReader(msg, 0, size), size, opts...).Wait(ctx)
	}
	uid, err := send()
	switch {
	case err == nil:
		return uid, Direct, nil
	case !refused(s, err) || !errors.Is(err, parser.CodeTryCreate) && !errors.Is(err, parser.CodeNonExistent):
		return uid, None, err
	}
	// Another client may create the mailbox at the same time.
	if _, made := commands.Create(s, mailbox).Wait(ctx); made != nil && !errors.Is(made, parser.CodeAlreadyExists) {
		return uid, None, fmt.Errorf("%w; creating the mailbox failed too: %w", err, made)
	}
	commands.Subscribe(s, mailbox).Wait(ctx) // the message can be added even if this fails
	if uid, err = send(); err != nil {
		return uid, None, err
	}
	return uid, Created, nil
}
