package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/mailboxes"
	"github.com/imapstack/imapstack/docs/examples/internal/program"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/displaysafe"
	"github.com/imapstack/imapstack/utils/imapdate"
	"github.com/imapstack/imapstack/utils/numset"
)

// migration is one run.
type migration struct {
	from, to *account.Account
	set      settings
	w        io.Writer
	bar      *program.Bar

	mu sync.Mutex // guards w if bar is nil

	copied, there, failed atomic.Int64
}

func (m *migration) line(format string, args ...any) {
	if m.bar == nil {
		m.mu.Lock()
		defer m.mu.Unlock()
	}
	m.bar.Print(m.w, fmt.Sprintf(format, args...))
}

func (m *migration) run(ctx context.Context) error {
	here, err := folders(ctx, m.from)
	if err != nil {
		return fmt.Errorf("from: %w", err)
	}
	there, err := folders(ctx, m.to)
	if err != nil {
		return fmt.Errorf("to: %w", err)
	}
	var wg sync.WaitGroup
	turns := make(chan struct{}, m.set.Conns)
	var mu sync.Mutex
	var first error
	for f := range here.All {
		if !m.wanted(f) {
			continue
		}
		turns <- struct{}{}
		wg.Go(func() {
			defer func() { <-turns }()
			to, err := target(f, here, there)
			if err == nil {
				err = m.folder(ctx, f, to, there)
			}
			if err != nil {
				mu.Lock()
				defer mu.Unlock()
				m.line("%s: %s", displaysafe.Line(f.Name), displaysafe.Line(err.Error()))
				if first == nil {
					first = fmt.Errorf("mailbox %q: %w", f.Name, err)
				}
			}
		})
	}
	wg.Wait()
	verb := "copied"
	if m.set.dry {
		verb = "to copy"
	}
	m.line("%d messages %s, %d already there, %d failed", m.copied.Load(), verb, m.there.Load(), m.failed.Load())
	if first == nil && m.failed.Load() > 0 {
		first = errSome
	}
	return first
}

// maxRounds is how many times in a row the method folder may start again without having copied a message in between.
const maxRounds = 5

// folder copies one folder. If folder does not know whether a message was copied, it reads the target again, so that no
// message is copied twice.
func (m *migration) folder(ctx context.Context, f *mailboxes.Mailbox, to string, there *mailboxes.Tree) error {
	if !m.set.dry {
		if err := m.create(ctx, to, f, there); err != nil {
			return err
		}
	}
	over := map[uint32]bool{} // messages that were copied, or that the target refuses
	counted := false
	leftOut := false // whether the server has left messages out of an answer
	for round := 0; ; round++ {
		plan, n, hidden, flags, err := m.plan(ctx, f.Name, to)
		if err != nil {
			return err
		}
		if !counted {
			counted = true
			m.there.Add(int64(n))
			m.bar.Expect(len(plan))
			m.line("%s: %d messages to copy, %d already there", displaysafe.Line(f.Name), len(plan), n)
			if hidden > 0 {
				m.failed.Add(int64(hidden))
				m.line("%s: the server did not list %d messages", displaysafe.Line(f.Name), hidden)
			}
		}
		if m.set.dry {
			m.copied.Add(int64(len(plan)))
			return nil
		}
		left := numset.Of(numset.UID)
		for _, uid := range plan {
			if !over[uid] {
				left.Add(uid)
			}
		}
		if left.Empty() {
			return nil
		}
		before := len(over)
		err = m.messages(ctx, f.Name, to, left, flags, over)
		for uid := range over {
			left.Remove(uid)
		}
		switch {
		case err == nil && left.Empty():
			return nil
		case err == nil && leftOut:
			n, _ := left.Len()
			m.failed.Add(int64(n))
			m.line("%s: the server did not send the messages %v", displaysafe.Line(f.Name), left)
			return nil
		case err == nil:
			leftOut = true // plan finds out whether the messages are gone
		case ctx.Err() != nil, !errors.Is(err, account.ErrForNow):
			return err
		case len(over) > before:
			round = 0
		case round == maxRounds:
			return err
		}
	}
}

// plan returns the UIDs of the messages to copy, the number of those that the target already has, the number of those
// that the server does not list, and the flags that the target can keep. If the target does not list all its messages,
// plan returns an error, because messages would be copied twice.
func (m *migration) plan(ctx context.Context, from, to string) (uids []uint32, there, hidden int, flags []parser.Flag, err error) {
	have := map[string]int{}
	err = m.to.Do(ctx, to, func(s *session.Session) error {
		clear(have)
		flags = s.Mailbox().Clone().PermanentFlags
		hidden, err := index(ctx, s, func(_ uint32, key string) { have[key]++ })
		if err == nil && hidden > 0 {
			err = fmt.Errorf("the server did not list %d messages", hidden)
		}
		return err
	}, account.Repeatable)
	if err != nil && !(m.set.dry && errors.Is(err, account.ErrForCommand)) {
		return nil, 0, 0, nil, fmt.Errorf("to: %w", err)
	}
	rest := map[string]int{}
	err = m.from.Do(ctx, from, func(s *session.Session) error {
		uids, there = nil, 0
		clear(rest)
		for key, n := range have {
			rest[key] = n
		}
		hidden, err = index(ctx, s, func(uid uint32, key string) {
			if rest[key] > 0 {
				rest[key]--
				there++
				return
			}
			uids = append(uids, uid)
		})
		return err
	}, account.Repeatable, account.ReadOnly)
	if err != nil {
		return nil, 0, 0, nil, fmt.Errorf("from: %w", err)
	}
	return uids, there, hidden, flags, nil
}

// index calls f for each message in the open mailbox, with a text that identifies it: its Message-ID or, if it has
// none, its dates and subject. It returns the number of messages that the mailbox has, but the server did not list.
func index(ctx context.Context, s *session.Session, f func(uid uint32, key string)) (hidden int, err error) {
	before, grown := s.Mailbox().Exists, s.Mailbox().Grown
	if before == 0 {
		return 0, nil
	}
	listed := map[uint32]bool{}
	items := []fetch.Item{fetch.UID, fetch.InternalDate, fetch.Envelope}
	var env parser.Envelope
	for msg, err := range commands.Fetch(s, numset.All(numset.UID), items...).All(ctx) {
		if err != nil {
			return 0, err
		}
		if msg.UID == 0 || listed[msg.UID] || msg.Err() == nil && !msg.Has("ENVELOPE") && !msg.Has("INTERNALDATE") {
			continue // an unsolicited response
		}
		listed[msg.UID] = true
		if _, err := msg.Envelope(&env); err != nil {
			env = parser.Envelope{}
		}
		if len(env.MessageID) > 0 {
			f(msg.UID, string(env.MessageID))
			continue
		}
		// The size is not used, because servers count line ends in different ways.
		date, _ := imapdate.Parse(msg.Date)
		f(msg.UID, fmt.Sprintf("%s %s %s", date.UTC().Format(time.RFC3339), env.Date, env.Subject))
	}
	if len(listed) < int(before) {
		// Perhaps messages have been expunged. A server may hold that back until NOOP.
		if _, err := commands.Noop(s).Wait(ctx); err != nil {
			return 0, err
		}
	}
	left := int64(s.Mailbox().Exists) - int64(s.Mailbox().Grown-grown) // of those that were there before
	return int(max(0, left-int64(len(listed)))), nil
}

// messages copies messages. It reads each message from one server while it sends it to the other.
func (m *migration) messages(ctx context.Context, from, to string, uids numset.Set, flags []parser.Flag, over map[uint32]bool) error {
	return m.from.Do(ctx, from, func(s *session.Session) error {
		late := numset.Of(numset.UID)
		items := []fetch.Item{fetch.UID, fetch.Flags, fetch.InternalDate, fetch.Body("").Peek()}
		for msg, err := range commands.Fetch(s, uids, items...).All(ctx) {
			if err != nil {
				return err
			}
			if over[msg.UID] {
				continue // the server has sent the message twice
			}
			if !msg.Has("FLAGS") || !msg.Has("INTERNALDATE") {
				if err := msg.Finish(); err != nil {
					return err
				}
				if msg.UID != 0 {
					late.Add(msg.UID)
				}
				continue
			}
			if err := m.text(ctx, msg, msg.UID, from, to, options(msg, flags), over); err != nil {
				return err
			}
		}
		return m.lateMessages(ctx, s, from, to, late.Intersect(uids), flags, over)
	}, account.ReadOnly, account.Bulk)
}

// lateMessages copies messages whose flags or dates the server sends after their texts, although APPEND needs them
// before. It asks for the flags and dates of all these messages first, and then for one text at a time.
func (m *migration) lateMessages(ctx context.Context, s *session.Session, from, to string, uids numset.Set, flags []parser.Flag, over map[uint32]bool) error {
	if uids.Empty() {
		return nil
	}
	opts := map[uint32][]commands.AppendOption{}
	for msg, err := range commands.Fetch(s, uids, fetch.UID, fetch.Flags, fetch.InternalDate).All(ctx) {
		if err != nil {
			return err
		}
		if msg.Has("FLAGS") && opts[msg.UID] == nil {
			opts[msg.UID] = options(msg, flags)
		}
	}
	for uid := range uids.Numbers() {
		if opts[uid] == nil {
			continue // the message is gone, or the server has left it out
		}
		for msg, err := range commands.Fetch(s, numset.Of(numset.UID, uid), fetch.UID, fetch.Body("").Peek()).All(ctx) {
			if err != nil {
				return err
			}
			if over[uid] || msg.UID != uid && msg.UID != 0 {
				continue // the server has sent the message twice, or has sent another message
			}
			if err := m.text(ctx, msg, uid, from, to, opts[uid], over); err != nil {
				return err
			}
		}
	}
	return nil
}

// options returns the options with which a message is appended.
func options(msg *parser.Fetch, flags []parser.Flag) []commands.AppendOption {
	opts := []commands.AppendOption{commands.WithFlags(keep(msg.Flags, flags)...)}
	if date, err := imapdate.Parse(msg.Date); err == nil {
		opts = append(opts, commands.WithDate(date))
	}
	return opts
}

// text copies the text of a message. uid is 0 if the server has not sent the UID yet.
func (m *migration) text(ctx context.Context, msg *parser.Fetch, uid uint32, from, to string, opts []commands.AppendOption, over map[uint32]bool) error {
	for sec, err := range msg.Sections {
		if err != nil {
			return err
		}
		if sec.IsNIL() {
			continue // the message is gone, or the server cannot read it
		}
		err := m.message(ctx, to, sec, sec.Size(), opts)
		if uid == 0 && (err == nil || errors.Is(err, account.ErrForCommand)) {
			// The server has sent the UID after the section.
			if err := msg.Finish(); err != nil {
				return err
			}
			uid = msg.UID
		}
		if err != nil {
			// If a message is refused, the others are copied all the same.
			if !errors.Is(err, account.ErrForCommand) || errors.Is(err, parser.CodeOverQuota) {
				return err
			}
			over[uid] = true
			m.failed.Add(1)
			m.line("%s, UID %d: %s", displaysafe.Line(from), uid, displaysafe.Line(err.Error()))
			continue
		}
		over[uid] = true
		m.copied.Add(1)
		m.bar.Did(1, from)
	}
	return nil
}

func (m *migration) message(ctx context.Context, to string, body io.Reader, size int64, opts []commands.AppendOption) error {
	return m.to.Do(ctx, "", func(s *session.Session) error {
		_, err := commands.Append(s, to, body, size, opts...).Wait(ctx)
		return err
	})
}

// keep returns the flags that the target keeps (RFC 9051 §7.1, PERMANENTFLAGS). No client can set \Recent.
func keep(flags, permanent []parser.Flag) (out []parser.Flag) {
	any := len(permanent) == 0
	for _, p := range permanent {
		any = any || p == parser.FlagWildcard
	}
	for _, f := range flags {
		ok := any && !f.Equal(parser.FlagRecent)
		for _, p := range permanent {
			ok = ok || p.Equal(f)
		}
		if ok {
			out = append(out, f)
		}
	}
	return out
}
