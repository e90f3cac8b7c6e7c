package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/displaysafe"
	"github.com/imapstack/imapstack/utils/imapdate"
	"github.com/imapstack/imapstack/utils/mimeword"
	"github.com/imapstack/imapstack/utils/numset"
)

// reader prints mailboxes and messages.
type reader struct {
	s     *session.Session
	w     io.Writer
	limit int
	last  uint32       // the UID of the last message printed
	found func() error // runs after printing and before waiting for new mail
}

func (r *reader) read(ctx context.Context, mailbox string, idle bool) error {
	if err := r.mailboxes(ctx); err != nil {
		return err
	}
	box, err := commands.Select(r.s, mailbox).Wait(ctx)
	if err != nil {
		return fmt.Errorf("mailbox %q: %w", mailbox, err)
	}
	fmt.Fprintf(r.w, "\n%s: %d messages\n", visible(mailbox), box.Exists)
	if box.Exists > 0 {
		first := uint32(1)
		if r.limit > 0 && box.Exists > uint32(r.limit) {
			first = box.Exists - uint32(r.limit) + 1
		}
		if err := r.messages(ctx, numset.Span(numset.Seq, first, box.Exists)); err != nil {
			return err
		}
		if err := r.body(ctx, r.last); err != nil {
			return err
		}
	}
	if r.found != nil {
		if err := r.found(); err != nil {
			return err
		}
	}
	if idle {
		if err := r.wait(ctx); err != nil {
			return err
		}
	}
	_, err = commands.Logout(r.s).Wait(ctx)
	return err
}

// mailboxes lists the mailboxes with their counts.
func (r *reader) mailboxes(ctx context.Context) error {
	items := []status.Item{status.Messages, status.Unseen}
	var list []commands.MailboxStatus
	var err error
	if r.s.Caps().Has("LIST-STATUS") {
		list, err = commands.ListStatus(r.s, "", "*", items).Wait(ctx)
	} else {
		list, err = commands.ListStatusBySteps(ctx, r.s, "", "*", items)
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(r.w, "Mailboxes:")
	for _, m := range list {
		name := visible(m.List.Name())
		if m.Status == nil {
			fmt.Fprintf(r.w, "  %-28s\n", name)
			continue
		}
		fmt.Fprintf(r.w, "  %-28s %5d messages, %d new\n", name, m.Status.Messages, m.Status.Unseen)
	}
	return nil
}

// messages prints the flags, date, sender, size, subject and parts of each message.
func (r *reader) messages(ctx context.Context, set numset.Set) error {
	var env parser.Envelope
	var body parser.BodyStructure
	stream := commands.Fetch(r.s, set, fetch.UID, fetch.Flags, fetch.InternalDate, fetch.Size, fetch.Envelope, fetch.BodyStructure)
	for m, err := range stream.All(ctx) {
		if err != nil {
			return err
		}
		r.last = max(r.last, m.UID)
		if _, err := m.Envelope(&env); err != nil {
			fmt.Fprintf(r.w, "\n%5d  %s\n", m.Seq, visible(err.Error()))
			continue
		}
		fmt.Fprintf(r.w, "\n%5d %s %s  %-30s %8s\n       %s\n", m.Seq, marks(m.Flags), when(m.Date), from(&env), size(m.Size), header(env.Subject))
		if ok, err := m.BodyStructure(&body); ok && err == nil {
			r.structure(&body)
		}
	}
	return nil
}

// structure prints the parts of a message.
func (r *reader) structure(body *parser.BodyStructure) {
	body.Walk(func(path []uint32, part *parser.BodyStructure) bool {
		indent := strings.Repeat("  ", len(path))
		line := fmt.Sprintf("       %s%s/%s", indent, part.Type, part.Subtype)
		if name := part.Filename(); name != "" {
			line += fmt.Sprintf(" %q", name)
		}
		if len(part.Parts) == 0 {
			line += ", " + size(part.Size)
		}
		fmt.Fprintln(r.w, visible(line))
		return true
	})
}

// body prints the first 400 octets of the first part of a message.
func (r *reader) body(ctx context.Context, uid uint32) error {
	stream := commands.Fetch(r.s, numset.Of(numset.UID, uid), fetch.Body("1").Peek())
	for m, err := range stream.All(ctx) {
		if err != nil {
			return err
		}
		for sec, err := range m.Sections {
			if err != nil {
				return err
			}
			text, err := io.ReadAll(io.LimitReader(sec, 400))
			if err != nil {
				return err
			}
			fmt.Fprintf(r.w, "\nThe text of the last one, %s:\n", size(uint64(sec.Size())))
			for line := range strings.Lines(string(text)) {
				fmt.Fprintln(r.w, "  |", visible(strings.TrimRight(line, "\r\n")))
			}
		}
	}
	return nil
}

// wait waits for a new message, and prints it.
func (r *reader) wait(ctx context.Context) error {
	fmt.Fprintln(r.w, "\nWaiting for new mail.")
	known := r.s.Mailbox().Exists
	for _, err := range commands.Watch(ctx, r.s, commands.WatchOptions{Alive: 10 * time.Minute}) {
		if err != nil {
			return err
		}
		if r.s.Mailbox().Exists > known {
			break
		}
		known = r.s.Mailbox().Exists // messages may have been expunged
	}
	if exists := r.s.Mailbox().Exists; exists > known {
		return r.messages(ctx, numset.Span(numset.Seq, known+1, exists))
	}
	return nil
}

// marks shows the flags in five columns.
func marks(flags []parser.Flag) string {
	b := []byte("N    ")
	for _, f := range flags {
		switch f {
		case parser.FlagSeen:
			b[0] = ' '
		case parser.FlagAnswered:
			b[1] = 'A'
		case parser.FlagFlagged:
			b[2] = 'F'
		case parser.FlagDraft:
			b[3] = 'D'
		case parser.FlagDeleted:
			b[4] = 'x'
		}
	}
	return string(b)
}

func when(date []byte) string {
	t, err := imapdate.Parse(date)
	if err != nil {
		return "                "
	}
	return t.Format("2006-01-02 15:04")
}

func from(env *parser.Envelope) string {
	if len(env.From) == 0 {
		return "(nobody)"
	}
	a := env.From[0]
	if name := header(a.Name); name != "" {
		return name
	}
	return visible(string(a.Mailbox) + "@" + string(a.Host))
}

// header decodes the text of a header.
func header(b []byte) string { return visible(mimeword.Decode(string(b))) }

func size(n uint64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d B", n)
	case n < 1<<20:
		return fmt.Sprintf("%.1f KB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
}

// visible returns a text from a server or a sender in a form that is safe to print.
func visible(s string) string { return displaysafe.Line(s) }
