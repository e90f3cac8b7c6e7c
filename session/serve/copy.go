package serve

import (
	"errors"
	"log/slog"
	"slices"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

func (c *Conn) copyCommand() error { return c.transfer(false) }
func (c *Conn) move() error        { return c.transfer(true) }

// transfer copies or moves messages (RFC 9051 §6.4.7, §6.4.8).
func (c *Conn) transfer(move bool) error {
	var a parser.CopyArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	v, to := c.view, c.box(a.Mailbox)
	uids, err := c.resolve(a.Set, a.UID)
	switch {
	case err != nil:
		return err
	case move && v.readOnly:
		return no(parser.CodeNoPerm, "the mailbox is open read-only")
	case len(uids) == 0:
		return c.requireMailbox(to)
	}
	uids = slices.Clone(uids)
	if err := c.progress(0, len(uids)); err != nil {
		return err
	}
	var done *Copied
	if x, ok := v.box.(Mover); ok && move {
		done, err = x.Move(c.command, uids, to)
	} else if done, err = c.copyTo(uids, to); err == nil && move && len(done.From) > 0 {
		// The message stays in the old mailbox until it is in the new one (RFC 6851 §3.3).
		err = c.removeOriginals(to, done)
	}
	if err != nil {
		return err
	}
	if err := c.progress(len(uids), len(uids)); err != nil {
		return err
	}
	c.noteAdded(to, done.To)
	answer := okCode(parser.CodeCopyUID, done.args())
	switch {
	case len(done.From) == 0 && !a.UID:
		return no(parser.CodeExpungeIssued, "the messages are gone")
	case len(done.From) == 0:
		return nil
	case !c.has("UIDPLUS") || slices.Contains(done.To, 0):
		answer = &Reply{Status: parser.OK}
	}
	if !move {
		return answer
	}
	if answer.Code.Name != "" {
		// The client must learn where the messages are now before it learns that they have left this mailbox (RFC
		// 6851 §4.3).
		parser.EncodeStatus(&c.out, "*", parser.OK, answer.Code, "moved")
	}
	return c.reportExpungesAndModSeq()
}

// requireMailbox returns an error if the mailbox does not exist. COPY and MOVE fail then, even if there are no
// messages to copy.
func (c *Conn) requireMailbox(name string) error {
	all, err := c.user.Mailboxes(c.command)
	if err == nil && !slices.ContainsFunc(all, func(m MailboxInfo) bool { return m.Name == name && !m.NoSelect && !m.NonExistent }) {
		err = no(parser.CodeTryCreate, "no such mailbox")
	}
	return err
}

// copyTo copies messages to another mailbox.
func (c *Conn) copyTo(uids []uint32, to string) (*Copied, error) {
	if x, ok := c.view.box.(Copier); ok {
		return x.Copy(c.command, uids, to)
	}
	return c.copyByAppend(uids, to)
}

// args returns the arguments of COPYUID (RFC 4315 §3): UIDVALIDITY, and two lists of UIDs in corresponding order.
func (x *Copied) args() []byte {
	args := append(number(x.UIDValidity), ' ')
	args = appendList(args, x.From)
	return appendList(append(args, ' '), x.To)
}

// appendList appends UIDs to dst, in the order of uids.
func appendList(dst []byte, uids []uint32) []byte {
	for i, r := range ranges(uids) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = r.AppendTo(dst)
	}
	return dst
}

// copyByAppend appends messages to another mailbox one by one. If one cannot be appended, it removes those that it has
// already appended.
func (c *Conn) copyByAppend(uids []uint32, to string) (*Copied, error) {
	done := &Copied{}
	err := c.eachMessage(uids, NeedFlags|NeedDate|NeedSize|NeedContent, func(_ uint32, m *Message) error {
		if m.Gone {
			return nil
		}
		content, err := m.Content()
		if err == nil {
			err = openContent(content)
		}
		switch {
		case isGone(err):
			return nil
		case err != nil:
			return err
		}
		news := &NewMessage{Flags: slices.Clone(m.Flags), Date: m.Date, Size: content.Size(), Body: content.All().Reader(), UTF8: true, Binary: true}
		validity, uid, err := c.user.Append(c.command, to, news)
		if err != nil {
			return err
		}
		done.UIDValidity = validity
		done.From, done.To = append(done.From, m.UID), append(done.To, uid)
		return nil
	})
	if err != nil {
		c.removeAppended(to, done)
	}
	return done, err
}

// removeOriginals removes the messages in done.From from the open mailbox. Their copies or replacements are in another
// mailbox, which the parameter to names. If it cannot remove some of the messages, it removes their copies, so that
// each message is in only one of the mailboxes. If that fails too, some messages may be in both mailboxes.
func (c *Conn) removeOriginals(to string, done *Copied) error {
	box, deleted := c.view.box, []string{`\Deleted`}
	err := box.Store(c.command, done.From, &FlagChange{Op: parser.StoreAdd, Flags: deleted})
	if err == nil {
		err = box.Expunge(c.command, done.From)
	}
	if err == nil {
		return nil
	}
	var left []uint32 // the messages that are still in the open mailbox
	copies := &Copied{UIDValidity: done.UIDValidity}
	e := c.view.eachMessage(c.ctx, done.From, NeedFlags, func(_ uint32, m *Message) error {
		if i, ok := slices.BinarySearch(done.From, m.UID); ok && !m.Gone && done.To[i] != 0 {
			left, copies.To = append(left, m.UID), append(copies.To, done.To[i])
		}
		return nil
	})
	if e == nil && len(left) > 0 {
		e = box.Store(c.ctx, left, &FlagChange{Op: parser.StoreRemove, Flags: deleted})
	}
	if e != nil {
		// It is better to keep a message twice than not at all.
		c.log(slog.LevelError, "messages that could not be moved may be in both mailboxes", "mailbox", to, "err", e)
		return err
	}
	slices.Sort(copies.To)
	c.removeAppended(to, copies)
	return err
}

// removeAppended removes messages that were added to a mailbox by a COPY, MOVE or REPLACE that has failed.
func (c *Conn) removeAppended(to string, done *Copied) {
	if len(done.To) == 0 {
		return
	}
	err := func() error {
		box, ch, err := openMailbox(c.ctx, c.user, to, OpenOptions{})
		if errors.Is(err, parser.CodeNonExistent) {
			return nil // the messages were deleted with the mailbox
		}
		if err != nil {
			return err
		}
		defer box.Close()
		if ch.UIDValidity != done.UIDValidity {
			return nil // another mailbox has got the name
		}
		if err := box.Store(c.ctx, done.To, &FlagChange{Op: parser.StoreAdd, Flags: []string{`\Deleted`}}); err != nil {
			return err
		}
		return box.Expunge(c.ctx, done.To)
	}()
	if err != nil {
		c.log(slog.LevelError, "messages that were copied in part could not be removed", "mailbox", to, "uids", numset.Of(numset.UID, done.To...).String(), "err", err)
	}
}
