package imaptest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imapstack/imapstack/parser"
)

// ExpectMessages fails t and prints the difference, unless the mailbox holds these messages, by ascending UID. It does
// not compare the fields that are zero in a wanted message. Flags that are nil match any flags; an empty slice matches
// a message without flags. Flags are compared as sets, ignoring case.
func (b *Mailbox) ExpectMessages(t testing.TB, want ...Message) {
	t.Helper()
	var got []Message
	for m := range b.Messages() {
		got = append(got, m)
	}
	if diff := diffMessages(want, got); diff != "" {
		t.Errorf("imaptest: messages of %s (-want +got):\n%s", b.m.Name(), diff)
	}
}

// shownMessage holds the fields of a message that a difference shows.
type shownMessage struct {
	UID   uint32
	Flags string
	Date  string
	Body  string
}

// diffMessages returns the difference, or "".
func diffMessages(want, got []Message) string {
	show := func(m Message, like *Message) shownMessage {
		var s shownMessage
		if like.UID != 0 {
			s.UID = m.UID
		}
		if like.Flags != nil {
			s.Flags = flagText(m.Flags)
		}
		if !like.Date.IsZero() {
			s.Date = m.Date.UTC().Format("2006-01-02 15:04:05Z")
		}
		if like.Body != nil {
			s.Body = string(m.Body)
		}
		return s
	}
	var w, g []shownMessage
	for i := range max(len(want), len(got)) {
		switch {
		case i >= len(want):
			m := got[i]
			g = append(g, shownMessage{UID: m.UID, Flags: flagText(m.Flags), Body: string(m.Body[:min(len(m.Body), 200)])})
		case i >= len(got):
			w = append(w, show(want[i], &want[i]))
		default:
			w, g = append(w, show(want[i], &want[i])), append(g, show(got[i], &want[i]))
		}
	}
	return cmp.Diff(w, g)
}

// flagText returns flags sorted and in lower case.
func flagText(flags []parser.Flag) string {
	var out []string
	for _, f := range flags {
		out = append(out, strings.ToLower(string(f)))
	}
	slices.Sort(out)
	return "(" + strings.Join(slices.Compact(out), " ") + ")"
}

// ExpectFlags fails t unless the message has these flags and no others.
func (b *Mailbox) ExpectFlags(t testing.TB, uid uint32, want ...parser.Flag) {
	t.Helper()
	m, ok := b.Message(uid)
	if !ok {
		t.Errorf("imaptest: %s has no message of UID %d", b.m.Name(), uid)
		return
	}
	if diff := cmp.Diff(flagText(want), flagText(m.Flags)); diff != "" {
		t.Errorf("imaptest: flags of UID %d of %s (-want +got):\n%s", uid, b.m.Name(), diff)
	}
}

// ExpectBodies fails t unless the mailbox holds exactly the messages with these octets, in any order.
func (b *Mailbox) ExpectBodies(t testing.TB, want ...[]byte) {
	t.Helper()
	var got [][]byte
	for m := range b.Messages() {
		got = append(got, m.Body)
	}
	texts := func(list [][]byte) (out []string) {
		list = slices.SortedFunc(slices.Values(list), bytes.Compare)
		for _, b := range list {
			out = append(out, string(b))
		}
		return out
	}
	if diff := cmp.Diff(texts(want), texts(got)); diff != "" {
		t.Errorf("imaptest: bodies in %s (-want +got):\n%s", b.m.Name(), diff)
	}
}

// ExpectMailboxes fails t unless these are a user's own mailboxes, besides INBOX. It panics if there is no such user.
func (s *Server) ExpectMailboxes(t testing.TB, user string, want ...string) {
	t.Helper()
	want = append([]string{"INBOX"}, want...)
	slices.Sort(want)
	if diff := cmp.Diff(slices.Compact(want), s.Mailboxes(user)); diff != "" {
		t.Errorf("imaptest: mailboxes of %s (-want +got):\n%s", user, diff)
	}
}

// ExpectCommands fails t unless these are the commands, each as Received.String returns it. "…" at the end of a wanted
// command stands for anything.
//
//	srv.Received().Of(1).ExpectCommands(t, "LOGIN alice …", "SELECT INBOX", "UID FETCH …")
func (list Commands) ExpectCommands(t testing.TB, want ...string) {
	t.Helper()
	got := list.Strings()
	for i := range min(len(got), len(want)) {
		// Replace what the ellipsis stands for, so that the diff does not show it.
		if begin, open := strings.CutSuffix(want[i], ellipsis); open && strings.HasPrefix(got[i], begin) {
			got[i] = want[i]
		}
	}
	if diff := cmp.Diff(append([]string{}, want...), got); diff != "" {
		t.Errorf("imaptest: commands received (-want +got):\n%s", diff)
	}
}

// ExpectInjected fails t unless n faults have happened, and prints those that have. A test whose fault never happened
// proves nothing.
func (s *Server) ExpectInjected(t testing.TB, n int) {
	t.Helper()
	log := s.Injected()
	if len(log) == n {
		return
	}
	var b strings.Builder
	for _, i := range log {
		fmt.Fprintf(&b, "\n%v", i)
	}
	t.Errorf("imaptest: %d faults have happened, want %d%s", len(log), n, b.String())
}

// ExpectCorrect fails t for each command in which something was wrong (see Received.Wrong). That includes every command
// that the server answered BAD.
func (s *Server) ExpectCorrect(t testing.TB) {
	t.Helper()
	for _, r := range s.Received().Wrong() {
		t.Errorf("imaptest: connection %d: %s: %s", r.Conn, r, strings.Join(r.Wrong, "; "))
	}
}
