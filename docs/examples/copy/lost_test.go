package main

import (
	"strings"
	"testing"

	"github.com/imapstack/imapstack/commands/mailboxes"
	"github.com/imapstack/imapstack/docs/examples/internal/exampletest"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
)

// TestCopyLeftOut plays a server that leaves all messages out of its answer with their texts: once, so that the program
// must ask again, and twice, so that it must not report success.
func TestCopyLeftOut(t *testing.T) {
	for _, times := range []int{1, 2} {
		one, other, urls, set := two(t, nil, nil)
		for _, id := range []string{"1", "2", "3"} {
			one.Mailbox("alice", "INBOX").Append([]byte("Message-ID: <" + id + "@example.com>\r\n\r\nx\r\n"))
		}
		for i := range times {
			// Each round begins with a FETCH of the envelopes.
			one.Inject(imaptest.Answer{Status: parser.OK}, imaptest.When{Command: "FETCH", Skip: 2*i + 1, Times: 1})
		}
		out, err := migrate(t, urls, set)
		if times == 1 && (err != nil || state(other, nil) != state(one, nil)) {
			t.Errorf("left out once: got %v\n%s\nthe target account has\n%s", err, out, state(other, nil))
		}
		if times == 2 && (err != errSome || !strings.Contains(out, "0 messages copied, 0 already there, 3 failed")) {
			t.Errorf("left out twice: got %v\n%s\nwant %v, and 3 messages failed", err, out, errSome)
		}
	}
}

// TestCopyNIL plays a server that sends NIL for a message that has just been expunged. The program must not store an
// empty message for it.
func TestCopyNIL(t *testing.T) {
	one, other, urls, set := two(t, nil, nil)
	for _, id := range []string{"1", "2", "3"} {
		one.Mailbox("alice", "INBOX").Append([]byte("Message-ID: <" + id + "@example.com>\r\n\r\nx\r\n"))
	}
	one.Inject(imaptest.Vanish{Nth: 2, How: imaptest.VanishNIL}, imaptest.When{Command: "FETCH", Skip: 1, Times: 1})
	out, err := migrate(t, urls, set)
	if err != nil || state(other, nil) != state(one, nil) || !strings.Contains(out, "2 messages copied, 0 already there, 0 failed") {
		t.Errorf("got %v\n%s\nthe target account has\n%s\nwant\n%s", err, out, state(other, nil), state(one, nil))
	}
}

// TestCopyLate checks that messages keep their flags and dates if the source server sends flags, dates and UIDs after
// the texts.
func TestCopyLate(t *testing.T) {
	one, other, urls, set := two(t, []imaptest.Option{imaptest.AllowPlain()}, nil)
	fill(t, one)
	urls[0] = "imap+insecure://alice@" + exampletest.ListenLate(t, one.Addr)
	set.Insecure = true
	out, err := migrate(t, urls, set)
	if err != nil || state(other, nil) != state(one, nil) || !strings.Contains(out, "50 messages copied, 0 already there, 0 failed") {
		t.Errorf("got %v\n%s\nthe target account has\n%s\nwant\n%s", err, out, state(other, nil), state(one, nil))
	}
}

// TestCopyListedInPart plays servers that leave messages out of the list of messages. If the source does, messages would
// not be copied; if the target does, they would be copied again. The program must report neither as success.
func TestCopyListedInPart(t *testing.T) {
	for i, name := range []string{"source", "target"} {
		one, other, urls, set := two(t, nil, nil)
		for _, srv := range []*imaptest.Server{one, other} {
			srv.Mailbox("alice", "INBOX").Append([]byte("Message-ID: <1@example.com>\r\n\r\nx\r\n"))
		}
		[]*imaptest.Server{one, other}[i].Inject(imaptest.Answer{Status: parser.OK}, imaptest.When{Command: "FETCH"})
		out, err := migrate(t, urls, set)
		if n := other.Mailbox("alice", "INBOX").Status().Messages; err == nil || n != 1 {
			t.Errorf("%s: got %v, and the target has %d messages; want an error, and 1 message\n%s", name, err, n, out)
		}
	}
}

// TestExclude checks that * stands for anything, also for delimiters, and that brackets stand for themselves.
func TestExclude(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"", "Lists/go", true}, {"Lists*", "Lists/go/nuts", false}, {"[Gmail]/*", "[Gmail]/Spam", false}, {"[Gmail]/*", "G/Spam", true}, {"a?", "ab", true},
	} {
		m := &migration{set: settings{exclude: c.pattern}}
		if got := m.wanted(&mailboxes.Mailbox{Name: c.name, Selectable: true}); got != c.want {
			t.Errorf("-exclude %q: %q is copied: %v, want %v", c.pattern, c.name, got, c.want)
		}
	}
}
