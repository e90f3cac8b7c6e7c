package main

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/imapstack/imapstack/imaptest"
)

var letter = []byte("From: Jo <jo@example.com>\r\nTo: alice@example.com\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nDate: Mon, 2 Mar 2026 09:30:00 +0000\r\n" +
	"Message-ID: <1@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhello\r\n" +
	"--b\r\nContent-Type: application/octet-stream; name=\"x.bin\"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--b--\r\n")

// TestServerByGoIMAP tests the test server with go-imap's client, which this project did not write, in plain text,
// after STARTTLS and over TLS.
func TestServerByGoIMAP(t *testing.T) {
	for name, dial := range map[string]func(srv *imaptest.Server, o *imapclient.Options) (*imapclient.Client, error){
		"plain": func(srv *imaptest.Server, o *imapclient.Options) (*imapclient.Client, error) {
			return imapclient.DialInsecure(srv.Addr, o)
		},
		"starttls": func(srv *imaptest.Server, o *imapclient.Options) (*imapclient.Client, error) {
			return imapclient.DialStartTLS(srv.Addr, o)
		},
		"tls": func(srv *imaptest.Server, o *imapclient.Options) (*imapclient.Client, error) {
			return imapclient.DialTLS(srv.TLSAddr, o)
		},
	} {
		t.Run(name, func(t *testing.T) {
			srv := imaptest.NewServer(t, imaptest.AllowPlain())
			counts := make(chan uint32, 100)
			c, err := dial(srv, &imapclient.Options{TLSConfig: srv.TLSConfig(), UnilateralDataHandler: &imapclient.UnilateralDataHandler{
				Mailbox: func(m *imapclient.UnilateralDataMailbox) {
					if m.NumMessages != nil {
						counts <- *m.NumMessages
					}
				},
			}})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			g := &goimap{t, c, srv, counts}
			g.login()
			g.mailboxes()
			g.fetch()
			g.search()
			g.store()
			g.copyAndMove()
			g.idle()
			g.ok(c.Logout().Wait())
		})
	}
}

// goimap is go-imap's client, connected to the test server.
type goimap struct {
	*testing.T
	c      *imapclient.Client
	srv    *imaptest.Server
	counts chan uint32
}

func (t *goimap) ok(err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// get waits for a command's result.
func get[T any](t *goimap, cmd interface{ Wait() (T, error) }) T {
	t.Helper()
	v, err := cmd.Wait()
	t.ok(err)
	return v
}

func (t *goimap) refused(err error, code imap.ResponseCode) {
	t.Helper()
	var e *imap.Error
	if !errors.As(err, &e) || e.Type != imap.StatusResponseTypeNo || e.Code != code {
		t.Errorf("got %v, want NO [%s]", err, code)
	}
}

func (t *goimap) login() {
	t.refused(t.c.Login("alice", "wrong").Wait(), imap.ResponseCodeAuthenticationFailed)
	t.ok(t.c.Login("alice", "secret").Wait())
	if get(t, t.c.ID(&imap.IDData{Name: "go-imap"})) == nil {
		t.Error("ID: got no answer")
	}
	if ns := get(t, t.c.Namespace()); len(ns.Personal) != 1 || ns.Personal[0].Delim != '/' {
		t.Errorf("NAMESPACE: got %+v, want one personal namespace with the delimiter /", ns)
	}
	t.ok(t.c.Noop().Wait())
}

func (t *goimap) mailboxes() {
	// The name is in ASCII, because go-imap sends other names in UTF-8 if the server offers IMAP4rev2, even without
	// ENABLE. Dovecot and Cyrus refuse such names, as the test server does.
	const box = "Drafts & more"
	t.ok(t.c.Create("x", nil).Wait())
	t.refused(t.c.Create("x", nil).Wait(), imap.ResponseCodeAlreadyExists)
	t.ok(t.c.Rename("x", box, nil).Wait())
	t.ok(t.c.Subscribe(box).Wait())
	t.ok(t.c.Create("Sent", &imap.CreateOptions{SpecialUse: []imap.MailboxAttr{imap.MailboxAttrSent}}).Wait())
	list, err := t.c.List("", "*", &imap.ListOptions{ReturnSubscribed: true, ReturnSpecialUse: true, ReturnStatus: &imap.StatusOptions{NumMessages: true, UIDNext: true}}).Collect()
	t.ok(err)
	seen := map[string]*imap.ListData{}
	for _, l := range list {
		seen[l.Mailbox] = l
	}
	if l := seen[box]; len(list) != 3 || l == nil || !slices.Contains(l.Attrs, imap.MailboxAttrSubscribed) || l.Status == nil || l.Status.UIDNext != 1 {
		t.Errorf("LIST: got %+v, want three mailboxes, and %q with its subscription and STATUS", seen, box)
	}
	if l := seen["Sent"]; l == nil || !slices.Contains(l.Attrs, imap.MailboxAttrSent) {
		t.Errorf("LIST: got %+v for Sent, want \\Sent", l)
	}
	t.ok(t.c.Unsubscribe(box).Wait())
	t.ok(t.c.Delete(box).Wait())

	for i := range 3 {
		cmd := t.c.Append("INBOX", int64(len(letter)), &imap.AppendOptions{Flags: []imap.Flag{imap.FlagSeen, "$Work"}, Time: time.Date(2026, 3, 2+i, 9, 30, 0, 0, time.UTC)})
		_, err := cmd.Write(letter)
		t.ok(err)
		t.ok(cmd.Close())
		if done := get(t, cmd); done.UID != imap.UID(i+1) {
			t.Errorf("APPEND: got %+v, want UID %d", done, i+1)
		}
	}
	st := get(t, t.c.Status("INBOX", &imap.StatusOptions{NumMessages: true, UIDNext: true, UIDValidity: true, NumUnseen: true, Size: true, HighestModSeq: true}))
	if *st.NumMessages != 3 || st.UIDNext != 4 || *st.NumUnseen != 0 || *st.Size != 3*int64(len(letter)) || st.HighestModSeq == 0 {
		t.Errorf("STATUS: got %+v, want 3 messages", st)
	}
	sel := get(t, t.c.Select("INBOX", &imap.SelectOptions{CondStore: true}))
	if sel.NumMessages != 3 || sel.UIDNext != 4 || sel.UIDValidity != st.UIDValidity || !slices.Contains(sel.Flags, "$Work") || !slices.Contains(sel.PermanentFlags, imap.FlagWildcard) {
		t.Errorf("SELECT: got %+v, want 3 messages and the flags $Work and \\*", sel)
	}
}

func (t *goimap) fetch() {
	header := &imap.FetchItemBodySection{Specifier: imap.PartSpecifierHeader, HeaderFields: []string{"Subject"}, Peek: true}
	whole := &imap.FetchItemBodySection{Peek: true}
	some := &imap.FetchItemBodySection{Part: []int{1}, Partial: &imap.SectionPartial{Offset: 1, Size: 3}, Peek: true}
	binary := &imap.FetchItemBinarySection{Part: []int{2}, Peek: true}
	all, err := t.c.Fetch(imap.SeqSet{{Start: 1, Stop: 0}}, &imap.FetchOptions{
		BodyStructure: &imap.FetchItemBodyStructure{Extended: true}, Envelope: true, Flags: true, InternalDate: true, RFC822Size: true, UID: true, ModSeq: true,
		BodySection: []*imap.FetchItemBodySection{header, whole, some}, BinarySection: []*imap.FetchItemBinarySection{binary},
		BinarySectionSize: []*imap.FetchItemBinarySectionSize{{Part: []int{2}}},
	}).Collect()
	t.ok(err)
	if len(all) != 3 {
		t.Fatalf("FETCH: got %d messages, want 3", len(all))
	}
	for i, m := range all {
		if m.UID != imap.UID(i+1) || m.RFC822Size != int64(len(letter)) || m.ModSeq == 0 || !slices.Contains(m.Flags, imap.FlagSeen) ||
			!m.InternalDate.Equal(time.Date(2026, 3, 2+i, 9, 30, 0, 0, time.UTC)) {
			t.Errorf("FETCH: got %+v for message %d", m, i+1)
		}
		if e := m.Envelope; e.Subject != "Grüße" || e.MessageID != "1@example.com" || len(e.From) != 1 || e.From[0].Addr() != "jo@example.com" {
			t.Errorf("FETCH: got the envelope %+v", e)
		}
		if b, ok := m.BodyStructure.(*imap.BodyStructureMultiPart); !ok || b.MediaType() != "multipart/mixed" || len(b.Children) != 2 || b.Children[1].(*imap.BodyStructureSinglePart).Filename() != "x.bin" {
			t.Errorf("FETCH: got the structure %+v, want multipart/mixed with x.bin", m.BodyStructure)
		}
		if got := m.FindBodySection(whole); !bytes.Equal(got, letter) {
			t.Errorf("FETCH: got the text %q, want %q", got, letter)
		}
		if got := m.FindBodySection(header); string(got) != "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\n" {
			t.Errorf("FETCH: got the header %q, want only Subject", got)
		}
		if got := m.FindBodySection(some); string(got) != "ell" {
			t.Errorf("FETCH: got %q of part 1, want ell", got)
		}
		if got := m.FindBinarySection(binary); string(got) != "\x00\x01\x02" {
			t.Errorf("FETCH: got %q of the decoded part 2, want three octets", got)
		}
		if size, ok := m.FindBinarySectionSize([]int{2}); !ok || size != 3 {
			t.Errorf("FETCH: got the decoded size %d of part 2, want 3", size)
		}
	}
}

func (t *goimap) search() {
	d := get(t, t.c.UIDSearch(&imap.SearchCriteria{Body: []string{"hello"}, Since: time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC), Header: []imap.SearchCriteriaHeaderField{{Key: "Subject", Value: "grüße"}}},
		&imap.SearchOptions{ReturnAll: true, ReturnCount: true, ReturnMin: true, ReturnMax: true}))
	if !slices.Equal(d.AllUIDs(), []imap.UID{2, 3}) || d.Count != 2 || d.Min != 2 || d.Max != 3 {
		t.Errorf("SEARCH: got %+v, want the UIDs 2 and 3", d)
	}
	none := get(t, t.c.Search(&imap.SearchCriteria{Or: [][2]imap.SearchCriteria{{{Text: []string{"nothing"}}, {NotFlag: []imap.Flag{"$Work"}}}}}, nil))
	if len(none.AllSeqNums()) != 0 {
		t.Errorf("SEARCH: got %+v, want nothing", none)
	}
	if t.c.Caps().Has(imap.CapSort) {
		got := get(t, t.c.UIDSort(&imapclient.SortOptions{SearchCriteria: &imap.SearchCriteria{}, SortCriteria: []imapclient.SortCriterion{{Key: imapclient.SortKeyArrival, Reverse: true}}}))
		if !slices.Equal(got, []uint32{3, 2, 1}) {
			t.Errorf("SORT: got %v, want 3, 2, 1", got)
		}
	} else {
		t.Error("the server does not offer SORT")
	}
	threads := get(t, t.c.UIDThread(&imapclient.ThreadOptions{Algorithm: imap.ThreadReferences, SearchCriteria: &imap.SearchCriteria{}}))
	if len(threads) == 0 {
		t.Error("THREAD: got no threads")
	}
}

func (t *goimap) store() {
	all, err := t.c.Store(imap.UIDSetNum(1, 2), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagFlagged}}, nil).Collect()
	t.ok(err)
	if len(all) != 2 || !slices.Contains(all[1].Flags, imap.FlagFlagged) || all[1].UID != 2 {
		t.Errorf("STORE: got %+v, want \\Flagged for the UIDs 1 and 2", all)
	}
	all, err = t.c.Store(imap.SeqSetNum(1), &imap.StoreFlags{Op: imap.StoreFlagsSet, Silent: true}, &imap.StoreOptions{UnchangedSince: 1 << 40}).Collect()
	t.ok(err)
	if len(all) > 1 || len(all) == 1 && all[0].ModSeq == 0 {
		t.Errorf("STORE with UNCHANGEDSINCE: got %+v, want at most a mod-sequence", all)
	}
	if m, _ := t.srv.Mailbox("alice", "INBOX").Message(1); len(m.Flags) != 0 {
		t.Errorf("STORE: message 1 has the flags %q, want none", m.Flags)
	}
}

func (t *goimap) copyAndMove() {
	d := get(t, t.c.Copy(imap.SeqSetNum(1, 2), "Sent"))
	if d.SourceUIDs.String() != "1:2" || d.DestUIDs.String() != "1:2" || d.UIDValidity == 0 {
		t.Errorf("COPY: got %+v, want the UIDs 1:2 in both mailboxes", d)
	}
	_, err := t.c.Copy(imap.SeqSetNum(1), "nowhere").Wait()
	t.refused(err, imap.ResponseCodeTryCreate)
	m := get(t, t.c.Move(imap.UIDSetNum(3), "Sent"))
	if m.SourceUIDs.String() != "3" || m.DestUIDs.String() != "3" {
		t.Errorf("MOVE: got %+v, want UID 3 in both mailboxes", m)
	}
	t.ok(t.c.Store(imap.SeqSetNum(1, 2), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close())
	gone, err := t.c.UIDExpunge(imap.UIDSetNum(2)).Collect()
	t.ok(err)
	if !slices.Equal(gone, []uint32{2}) {
		t.Errorf("UID EXPUNGE: got %v, want message 2", gone)
	}
	gone, err = t.c.Expunge().Collect()
	t.ok(err)
	if !slices.Equal(gone, []uint32{1}) {
		t.Errorf("EXPUNGE: got %v, want message 1", gone)
	}
	if n := t.srv.Mailbox("alice", "Sent").Status().Messages; n != 3 {
		t.Errorf("Sent has %d messages, want 3", n)
	}
}

func (t *goimap) idle() {
	for len(t.counts) > 0 {
		<-t.counts
	}
	idle, err := t.c.Idle()
	t.ok(err)
	t.srv.WaitIdle(1)
	_, err = t.srv.Mailbox("alice", "INBOX").Append(letter)
	t.ok(err)
	if n := <-t.counts; n != 1 {
		t.Errorf("IDLE: got a report of %d messages, want 1", n)
	}
	t.ok(idle.Close())
	t.ok(idle.Wait())
	t.ok(t.c.Unselect().Wait())
}
