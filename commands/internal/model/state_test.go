package model

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/imapstack/imapstack/parser"
)

// flags is a set of the flags that the programs use.
type flags uint16

var flagNames = []parser.Flag{parser.FlagSeen, parser.FlagAnswered, parser.FlagFlagged, parser.FlagDeleted, parser.FlagDraft, "k0", "k1", "k2", "k3"}

const (
	seen    flags = 1 << 0
	deleted flags = 1 << 3
)

// flagsOf returns the set of the programs' flags in a list. It leaves out \Recent and the flags of the second client.
func flagsOf(list []parser.Flag) (f flags) {
	for _, x := range list {
		for i, name := range flagNames {
			if strings.EqualFold(string(name), string(x)) {
				f |= 1 << i
			}
		}
	}
	return f
}

// names returns the flags in the form in which they are sent.
func (f flags) names() (list []parser.Flag) {
	for i, name := range flagNames {
		if f&(1<<i) != 0 {
			list = append(list, name)
		}
	}
	return list
}

// drawnFlags makes a set of flags from a random number. The set usually has one flag.
func drawnFlags(n uint32) flags {
	f := flags(1) << (n % uint32(len(flagNames)))
	if n>>8&3 == 0 {
		f |= 1 << (n >> 4 % uint32(len(flagNames)))
	}
	return f & (1<<len(flagNames) - 1)
}

// A content identifies the octets of a message: it is an index in run.contents.
type content int

// body returns the octets of a message.
func body(who string, n, size int) []byte {
	b := fmt.Appendf(nil, "Subject: %s-%d\r\nMessage-ID: <%d@%s.example>\r\nDate: Mon, 2 Mar 2026 09:30:00 +0000\r\n\r\n", who, n, n, who)
	line := fmt.Sprintf("%s %d, 0123456789abcdefghijklmnopqrstuvwxyz\r\n", who, n)
	return append(b, bytes.Repeat([]byte(line), max(0, size-len(b))/len(line))...)
}

// message is a message of the programs in a mailbox of the model.
type message struct {
	uid     uint32
	content content
	flags   flags
}

// mailbox is a mailbox of the model.
type mailbox struct {
	name     string
	pure     bool // the second client does not change it
	next     uint32
	list     []*message
	was      map[uint32]content // by UID, every message of the programs that has ever been in the mailbox
	comment  string             // its metadata
	validity uint32
}

// among returns the messages for whose UID the given function returns true, sorted by UID.
func (m *mailbox) among(in func(uint32) bool) (out []*message) {
	for _, x := range m.list {
		if in(x.uid) {
			out = append(out, x)
		}
	}
	return out
}

func (m *mailbox) remove(gone func(*message) bool) (uids []uint32) {
	m.list = slices.DeleteFunc(m.list, func(x *message) bool {
		if gone(x) {
			uids = append(uids, x.uid)
			return true
		}
		return false
	})
	return uids
}

// state is the model: the mailboxes that the server must have, with the messages of the programs.
type state struct {
	r     *run
	boxes map[string]*mailbox
	epoch *epoch // the epoch of the open mailbox, or nil
	open  *mailbox
	saved []uint32 // the saved result, $ (RFC 9051 §6.4.4.1)
}

// add appends a message to a mailbox and returns its UID: the next one that no message of the second client has.
func (st *state) add(m *mailbox, c content, f flags) uint32 {
	for m.next++; st.r.others.has(m.name, m.next); m.next++ {
	}
	m.list = append(m.list, &message{m.next, c, f})
	m.was[m.next] = c
	return m.next
}

func newMailbox(name string, base uint32) *mailbox {
	return &mailbox{name: name, pure: true, next: base, was: map[uint32]content{}}
}

// names returns the names of all mailboxes, sorted.
func (st *state) names() (list []string) {
	for name := range st.boxes {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// octets returns the octets of the message that has, or had, a UID in a mailbox, whether the programs or the second
// client have added it. It returns nil if no message has had that UID.
func (st *state) octets(m *mailbox, uid uint32) []byte {
	if c, ok := m.was[uid]; ok {
		return st.r.contents[c]
	}
	return st.r.others.octets(m.name, uid)
}
