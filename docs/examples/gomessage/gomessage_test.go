package gomessage

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

func open(t *testing.T, srv *imaptest.Server) *session.Session {
	t.Helper()
	c, sc := imaptest.Pipe(0)
	go srv.ServeConn(sc, "alice")
	s, err := session.Open(t.Context(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestBothWays appends a message written by go-message, and reads it from the server with go-message.
func TestBothWays(t *testing.T) {
	srv := imaptest.NewServer(t)
	s := open(t, srv)
	big := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // more than the buffer of a section holds
	srv.Mailbox("alice", "Drafts")
	if err := AppendDraft(t.Context(), s, "Drafts", "Grüße", "Schöne Grüße\n", "größe.bin", bytes.NewReader(big)); err != nil {
		t.Fatal(err)
	}
	srv.Mailbox("alice", "Drafts").ExpectFlags(t, 1, parser.FlagDraft, parser.FlagSeen)
	if _, err := commands.Examine(s, "Drafts").Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	sum := sha256.New()
	all, err := Read(t.Context(), s, numset.All(numset.UID), func(_ *Message, _ string, body io.Reader) error {
		_, err := io.Copy(sum, body)
		return err
	})
	if err != nil || len(all) != 1 {
		t.Fatalf("got %d messages, %v; want 1", len(all), err)
	}
	want := sha256.Sum256(big)
	m := all[0]
	if m.UID != 1 || m.Subject != "Grüße" || m.Text != "Schöne Grüße\n" && m.Text != "Schöne Grüße\r\n" || len(m.Attachments) != 1 {
		t.Fatalf("got %+v, want the message that was appended", m)
	}
	if a := m.Attachments[0]; a.Name != "größe.bin" || a.Size != int64(len(big)) || !bytes.Equal(sum.Sum(nil), want[:]) {
		t.Errorf("got the attachment %+v, want größe.bin with %d octets", a, len(big))
	}
}

// TestReadOn checks that Read returns the other messages complete if go-message cannot read one of them, and if save
// does not read the attachments.
func TestReadOn(t *testing.T) {
	srv := imaptest.NewServer(t)
	box := srv.Mailbox("alice", "INBOX")
	attached := "Subject: one\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nfirst\r\n--b\r\nContent-Disposition: attachment; filename=a\r\n\r\n" +
		strings.Repeat("x", 1<<18) + "\r\n--b--\r\n"
	box.Append([]byte(attached))
	box.Append([]byte("Subject: =?utf-8?q?zw=C3=B6lf?=\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\nGr\xfc\xdfe\r\n"))
	box.Append([]byte("From: nobody, at all <\r\n\r\n"))
	box.Append([]byte("Subject: four\r\n\r\n"))
	s := open(t, srv)
	if _, err := commands.Examine(s, "INBOX").Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	all, err := Read(t.Context(), s, numset.All(numset.UID), func(*Message, string, io.Reader) error { return nil })
	if err == nil || !strings.HasPrefix(err.Error(), "UID 3: ") || strings.Contains(err.Error(), "UID 4") {
		t.Errorf("got %v, want an error only for UID 3", err)
	}
	if len(all) != 4 || all[0].Subject != "one" || all[0].Text != "first" || all[1].Subject != "zwölf" || all[1].Text != "Grüße\r\n" || all[3].Subject != "four" {
		t.Errorf("got %d messages, %+v; want 4", len(all), all)
	}
	// The session can still be used.
	if _, err := commands.Noop(s).Wait(context.WithoutCancel(t.Context())); err != nil {
		t.Error(err)
	}
	for m := range box.Messages() {
		if len(m.Flags) != 0 {
			t.Errorf("UID %d has the flags %v, want none", m.UID, m.Flags)
		}
	}
}

// TestReadVanishing checks that Read leaves out a message for which the server sends NIL, because it is gone.
func TestReadVanishing(t *testing.T) {
	srv := imaptest.NewServer(t)
	box := srv.Mailbox("alice", "INBOX")
	box.Append([]byte("Subject: one\r\n\r\n"))
	box.Append([]byte("Subject: two\r\n\r\n"))
	srv.Inject(imaptest.Vanish{How: imaptest.VanishNIL}, imaptest.When{Command: "FETCH", Times: 1})
	s := open(t, srv)
	if _, err := commands.Examine(s, "INBOX").Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	all, err := Read(t.Context(), s, numset.All(numset.UID), func(*Message, string, io.Reader) error { return nil })
	if err != nil || len(all) != 1 || all[0].Subject != "two" {
		t.Errorf("got %d messages, %v; want only the second", len(all), err)
	}
}
