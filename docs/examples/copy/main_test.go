package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/docs/examples/internal/exampletest"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
)

// two starts two servers, and returns the URLs of alice's accounts on them.
func two(t *testing.T, from, to []imaptest.Option) (one, other *imaptest.Server, urls [2]string, set settings) {
	one, other = imaptest.NewServer(t, from...), imaptest.NewServer(t, to...)
	set.Settings = exampletest.Settings(t, one, other)
	urls = [2]string{exampletest.URL(one, "alice"), exampletest.URL(other, "alice")}
	return one, other, urls, set
}

func migrate(t *testing.T, urls [2]string, set settings) (string, error) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out bytes.Buffer
	err := run(ctx, &out, urls[0], urls[1], set)
	return out.String(), err
}

func fill(t *testing.T, srv *imaptest.Server) {
	date := time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)
	for _, name := range []string{"INBOX", "Work/Reports/2024", "Entwürfe", "Sent"} {
		box := srv.Mailbox("alice", name)
		for i := range 12 {
			id := fmt.Sprintf("Message-ID: <%d@%x>\r\n", i, name)
			if i == 11 {
				id = "" // some messages have no Message-ID
			}
			body := fmt.Sprintf("%sSubject: %d\r\n\r\n%s\r\n", id, i, strings.Repeat("0123456789", i*i*100))
			if _, err := box.AppendAt(date.Add(time.Duration(i)*time.Hour), []byte(body), parser.FlagSeen, parser.Flag(fmt.Sprint("mark", i))); err != nil {
				t.Fatal(err)
			}
		}
	}
	// Two equal messages count as two.
	for range 2 {
		srv.Mailbox("alice", "INBOX").AppendAt(date, []byte("Message-ID: <twice@example.com>\r\n\r\nx\r\n"))
	}
	srv.Mailbox("alice", "Sent").SetSpecialUse(parser.AttrSent)
}

// state returns the contents of an account as text.
func state(srv *imaptest.Server, names map[string]string) string {
	var list []string
	for _, name := range srv.Mailboxes("alice") {
		for m := range srv.Mailbox("alice", name).Messages() {
			to := name
			if n, ok := names[name]; ok {
				to = n
			}
			flags := slices.Clone(m.Flags)
			slices.Sort(flags)
			list = append(list, fmt.Sprintf("%s %s %v %.60q %d", to, m.Date.UTC(), flags, m.Body, len(m.Body)))
		}
	}
	slices.Sort(list)
	return strings.Join(list, "\n")
}

// TestCopy copies an account three times. The second run copies nothing, and the third copies only the message that has
// arrived since.
func TestCopy(t *testing.T) {
	one, other, urls, set := two(t, nil, nil)
	fill(t, one)
	sent := other.Mailbox("alice", "Gesendet")
	sent.SetSpecialUse(parser.AttrSent)
	other.Mailbox("alice", "INBOX").Append([]byte("Message-ID: <own@example.com>\r\n\r\nthere before\r\n"))
	before := state(one, nil)
	set.dry = true
	if out, err := migrate(t, urls, set); err != nil || !strings.Contains(out, "50 messages to copy, 0 already there") || len(other.Mailboxes("alice")) != 2 {
		t.Fatalf("-n: got %v\n%s\nwant 50 messages to copy, and no new mailbox", err, out)
	}
	set.dry = false
	for _, want := range []string{"50 messages copied, 0 already there, 0 failed", "0 messages copied, 50 already there"} {
		if out, err := migrate(t, urls, set); err != nil || !strings.Contains(out, want) {
			t.Fatalf("got %v\n%s\nwant %s", err, out, want)
		}
	}
	one.Mailbox("alice", "INBOX").Append([]byte("Message-ID: <new@example.com>\r\n\r\nnew\r\n"))
	if out, err := migrate(t, urls, set); err != nil || !strings.Contains(out, "1 messages copied, 50 already there") {
		t.Fatalf("third run: got %v\n%s\nwant 1 message copied", err, out)
	}
	if one.Mailbox("alice", "INBOX").Expunge(15); state(one, nil) != before {
		t.Error("the source account has changed")
	}
	other.Mailbox("alice", "INBOX").Expunge(1, 16)
	if got, want := state(other, nil), state(one, map[string]string{"Sent": "Gesendet"}); got != want {
		t.Errorf("the target account has\n%s\nwant\n%s", got, want)
	}
}

// TestCopyInterrupted ends connections of both sides again and again. At the end each message must have been copied
// once.
func TestCopyInterrupted(t *testing.T) {
	one, other, urls, set := two(t, nil, nil)
	fill(t, one)
	for _, srv := range []*imaptest.Server{one, other} {
		for i := range 6 {
			srv.Inject(imaptest.Cut{From: imaptest.ServerSide}, imaptest.When{Command: []string{"FETCH", "APPEND"}[i%2], Moment: imaptest.During, Skip: 3 * i, Times: 1})
			srv.Inject(imaptest.Bye{Code: parser.CodeUnavailable}, imaptest.When{Command: []string{"FETCH", "APPEND", "SELECT"}[i%3], Skip: 2 * i, Times: 1})
		}
	}
	out, err := "", error(nil)
	for range 5 {
		if out, err = migrate(t, urls, set); err == nil {
			break
		}
	}
	if err != nil || state(other, nil) != state(one, nil) {
		t.Errorf("got %v\n%s\nthe target account has\n%s\nwant\n%s", err, out, state(other, nil), state(one, nil))
	}
	if len(one.Injected())+len(other.Injected()) < 8 {
		t.Errorf("%d faults were injected, want at least 8", len(one.Injected())+len(other.Injected()))
	}
}

// TestCopyFromGmail checks that the program leaves out views of other mailboxes, finds the folders by their special
// uses, or by their names if the other server does not report uses, and drops the flags that the other server does not
// keep.
func TestCopyFromGmail(t *testing.T) {
	one, other, urls, set := two(t, []imaptest.Option{imaptest.Preset("gmail"), imaptest.WithUser("alice", "secret")}, []imaptest.Option{imaptest.Preset("icloud"), imaptest.WithUser("alice", "secret")})
	for _, name := range one.Mailboxes("alice") {
		one.Mailbox("alice", name).Append([]byte("Message-ID: <" + strings.ReplaceAll(name, " ", "") + "@example.com>\r\n\r\nx\r\n"))
	}
	if out, err := migrate(t, urls, set); err != nil {
		t.Fatalf("got %v\n%s", err, out)
	}
	for name, want := range map[string]int{"INBOX": 1, "Drafts": 1, "Junk": 1, "Deleted Messages": 1, "Archive": 0, "Sent Messages": 1} {
		if n := other.Mailbox("alice", name).Status().Messages; n != want {
			t.Errorf("%s has %d messages, want %d", name, n, want)
		}
	}
	for _, name := range other.Mailboxes("alice") {
		if strings.Contains(name, "All Mail") || strings.Contains(name, "Starred") {
			t.Errorf("the view %s was copied", name)
		}
	}
}

// TestCopyCreated copies to a server on which the mailboxes already exist when the program sends CREATE, as on a server
// that creates a mailbox together with the mailboxes above it. The server refuses CREATE without a response code.
func TestCopyCreated(t *testing.T) {
	one, other, urls, set := two(t, nil, nil)
	for _, name := range []string{"Work", "Work/Deep"} {
		one.Mailbox("alice", name).Append([]byte("Message-ID: <" + name + "@example.com>\r\n\r\nx\r\n"))
	}
	// Another client creates both between the listing and the CREATE.
	other.Inject(imaptest.Delay{For: 300 * time.Millisecond}, imaptest.When{Command: "CREATE"})
	other.Inject(imaptest.Answer{Text: "Mailbox already exists"}, imaptest.When{Command: "CREATE"})
	go func() {
		if _, err := other.WaitReceived(t.Context(), func(r imaptest.Received) bool { return r.Name == "CREATE" }); err == nil {
			other.Mailbox("alice", "Work")
			other.Mailbox("alice", "Work/Deep")
		}
	}()
	if out, err := migrate(t, urls, set); err != nil {
		t.Errorf("got %v\n%s", err, out)
	}
	if state(other, nil) != state(one, nil) {
		t.Error("the target account differs from the source account")
	}
}

// TestCopyErrors checks that the program explains errors, and that it copies the other messages if one is refused.
func TestCopyErrors(t *testing.T) {
	one, other, urls, set := two(t, nil, nil)
	fill(t, one)
	t.Setenv("IMAP_PASSWORD_TO", "wrong")
	if _, err := migrate(t, urls, set); err == nil || !strings.Contains(err.Error(), "to: ") {
		t.Errorf("a wrong password: got %v, want an error that names the target account", err)
	}
	t.Setenv("IMAP_PASSWORD_TO", "secret")
	other.Inject(imaptest.Answer{Code: parser.CodeTooBig}, imaptest.When{Command: "APPEND", Skip: 5, Times: 1})
	out, err := migrate(t, urls, set)
	if err != errSome || !strings.Contains(out, "49 messages copied, 0 already there, 1 failed") {
		t.Errorf("one refused message: got %v\n%s\nwant %v, and 49 messages copied", err, out, errSome)
	}
	other.Inject(imaptest.Answer{Code: parser.CodeOverQuota}, imaptest.When{Command: "APPEND"})
	if out, err := migrate(t, urls, set); err == nil || err == errSome || !strings.Contains(out, "OVERQUOTA") {
		t.Errorf("no quota left: got %v\n%s\nwant an error with OVERQUOTA", err, out)
	}
}
