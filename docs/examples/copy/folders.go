package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/commands/fallback"
	"github.com/imapstack/imapstack/commands/mailboxes"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/docs/examples/internal/program"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// folders lists an account's mailboxes, with their roles.
func folders(ctx context.Context, a *account.Account) (tree *mailboxes.Tree, err error) {
	err = a.Do(ctx, "", func(s *session.Session) error {
		tree, err = mailboxes.Load(ctx, s, nil)
		return err
	}, account.Repeatable)
	return tree, err
}

// target returns the name of the mailbox to which f is copied: INBOX, the mailbox with the same role in the other
// account, or one with the same levels and the other account's delimiter.
func target(f *mailboxes.Mailbox, here, there *mailboxes.Tree) (string, error) {
	if f.Role != mailboxes.NoRole && here.Role(f.Role) == f {
		if g := there.Role(f.Role); g != nil {
			return g.Name, nil
		}
	}
	inbox := there.Find(parser.Inbox)
	parent := (*mailboxes.Mailbox)(nil)
	for i, label := range f.Levels {
		if i == 0 && strings.EqualFold(label, parser.Inbox) {
			parent = inbox
			continue
		}
		if inbox.Delim != 0 {
			// In the account that is copied, the other account's delimiter is an ordinary character.
			label = strings.ReplaceAll(label, string(inbox.Delim), "-")
		}
		name, err := there.Join(parent, label)
		if errors.Is(err, mailboxes.ErrChildren) {
			name, err = parent.Name+"-"+label, nil
		}
		if err != nil {
			return "", err
		}
		if parent = there.Find(name); parent == nil {
			parent = &mailboxes.Mailbox{Name: name, Delim: inbox.Delim}
		}
	}
	return parent.Name, nil
}

// wanted reports whether to copy a mailbox.
func (m *migration) wanted(f *mailboxes.Mailbox) bool {
	if !f.Selectable || f.Role.IsView() && !m.set.all {
		return false
	}
	return m.set.exclude == "" || !program.Match(m.set.exclude, f.Name)
}

// create creates a mailbox with the same role as the one that is copied, unless it exists.
func (m *migration) create(ctx context.Context, name string, like *mailboxes.Mailbox, there *mailboxes.Tree) error {
	if g := there.Find(name); g != nil && g.Selectable {
		return nil
	}
	var use parser.MailboxAttr
	if like.Origin == mailboxes.SpecialUse && like.Role != mailboxes.Inbox && !like.Role.IsView() {
		use = like.Role.Attr()
	}
	err := m.to.Do(ctx, "", func(s *session.Session) error {
		_, _, err := fallback.Create(ctx, s, name, use)
		if errors.Is(err, parser.NO) {
			// The mailbox may exist, because a mailbox below it was created. Not every server reports that with a
			// response code.
			if _, there := commands.Status(s, name, status.Messages).Wait(ctx); there == nil {
				err = nil
			}
		}
		if err == nil {
			commands.Subscribe(s, name).Wait(ctx) // for programs that show only subscribed mailboxes; ignore errors
		}
		return err
	}, account.Repeatable)
	if err != nil {
		return fmt.Errorf("mailbox %q: %w", name, err)
	}
	return nil
}
