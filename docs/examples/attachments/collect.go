package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"sync"
	"sync/atomic"
	"time"

	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/commands/content"
	"github.com/imapstack/imapstack/commands/mailboxes"
	"github.com/imapstack/imapstack/docs/examples/internal/program"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/displaysafe"
	"github.com/imapstack/imapstack/utils/numset"
)

// collector saves the attachments of an account.
type collector struct {
	a    *account.Account
	set  settings
	root *os.Root // nil means that nothing is saved
	bar  *program.Bar

	mu        sync.Mutex // guards both writers
	out, errs io.Writer

	saved, there, failed atomic.Int64
}

func (c *collector) run(ctx context.Context, mailbox string) error {
	var tree *mailboxes.Tree
	err := c.a.Do(ctx, "", func(s *session.Session) (err error) {
		tree, err = mailboxes.Load(ctx, s, nil)
		return err
	}, account.Repeatable)
	if err != nil {
		return err
	}
	var list []*mailboxes.Mailbox
	for m := range tree.All {
		// Skip a view such as All Mail: its messages are also in other mailboxes.
		if m.Selectable && (mailbox == "" && !m.Role.IsView() || m == tree.Find(mailbox)) {
			list = append(list, m)
		}
	}
	if len(list) == 0 {
		return fmt.Errorf("there is no mailbox %q", mailbox)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var wg sync.WaitGroup
	room := make(chan struct{}, c.set.Conns)
	failed := make([]error, len(list))
	for i, m := range list {
		room <- struct{}{}
		wg.Go(func() {
			defer func() { <-room }()
			if err := c.mailbox(ctx, m); err != nil {
				failed[i] = fmt.Errorf("%s: %w", m.Path("/"), err)
				if !errors.Is(err, account.ErrForCommand) {
					stop()
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(failed...)
}

// job is a part to save.
type job struct {
	uid  uint32
	part *content.Part
	name string
	date time.Time
}

// mailbox saves the attachments of one mailbox. If the connection is lost, it continues on another one, and leaves out
// the attachments that were saved before.
func (c *collector) mailbox(ctx context.Context, m *mailboxes.Mailbox) error {
	folder := "."
	for _, l := range m.Levels {
		if l = content.SafeName(l); l == "" {
			l = "_"
		}
		folder = path.Join(folder, l)
	}
	done := map[string]bool{} // attachments that were saved or have failed, and messages whose error was printed
	return c.a.Do(ctx, m.Name, func(s *session.Session) error {
		jobs, err := c.jobs(ctx, s, folder, done)
		if err != nil {
			return err
		}
		c.bar.Expect(len(jobs))
		for _, j := range jobs {
			err := c.save(ctx, s, j)
			switch {
			case err == nil:
			case s.Err() != nil || ctx.Err() != nil || isLocal(err):
				return err
			default:
				// If an attachment cannot be downloaded, the others are saved all the same.
				c.failed.Add(1)
				c.line(c.errs, "%s: %s", j.name, displaysafe.Line(err.Error()))
			}
			done[j.name] = true
			c.bar.Did(1, j.name)
		}
		return nil
	}, account.ReadOnly, account.Repeatable, account.Bulk)
}

// isLocal reports whether an error concerns local files. Then saving the next attachment would fail too.
func isLocal(err error) bool {
	var p *fs.PathError
	return errors.As(err, &p)
}

// jobs examines all messages, and returns the parts to save.
func (c *collector) jobs(ctx context.Context, s *session.Session, folder string, done map[string]bool) (jobs []job, err error) {
	box := s.Mailbox()
	if box.Exists == 0 {
		return nil, nil
	}
	for m, err := range content.Messages(ctx, s, numset.All(numset.UID)) {
		if err != nil {
			return nil, err
		}
		if odd := fmt.Sprintf("%s, UID %d", folder, m.UID); m.Err != nil && !done[odd] {
			done[odd] = true
			c.failed.Add(1)
			c.line(c.errs, "%s: %s", odd, displaysafe.Line(m.Err.Error()))
		}
		date := m.Sent
		if date.IsZero() {
			date = m.Received
		}
		names := map[string]bool{}
		parts := m.Parts.Attachments
		if c.set.inline {
			parts = append(parts[:len(parts):len(parts)], m.Parts.Inline...)
		}
		for _, p := range parts {
			if c.set.maxSize > 0 && p.Size > c.set.maxSize {
				continue
			}
			// An attachment has the same file name in each run, and no other attachment has that name.
			name := fmt.Sprintf("%s %d.%d %s", date.Format(time.DateOnly), box.UIDValidity, m.UID, p.SafeName())
			for i := 2; names[name]; i++ {
				name = fmt.Sprintf("%s %d.%d (%d) %s", date.Format(time.DateOnly), box.UIDValidity, m.UID, i, p.SafeName())
			}
			names[name] = true
			if done[path.Join(folder, name)] {
				continue
			}
			jobs = append(jobs, job{m.UID, p, path.Join(folder, name), date})
		}
	}
	return jobs, nil
}

// save saves a part, unless its file exists. A file that exists is complete, because save gives a file its name only
// when it is complete.
func (c *collector) save(ctx context.Context, s *session.Session, j job) error {
	if c.root == nil {
		c.saved.Add(1)
		c.line(c.out, "%s", j.name)
		return nil
	}
	if _, err := c.root.Lstat(j.name); err == nil {
		c.there.Add(1)
		return nil
	}
	if err := c.root.MkdirAll(path.Dir(j.name), 0o777); err != nil {
		return err
	}
	partial := j.name + ".partial"
	f, err := c.root.OpenFile(partial, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o666)
	if err != nil {
		return err
	}
	_, err = content.Download(ctx, s, j.uid, j.part, f)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = c.root.Rename(partial, j.name)
	}
	if err != nil {
		c.root.Remove(partial)
		return err
	}
	if !j.date.IsZero() {
		c.root.Chtimes(j.name, j.date, j.date) // without the date, the attachment is still complete
	}
	c.saved.Add(1)
	c.line(c.out, "%s", j.name)
	return nil
}

// line prints a line, above the bar.
func (c *collector) line(w io.Writer, format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bar.Print(w, fmt.Sprintf(format, args...))
}
