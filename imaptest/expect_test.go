package imaptest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
)

// recordedTest is a test that records its failures instead of failing.
type recordedTest struct {
	testing.TB
	text string
}

func (t *recordedTest) Helper()                           {}
func (t *recordedTest) Errorf(format string, args ...any) { t.text += fmt.Sprintf(format, args...) }

func TestExpect(t *testing.T) {
	srv := newServer(t)
	box := srv.Mailbox("alice", "INBOX")
	date := time.Date(2024, 2, 3, 4, 5, 6, 0, time.UTC)
	one, _ := box.AppendAt(date, []byte("one"), `\Seen`, "Key")
	two, _ := box.Append([]byte("two"))
	type message = imaptest.Message
	for _, test := range []struct {
		name string
		f    func(t testing.TB)
		want []string // substrings of the failures that t reports; empty if it must not fail
	}{
		{"messages", func(t testing.TB) {
			box.ExpectMessages(t, message{UID: one, Flags: []parser.Flag{"key", `\seen`}, Date: date, Body: []byte("one")}, message{Body: []byte("two")})
		}, nil},
		{"zero", func(t testing.TB) { box.ExpectMessages(t, message{}, message{Flags: []parser.Flag{}}) }, nil},
		{"flags differ", func(t testing.TB) { box.ExpectMessages(t, message{Flags: []parser.Flag{}}, message{}) }, []string{"messages of INBOX", `- `, `+ `, `(\seen key)`}},
		{"one too many", func(t testing.TB) { box.ExpectMessages(t, message{}) }, []string{"+ ", "two"}},
		{"one missing", func(t testing.TB) { box.ExpectMessages(t, message{}, message{}, message{Body: []byte("three")}) }, []string{"- ", "three"}},
		{"other octets", func(t testing.TB) { box.ExpectMessages(t, message{Body: []byte("none")}, message{}) }, []string{"none", "one"}},
		{"bodies", func(t testing.TB) { box.ExpectBodies(t, []byte("two"), []byte("one")) }, nil},
		{"bodies differ", func(t testing.TB) { box.ExpectBodies(t, []byte("two")) }, []string{"bodies in INBOX", "one"}},
		{"flags", func(t testing.TB) { box.ExpectFlags(t, one, "KEY", `\Seen`) }, nil},
		{"other flags", func(t testing.TB) { box.ExpectFlags(t, two, `\Seen`) }, []string{"UID 2", `(\seen)`}},
		{"no such message", func(t testing.TB) { box.ExpectFlags(t, 99) }, []string{"no message of UID 99"}},
		{"mailboxes", func(t testing.TB) { srv.ExpectMailboxes(t, "alice") }, nil},
		{"other mailboxes", func(t testing.TB) { srv.ExpectMailboxes(t, "alice", "Sent") }, []string{"Sent"}},
		{"commands", func(t testing.TB) { srv.Received().ExpectCommands(t, "LOGIN alice …", "SELECT INBOX") }, nil},
		{"no commands", func(t testing.TB) { srv.Received().Named("FETCH").ExpectCommands(t) }, nil},
		{"other commands", func(t testing.TB) { srv.Received().ExpectCommands(t, "LOGIN bob …") }, []string{"- ", "bob", "+ ", "alice …", "SELECT INBOX"}},
		{"faults", func(t testing.TB) { srv.ExpectInjected(t, 1) }, nil},
		{"more faults", func(t testing.TB) { srv.ExpectInjected(t, 2) }, []string{"1 faults have happened, want 2", "unasked"}},
	} {
		if test.name == "mailboxes" {
			login(t, srv, "INBOX")
			srv.Inject(imaptest.Say{}, imaptest.When{Moment: imaptest.Now})
		}
		x := &recordedTest{TB: t}
		test.f(x)
		x.text = strings.ReplaceAll(x.text, "\u00a0", " ") // cmp prints either spaces or no-break spaces
		for _, w := range test.want {
			if !strings.Contains(x.text, w) {
				t.Errorf("%s: want %q in %q", test.name, w, x.text)
			}
		}
		if test.want == nil && x.text != "" {
			t.Errorf("%s: want no failure, got %q", test.name, x.text)
		}
	}
}

// TestStateForTests changes a mailbox while a client has it open, and reads its state.
func TestStateForTests(t *testing.T) {
	srv := newServer(t)
	box := srv.Mailbox("alice", "INBOX")
	box.Append([]byte("one"))
	c := login(t, srv, "INBOX")
	box.AddFlags([]parser.Flag{`\Flagged`}, 1)
	box.SetUIDNext(10)
	box.Append([]byte("ten"), `\Seen`)
	if got := strings.Join(c.do("NOOP"), "|"); got != `* 2 EXISTS|* 2 RECENT|* 1 FETCH (FLAGS (\Flagged \Recent))|T OK NOOP completed` && !strings.Contains(got, `(\Recent \Flagged)`) {
		t.Errorf("the answer to NOOP is %q", got)
	}
	box.RemoveFlags([]parser.Flag{`\flagged`}, 1)
	box.ExpectFlags(t, 1)
	if m, ok := box.Message(10); !ok || string(m.Body) != "ten" {
		t.Errorf("message 10 is %+v, %v, want the text \"ten\"", m, ok)
	}
	if _, ok := box.Message(2); ok {
		t.Error("message 2 exists")
	}
	if s := box.Status(); s.Messages != 2 || s.Unseen != 1 || s.UIDNext != 11 || s.Size != 6 {
		t.Errorf("Status is %+v, want 2 messages of 6 octets, one of them unseen, and UIDNEXT 11", s)
	}
	srv.Mailbox("alice", "A/B")
	if err := srv.RenameMailbox("alice", "A/B", "C"); err != nil {
		t.Error(err)
	}
	srv.ExpectMailboxes(t, "alice", "C")
	if err := srv.DeleteMailbox("alice", "C"); err != nil {
		t.Error(err)
	}
	box.SetReadOnly(true)
	if got := c.ok("SELECT INBOX"); !strings.Contains(got[len(got)-1], "READ-ONLY") {
		t.Errorf("want READ-ONLY, got %q", got)
	}
	if err := srv.DeleteMailbox("nobody", "C"); err == nil {
		t.Error("a user who does not exist has a mailbox")
	}
}
