package account

import (
	"context"
	"fmt"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// Mailboxes returns all mailboxes of the account, as LIST reports them, or an error. If the connection is lost, it
// tries again on another one. If the server leaves out INBOX, which every account has (RFC 9051 §5.1), or sends names
// that cannot be read, the error is ErrPartial. So a mailbox that a program has seen before, and that is no longer
// listed, has been deleted or renamed. The slice and its values are the caller's.
func (a *Account) Mailboxes(ctx context.Context, opts ...commands.ListOption) (list []*parser.ListData, err error) {
	err = a.Do(ctx, "", func(s *session.Session) error {
		list, err = listAll(ctx, s, opts...)
		return err
	}, Repeatable)
	if err != nil {
		return nil, err
	}
	return list, nil
}

// listAll lists all mailboxes, or returns an error.
func listAll(ctx context.Context, s *session.Session, opts ...commands.ListOption) ([]*parser.ListData, error) {
	list, err := commands.Collect(ctx, commands.List(s, "", "*", opts...), (*parser.ListData).Clone, 0)
	if err != nil {
		if s.Err() == nil && ctx.Err() == nil && asRefusal(err) == nil {
			err = fmt.Errorf("%w: %w", ErrPartial, err)
		}
		return nil, err
	}
	for _, l := range list {
		if l.Name() == parser.Inbox {
			return list, nil
		}
	}
	return nil, fmt.Errorf("%w: INBOX is not among %d mailboxes", ErrPartial, len(list))
}

func asRefusal(err error) *session.Error {
	for _, r := range refusals(err, nil) {
		return r
	}
	return nil
}
