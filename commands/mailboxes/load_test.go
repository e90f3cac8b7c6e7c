package mailboxes_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/internal/sessiontest"
	"github.com/imapstack/imapstack/commands/mailboxes"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/imaptest/peer"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// TestLoad loads the tree from servers with different extensions.
func TestLoad(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, opts := range [][]imaptest.Option{
		nil, {imaptest.Without("IMAP4REV2", "LIST-EXTENDED", "SPECIAL-USE")}, {imaptest.Without("IMAP4REV2", "LIST-EXTENDED", "SPECIAL-USE", "NAMESPACE", "XLIST")},
	} {
		srv, s := sessiontest.Memory(t, ctx, opts...)
		srv.Mailbox("alice", "Entwürfe/日本")
		srv.Mailbox("alice", "Entwürfe")
		srv.Mailbox("alice", "Raus").SetSpecialUse(parser.AttrSent)
		if _, err := commands.Subscribe(s, "Raus").Wait(ctx); err != nil {
			t.Fatal(err)
		}
		tree, err := mailboxes.Load(ctx, s, &mailboxes.Options{Others: true})
		if err != nil {
			t.Fatal(err)
		}
		if m := tree.Role(mailboxes.Drafts); m == nil || m.Name != "Entwürfe" || m.Origin != mailboxes.ByName {
			t.Errorf("Role(Drafts): got %+v", m)
		}
		if m := tree.Find("Raus"); !m.Subscribed || !tree.Subscriptions || s.Caps().Has("SPECIAL-USE") && (m.Role != mailboxes.Sent || m.Origin != mailboxes.SpecialUse) {
			t.Errorf("Find(Raus): got %+v with the capabilities %v", m, s.Caps())
		}
		if m := tree.Find("Entwürfe/日本"); m == nil || m.Path(" > ") != "Entwürfe > 日本" || m.Subscribed {
			t.Errorf("Find(Entwürfe/日本): got %+v", m)
		}
	}
}

// TestLoadAnswers plays servers that behave unlike the server of package imaptest: Gmail as it was before RFC 6154, a
// server that refuses what it offers, and one whose list is incomplete.
func TestLoadAnswers(t *testing.T) {
	for _, c := range []struct{ what, script, want string }{
		{"XLIST", `
			S: * PREAUTH [CAPABILITY IMAP4rev1 XLIST] ready
			C: A1 LIST "" *
			S: * LIST () "/" INBOX
			S: * LIST () "/" "[Gmail]/Corbeille"
			S: * LIST () "/" "[Gmail]/Perso"
			S: A1 OK done
			C: A2 XLIST "" *
			S: * XLIST (\Inbox) "/" "Bo&AO4-te de r&AOk-ception"
			S: * XLIST (\Trash) "/" "[Gmail]/Perso"
			S: A2 OK done
			C: A3 LSUB "" *
			S: A3 OK done
		`, "INBOX=inbox [Gmail]? -Perso=trash -Corbeille"},
		{"refusals", `
			S: * PREAUTH [CAPABILITY IMAP4rev1 NAMESPACE LIST-EXTENDED SPECIAL-USE] ready
			C: A1 NAMESPACE
			C: A2 LIST "" * RETURN (SUBSCRIBED CHILDREN SPECIAL-USE)
			S: A1 NO not here
			S: A2 BAD what?
			C: A3 LIST "" *
			S: * LIST () "/" INBOX
			S: * LIST () "/" Sent
			S: A3 OK done
			C: A4 LSUB "" *
			S: * LSUB () "/" Sent
			S: A4 OK done
		`, "INBOX=inbox Sent=sent"},
		{"no INBOX", `
			S: * PREAUTH [CAPABILITY IMAP4rev1] ready
			C: A1 LIST "" *
			S: * LIST () "/" Sent
			S: A1 OK done
			C: A2 LSUB "" *
			S: A2 OK done
		`, "error"},
		{"a listing that fails", `
			S: * PREAUTH [CAPABILITY IMAP4rev1] ready
			C: A1 LIST "" *
			S: * LIST () "/" INBOX
			S: A1 NO [UNAVAILABLE] later
		`, "error"},
		{"the end of the connection", `
			S: * PREAUTH [CAPABILITY IMAP4rev1] ready
			C: A1 LIST "" *
			S: * LIST () "/" INBOX
		`, "error"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		client, server := imaptest.Pipe(0)
		wait := imaptest.Play(t, server, c.script)
		s, err := session.Open(ctx, client, &session.Config{TagPrefix: "A"})
		if err != nil {
			t.Fatal(err)
		}
		if c.what == "the end of the connection" {
			go func() { wait(); server.Close() }()
		}
		tree, err := mailboxes.Load(ctx, s, nil)
		got := "error"
		if err == nil {
			got = text(tree)
		} else if tree != nil {
			t.Errorf("%s: got a tree and the error %v", c.what, err)
		}
		if got != c.want {
			t.Errorf("%s: %s, %v, want %s", c.what, got, err, c.want)
		}
		if c.what == "no INBOX" && !errors.Is(err, mailboxes.ErrPartial) {
			t.Errorf("%s: got error %v, want ErrPartial", c.what, err)
		}
		s.Close()
	}
}

// testReal creates mailboxes whose names contain all kinds of characters, finds them in the tree, and uses each by
// its Name.
func testReal(t *testing.T, srv peer.Env) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	s := sessiontest.Real(t, ctx, srv)
	tree, err := mailboxes.Load(ctx, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	// Each path is the labels of a mailbox, from the top.
	run := fmt.Sprintf("Tree %x", time.Now().UnixNano())
	paths := [][]string{{run}, {run, "Entwürfe & mehr"}, {run, "Entwürfe & mehr", "日本 \"語\""}, {run, "sent-mail"}, {run, "100%"}}
	if srv.Name == "cyrus" {
		paths = paths[:4]      // Cyrus refuses "%" in names
		paths[2][2] = "日本 (語)" // Cyrus also refuses quotes
	}
	for _, p := range paths {
		var parent *mailboxes.Mailbox
		if len(p) > 1 {
			for m := range tree.All {
				if slices.Equal(m.Levels, p[:len(p)-1]) {
					parent = m
				}
			}
			if parent == nil {
				t.Fatalf("the tree has no mailbox with the levels %q", p[:len(p)-1])
			}
		}
		name, err := tree.Join(parent, p[len(p)-1])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := commands.Create(s, name).Wait(ctx); err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		defer func() { commands.Delete(s, name).Wait(ctx) }()
		if tree, err = mailboxes.Load(ctx, s, nil); err != nil {
			t.Fatal(err)
		}
		m := tree.Find(name)
		if m == nil || !slices.Equal(m.Levels, p) || !m.Listed {
			t.Fatalf("%q is %+v in %s", name, m, text(tree))
		}
	}
	n := 0
	for m := range tree.All {
		if !m.Selectable || m.Levels[0] != run {
			continue
		}
		n++
		if _, err := commands.Status(s, m.Name, status.Messages).Wait(ctx); err != nil {
			t.Errorf("STATUS %q: %v", m.Name, err)
		}
		if _, err := commands.Subscribe(s, m.Name).Wait(ctx); err != nil {
			t.Errorf("SUBSCRIBE %q: %v", m.Name, err)
		}
		if _, err := commands.Append(s, m.Name, strings.NewReader("Subject: x\r\n\r\nx\r\n"), -1).Wait(ctx); err != nil {
			t.Errorf("APPEND %q: %v", m.Name, err)
		}
		if box, err := commands.Select(s, m.Name).Wait(ctx); err != nil || box.Exists != 1 {
			t.Errorf("SELECT %q: %v", m.Name, err)
		}
	}
	if n != len(paths) {
		t.Errorf("%d mailboxes, not %d", n, len(paths))
	}
	if tree, err = mailboxes.Load(ctx, s, nil); err != nil {
		t.Fatal(err)
	}
	for m := range tree.All {
		if m.Levels[0] == run && !m.Subscribed {
			t.Errorf("%q is not subscribed", m.Name)
		}
		commands.Unsubscribe(s, m.Name)
	}
	commands.Examine(s, "INBOX").Wait(ctx)
	t.Log(text(tree))
}

func TestInteropDovecot(t *testing.T) { testReal(t, peer.Dovecot(t)) }
func TestInteropCyrus(t *testing.T)   { testReal(t, peer.Cyrus(t)) }
func TestInteropCourier(t *testing.T) { testReal(t, peer.Courier(t)) }
