package mailboxes_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/commands/mailboxes"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// TestEmptyName lists a mailbox without a name, as servers do to report the delimiter (RFC 9051 §6.3.9).
func TestEmptyName(t *testing.T) {
	tree := mailboxes.New(list(t, `(\Noselect) "/" ""`, `() "/" INBOX`, `() NIL ""`), nil, nil)
	if got := text(tree); got != "INBOX=inbox" || tree.Find("") != nil {
		t.Errorf("got %s, and %+v for the empty name; want only INBOX=inbox, and nil", got, tree.Find(""))
	}
}

// TestListedTwice lists one mailbox with and without a delimiter at the end of its name. If one of the names can be
// opened, the tree has that name. If the server lists the same name again, the newer LIST counts.
func TestListedTwice(t *testing.T) {
	for _, c := range []struct {
		list       []string
		name       string
		selectable bool
	}{
		{[]string{`() "/" Foo`, `(\Noselect) "/" Foo/`}, "Foo", true},
		{[]string{`(\Noselect) "/" Foo/`, `() "/" Foo`}, "Foo", true},
		{[]string{`(\Noselect) "/" Foo`, `() "/" Foo/`}, "Foo/", true},
		{[]string{`() "/" Foo/x`, `(\Noselect) "/" Foo/`, `() "/" Foo`}, "Foo", true},
		{[]string{`() "/" Foo`, `() "/" Foo/`}, "Foo", true},
		{[]string{`(\Noselect) "/" Foo`, `(\Noselect) "/" Foo/`}, "Foo", false},
		{[]string{`() "/" Foo`, `(\NonExistent) "/" Foo`}, "Foo", false},
		{[]string{`(\Noselect) "/" Foo`, `() "/" Foo`}, "Foo", true},
	} {
		tree := mailboxes.New(list(t, c.list...), nil, nil)
		m := tree.Find("Foo")
		if m == nil || m.Name != c.name || m.Selectable != c.selectable || tree.Find(c.name) != m || !m.Listed {
			t.Errorf("%q: got %+v; want the name %s, Selectable %v, and Listed", c.list, m, c.name, c.selectable)
		}
	}
}

// TestManyLevels lists mailboxes whose names have many levels that are not listed. The number of levels stays within
// a small multiple of the number of mailboxes, and Find still finds each of these. If the levels are listed, all of
// them are in the tree.
func TestManyLevels(t *testing.T) {
	const n = 1000
	deep := strings.Repeat("/a", 60)
	var boxes []*parser.ListData
	for i := range n {
		boxes = append(boxes, &parser.ListData{Delim: '/', Mailbox: fmt.Appendf(nil, "%d%s", i, deep)})
	}
	tree := mailboxes.New(boxes, nil, nil)
	count := 0
	for range tree.All {
		count++
	}
	if count > 6*n {
		t.Errorf("the tree of %d mailboxes has %d levels, want at most %d", n, count, 6*n)
	}
	for _, b := range boxes {
		if m := tree.Find(b.Name()); m == nil || m.Name != b.Name() || !m.Selectable || m.Path("/") != m.Name {
			t.Fatalf("Find(%q): got %+v, want a mailbox with that name and path that can be opened", b.Name(), m)
		}
	}
	boxes = nil
	for i := range 100 {
		name := fmt.Appendf(nil, "%d%s", i, deep)
		for end := len(name); end > 0; end = bytes.LastIndexByte(name[:end], '/') {
			boxes = append(boxes, &parser.ListData{Delim: '/', Mailbox: name[:end]})
		}
	}
	count = 0
	for m := range mailboxes.New(boxes, nil, nil).All {
		if count++; strings.Contains(m.Label, "/") {
			t.Fatalf("got a label with a delimiter: %+v; want one level for each listed mailbox", m)
		}
	}
	if count != len(boxes) {
		t.Errorf("the tree has %d mailboxes, want the %d that were listed", count, len(boxes))
	}
}

// TestManyNamespaces makes a tree of many mailboxes in many namespaces. It would take minutes if each name were compared
// with each prefix.
func TestManyNamespaces(t *testing.T) {
	const n = 50_000
	ns := &parser.Namespace{}
	var boxes []*parser.ListData
	for i := range n {
		prefix := fmt.Appendf(nil, "u%d/", i)
		ns.Other = append(ns.Other, parser.NamespaceDescr{Prefix: prefix, Delim: '/'})
		boxes = append(boxes, &parser.ListData{Delim: '/', Mailbox: append(bytes.Clone(prefix), 'x')})
	}
	tree := mailboxes.New(boxes, ns, nil)
	if m := tree.Find("u49999/x"); m == nil || m.Kind != mailboxes.Others || m.Parent.Kind != mailboxes.Others || m.Parent.Name != "u49999" {
		t.Errorf("Find(\"u49999/x\"): got %+v, want one of Others below u49999", m)
	}
}

// TestMaxOthers checks that Options.Max limits all lists together.
func TestMaxOthers(t *testing.T) {
	c, sc := imaptest.Pipe(0)
	wait := imaptest.Play(t, sc, `
		S: * PREAUTH [CAPABILITY IMAP4rev1 NAMESPACE] ready
		C: A1 NAMESPACE
		C: A2 LIST "" *
		S: * NAMESPACE (("" "/")) (("a/" "/")("b/" "/")) NIL
		S: A1 OK done
		S: * LIST () "/" INBOX
		S: A2 OK done
		C: A3 LIST "" a/*
		S: * LIST () "/" a/1
		S: A3 OK done
		C: A4 LIST "" b/*
		S: * LIST () "/" b/1
		S: A4 OK done
	`)
	s, err := session.Open(t.Context(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = mailboxes.Load(t.Context(), s, &mailboxes.Options{Others: true, Max: 2})
	var limit *wire.LimitError
	if !errors.As(err, &limit) || limit.Limit != 2 {
		t.Errorf("got error %v, want a wire.LimitError with Limit 2", err)
	}
	s.Close()
	wait()
}
