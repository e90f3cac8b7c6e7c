package cookbook

import (
	"context"
	"fmt"
	"io"
	"net/mail"
	"os"
	"strings"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/content"
	"github.com/imapstack/imapstack/commands/fallback"
	"github.com/imapstack/imapstack/commands/mailboxes"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/crlf"
	"github.com/imapstack/imapstack/utils/numset"
)

// List the mailboxes as a tree
func listTree(ctx context.Context, s *session.Session) error {
	tree, err := mailboxes.Load(ctx, s, nil)
	if err != nil {
		return err
	}
	for m := range tree.All {
		fmt.Println(strings.Repeat("  ", m.Level()), m.Label, m.Role)
	}
	return nil
}

// Find the mailbox for sent messages, or make one
func findSent(ctx context.Context, s *session.Session) error {
	tree, err := mailboxes.Load(ctx, s, nil)
	if err != nil || tree.Role(mailboxes.Sent) != nil {
		return err
	}
	name, err := tree.Join(nil, "Sent")
	if err != nil {
		return err
	}
	_, way, err := fallback.Create(ctx, s, name, mailboxes.Sent.Attr())
	fmt.Println(name, "was made", way)
	return err
}

// Count what is unread in each mailbox
func countUnread(ctx context.Context, s *session.Session) error {
	list, _, err := fallback.ListStatus(ctx, s, "", "*", []commands.StatusItem{commands.Messages, commands.Unseen})
	for _, b := range list {
		if b.Status != nil {
			fmt.Println(b.List.Name(), b.Status.Messages, b.Status.Unseen)
		}
	}
	return err
}

// Show the text of the newest message, in UTF-8
func showText(ctx context.Context, s *session.Session) error {
	if _, err := commands.Examine(s, "INBOX").Wait(ctx); err != nil {
		return err
	}
	var newest *content.Message
	for m, err := range content.Messages(ctx, s, numset.Span(numset.UID, 0, 0)) { // 0 is *
		if err != nil {
			return err
		}
		newest = m
	}
	for _, p := range newest.Parts.Plain {
		text, err := content.ReadText(ctx, s, newest.UID, p, 100_000)
		if err != nil {
			return err
		}
		fmt.Println(newest.Subject, newest.Sent, text.String)
	}
	return nil
}

// Save the attachments of a message
func saveAttachments(ctx context.Context, s *session.Session, dir string) error {
	if _, err := commands.Examine(s, "INBOX").Wait(ctx); err != nil {
		return err
	}
	var list []*content.Message
	for m, err := range content.Messages(ctx, s, numset.Of(numset.UID, 1)) {
		if err != nil {
			return err
		}
		list = append(list, m)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, m := range list {
		for _, p := range m.Parts.Attachments {
			f, err := root.Create(p.SafeName())
			if err != nil {
				return err
			}
			_, err = content.Download(ctx, s, m.UID, p, f)
			f.Close()
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Read a whole message by net/mail
func readMail(ctx context.Context, s *session.Session) error {
	if _, err := commands.Examine(s, "INBOX").Wait(ctx); err != nil {
		return err
	}
	for m, err := range commands.Fetch(s, numset.Of(numset.UID, 1), commands.Body("").Peek()).All(ctx) {
		if err != nil {
			return err
		}
		for sec, err := range m.Sections {
			if err != nil {
				return err
			}
			msg, err := mail.ReadMessage(sec)
			if err != nil {
				return err
			}
			fmt.Println(msg.Header.Get("Subject"))
		}
	}
	return nil
}

// Save a message as a file with the line ends of this system
func saveMessage(ctx context.Context, s *session.Session, file io.Writer) error {
	if _, err := commands.Examine(s, "INBOX").Wait(ctx); err != nil {
		return err
	}
	for m, err := range commands.Fetch(s, numset.Of(numset.UID, 1), commands.Body("").Peek()).All(ctx) {
		if err != nil {
			return err
		}
		for sec, err := range m.Sections {
			if err != nil {
				return err
			}
			if _, err := io.Copy(file, crlf.NewLocalReader(sec)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Append a message, into a mailbox that may not be there
func appendDraft(ctx context.Context, s *session.Session) error {
	msg := strings.NewReader("Subject: draft\r\n\r\nDear\r\n")
	uid, way, err := fallback.Append(ctx, s, "Drafts", msg, msg.Size(), commands.WithFlags(parser.FlagDraft), commands.WithDate(time.Now()))
	fmt.Println(uid.UIDs, way)
	return err
}

// Search, whatever charsets the server knows
func searchAny(ctx context.Context, s *session.Session) error {
	if _, err := commands.Examine(s, "INBOX").Wait(ctx); err != nil {
		return err
	}
	found, way, err := fallback.Search(ctx, s, numset.UID, commands.Subject("Grüße"), commands.All)
	if way == fallback.Wider {
		fmt.Println("look through", found.Count)
	}
	return err
}

// Move a message on any server
func moveAny(ctx context.Context, s *session.Session) error {
	if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
		return err
	}
	moved, err := fallback.Move(ctx, s, numset.Of(numset.UID, 1), "Drafts")
	for from, to := range moved.Pairs() {
		fmt.Println(from, "is", to, "there, moved", moved.Way)
	}
	return err
}
