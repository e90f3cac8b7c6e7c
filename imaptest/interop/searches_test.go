package interop

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

func (t *trial) sort() {
	by := func(keys ...search.SortKey) []search.SortKey { return keys }
	t.order("[4 3 2 1]", by(search.ByDate), search.All)
	t.order("[1 2 3 4]", by(search.ByDate.Reverse()), search.All)
	t.order("[1 2 3 4]", by(search.BySize), search.All)
	t.order("[1 3 4 2]", by(search.ByFrom), search.All)
	t.order("[3 4 2 1]", by(search.BySubject, search.ByDate), search.All)
	t.order("[3 1 2 4]", by(search.BySubject, search.ByDate.Reverse()), search.All)
	t.order("[4 2]", by(search.ByTo, search.ByCc, search.ByDate), search.Subject("Re:"))
	t.order("[]", by(search.ByArrival), search.Subject("Grüße"))
	if t.s.Caps().Has("SORT=DISPLAY") {
		t.order("[2 3 4 1]", by(search.ByDisplayFrom), search.All)
		t.order("[4 3 2 1]", by(search.ByDisplayTo, search.ByDate), search.All)
	}
	if t.s.Caps().Has("SORT=MODSEQ") {
		t.order("[4 3 2 1]", by(search.ByModSeq.Reverse()), search.All)
	}
	if t.s.Caps().Has("SORT=UID") {
		t.order("[4 3 2 1]", by(search.ByUID.Reverse()), search.All)
	}
}

func (t *trial) esort() {
	by := []search.SortKey{search.ByFrom}
	got := must(t, commands.Sort(t.s, numset.UID, by, search.All, search.ReturnMin, search.ReturnMax, search.ReturnCount, search.ReturnAll))
	if fmt.Sprint(slices.Collect(got.All())) != "[1 3 4 2]" || got.Count != 4 || got.Min != 1 ||
		got.Max != 2 && t.p.Name != "cyrus" { // Cyrus returns the greatest number, not the last one sorted (RFC 5267 §3.1)
		t.Errorf("ESORT: %+v", got)
	}
	a := commands.Sort(t.s, numset.UID, by, search.All, search.ReturnCount)
	b := commands.Sort(t.s, numset.UID, by, search.Subject("alone"), search.ReturnCount)
	if must(t, a).Count != 4 || must(t, b).Count != 1 {
		t.Error("the results of two commands in flight are mixed up")
	}
}

func (t *trial) thread() {
	for algorithm, want := range map[commands.ThreadAlgorithm][]string{
		commands.References: {"0:3 0:1 1:2 2:4 "}, commands.OrderedSubject: {"0:4 1:2 1:1 0:3 "},
		// REFS sorts threads by the time of their newest message. All these times are in the same second, so both
		// orders are right.
		commands.Refs: {"0:3 0:1 1:2 2:4 ", "0:1 1:2 2:4 0:3 "},
	} {
		if t.p.Name == "courier" && algorithm == commands.OrderedSubject {
			// Each message is a child of the one before. By RFC 5256 §3, all are children of the first.
			want = []string{"0:4 1:2 2:1 0:3 "}
		}
		if !t.s.Caps().Has("THREAD=" + string(algorithm)) {
			t.Logf("the server lacks %s", algorithm)
			continue
		}
		for _, kind := range []numset.Kind{numset.Seq, numset.UID} {
			x := must(t, commands.Thread(t.s, kind, algorithm, search.All))
			var b strings.Builder
			for level, n := range x.All() {
				fmt.Fprintf(&b, "%d:%d ", level, n)
			}
			if !slices.Contains(want, b.String()) {
				t.Errorf("%s: %s, want %q", algorithm, &b, want)
			}
		}
	}
	if x := must(t, commands.Thread(t.s, numset.UID, commands.References, search.Subject("nobody"))); len(x.Nodes) != 0 {
		t.Errorf("want no thread, got %+v", x)
	}
}

// context asks the server to keep the result of a search up to date.
func (t *trial) context() {
	var updates []string
	s := overTLS(t.T, t.p, &session.Config{Handler: session.Handler{Other: func(r *parser.Response) {
		if x, ok := commands.SearchUpdate(r); ok {
			updates = append(updates, fmt.Sprint(string(x.Tag), " ", x.AddTo, x.RemoveFrom))
		}
	}}})
	must(t, commands.Select(s, t.box))
	call := commands.Search(s, numset.UID, search.Not(search.Flagged), search.ReturnUpdate(), search.ReturnContext, search.ReturnCount)
	if r := must(t, call); r.Count != 4 || r.NoUpdate {
		t.Errorf("want a count of 4 and updates, got %+v", r)
	}
	t.check(commands.Store(t.s, numset.Of(numset.UID, 2), commands.AddFlags.Silent(), parser.FlagFlagged).Wait(t.ctx))
	must(t, commands.Noop(s))
	t.check(commands.Store(t.s, numset.Of(numset.UID, 2), commands.RemoveFlags.Silent(), parser.FlagFlagged).Wait(t.ctx))
	must(t, commands.Noop(s))
	if want := fmt.Sprintf("[%[1]s [][{0 [{2 2}]}] %[1]s [{0 [{2 2}]}][]]", call.Tag()); strings.ReplaceAll(fmt.Sprint(updates), "] [", "][") != strings.ReplaceAll(want, "] [", "][") {
		t.Errorf("%s, want %s", fmt.Sprint(updates), want)
	}
	must(t, commands.CancelUpdate(s, call.Tag()))
	if r := must(t, commands.Search(s, numset.UID, search.All, search.ReturnPartial(2, 3))); r.Window.String() != "2:3" {
		t.Errorf("PARTIAL: %+v", r)
	}
	must(t, commands.Logout(s))
}

func (t *trial) fuzzy() {
	// Cyrus may find nothing, because it has no index here.
	if r := must(t, commands.Search(t.s, numset.UID, search.Fuzzy(search.Subject("alone")))); !r.Found.Empty() && r.Found.String() != "3" {
		t.Errorf("want message 3 or none, got %+v", r)
	}
}

func (t *trial) partial() {
	if r := must(t, commands.Search(t.s, numset.UID, search.All, search.ReturnPartial(-1, -2))); r.Window.String() != "3:4" {
		t.Errorf("want the window 3:4, got %+v", r)
	}
	n := 0
	for _, err := range commands.Fetch(t.s, numset.All(numset.UID), fetch.UID, fetch.Partial(1, 3)).All(t.ctx) {
		t.check(err)
		n++
	}
	if n != 3 {
		t.Errorf("%d messages", n)
	}
}

func (t *trial) multiSearch() {
	n := 0
	for m, err := range commands.MultiSearch(t.s, []commands.MailboxFilter{commands.InMailboxes(t.box, "INBOX")}, search.Subject("alone"), search.ReturnAll).All(t.ctx) {
		t.check(err)
		n++
		if m.Name() != t.box || m.Found.String() != "3" || m.UIDValidity == 0 {
			t.Errorf("want UID 3 in %s, got %+v", t.box, m)
		}
	}
	if n != 1 {
		t.Errorf("%d mailboxes", n)
	}
}

func (t *trial) multiAppend() {
	got := must(t, commands.AppendAll(t.s, t.box, commands.Message{Body: strings.NewReader("Subject: a\r\n\r\n"), Size: -1},
		commands.Message{Body: strings.NewReader("Subject: b\r\n\r\n"), Size: -1, Flags: []parser.Flag{parser.FlagSeen}}))
	if got.UIDs.String() != "5:6" {
		t.Errorf("want the UIDs 5:6, got %+v", got)
	}
}

func (t *trial) catenate() {
	url := fmt.Sprintf("/%s;UIDVALIDITY=%d/;UID=1", strings.ReplaceAll(t.box, " ", "%20"), t.s.Mailbox().UIDValidity)
	got := must(t, commands.AppendAll(t.s, t.box, commands.Message{Flags: []parser.Flag{parser.FlagDraft}, Parts: []commands.Part{
		{URL: url + "/;SECTION=HEADER"}, {Body: strings.NewReader("another body\r\n"), Size: -1}, {URL: url + "/;SECTION=TEXT"}}}))
	must(t, commands.Noop(t.s))
	old := t.read(1)
	header, body, _ := strings.Cut(old, "\r\n\r\n")
	if text := t.read(5); got.UIDs.String() != "5" || text != header+"\r\n\r\nanother body\r\n"+body {
		t.Errorf("want UID 5 with the parts of the other message, got %+v: %q", got, text)
	}
	_, err := commands.AppendAll(t.s, t.box, commands.Message{Parts: []commands.Part{{URL: "/no%20such/;UID=1"}}}).Wait(t.ctx)
	if err == nil {
		t.Error("a URL that names nothing is accepted")
	}
}

func (t *trial) replace() {
	got := must(t, commands.Replace(t.s, numset.Of(numset.UID, 2), t.box, commands.Message{Body: strings.NewReader("Subject: new\r\n\r\n"), Size: -1}))
	if got.UIDs.String() != "5" || t.s.Mailbox().Exists != 4 {
		t.Errorf("want UID 5 and 4 messages, got %+v and %d messages", got, t.s.Mailbox().Exists)
	}
}

func (t *trial) urlAuth() {
	rump := fmt.Sprintf("imap://%s@%s/%s/;UID=1;URLAUTH=authuser", t.p.User, t.p.URLHost, strings.ReplaceAll(t.box, " ", "%20"))
	urls := must(t, commands.GenURLAuth(t.s, commands.URLInternal, rump))
	if len(urls) != 1 || !strings.HasPrefix(strings.ToLower(urls[0]), strings.ToLower(rump+":internal:")) {
		t.Fatalf("GENURLAUTH: %q", urls)
	}
	want := t.read(1)
	read := func(params ...commands.URLParam) (bodies []string) {
		t.Helper()
		for found, err := range commands.URLFetch(t.s, urls, params...).All(t.ctx) {
			t.check(err)
			for u, err := range found.All {
				t.check(err)
				if u.Body == nil {
					bodies = append(bodies, "NIL")
					continue
				}
				var b bytes.Buffer
				_, err := io.Copy(&b, u.Body)
				t.check(err)
				bodies = append(bodies, b.String())
			}
		}
		return bodies
	}
	if got := read(); len(got) != 1 || got[0] != want {
		t.Errorf("URLFETCH returns %q, want %q", got, want)
	}
	if t.s.Caps().Has("URLAUTH=BINARY") {
		if got := read(commands.URLStructure, commands.URLBinary); len(got) != 1 || got[0] != want {
			t.Errorf("URLFETCH with BODYPARTSTRUCTURE and BINARY returns %q, want %q", got, want)
		}
	}
	must(t, commands.ResetKey(t.s, t.box, commands.URLInternal))
	if got := read(); len(got) != 1 || got[0] != "NIL" {
		t.Errorf("after RESETKEY: %q", got)
	}
}

// notify gets events about a mailbox other than the selected one.
func (t *trial) notify() {
	told := make(map[string]bool)
	s := overTLS(t.T, t.p, &session.Config{Handler: session.Handler{Other: func(r *parser.Response) {
		var st parser.StatusData
		var l parser.ListData
		switch {
		case r.Name == "STATUS" && st.Decode(r.Decoder()) == nil:
			told[fmt.Sprint("STATUS ", st.Name(), " ", st.Messages)] = true
		case r.Name == "LIST" && l.Decode(r.Decoder()) == nil:
			told["LIST "+l.Name()] = true
		}
	}}})
	list := must(t, commands.NotifyStatus(s, commands.EventGroup{In: commands.InMailboxes(t.box), Events: []commands.Event{commands.MessageNew, commands.MessageExpunge}},
		commands.EventGroup{In: commands.InPersonal, Events: []commands.Event{commands.MailboxName}}))
	if !slices.ContainsFunc(list, func(st parser.StatusData) bool { return st.Name() == t.box && st.Messages == 4 }) {
		t.Errorf("STATUS: %+v", list)
	}
	must(t, commands.Append(t.s, t.box, strings.NewReader("Subject: x\r\n\r\n"), -1))
	must(t, commands.Create(t.s, t.box+" new"))
	for range 100 {
		must(t, commands.Noop(s))
		if len(told) >= 2 {
			break
		}
		<-time.After(50 * time.Millisecond)
	}
	if !told["STATUS "+t.box+" 5"] || !told["LIST "+t.box+" new"] {
		t.Errorf("the client got %v", told)
	}
	must(t, commands.NotifyNone(s))
	must(t, commands.Delete(t.s, t.box+" new"))
	must(t, commands.Logout(s))
}

func (t *trial) utf8() {
	t.unselect()
	if on := must(t, commands.Enable(t.s, "UTF8=ACCEPT")); !on.Has("UTF8=ACCEPT") {
		t.Fatal(on)
	}
	box := t.box + " Grüße & mehr"
	commands.Delete(t.s, box).Wait(t.ctx)
	must(t, commands.Create(t.s, box))
	must(t, commands.Append(t.s, box, strings.NewReader("Subject: Grüße\r\n\r\n"), -1, commands.AsUTF8()))
	must(t, commands.Select(t.s, box))
	if r := must(t, commands.Search(t.s, numset.UID, search.Subject("Grüße"))); r.Found.String() != "1" {
		t.Errorf("want UID 1, got %+v", r)
	}
	t.unselect()
	must(t, commands.Delete(t.s, box))
}

func (t *trial) preview() {
	for m, err := range commands.Fetch(t.s, numset.Of(numset.UID, 1), fetch.Preview).All(t.ctx) {
		t.check(err)
		// In Cyrus, the preview of a new message may not have been made yet.
		if text, ok := fetch.Preview.Of(m); !ok || strings.TrimSpace(text) != "text" && t.p.Name != "cyrus" {
			t.Errorf("PREVIEW %q, %v", text, ok)
		}
	}
	for m, err := range commands.Fetch(t.s, numset.Of(numset.UID, 2), fetch.PreviewLazy).All(t.ctx) {
		t.check(err)
		if _, ok := fetch.PreviewLazy.Of(m); !ok {
			t.Error("no PREVIEW (LAZY)")
		}
	}
}

func (t *trial) saveDate() {
	for m, err := range commands.Fetch(t.s, numset.Of(numset.UID, 1), fetch.SaveDate).All(t.ctx) {
		t.check(err)
		if at, ok := fetch.SaveDate.Of(m); !ok || time.Since(at).Abs() > 24*time.Hour {
			t.Errorf("SAVEDATE %v, %v", at, ok)
		}
	}
	if r := must(t, commands.Search(t.s, numset.UID, search.And(search.SavedSince(time.Now().AddDate(0, 0, -2)), search.SaveDateSupported))); r.Found.String() != "1:4" {
		t.Errorf("want the UIDs 1:4, got %+v", r)
	}
}

func (t *trial) objectID() {
	var email, thread string
	for m, err := range commands.Fetch(t.s, numset.Of(numset.UID, 3), fetch.EmailID, fetch.ThreadID).All(t.ctx) {
		t.check(err)
		email, _ = fetch.EmailID.Of(m)
		thread, _ = fetch.ThreadID.Of(m)
	}
	if email == "" || thread == "" || t.s.Mailbox().ID == "" {
		t.Errorf("EMAILID %q, THREADID %q, MAILBOXID %q", email, thread, t.s.Mailbox().ID)
	}
	if r := must(t, commands.Search(t.s, numset.UID, search.And(search.EmailID(email), search.ThreadID(thread)))); r.Found.String() != "3" {
		t.Errorf("want UID 3, got %+v", r)
	}
}

func (t *trial) listDetails() {
	must(t, commands.SetMetadata(t.s, t.box, parser.EntryValue{Entry: "/private/comment", Value: []byte("x")}))
	list := must(t, commands.ListDetails(t.s, "", []string{t.box}, commands.ReturnMyRights, commands.ReturnStatus(status.Messages), commands.ReturnMetadata("/private/comment")))
	if len(list) != 1 || list[0].Rights == nil || !list[0].Rights.Has(parser.RightRead) || list[0].Status == nil || list[0].Status.Messages != 4 ||
		len(list[0].Metadata) != 1 || string(list[0].Metadata[0].Value) != "x" {
		t.Errorf("LIST with details: %+v", list)
	}
}

func (t *trial) xlist()     { t.listing(commands.XList(t.s, "", "*")) }
func (t *trial) referrals() { t.listing(commands.RList(t.s, "", "*")) }

func (t *trial) listing(stream *session.Stream[parser.ListData]) {
	t.Helper()
	found := false
	for l, err := range stream.All(t.ctx) {
		t.check(err)
		found = found || l.Name() == t.box
	}
	if !found {
		t.Errorf("%s is not listed", t.box)
	}
}

func (t *trial) unauthenticate() {
	must(t, commands.Unauthenticate(t.s))
	_, err := commands.Login(t.s, t.p.User, auth.NewSecret(t.p.Password)).Wait(t.ctx)
	t.check(err)
}
