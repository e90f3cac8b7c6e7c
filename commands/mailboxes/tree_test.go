package mailboxes_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/commands/mailboxes"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// list parses the arguments of LIST responses, such as `(\Sent) "/" name`.
func list(t testing.TB, lines ...string) (out []*parser.ListData) {
	t.Helper()
	for _, l := range lines {
		x := new(parser.ListData)
		if err := x.Decode(wire.NewDecoder([]byte(l))); err != nil {
			t.Fatalf("%s: %v", l, err)
		}
		out = append(out, x.Clone())
	}
	return out
}

func namespace(t testing.TB, line string) *parser.Namespace {
	t.Helper()
	ns := new(parser.Namespace)
	if err := ns.Decode(wire.NewDecoder([]byte(line))); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return ns
}

// text returns a tree as text. Each mailbox has "-" for each level above it, "=" before its role, "!" if it is not
// personal, and "?" if it is not listed.
func text(t *mailboxes.Tree) string {
	var b strings.Builder
	for m := range t.All {
		fmt.Fprintf(&b, "%s%s", strings.Repeat("-", m.Level()), m.Label)
		if m.Role != mailboxes.NoRole {
			fmt.Fprintf(&b, "=%v", m.Role)
		}
		if m.Kind != mailboxes.Personal {
			fmt.Fprintf(&b, "!")
		}
		if !m.Listed {
			fmt.Fprintf(&b, "?")
		}
		b.WriteByte(' ')
	}
	return strings.TrimSpace(b.String())
}

func TestTree(t *testing.T) {
	for _, c := range []struct {
		what, ns string
		list     []string
		want     string
	}{
		{"Courier and Cyrus: all below INBOX", `(("INBOX." ".")) NIL (("shared." "."))`,
			[]string{`() "." INBOX`, `() "." INBOX.Trash`, `() "." INBOX.Work.Old`, `() "." shared`, `() "." shared.news`, `() "." INBOX.Work`, `(\Sent) "." "INBOX.Gesendete Objekte"`},
			"INBOX=inbox Gesendete Objekte=sent Trash=trash Work -Old shared! -news!"},
		{"Dovecot with Maildir", `(("" ".")) NIL NIL`,
			[]string{`() "." INBOX`, `() "." INBOX.Sub`, `() "." Sent`, `() "." "Sent Items"`, `() "." Archives.2024`},
			"INBOX=inbox -Sub Sent=sent Archives? -2024 Sent Items"},
		{"Gmail", `(("" "/")) NIL NIL`,
			[]string{`(\HasNoChildren) "/" "INBOX"`, `(\HasChildren \Noselect) "/" "[Gmail]"`, `(\All) "/" "[Gmail]/Alle Nachrichten"`, `(\Trash) "/" "[Gmail]/Papierkorb"`, `(\Flagged) "/" "[Gmail]/Markiert"`, `() "/" Trash`, `() "/" Sent`},
			"INBOX=inbox Sent=sent [Gmail] -Papierkorb=trash -Alle Nachrichten=all -Markiert=flagged Trash"},
		{"Exchange, in another language", `(("" "/")) NIL NIL`,
			[]string{`() "/" INBOX`, `() "/" "&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-"`, `() "/" "Notes"`, `() "/" "&BCcENQRABD0EPgQyBDgEOgQ4-"`},
			"INBOX=inbox Черновики=drafts Notes Отправленные=sent"},
		{"a name that is not encoded", `(("" "/")) NIL NIL`, []string{`() "/" INBOX`, `() "/" "R&D/a&b"`, `() "/" {4}` + "\r\nCaf\xe9"}, "INBOX=inbox Caf\ufffd R&D? -a&b"},
		{"UW: a prefix without a delimiter", `(("" "/")) (("~" "/")) (("#shared/" "/"))`, []string{`() "/" INBOX`, `() "/" ~bob/mail`, `() "/" "#shared/x"`}, "INBOX=inbox ~bob!? -mail! #shared!? -x!"},
		{"no delimiter", `(("" NIL)) NIL NIL`, []string{`() NIL INBOX`, `() NIL a/b`}, "INBOX=inbox a/b"},
		{"a delimiter at the end, and two delimiters together", `(("" "/")) NIL NIL`, []string{`() "/" INBOX`, `(\Noselect) "/" Mail/`, `() "/" Mail/x`, `() "/" a//b`}, "INBOX=inbox a? -? --b Mail -x"},
		{"other users have no roles", `(("" "/")) (("Other Users/" "/")) NIL`, []string{`() "/" INBOX`, `(\Noselect) "/" "Other Users"`, `(\Sent) "/" "Other Users/bob/Sent"`}, "INBOX=inbox Other Users! -bob!? --Sent!"},
		{"no NAMESPACE", `NIL NIL NIL`, []string{`() "/" INBOX`, `() "/" Bin`, `() "/" "Deleted Items"`, `() "/" spam`, `() "/" Work/Sent`}, "INBOX=inbox spam=junk Deleted Items=trash Bin Work? -Sent"},
	} {
		tree := mailboxes.New(list(t, c.list...), namespace(t, c.ns), nil)
		got := text(tree)
		if c.what == "Exchange, in another language" {
			if s := tree.Role(mailboxes.Sent); s == nil || tree.Role(mailboxes.Drafts).Label != "Черновики" {
				t.Errorf("%s: %s", c.what, got)
			}
			continue
		}
		if got != c.want {
			t.Errorf("%s:\n  %s, want\n  %s", c.what, got, c.want)
		}
		for _, l := range list(t, c.list...) {
			if m := tree.Find(l.Name()); (m == nil || m.Name != l.Name()) && !strings.HasSuffix(l.Name(), "/") {
				t.Errorf("%s: Find does not find %q", c.what, l.Name())
			}
		}
	}
}

// TestRoles checks that the user's choice comes first, then the server's special uses, then names, and that Origin says
// which of these it was.
func TestRoles(t *testing.T) {
	boxes := list(t, `() "/" INBOX`, `(\Sent) "/" Outgoing`, `() "/" Sent`, `() "/" Mine`, `() "/" Papelera`, `(\Noselect) "/" Spam`)
	tree := mailboxes.New(boxes, nil, nil)
	for _, c := range []struct {
		role   mailboxes.Role
		name   string
		origin mailboxes.Origin
	}{{mailboxes.Inbox, "INBOX", mailboxes.SpecialUse}, {mailboxes.Sent, "Outgoing", mailboxes.SpecialUse}, {mailboxes.Trash, "Papelera", mailboxes.ByName}} {
		if m := tree.Role(c.role); m == nil || m.Name != c.name || m.Origin != c.origin {
			t.Errorf("Role(%v): got %+v", c.role, m)
		}
	}
	if m := tree.Role(mailboxes.Junk); m != nil {
		t.Errorf("Role returned %+v, which cannot be selected", m)
	}
	tree = mailboxes.New(boxes, nil, map[mailboxes.Role]string{mailboxes.Sent: "Mine", mailboxes.Drafts: "gone"})
	if m := tree.Role(mailboxes.Sent); m.Name != "Mine" || m.Origin != mailboxes.Chosen || tree.Find("Outgoing").Role != mailboxes.NoRole || tree.Role(mailboxes.Drafts) != nil {
		t.Errorf("Role(Sent): got %+v", m)
	}
}

func TestJoin(t *testing.T) {
	tree := mailboxes.New(list(t, `() "." INBOX`, `(\Noinferiors) "." INBOX.full`, `() "." INBOX.Work`), namespace(t, `(("INBOX." ".")) NIL NIL`), nil)
	if name, err := tree.Join(nil, "Übung"); name != "INBOX.Übung" || err != nil {
		t.Errorf("Join: got %q, %v", name, err)
	}
	if name, err := tree.Join(tree.Find("INBOX.Work"), "a/b"); name != "INBOX.Work.a/b" || err != nil {
		t.Errorf("Join: got %q, %v", name, err)
	}
	for _, label := range []string{"", "a.b", "a\x00", "\xff"} {
		if _, err := tree.Join(nil, label); !errors.Is(err, mailboxes.ErrName) {
			t.Errorf("%q: %v", label, err)
		}
	}
	if _, err := tree.Join(tree.Find("INBOX.full"), "x"); !errors.Is(err, mailboxes.ErrChildren) {
		t.Errorf("Join below a mailbox with \\Noinferiors: got error %v", err)
	}
}

// FuzzNew makes trees from any list. Find finds each mailbox by its name, and each is below its parent.
func FuzzNew(f *testing.F) {
	f.Add(`(("INBOX." ".")) (("~" "/")) NIL`, "() \".\" INBOX.a.b\n() \".\" &AOk-.x\n(\\Sent) NIL z\n() \"/\" \"//\"")
	f.Add(`NIL NIL NIL`, `(\Noselect) "/" ""`)
	f.Add(`NIL NIL NIL`, "() \"x\" "+strings.Repeat("ax", 200))
	f.Fuzz(func(t *testing.T, ns, lines string) {
		var boxes []*parser.ListData
		for l := range strings.SplitSeq(lines, "\n") {
			x := new(parser.ListData)
			if x.Decode(wire.NewDecoder([]byte(l))) == nil {
				boxes = append(boxes, x.Clone())
			}
		}
		n := new(parser.Namespace)
		if n.Decode(wire.NewDecoder([]byte(ns))) != nil {
			n = nil
		}
		tree := mailboxes.New(boxes, n, nil)
		count := 0
		for m := range tree.All {
			count++
			if tree.Find(m.Name) != m || len(m.Levels) == 0 || m.Levels[m.Level()] != m.Label || (m.Parent == nil) != (m.Level() == 0) {
				t.Fatalf("a mailbox is not where its name says: %+v", m)
			}
			for _, c := range m.Children {
				if c.Parent != m || c.Level() != m.Level()+1 || !strings.HasPrefix(c.Name, strings.TrimSuffix(m.Name, string(m.Delim))) {
					t.Fatalf("%q is below %q", c.Name, m.Name)
				}
			}
		}
		for _, l := range boxes {
			// A name that ends in a delimiter may stand for the name without it.
			if l.Name() != "" && tree.Find(l.Name()) == nil && !strings.HasSuffix(l.Name(), string(l.Delim)) {
				t.Fatalf("Find does not find %q", l.Name())
			}
		}
	})
}
