package interop

import (
	"errors"
	"io"
	"strings"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// moreListing lists mailboxes in ways that the suite does not: by several patterns and by special uses. It also creates
// one with a special use.
func (t *trial) moreListing() {
	caps := t.s.Caps()
	if caps.Has("LIST-EXTENDED") {
		names := map[string]bool{}
		for l, err := range commands.ListPatterns(t.s, "", []string{"INBOX", t.box}).All(t.ctx) {
			t.check(err)
			names[l.Name()] = true
		}
		if len(names) != 2 || !names["INBOX"] || !names[t.box] {
			t.Errorf("two patterns: %v", names)
		}
	}
	if caps.Has("SPECIAL-USE") {
		sent := false
		for l, err := range commands.List(t.s, "", "*", commands.ReturnSpecialUse).All(t.ctx) {
			t.check(err)
			sent = sent || l.Name() == "Sent" && l.Has(parser.AttrSent)
		}
		if !sent {
			t.Error("nothing is for what was sent")
		}
	}
	if caps.Has("CREATE-SPECIAL-USE") {
		// Cyrus does not delete a mailbox with a special use until the use is removed.
		forget := func() {
			commands.SetMetadata(t.s, "Ext archive", parser.EntryValue{Entry: "/private/specialuse"}).Wait(t.ctx)
		}
		forget()
		commands.Delete(t.s, "Ext archive").Wait(t.ctx)
		// Another mailbox already has the special use \Archive.
		if _, err := commands.Create(t.s, "Ext archive", string(parser.AttrArchive)).Wait(t.ctx); !errors.Is(err, parser.CodeUseAttr) {
			t.Errorf("another archive: %v", err)
		}
		must(t, commands.Create(t.s, "Ext archive", string(parser.AttrImportant)))
		forget()
		must(t, commands.Delete(t.s, "Ext archive"))
	}
	items := []status.Item{status.Messages, status.Recent}
	for need, item := range map[string]status.Item{"STATUS=SIZE": status.Size, "CONDSTORE": status.HighestModSeq, "OBJECTID": status.MailboxID} {
		if caps.Has(need) {
			items = append(items, item)
		}
	}
	st := must(t, commands.Status(t.s, t.box, items...))
	if st.Messages != 4 || caps.Has("STATUS=SIZE") && st.Size < 400 || caps.Has("CONDSTORE") && st.HighestModSeq == 0 || caps.Has("OBJECTID") && len(st.MailboxID) == 0 {
		t.Errorf("want the status of four messages, got %+v", st)
	}
}

// oldItems fetches what RFC 3501 offers besides BODY[]: macros, and a header without some of its fields.
func (t *trial) oldItems() {
	first := numset.Of(numset.UID, 1)
	for _, macro := range []fetch.Attr{fetch.MacroFast, fetch.MacroAll, fetch.MacroFull} {
		for m, err := range commands.Fetch(t.s, first, macro).All(t.ctx) {
			t.check(err)
			var env parser.Envelope
			var body parser.BodyStructure
			hasEnv, err := m.Envelope(&env)
			t.check(err)
			hasBody, err := m.BodyStructure(&body)
			t.check(err)
			if m.Size == 0 || hasEnv != (macro != fetch.MacroFast) || hasBody != (macro == fetch.MacroFull) {
				t.Errorf("%s: %d octets, envelope %v, body %v", macro, m.Size, hasEnv, hasBody)
			}
		}
	}
	whole := t.read(1)
	header, text, _ := strings.Cut(whole, "\r\n\r\n")
	for item, want := range map[fetch.Item]string{
		fetch.RFC822: whole, fetch.RFC822Header: header + "\r\n\r\n", fetch.RFC822Text: text,
	} {
		for m, err := range commands.Fetch(t.s, first, item).All(t.ctx) {
			t.check(err)
			for sec, err := range m.Sections {
				t.check(err)
				got, err := io.ReadAll(sec)
				t.check(err)
				if string(got) != want {
					t.Errorf("%v: %q, want %q", item, got, want)
				}
			}
		}
	}
	for m, err := range commands.Fetch(t.s, first, fetch.HeaderFieldsNot("", "From", "Date")).All(t.ctx) {
		t.check(err)
		for sec, err := range m.Sections {
			t.check(err)
			got, err := sec.AppendTo(nil, 1<<16)
			t.check(err)
			if s := string(got); !strings.Contains(s, "Subject: Plan") || strings.Contains(s, "From:") || strings.Contains(s, "Date:") {
				t.Errorf("without some fields: %q", got)
			}
		}
	}
}

// moreSearches searches by age and by MODSEQ, and stores octets that are not text.
func (t *trial) moreSearches() {
	caps := t.s.Caps()
	expect := func(want string, key search.Key) {
		if got := must(t, commands.Search(t.s, numset.UID, key)); got.Found.String() != want {
			t.Errorf("found %q, want %q", got.Found, want)
		}
	}
	if caps.Has("WITHIN") {
		expect("1:4", search.Younger(24*time.Hour))
		expect("", search.Older(24*time.Hour))
	}
	if caps.Has("CONDSTORE") {
		expect("1:4", search.ModSeq(1))
		expect("", search.ModSeq(1<<40))
	}
	if caps.Has("BINARY") {
		const text = "Subject: zero\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\na\x00b"
		must(t, commands.Append(t.s, t.box, strings.NewReader(text), -1, commands.AsBinary()))
		must(t, commands.Noop(t.s))
		for m, err := range commands.Fetch(t.s, numset.Of(numset.Seq, 5), fetch.Binary("1").Peek()).All(t.ctx) {
			t.check(err)
			for sec, err := range m.Sections {
				t.check(err)
				if got, _ := sec.AppendTo(nil, 100); string(got) != "a\x00b" {
					t.Errorf("want \"a\\x00b\", got %q", got)
				}
			}
		}
	}
}
