package imaptest

import (
	"fmt"
	"iter"
	"time"

	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/message"
)

// A Mailbox gives a test access to a mailbox of the server. The server reports its changes to clients that have it
// selected, as if another client had made them. It is safe for use by several goroutines.
type Mailbox struct{ m *store.Mailbox }

// Mailbox returns a user's mailbox, and creates it if it does not exist. It panics if there is no such user, or if the
// mailbox cannot be created.
func (s *Server) Mailbox(user, name string) *Mailbox {
	u := s.store.User(user)
	if u == nil {
		panic(fmt.Sprintf("imaptest: no user %q", user))
	}
	m := u.Mailbox(name)
	if m == nil {
		var err error
		if m, err = u.Create(name); err != nil {
			panic(fmt.Sprintf("imaptest: mailbox %q: %v", name, err))
		}
	}
	return &Mailbox{m}
}

// Message is a message in a mailbox, with its state at the moment when it was returned.
type Message struct {
	UID   uint32
	Flags []parser.Flag // the caller's
	Date  time.Time     // INTERNALDATE
	Body  []byte        // the whole message; valid as long as the program runs; the caller must not change it
}

// Append adds a copy of a message and returns its UID.
func (b *Mailbox) Append(body []byte, flags ...parser.Flag) (uid uint32, err error) {
	return b.AppendAt(time.Time{}, body, flags...)
}

// AppendAt is like Append, with an INTERNALDATE; the zero time means now.
func (b *Mailbox) AppendAt(date time.Time, body []byte, flags ...parser.Flag) (uid uint32, err error) {
	n := store.NewMessage{Content: message.New(append([]byte(nil), body...)), Date: date}
	for _, f := range flags {
		n.Flags = append(n.Flags, string(f))
	}
	done, err := b.m.Append(n)
	return done.UIDs.Start, err
}

// Expunge removes messages, whatever their flags, and returns how many it has removed.
func (b *Mailbox) Expunge(uids ...uint32) int { return b.m.Expunge(uids...) }

// SetFlags replaces the flags of messages.
func (b *Mailbox) SetFlags(flags []parser.Flag, uids ...uint32) error {
	return b.changeFlags(store.SetFlags, flags, uids)
}

// Messages yields the messages by ascending UID, as they were when the loop began.
func (b *Mailbox) Messages() iter.Seq[Message] {
	return func(yield func(Message) bool) {
		for it := range b.m.Messages() {
			if !yield(messageOf(&it)) {
				return
			}
		}
	}
}

// SetSpecialUse sets the special uses of the mailbox (RFC 6154), such as parser.AttrSent.
func (b *Mailbox) SetSpecialUse(uses ...parser.MailboxAttr) {
	var names []string
	for _, u := range uses {
		names = append(names, string(u))
	}
	b.m.SetSpecialUse(names...)
}

// SetUIDValidity changes UIDVALIDITY, as a server that has lost its index does.
func (b *Mailbox) SetUIDValidity(v uint32) { b.m.SetUIDValidity(v) }
