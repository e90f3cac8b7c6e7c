package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/commands/content"
	"github.com/imapstack/imapstack/commands/fallback"
	"github.com/imapstack/imapstack/commands/mailboxes"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/displaysafe"
	"github.com/imapstack/imapstack/utils/numset"
)

// searcher searches an account.
type searcher struct {
	a          *account.Account
	key, wider search.Key
	exact      []string // the texts that the key wider leaves out
	out, errs  io.Writer
}

func (g *searcher) run(ctx context.Context, mailbox string) error {
	var tree *mailboxes.Tree
	err := g.a.Do(ctx, "", func(s *session.Session) (err error) {
		tree, err = mailboxes.Load(ctx, s, nil)
		return err
	}, account.Repeatable)
	if err != nil {
		return err
	}
	var failed []error
	known := false
	for m := range tree.All {
		// Skip a view such as All Mail: its messages are also in other mailboxes.
		if !m.Selectable || mailbox == "" && m.Role.IsView() || mailbox != "" && m != tree.Find(mailbox) {
			continue
		}
		known = true
		lines, err := g.mailbox(ctx, m)
		if err != nil {
			err = fmt.Errorf("%s: %w", displaysafe.Line(m.Path("/")), err)
			if !errors.Is(err, account.ErrForCommand) {
				return err
			}
			failed = append(failed, err)
		}
		for _, l := range lines {
			fmt.Fprintln(g.out, l)
		}
	}
	if !known {
		return fmt.Errorf("there is no mailbox %q", mailbox)
	}
	return errors.Join(failed...)
}

// mailbox searches one mailbox, and returns the lines to print.
func (g *searcher) mailbox(ctx context.Context, m *mailboxes.Mailbox) (lines []string, err error) {
	err = g.a.Do(ctx, m.Name, func(s *session.Session) error {
		lines = nil
		found, way, err := fallback.Search(ctx, s, numset.UID, g.key, g.wider)
		if err != nil || found.Found.Empty() {
			return err
		}
		for x, err := range content.Messages(ctx, s, found.Found) {
			if err != nil {
				return err
			}
			l := line(m, x)
			if way == fallback.Wider {
				if !g.inLine(l) {
					continue
				}
			}
			lines = append(lines, l)
		}
		if way == fallback.Wider {
			fmt.Fprintf(g.errs, "%s: the server does not search for text that is not ASCII, so grep searched only senders and subjects\n", displaysafe.Line(m.Path("/")))
		}
		return nil
	}, account.ReadOnly, account.Repeatable)
	return lines, err
}

// inLine reports whether a line contains the texts that the server did not search for.
func (g *searcher) inLine(l string) bool {
	l = strings.ToLower(l)
	for _, text := range g.exact {
		if !strings.Contains(l, strings.ToLower(text)) {
			return false
		}
	}
	return true
}

// line returns the line for a message, safe for a terminal.
func line(m *mailboxes.Mailbox, x *content.Message) string {
	from, date := "", x.Sent
	if x.Envelope != nil && len(x.Envelope.From) > 0 {
		a := &x.Envelope.From[0]
		if from = a.DisplayName(); from == "" {
			from = a.Addr()
		}
	}
	if date.IsZero() {
		date = x.Received
	}
	return displaysafe.Line(fmt.Sprintf("%s/%d  %s  %s  %s", m.Path("/"), x.UID, date.Format(time.DateOnly), from, x.Subject))
}
