package interop

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/imaptest/peer"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

func TestInteropExtDovecot(t *testing.T) { extensions(t, peer.Dovecot(t)) }

func TestInteropExtCyrus(t *testing.T) { extensions(t, peer.Cyrus(t)) }

func TestInteropExtCourier(t *testing.T) { extensions(t, peer.Courier(t)) }

func TestInteropExtDovecotProxy(t *testing.T) { extensions(t, peer.DovecotProxy(t)) }

// extensions tries each extension that a server offers, and logs those that it does not offer.
func extensions(tt *testing.T, p peer.Env) {
	for _, x := range []struct {
		name, needs string
		run         func(*trial)
	}{
		{"acl", "ACL", (*trial).acl}, {"quota", "QUOTA", (*trial).quota}, {"metadata", "METADATA", (*trial).metadata},
		{"annotatemore", "ANNOTATEMORE", (*trial).annotateMore}, {"annotate", "ANNOTATE-EXPERIMENT-1", (*trial).annotate},
		{"sort", "SORT", (*trial).sort}, {"esort", "ESORT", (*trial).esort}, {"thread", "THREAD=REFERENCES", (*trial).thread},
		{"context", "CONTEXT=SEARCH", (*trial).context}, {"fuzzy", "SEARCH=FUZZY", (*trial).fuzzy}, {"partial", "PARTIAL", (*trial).partial},
		{"multiappend", "MULTIAPPEND", (*trial).multiAppend}, {"catenate", "CATENATE", (*trial).catenate}, {"replace", "REPLACE", (*trial).replace},
		{"urlauth", "URLAUTH", (*trial).urlAuth}, {"notify", "NOTIFY", (*trial).notify}, {"multisearch", "MULTISEARCH", (*trial).multiSearch},
		{"utf8", "UTF8=ACCEPT", (*trial).utf8}, {"preview", "PREVIEW", (*trial).preview}, {"savedate", "SAVEDATE", (*trial).saveDate},
		{"objectid", "OBJECTID", (*trial).objectID}, {"list", "LIST-METADATA", (*trial).listDetails}, {"xlist", "XLIST", (*trial).xlist},
		{"referrals", "MAILBOX-REFERRALS", (*trial).referrals}, {"unauthenticate", "UNAUTHENTICATE", (*trial).unauthenticate},
		{"listing", "", (*trial).moreListing}, {"old", "", (*trial).oldItems}, {"searches", "", (*trial).moreSearches},
		{"dovecot", "SNIPPET=FUZZY", (*trial).dovecotItems}, {"cyrus", "XCONVERSATIONS", (*trial).cyrusItems},
		{"namespace", "NAMESPACE", (*trial).namespace}, {"raw", "", (*trial).raw},
	} {
		tt.Run(x.name, func(tt *testing.T) {
			if p.Name == "courier" {
				tt.Parallel() // because Courier waits for two seconds before it deletes a mailbox
			}
			s := overTLS(tt, p, nil)
			if !s.Caps().HasAny(x.needs) {
				tt.Skipf("SKIPPED: the server lacks %s", x.needs)
			}
			t := &trial{T: tt, ctx: timeout(tt), s: s, p: p}
			t.box = t.mine("Ext " + x.name)
			t.correspondence()
			x.run(t)
			if s.State() == session.Selected {
				t.unselect()
			}
			must(t, commands.Delete(s, t.box))
		})
	}
}

// correspondence fills the mailbox with a thread of three messages, and one message outside of it.
func (t *trial) correspondence() {
	t.Helper()
	commands.Delete(t.s, t.box).Wait(t.ctx)
	must(t, commands.Create(t.s, t.box))
	for i, m := range []struct{ from, subject, day, more string }{
		{`"Zoe" <a@example.com>`, "Plan", "4", ""},
		{`"Abe" <z@example.com>`, "Re: Plan", "3", "References: <m1@example.com>\r\n"},
		{`b@example.com`, "alone", "2", ""},
		{`"Jo" <c@example.com>`, "Re: Plan", "1", "References: <m1@example.com> <m2@example.com>\r\nIn-Reply-To: <m2@example.com>\r\n"},
	} {
		text := fmt.Sprintf("From: %s\r\nTo: alice@example.com\r\nSubject: %s\r\nDate: %s Mar 2026 09:30:00 +0000\r\nMessage-ID: <m%d@example.com>\r\n%s\r\n%s\r\n",
			m.from, m.subject, m.day, i+1, m.more, strings.Repeat("text ", 10*i+1))
		must(t, commands.Append(t.s, t.box, strings.NewReader(text), -1))
	}
	must(t, commands.Select(t.s, t.box))
	if n := t.s.Mailbox().Exists; n != 4 {
		t.Fatalf("%d messages", n)
	}
}

// asAdministrator logs in as the administrator of Cyrus, who has more rights than other users. For any other server it
// returns nil.
func (t *trial) asAdministrator() *session.Session {
	t.Helper()
	if t.p.Name != "cyrus" {
		return nil
	}
	s := dial(func(e peer.Env) string { return "imaps://" + e.TLSAddr() })(t.T, t.p, nil)
	if _, err := commands.Login(s, t.p.Master, auth.NewSecret(t.p.Password)).Wait(t.ctx); err != nil {
		t.Fatal(err)
	}
	return s
}

func (t *trial) acl() {
	mine := must(t, commands.MyRights(t.s, t.box)).Modern()
	if !mine.Has(parser.RightAdminister) || !mine.Has(parser.RightExpunge) {
		t.Errorf("my rights: %s", mine)
	}
	must(t, commands.SetACL(t.s, t.box, t.p.Other, commands.SetRights, "lr"))
	must(t, commands.SetACL(t.s, t.box, t.p.Other, commands.AddRights, "sw"))
	must(t, commands.SetACL(t.s, t.box, t.p.Other, commands.RemoveRights, "w"))
	find := func() (rights parser.Rights, ok bool) {
		acl := must(t, commands.GetACL(t.s, t.box))
		if acl.Name() != t.box {
			t.Errorf("ACL of %q", acl.Name())
		}
		for _, e := range acl.Entries {
			if string(e.Identifier) == t.p.Other {
				return e.Rights, true
			}
		}
		return "", false
	}
	if r, ok := find(); !ok || !r.Equal("lrs") {
		t.Errorf("rights of %s: %s", t.p.Other, r)
	}
	list := must(t, commands.ListRights(t.s, t.box, t.p.Other))
	if len(list.Optional) == 0 {
		t.Errorf("LISTRIGHTS %+v", list)
	}
	must(t, commands.DeleteACL(t.s, t.box, t.p.Other))
	if r, ok := find(); ok && r != "" {
		t.Errorf("rights after DELETEACL: %s", r)
	}
	// Dovecot reports rights for a mailbox that does not exist.
	if _, err := commands.MyRights(t.s, "no such mailbox").Wait(t.ctx); err != nil && !errors.Is(err, parser.NO) {
		t.Errorf("of no mailbox: %v", err)
	}
	// Two in flight.
	a, b := commands.MyRights(t.s, t.box), commands.MyRights(t.s, "INBOX")
	if r := must(t, b); !r.Has(parser.RightRead) {
		t.Errorf("INBOX: %s", r)
	}
	must(t, a)
}

func (t *trial) quota() {
	roots := must(t, commands.GetQuotaRoot(t.s, t.box))
	if len(roots.Roots) != 1 || len(roots.Quotas) != 1 {
		t.Fatalf("want one quota root and one quota, got %+v", roots)
	}
	q, ok := roots.Quota(roots.Roots[0])
	storage, known := q.Resource(parser.ResourceStorage)
	if !ok || !known || storage.Limit != 1048576 {
		t.Errorf("want a limit of 1048576 KiB on STORAGE, got %+v", roots)
	}
	// Cyrus lets only administrators ask for a quota root by its name.
	if again, err := commands.GetQuota(t.s, roots.Roots[0]).Wait(t.ctx); t.p.Name == "cyrus" && !errors.Is(err, parser.NO) ||
		t.p.Name != "cyrus" && (err != nil || len(again.Resources) != len(q.Resources)) {
		t.Errorf("GETQUOTA: %+v, %v", again, err)
	}
	limit := parser.ResourceLimit{Resource: parser.ResourceStorage, Limit: 1048575}
	if _, err := commands.SetQuota(t.s, roots.Roots[0], limit).Wait(t.ctx); !errors.Is(err, parser.NO) {
		t.Errorf("a user who may not set quotas: %v", err)
	}
	admin := t.asAdministrator()
	if admin == nil {
		return
	}
	const root = "user/alice"
	must(t, commands.SetQuota(admin, root, limit, parser.ResourceLimit{Resource: "MESSAGE", Limit: 99999}))
	q = must(t, commands.GetQuota(admin, root))
	if storage, _ := q.Resource(parser.ResourceStorage); storage.Limit != 1048575 || len(q.Resources) < 2 {
		t.Errorf("want two resources, and a limit of 1048575 KiB on STORAGE; got %+v", q)
	}
	limit.Limit++
	must(t, commands.SetQuota(admin, root, limit, parser.ResourceLimit{Resource: "MESSAGE", Limit: 100000}))
	must(t, commands.Logout(admin))
}

func (t *trial) metadata() {
	long := strings.Repeat("line\r\n", 300)
	entries := []parser.EntryValue{{Entry: "/private/comment", Value: []byte("my own \"comment\"")}, {Entry: "/private/vendor/imapstack/test", Value: []byte(long)}}
	if t.p.Name == "cyrus" {
		// Add CRLF, which a quoted string cannot hold.
		entries[0].Value = append(entries[0].Value, "\r\nand more"...)
	}
	must(t, commands.SetMetadata(t.s, t.box, entries...))
	got := must(t, commands.GetMetadata(t.s, t.box, []string{"/private/comment", "/private/vendor/imapstack/test", "/shared/comment"}))
	if string(got.Value("/private/comment")) != string(entries[0].Value) || string(got.Value("/private/vendor/imapstack/test")) != long || got.Value("/shared/comment") != nil {
		t.Errorf("GETMETADATA: %+v", got)
	}
	got = must(t, commands.GetMetadata(t.s, t.box, []string{"/private/vendor"}, commands.DepthInfinity))
	if string(got.Value("/private/vendor/imapstack/test")) != long {
		t.Errorf("DEPTH infinity: %+v", got)
	}
	got = must(t, commands.GetMetadata(t.s, t.box, []string{"/private/comment", "/private/vendor/imapstack/test"}, commands.MaxSize(100)))
	if string(got.Value("/private/comment")) != string(entries[0].Value) || got.Value("/private/vendor/imapstack/test") != nil || got.LongEntries != uint64(len(long)) {
		t.Errorf("MAXSIZE: %q, %d", got.Values, got.LongEntries)
	}
	must(t, commands.SetMetadata(t.s, t.box, parser.EntryValue{Entry: "/private/comment"}))
	if got = must(t, commands.GetMetadata(t.s, t.box, []string{"/private/comment"})); got.Value("/private/comment") != nil {
		t.Errorf("after it was taken away: %+v", got)
	}
	must(t, commands.GetMetadata(t.s, "", []string{"/shared/admin"}))
}

func (t *trial) annotateMore() {
	value := []byte("a \"comment\"")
	must(t, commands.SetAnnotation(t.s, t.box, parser.EntryAtt{Entry: "/comment", Values: []parser.AttValue{{Name: "value.shared", Value: value}}}))
	list := must(t, commands.GetAnnotation(t.s, t.box, []string{"/comment"}, []string{"value.shared", "size.shared"}))
	if len(list) != 1 || string(list[0].Value("/comment", "value.shared")) != string(value) || string(list[0].Value("/comment", "size.shared")) != fmt.Sprint(len(value)) {
		t.Errorf("GETANNOTATION: %+v", list)
	}
	if list = must(t, commands.GetAnnotation(t.s, "Ext %", []string{"/vendor/*"}, []string{"value.shared"})); len(list) == 0 {
		t.Error("wildcards find nothing")
	}
	must(t, commands.SetAnnotation(t.s, t.box, parser.EntryAtt{Entry: "/comment", Values: []parser.AttValue{{Name: "value.shared"}}}))
	if list = must(t, commands.GetAnnotation(t.s, t.box, []string{"/comment"}, []string{"value.shared"})); len(list) > 0 && list[0].Value("/comment", "value.shared") != nil {
		t.Errorf("after it was taken away: %+v", list)
	}
}

func (t *trial) annotate() {
	must(t, commands.Select(t.s, t.box, commands.Annotated()))
	note := parser.EntryAtt{Entry: "/comment", Values: []parser.AttValue{{Name: "value.priv", Value: []byte("remember")}}}
	t.check(commands.StoreAnnotations(t.s, numset.Of(numset.UID, 2), note).Wait(t.ctx))
	item, n := fetch.Annotations([]string{"/comment"}, []string{"value.priv", "size.priv"}), 0
	for m, err := range commands.Fetch(t.s, numset.Of(numset.UID, 2), fetch.UID, item).All(t.ctx) {
		t.check(err)
		list, ok := item.Of(m)
		if !ok || len(list) != 1 || list[0].Entry != "/comment" || len(list[0].Values) != 2 || string(list[0].Values[0].Value) != "remember" {
			t.Errorf("want the annotation \"remember\", got %+v", list)
		}
		n++
	}
	if n != 1 {
		t.Errorf("%d messages", n)
	}
	if got := must(t, commands.Search(t.s, numset.UID, search.Annotation("/comment", "value.priv", "memb"))); got.Found.String() != "2" {
		t.Errorf("SEARCH ANNOTATION: %v", got.Found)
	}
	note.Values[0].Value = []byte("with the message")
	must(t, commands.Append(t.s, t.box, strings.NewReader("Subject: x\r\n\r\n"), -1, commands.WithAnnotations(note)))
	must(t, commands.Noop(t.s))
	for m, err := range commands.Fetch(t.s, numset.Of(numset.Seq, 5), fetch.UID, item).All(t.ctx) {
		t.check(err)
		if list, _ := item.Of(m); len(list) != 1 || string(list[0].Values[0].Value) != "with the message" {
			t.Errorf("want the annotation \"with the message\", got %+v", list)
		}
	}
	note.Values[0].Value = nil
	t.check(commands.StoreAnnotations(t.s, numset.Of(numset.UID, 2), note).Wait(t.ctx))
}

func (t *trial) namespace() {
	ns := must(t, commands.Namespace(t.s))
	if len(ns.Personal) != 1 || ns.Personal[0].Delim == 0 || len(ns.Other)+len(ns.Shared) == 0 {
		t.Errorf("want one personal namespace and at least one other, got %+v", ns)
	}
}

func (t *trial) raw() {
	got := must(t, commands.Execute(t.s, "NAMESPACE", nil, "NAMESPACE"))
	if len(got.Data) != 1 || !strings.HasPrefix(string(got.Data[0].Payload), `(("`) || got.Text == "" {
		t.Errorf("want one NAMESPACE response and a text, got %+v", got)
	}
	if _, err := commands.Execute(t.s, "X-NOBODY-KNOWS", nil).Wait(t.ctx); !errors.Is(err, parser.BAD) && t.p.Name != "courier" || err == nil {
		t.Error(err)
	}
}

// read returns the octets of a message.
func (t *trial) read(uid uint32) (text string) {
	t.Helper()
	for m, err := range commands.Fetch(t.s, numset.Of(numset.UID, uid), fetch.Body("").Peek()).All(t.ctx) {
		t.check(err)
		for sec, err := range m.Sections {
			t.check(err)
			b, err := io.ReadAll(sec)
			t.check(err)
			text = string(b)
		}
	}
	return text
}

// order returns the result that a SORT must have.
func (t *trial) order(want string, by []search.SortKey, key search.Key) {
	t.Helper()
	for _, kind := range []numset.Kind{numset.Seq, numset.UID} {
		got := must(t, commands.Sort(t.s, kind, by, key))
		if list := fmt.Sprint(slices.Collect(got.All())); list != want {
			t.Errorf("SORT gives %s, want %s", list, want)
		}
	}
}
