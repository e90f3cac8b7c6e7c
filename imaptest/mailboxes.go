package imaptest

import (
	"fmt"
	"slices"

	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
)

// Message returns the message with this UID, and reports whether it exists.
func (b *Mailbox) Message(uid uint32) (Message, bool) {
	it, ok := b.m.Message(uid)
	if !ok {
		return Message{}, false
	}
	return messageOf(&it), true
}

func messageOf(it *store.Item) Message {
	m := Message{UID: it.UID, Date: it.Date, Body: it.Content.Raw()}
	for _, f := range it.Flags.Names() {
		m.Flags = append(m.Flags, parser.Flag(f))
	}
	return m
}

// AddFlags adds flags to messages.
func (b *Mailbox) AddFlags(flags []parser.Flag, uids ...uint32) error {
	return b.changeFlags(store.AddFlags, flags, uids)
}

// RemoveFlags removes flags from messages.
func (b *Mailbox) RemoveFlags(flags []parser.Flag, uids ...uint32) error {
	return b.changeFlags(store.RemoveFlags, flags, uids)
}

func (b *Mailbox) changeFlags(op store.FlagOp, flags []parser.Flag, uids []uint32) error {
	var names []string
	for _, f := range flags {
		names = append(names, string(f))
	}
	_, err := b.m.SetFlags(op, names, uids...)
	return err
}

// Status is the state of a mailbox at one moment.
type Status struct {
	Messages, Unseen, Deleted int
	UIDNext, UIDValidity      uint32
	HighestModSeq             uint64
	Size                      int64 // the size of all messages, in octets
}

// Status returns the state of the mailbox.
func (b *Mailbox) Status() Status {
	s := b.m.Status()
	return Status{Messages: s.Messages, Unseen: s.Unseen, Deleted: s.Deleted, UIDNext: s.UIDNext, UIDValidity: s.UIDValidity,
		HighestModSeq: s.HighestModSeq, Size: s.Size}
}

// SetUIDNext makes the next message get this UID, as if other messages had come and gone. If the UID is too low,
// SetUIDNext does nothing and returns false.
func (b *Mailbox) SetUIDNext(uid uint32) bool { return b.m.SetUIDNext(uid) }

// SetReadOnly sets whether SELECT opens the mailbox read-only, as EXAMINE does.
func (b *Mailbox) SetReadOnly(on bool) { b.m.SetReadOnly(on) }

// Mailboxes returns the names of a user's own mailboxes, sorted, including INBOX. The slice is the caller's. It panics
// if there is no such user.
func (s *Server) Mailboxes(user string) (names []string) {
	u := s.store.User(user)
	if u == nil {
		panic(fmt.Sprintf("imaptest: no user %q", user))
	}
	for _, l := range u.List(store.ListOptions{Patterns: []string{"*"}}) {
		if l.Mailbox != nil && l.Mailbox.Owner() == u {
			names = append(names, l.Name)
		}
	}
	slices.Sort(names)
	return names
}

// DeleteMailbox removes a user's mailbox with its messages, even while clients have it selected: see WithDeleted.
func (s *Server) DeleteMailbox(user, name string) error {
	u := s.store.User(user)
	if u == nil {
		return fmt.Errorf("imaptest: no user %q", user)
	}
	return u.Delete(name)
}

// RenameMailbox renames a user's mailbox.
func (s *Server) RenameMailbox(user, from, to string) error {
	u := s.store.User(user)
	if u == nil {
		return fmt.Errorf("imaptest: no user %q", user)
	}
	return u.Rename(from, to)
}
