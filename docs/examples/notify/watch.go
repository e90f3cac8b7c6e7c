package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/docs/examples/internal/program"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/displaysafe"
	"github.com/imapstack/imapstack/utils/mimeword"
)

// watch waits for mail in one account.
type watch struct {
	a       *account.Account
	name    string
	mailbox string
	set     settings
	p       *printer
}

// mail holds the fields of a new message that are shown.
type mail struct {
	mailbox       string
	uid           uint32
	from, subject string
}

func (w *watch) run(ctx context.Context) error {
	for ev, err := range w.a.Watch(ctx, account.WatchOptions{Mailbox: w.mailbox, All: w.set.all}) {
		if err != nil {
			return err
		}
		x, ok := ev.(*account.Arrived)
		if !ok {
			continue
		}
		list, err := w.fetchMail(ctx, x)
		if err != nil {
			if ctx.Err() != nil {
				return err
			}
			// The mail stays on the server; the program continues without showing it.
			w.p.err("%s: %s: %s", w.name, displaysafe.Line(x.Mailbox), program.Explain(err))
			continue
		}
		for _, m := range list {
			w.announce(ctx, m)
		}
	}
	return nil
}

// fetchMail fetches the senders and subjects of the messages.
func (w *watch) fetchMail(ctx context.Context, x *account.Arrived) (list []mail, err error) {
	err = w.a.Do(ctx, x.Mailbox, func(s *session.Session) error {
		list = nil
		if v := s.Mailbox().UIDValidity; v != x.UIDValidity {
			return nil // UIDVALIDITY has changed, so the UIDs now mean other messages
		}
		var env parser.Envelope
		for m, err := range commands.Fetch(s, x.UIDs, fetch.UID, fetch.Envelope).All(ctx) {
			if err != nil {
				return err
			}
			if ok, err := m.Envelope(&env); !ok || err != nil {
				env = parser.Envelope{}
			}
			list = append(list, mail{x.Mailbox, m.UID, from(&env), displaysafe.Line(mimeword.Decode(string(env.Subject)))})
		}
		return nil
	}, account.ReadOnly, account.Repeatable)
	return list, err
}

func from(env *parser.Envelope) string {
	for _, a := range env.From {
		return displaysafe.Line(cmp.Or(mimeword.Decode(string(a.Name)), string(a.Mailbox)+"@"+string(a.Host)))
	}
	return "(nobody)"
}

// commandTime is how long the user's command may take.
const commandTime = time.Minute

// announce prints a line about a message, and runs the command if there is one. Text that a stranger wrote reaches the
// command only through its environment.
func (w *watch) announce(ctx context.Context, m mail) {
	if !w.set.quiet {
		w.p.line("%s  %s  %s: %s", w.name, displaysafe.Line(m.mailbox), m.from, m.subject)
	}
	if w.set.command == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	c := exec.CommandContext(ctx, "sh", "-c", w.set.command)
	c.Env = append(os.Environ(), "IMAP_ACCOUNT="+w.name, "IMAP_MAILBOX="+displaysafe.Line(m.mailbox), fmt.Sprintf("IMAP_UID=%d", m.uid), "IMAP_FROM="+m.from, "IMAP_SUBJECT="+m.subject)
	c.WaitDelay = time.Second
	text, err := c.CombinedOutput()
	for line := range strings.Lines(string(text)) {
		w.p.line("%s", displaysafe.Line(strings.TrimSuffix(line, "\n")))
	}
	if err != nil && ctx.Err() == nil {
		w.p.err("%s: the command has failed: %v", w.name, err)
	}
}

// report prints a line when the account has a temporary error, and when it works again. The function run prints
// permanent errors.
func (w *watch) report(err error) {
	switch {
	case err == nil:
		w.p.err("%s: connected", w.name)
	case errors.Is(err, account.ErrForNow):
		w.p.err("%s: %s; trying again", w.name, program.Explain(err))
	}
}
