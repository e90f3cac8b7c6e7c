package goimap

import (
	"fmt"
	"slices"
	"testing"
	"time"

	imap2 "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/google/go-cmp/cmp"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
)

var day = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// tasks holds one library's function for each task; close ends the library's connection.
type tasks struct {
	mailboxes   func() ([]string, error)
	subjects    func(n uint32) ([]string, error)
	message     func(uid uint32) ([]byte, error)
	unreadSince func(from string, since time.Time) ([]uint32, error)
	markRead    func(uid uint32) error
	move        func(mailbox string, uid uint32) error
	remove      func(uid uint32) error
	add         func(mailbox string, msg []byte, date time.Time) error
	unseen      func(mailbox string) (uint32, error)
	wait        func() (uint32, error)
	close       func()
}

func libraries() map[string]func(t *testing.T, srv *imaptest.Server) tasks {
	return map[string]func(t *testing.T, srv *imaptest.Server) tasks{
		"go-imap v1": func(t *testing.T, srv *imaptest.Server) tasks {
			c, err := connectV1(srv.TLSAddr, srv.TLSConfig(), "alice", "secret")
			if err != nil {
				t.Fatal(err)
			}
			return tasks{
				mailboxes:   func() ([]string, error) { return mailboxesV1(c) },
				subjects:    func(n uint32) ([]string, error) { return subjectsV1(c, n) },
				message:     func(uid uint32) ([]byte, error) { return messageV1(c, uid) },
				unreadSince: func(from string, since time.Time) ([]uint32, error) { return unreadSinceV1(c, from, since) },
				markRead:    func(uid uint32) error { return markReadV1(c, uid) },
				move:        func(mailbox string, uid uint32) error { return moveV1(c, mailbox, uid) },
				remove:      func(uid uint32) error { return deleteV1(c, uid) },
				add:         func(mailbox string, msg []byte, date time.Time) error { return appendV1(c, mailbox, msg, date) },
				unseen:      func(mailbox string) (uint32, error) { return unseenV1(c, mailbox) },
				wait:        func() (uint32, error) { return waitV1(c) },
				close:       func() { c.Logout() },
			}
		},
		"go-imap v2": func(t *testing.T, srv *imaptest.Server) tasks {
			c, err := connectV2(srv.TLSAddr, srv.TLSConfig(), "alice", "secret")
			if err != nil {
				t.Fatal(err)
			}
			return tasks{
				mailboxes:   func() ([]string, error) { return mailboxesV2(c) },
				subjects:    func(n uint32) ([]string, error) { return subjectsV2(c, n) },
				message:     func(uid uint32) ([]byte, error) { return messageV2(c, uid) },
				unreadSince: func(from string, since time.Time) ([]uint32, error) { return unreadSinceV2(c, from, since) },
				markRead:    func(uid uint32) error { return markReadV2(c, imap2.UID(uid)) },
				move:        func(mailbox string, uid uint32) error { return moveV2(c, mailbox, imap2.UID(uid)) },
				remove:      func(uid uint32) error { return deleteV2(c, imap2.UID(uid)) },
				add:         func(mailbox string, msg []byte, date time.Time) error { return appendV2(c, mailbox, msg, date) },
				unseen:      func(mailbox string) (uint32, error) { return unseenV2(c, mailbox) },
				wait: func() (uint32, error) {
					news := make(chan uint32, 10)
					w, err := imapclient.DialTLS(srv.TLSAddr, waitOptionsV2(srv.TLSConfig(), news))
					if err != nil {
						return 0, err
					}
					defer w.Close()
					if err := w.Login("alice", "secret").Wait(); err != nil {
						return 0, err
					}
					return waitV2(w, news)
				},
				close: func() { c.Logout().Wait() },
			}
		},
		"imapstack": func(t *testing.T, srv *imaptest.Server) tasks {
			ctx := t.Context()
			s, err := connect(ctx, srv.TLSAddr, srv.TLSConfig(), "alice", "secret")
			if err != nil {
				t.Fatal(err)
			}
			return tasks{
				mailboxes:   func() ([]string, error) { return mailboxes(ctx, s) },
				subjects:    func(n uint32) ([]string, error) { return subjects(ctx, s, n) },
				message:     func(uid uint32) ([]byte, error) { return message(ctx, s, uid) },
				unreadSince: func(from string, since time.Time) ([]uint32, error) { return unreadSince(ctx, s, from, since) },
				markRead:    func(uid uint32) error { return markRead(ctx, s, uid) },
				move:        func(mailbox string, uid uint32) error { return move(ctx, s, mailbox, uid) },
				remove:      func(uid uint32) error { return remove(ctx, s, uid) },
				add:         func(mailbox string, msg []byte, date time.Time) error { return add(ctx, s, mailbox, msg, date) },
				unseen:      func(mailbox string) (uint32, error) { return unseen(ctx, s, mailbox) },
				wait:        func() (uint32, error) { return wait(ctx, s) },
				close:       func() { s.Close() },
			}
		},
	}
}

func mailFrom(sender, subject string) []byte {
	return []byte("From: " + sender + "@example.com\r\nSubject: " + subject + "\r\n\r\n" + subject + "\r\n")
}

// TestSame runs the tasks of docs/goimap.md with each library, each on its own server, and expects the same results
// from all.
func TestSame(t *testing.T) {
	for name, open := range libraries() {
		t.Run(name, func(t *testing.T) {
			srv := imaptest.NewServer(t)
			box := srv.Mailbox("alice", "INBOX")
			box.AppendAt(day.AddDate(-1, 0, 0), mailFrom("bob", "one"))
			box.AppendAt(day, mailFrom("bob", "=?utf-8?q?zw=C3=B6lf?="))
			box.AppendAt(day, mailFrom("carol", "three"))
			box.AppendAt(day, mailFrom("bob", "four"), parser.FlagSeen)
			srv.Mailbox("alice", "Archive")
			do := open(t, srv)
			defer do.close()

			same := func(what string, got any, err error, want string) {
				t.Helper()
				if err != nil || fmt.Sprint(got) != want {
					t.Errorf("%s: got %v, %v; want %s", what, got, err, want)
				}
			}
			names, err := do.mailboxes()
			slices.Sort(names)
			same("mailboxes", names, err, "[Archive INBOX]")
			list, err := do.subjects(3)
			same("subjects", list, err, "[zwölf three four]")
			text, err := do.message(3)
			same("message", string(text), err, string(mailFrom("carol", "three")))
			uids, err := do.unreadSince("bob@", day)
			same("search", uids, err, "[2]")
			same("mark as read", nil, do.markRead(2), "<nil>")
			box.ExpectFlags(t, 2, parser.FlagSeen)
			n, err := do.unseen("INBOX")
			same("unseen", n, err, "2")
			same("move", nil, do.move("Archive", 3), "<nil>")
			srv.Mailbox("alice", "Archive").ExpectBodies(t, mailFrom("carol", "three"))
			same("delete", nil, do.remove(1), "<nil>")
			same("append", nil, do.add("Archive", mailFrom("dan", "five"), day), "<nil>")
			m, _ := srv.Mailbox("alice", "Archive").Message(2)
			if diff := cmp.Diff(m, imaptest.Message{UID: 2, Flags: []parser.Flag{parser.FlagSeen}, Date: m.Date, Body: mailFrom("dan", "five")}); diff != "" || !m.Date.Equal(day) {
				t.Errorf("the appended message differs: %s, date %v, want %v", diff, m.Date, day)
			}
			go func() {
				srv.WaitIdle(1)
				box.Append(mailFrom("bob", "six"))
			}()
			n, err = do.wait()
			same("wait", n, err, "3")
			var bodies []string
			for m := range box.Messages() {
				bodies = append(bodies, string(m.Body))
			}
			same("messages in INBOX", len(bodies), nil, "3")
			srv.ExpectCorrect(t)
		})
	}
}
