package goimap

import (
	"bytes"
	"context"
	"crypto/tls"
	"slices"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fallback"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
	"github.com/imapstack/imapstack/utils/numset"
)

func connect(ctx context.Context, addr string, cfg *tls.Config, user, password string) (*session.Session, error) {
	s, err := session.Dial(ctx, transport.TLS(addr, cfg), nil)
	if err != nil {
		return nil, err
	}
	cred := auth.Credentials{Username: user, Password: auth.NewSecret(password)}
	if _, err := commands.SignIn(ctx, s, cred, auth.Options{}); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func mailboxes(ctx context.Context, s *session.Session) (names []string, err error) {
	for m, err := range commands.List(s, "", "*").All(ctx) {
		if err != nil {
			return nil, err
		}
		names = append(names, m.Name())
	}
	return names, nil
}

func subjects(ctx context.Context, s *session.Session, n uint32) (list []string, err error) {
	box, err := commands.Examine(s, "INBOX").Wait(ctx)
	if err != nil || box.Exists == 0 {
		return nil, err
	}
	set := numset.Span(numset.Seq, max(box.Exists, n)-n+1, box.Exists)
	for m, err := range commands.Fetch(s, set, fetch.Envelope).All(ctx) {
		if err != nil {
			return nil, err
		}
		var e parser.Envelope
		if _, err := m.Envelope(&e); err != nil {
			return nil, err // or continue with the next message
		}
		list = append(list, e.SubjectText())
	}
	return list, nil
}

func message(ctx context.Context, s *session.Session, uid uint32) (text []byte, err error) {
	if _, err := commands.Examine(s, "INBOX").Wait(ctx); err != nil {
		return nil, err
	}
	for m, err := range commands.Fetch(s, numset.Of(numset.UID, uid), fetch.Body("").Peek()).All(ctx) {
		if err != nil {
			return nil, err
		}
		for section, err := range m.Sections {
			if err != nil {
				return nil, err
			}
			return section.AppendTo(nil, 1<<20) // at most 1 MiB; or read from section as it arrives
		}
	}
	return nil, nil
}

func unreadSince(ctx context.Context, s *session.Session, from string, since time.Time) ([]uint32, error) {
	if _, err := commands.Examine(s, "INBOX").Wait(ctx); err != nil {
		return nil, err
	}
	key := search.And(search.Unseen, search.Since(since), search.From(from))
	found, err := commands.Search(s, numset.UID, key).Wait(ctx)
	return slices.Collect(found.Found.Numbers()), err
}

func markRead(ctx context.Context, s *session.Session, uids ...uint32) error {
	if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
		return err
	}
	return commands.Store(s, numset.Of(numset.UID, uids...), commands.AddFlags.Silent(), parser.FlagSeen).Wait(ctx)
}

func move(ctx context.Context, s *session.Session, mailbox string, uids ...uint32) error {
	if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
		return err
	}
	_, err := fallback.Move(ctx, s, numset.Of(numset.UID, uids...), mailbox)
	return err
}

func remove(ctx context.Context, s *session.Session, uids ...uint32) error {
	if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
		return err
	}
	set := numset.Of(numset.UID, uids...)
	if err := commands.Store(s, set, commands.AddFlags.Silent(), parser.FlagDeleted).Wait(ctx); err != nil {
		return err
	}
	return commands.UIDExpunge(s, set).Wait(ctx)
}

func add(ctx context.Context, s *session.Session, mailbox string, msg []byte, date time.Time) error {
	_, err := commands.Append(s, mailbox, bytes.NewReader(msg), int64(len(msg)), commands.WithFlags(parser.FlagSeen), commands.WithDate(date)).Wait(ctx)
	return err
}

func unseen(ctx context.Context, s *session.Session, mailbox string) (uint32, error) {
	st, err := commands.Status(s, mailbox, status.Unseen).Wait(ctx)
	return st.Unseen, err
}

func wait(ctx context.Context, s *session.Session) (messages uint32, err error) {
	if _, err := commands.Examine(s, "INBOX").Wait(ctx); err != nil {
		return 0, err
	}
	for r, err := range commands.Watch(ctx, s, commands.WatchOptions{Alive: time.Minute}) {
		if err != nil {
			return 0, err
		}
		if r.Name == "EXISTS" {
			break // ends the IDLE
		}
	}
	return s.Mailbox().Exists, nil
}
