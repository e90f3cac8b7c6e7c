package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// folder is a mailbox of either side.
type folder struct {
	name  string
	delim string // "" is none
	uses  []parser.MailboxAttr
	opens bool
}

// roles are the special uses that are kept where the other side has a mailbox for them (RFC 6154).
var roles = []parser.MailboxAttr{parser.AttrSent, parser.AttrDrafts, parser.AttrJunk, parser.AttrTrash, parser.AttrArchive}

// views are the special uses of mailboxes that show what is in others.
var views = []parser.MailboxAttr{`\All`, `\Flagged`, `\Important`}

func (f *folder) has(uses []parser.MailboxAttr) (parser.MailboxAttr, bool) {
	for _, u := range uses {
		for _, v := range f.uses {
			if u.Equal(v) {
				return u, true
			}
		}
	}
	return "", false
}

// folders lists an account's mailboxes, with their uses.
func folders(ctx context.Context, a *account.Account) (list []folder, err error) {
	var opts []commands.ListOption
	err = a.Do(ctx, "", func(s *session.Session) error {
		opts = nil
		if s.Caps().Has("SPECIAL-USE") && s.Caps().Has("LIST-EXTENDED") {
			opts = append(opts, commands.ReturnSpecialUse) // some servers tell who asks only
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	boxes, err := a.Mailboxes(ctx, opts...)
	for _, b := range boxes {
		f := folder{name: b.Name(), uses: b.Attrs, opens: !b.Has(parser.AttrNoSelect)}
		if b.Delim != 0 {
			f.delim = string(b.Delim)
		}
		list = append(list, f)
	}
	return list, err
}

// target returns where a folder goes: to INBOX, to the folder that has the same use there, or to one of the same name, with that side's delimiter.
func target(f folder, there []folder) string {
	if strings.EqualFold(f.name, "INBOX") {
		return "INBOX"
	}
	if use, ok := f.has(roles); ok {
		for _, g := range there {
			if _, same := g.has([]parser.MailboxAttr{use}); same {
				return g.name
			}
		}
	}
	delim := ""
	for _, g := range there {
		if delim = g.delim; delim != "" {
			break
		}
	}
	levels := []string{f.name}
	if f.delim != "" {
		levels = strings.Split(f.name, f.delim)
	}
	if delim == "" {
		return strings.Join(levels, "-")
	}
	for i, l := range levels {
		// What parts levels there is a part of a name here.
		levels[i] = strings.ReplaceAll(l, delim, "-")
	}
	return strings.Join(levels, delim)
}

// wanted reports whether a folder is to be copied.
func (m *migration) wanted(f folder) bool {
	if !f.opens {
		return false
	}
	if _, view := f.has(views); view && !m.set.all {
		return false
	}
	ok, err := path.Match(m.set.exclude, f.name)
	return !ok || err != nil
}

// create makes a folder, unless it is there.
func (m *migration) create(ctx context.Context, name string, there []folder) error {
	for _, g := range there {
		if g.name == name && g.opens || strings.EqualFold(name, "INBOX") {
			return nil
		}
	}
	err := m.to.Do(ctx, "", func(s *session.Session) error {
		_, err := commands.Create(s, name).Wait(ctx)
		if errors.Is(err, parser.NO) {
			// It may be there already, for one below it was made, and not every server has a code for that.
			if _, there := commands.Status(s, name, status.Messages).Wait(ctx); there == nil {
				err = nil
			}
		}
		if err == nil {
			commands.Subscribe(s, name).Wait(ctx) // to show it is a courtesy
			return nil
		}
		return err
	}, account.Repeatable)
	if err != nil {
		return fmt.Errorf("mailbox %q: %w", name, err)
	}
	return nil
}
