package store

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/parser/message"
)

// deliver adds messages with these flags, which are separated by spaces, to a mailbox.
func deliver(t testing.TB, m *Mailbox, flags ...string) {
	t.Helper()
	for i, f := range flags {
		c := message.New(fmt.Appendf(nil, "Message-ID: <%d.%p@x>\r\n\r\nhi\r\n", i, m))
		if _, err := m.Append(NewMessage{Content: c, Flags: strings.Fields(f)}); err != nil {
			t.Fatal(err)
		}
	}
}

func selectBox(t testing.TB, u *User, name string) *View {
	t.Helper()
	v, err := u.Select(name, SelectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// responses returns the responses that a server would send for changes.
func responses(changes []Change) string {
	var out []string
	for _, c := range changes {
		switch c.Kind {
		case Expunged:
			out = append(out, fmt.Sprintf("%d EXPUNGE", c.Seq))
		case Exists:
			out = append(out, fmt.Sprintf("%d EXISTS", c.Count))
		case RecentCount:
			out = append(out, fmt.Sprintf("%d RECENT", c.Count))
		case FlagList:
			out = append(out, "FLAGS")
		case FlagsOf:
			out = append(out, fmt.Sprintf("%d FETCH %v", c.Seq, c.Flags.Names()))
		case MailboxGone:
			out = append(out, "GONE")
		}
	}
	return strings.Join(out, ", ")
}

func TestSync(t *testing.T) {
	u, m := newUser(t, Options{})
	deliver(t, m, "", "", "", "")
	v, w := selectBox(t, u, "INBOX"), selectBox(t, u, "INBOX")
	step := func(name string, v *View, expunge bool, want string) {
		t.Helper()
		if got := responses(v.Sync(expunge)); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	one := func(n uint32) []Range { return []Range{span(n, n)} }

	must(v.Store(one(2), AddFlags, []string{Seen}, StoreOptions{}))
	step("the view's own change of flags", v, true, "")
	step("flags that another view has changed", w, false, `2 FETCH [\Seen]`)
	step("the same flags, reported once", w, false, "")

	must(v.Store(one(2), AddFlags, []string{Seen}, StoreOptions{}))
	step("flags that the message had already", w, true, "")

	must(v.Store(one(2), AddFlags, []string{"$k"}, StoreOptions{Silent: true}))
	step("a silent change by another view, with a new keyword", w, true, `FLAGS, 2 FETCH [\Seen $k]`)
	step("the view's own silent change", v, true, "")
	w.Flags()

	must(w.Store(one(3), AddFlags, []string{Flagged}, StoreOptions{}))
	must(v.Store(one(3), AddFlags, []string{Seen}, StoreOptions{Silent: true}))
	step("a silent change after a change by another view", v, true, `3 FETCH [\Flagged \Seen]`)
	step("the other view, after both changes", w, true, `3 FETCH [\Flagged \Seen]`)

	must(v.Store(one(1), AddFlags, []string{Deleted}, StoreOptions{}))
	must(v.Store(one(4), AddFlags, []string{Deleted}, StoreOptions{}))
	must(v.Expunge(v.All()))
	deliver(t, m, Seen)
	must(m.SetFlags(AddFlags, []string{Draft}, 3))
	step("expunges by another view, which must wait", w, false, `5 EXISTS, 1 RECENT, 3 FETCH [\Flagged \Seen \Draft]`)
	if it, _ := w.Item(1); !it.Gone || string(it.Content.Raw()[:10]) != "Message-ID" {
		t.Error("a message whose expunge the client does not know yet cannot be read")
	}
	step("the view's own expunges", v, true, `1 EXPUNGE, 3 EXPUNGE, 3 EXISTS, 2 RECENT, 2 FETCH [\Flagged \Seen \Draft]`)
	step("expunges that waited", w, true, `1 EXPUNGE, 3 EXPUNGE`)
	if got := w.UIDs(w.All()); !reflect.DeepEqual(got, []Range{span(2, 3), span(5, 5)}) {
		t.Errorf("UIDs after Sync: got %v, want 2, 3 and 5", got)
	}

	deliver(t, m, "")
	m.Expunge(6)
	step("a message that came and went between two calls", v, true, "")

	must(m.SetFlags(AddFlags, []string{Answered}, 2))
	m.Expunge(2)
	step("flags of a message that is gone", v, true, "1 EXPUNGE")
	step("flags of a message that is gone, while expunges must wait", w, false, "")
	v.Close()
	v.Close()
	w.Close()
}

func TestWake(t *testing.T) {
	u, m := newUser(t, Options{})
	woken := 0
	v, err := u.Select("INBOX", SelectOptions{Notify: func() { woken++ }})
	if err != nil {
		t.Fatal(err)
	}
	deliver(t, m, "", "")
	if woken != 1 || !v.Pending() {
		t.Fatalf("after two messages: got %d calls of Notify, want 1; pending: %v", woken, v.Pending())
	}
	v.Sync(true)
	if v.Pending() {
		t.Error("Pending is true after Sync")
	}
	if _, err := v.Store(v.All(), AddFlags, []string{Seen}, StoreOptions{}); err != nil || woken != 1 || v.Pending() {
		t.Errorf("after the view's own Store: got %d calls of Notify, want 1; pending: %v; error: %v", woken, v.Pending(), err)
	}
	m.Expunge(1)
	if woken != 2 {
		t.Errorf("after an expunge: got %d calls of Notify, want 2", woken)
	}
	v.Close()
	deliver(t, m, "")
	if woken != 2 {
		t.Error("Notify was called after Close")
	}
}

func TestOpened(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 600, time.UTC)
	u, m := newUser(t, Options{Now: func() time.Time { return now }, UIDValidity: 7})
	deliver(t, m, Seen, Seen, "", Deleted)
	for range 2 { // EXAMINE leaves \Recent to the next session
		v, err := u.Select("inbox", SelectOptions{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		o := v.Opened()
		if o.Messages != 4 || o.Recent != 4 || o.FirstUnseen != 3 || o.UIDNext != 5 || o.UIDValidity != 7 || !o.ReadOnly || o.MailboxID != m.ID() {
			t.Errorf("EXAMINE: %+v", o)
		}
	}
	v := selectBox(t, u, "INBOX")
	if o := v.Opened(); o.Recent != 4 || o.ReadOnly || o.HighestModSeq != 5 {
		t.Errorf("first SELECT: %+v", o)
	}
	if o := selectBox(t, u, "INBOX").Opened(); o.Recent != 0 {
		t.Errorf("second SELECT: got %+v, want no \\Recent messages", o)
	}
	if _, err := v.Store(v.All(), AddFlags, []string{Seen}, StoreOptions{}); err != nil {
		t.Fatal(err)
	}
	if o := selectBox(t, u, "INBOX").Opened(); o.FirstUnseen != 0 {
		t.Errorf("all messages seen: got %+v, want FirstUnseen 0", o)
	}
	if _, err := m.SetFlags(RemoveFlags, []string{Seen}, 2); err != nil {
		t.Fatal(err)
	}
	if o := selectBox(t, u, "INBOX").Opened(); o.FirstUnseen != 2 {
		t.Errorf("message 2 unseen: got %+v, want FirstUnseen 2", o)
	}
	it, _ := v.Item(1)
	if !it.Date.Equal(now.Truncate(time.Second)) || !it.Saved.Equal(it.Date) || !it.Recent {
		t.Errorf("the first item is %+v", it)
	}
	want := Status{Messages: 4, Unseen: 1, Deleted: 1, UIDNext: 5, UIDValidity: 7, HighestModSeq: 7, Size: m.Status().Size, MailboxID: m.ID()}
	want.DeletedSize = want.Size / 4
	if got := m.Status(); got != want {
		t.Errorf("status %+v, want %+v", got, want)
	}
}

func TestResolve(t *testing.T) {
	u, m := newUser(t, Options{})
	deliver(t, m, "", "", "", "", "", "")
	m.Expunge(2, 4)
	v := selectBox(t, u, "INBOX") // the mailbox has the UIDs 1, 3, 5 and 6
	for _, c := range []struct {
		uid  bool
		in   []Range
		want []Range
		bad  bool
	}{
		{false, []Range{span(1, 4)}, []Range{span(1, 4)}, false},
		{false, []Range{span(3, 2), span(1, 1), span(1, 1)}, []Range{span(1, 3)}, false},
		{false, []Range{span(0, 0)}, []Range{span(4, 4)}, false},
		{false, []Range{span(2, 0), span(1, 1)}, []Range{span(1, 4)}, false},
		{false, []Range{span(5, 5)}, nil, true},
		{false, []Range{span(0, 5)}, nil, true},
		{true, []Range{span(1, 1<<32-1)}, []Range{span(1, 4)}, false},
		{true, []Range{span(2, 2), span(4, 4)}, nil, false},
		{true, []Range{span(2, 3), span(6, 6)}, []Range{span(2, 2), span(4, 4)}, false},
		{true, []Range{span(99, 0)}, []Range{span(4, 4)}, false},
		{true, []Range{span(0, 99)}, []Range{span(4, 4)}, false},
		{true, []Range{span(3, 4), span(5, 5)}, []Range{span(2, 3)}, false},
	} {
		got, err := v.Resolve(c.in, c.uid)
		if errors.Is(err, ErrClientBug) != c.bad || !slices.Equal(got, c.want) {
			t.Errorf("Resolve(%v, %v): got %v, %v; want %v", c.in, c.uid, got, err, c.want)
		}
	}
	m.Expunge(1, 3, 5, 6)
	v.Sync(true)
	if got, err := v.Resolve([]Range{span(1, 0)}, true); err != nil || len(got) != 0 {
		t.Errorf("Resolve of UIDs 1:* in an empty mailbox: got %v, %v; want nothing", got, err)
	}
	if _, err := v.Resolve([]Range{span(1, 0)}, false); err == nil {
		t.Error("Resolve of sequence numbers 1:* in an empty mailbox succeeded")
	}
	if v.UID(0) != 0 || v.UID(1) != 0 || v.Seq(3) != 0 || v.All() != nil {
		t.Error("an empty mailbox has messages")
	}
}

func TestStoreConditional(t *testing.T) {
	u, m := newUser(t, Options{})
	deliver(t, m, "", "", "")
	v := selectBox(t, u, "INBOX")
	at := v.HighestModSeq()
	if _, err := m.SetFlags(AddFlags, []string{Flagged}, 2); err != nil {
		t.Fatal(err)
	}
	got, err := v.Store(v.All(), AddFlags, []string{Seen}, StoreOptions{Conditional: true, UnchangedSince: at})
	want := Stored{Done: []Range{span(1, 1), span(3, 3)}, Changed: []Range{span(1, 1), span(3, 3)}, Modified: []Range{span(2, 2)}, ModSeq: at + 2}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Store with UNCHANGEDSINCE: got %+v, %v; want %+v", got, err, want)
	}
	if got, _ := v.Store(v.All(), AddFlags, []string{Seen}, StoreOptions{Conditional: true}); Count(got.Modified) != 3 {
		t.Errorf("Store with UNCHANGEDSINCE 0: got %+v, want 3 messages in Modified", got)
	}
	if got := v.ChangedSince(at+1, v.All()); !slices.Equal(got, []Range{span(1, 1), span(3, 3)}) {
		t.Errorf("ChangedSince: got %v, want 1 and 3", got)
	}
	m.Expunge(2)
	got, err = v.Store(v.All(), AddFlags, []string{Draft}, StoreOptions{})
	if err != nil || !got.Gone || Count(got.Done) != 2 {
		t.Errorf("Store with one expunged message of three: got %+v, %v", got, err)
	}
	for _, flags := range [][]string{{`\Foo`}, {""}, {strings.Repeat("x", 300)}} {
		if _, err := v.Store(v.All(), AddFlags, flags, StoreOptions{}); err == nil {
			t.Errorf("Store accepted the flag %q", flags)
		}
	}
}

func TestKeywords(t *testing.T) {
	u, m := newUser(t, Options{Limits: Limits{Keywords: 2}})
	deliver(t, m, "$Forwarded", "$forwarded")
	v := selectBox(t, u, "INBOX")
	it, _ := v.Item(2)
	if !it.Announce || !slices.Equal(it.Flags.Names(), []string{"$Forwarded"}) {
		t.Errorf("keyword in another case: got %v, Announce %v", it.Flags.Names(), it.Announce)
	}
	flags, permanent := v.Flags()
	if got := fmt.Sprint(flags, permanent); got != `[\Answered \Flagged \Deleted \Seen \Draft $Forwarded] [\Answered \Flagged \Deleted \Seen \Draft $Forwarded \*]` {
		t.Errorf("Flags: got %s", got)
	}
	if it, _ := v.Item(2); it.Announce {
		t.Error("Announce is true again after Flags")
	}
	if _, err := v.Store(v.All(), AddFlags, []string{"a", `\Recent`, `\seen`}, StoreOptions{}); err != nil {
		t.Fatal(err)
	}
	if it, _ := v.Item(1); !it.Announce || !it.Flags.Has("A") || !it.Flags.Seen() {
		t.Errorf("after Store: got flags %v, Announce %v", it.Flags.Names(), it.Announce)
	}
	if _, err := v.Store(v.All(), AddFlags, []string{"b"}, StoreOptions{}); !errors.Is(err, ErrLimit) {
		t.Errorf("Store with a keyword above the limit: got %v, want %v", err, ErrLimit)
	}
	if _, err := v.Store(v.All(), RemoveFlags, []string{"b"}, StoreOptions{}); err != nil {
		t.Errorf("Store that removes a keyword that the mailbox does not know: %v", err)
	}
	if _, permanent := v.Flags(); slices.Contains(permanent, `\*`) {
		t.Error("PERMANENTFLAGS has \\* although the mailbox accepts no more keywords")
	}
}

// TestNewsOfStore checks that View.News returns the view's own changes if the client cannot know their result.
func TestNewsOfStore(t *testing.T) {
	u, m := newUser(t, Options{})
	deliver(t, m, "", "", "")
	bob, _ := u.store.AddUser("bob")
	if err := u.SetACL("INBOX", "bob", ReplaceRights, rightsOf("lrs")); err != nil {
		t.Fatal(err)
	}
	silent, all := StoreOptions{Silent: true}, []uint32{1, 2, 3}
	for _, x := range []struct {
		name   string
		u      *User
		others bool // another client first changes message 2
		op     FlagOp
		flags  string
		opt    StoreOptions
		want   []uint32
	}{
		{"not silent", u, true, AddFlags, Seen, StoreOptions{}, nil},
		{"silent", u, false, AddFlags, Seen, silent, nil},
		{"silent, but others changed", u, true, AddFlags, Seen, silent, []uint32{2}},
		{"silent and replaced", u, true, SetFlags, Seen, silent, nil},
		{"to be reported", u, false, AddFlags, Seen, StoreOptions{Report: true}, all},
		{"within the rights", bob, false, AddFlags, Seen, silent, nil},
		{"beyond the rights", bob, false, AddFlags, Seen + " " + Draft, silent, all},
		{"a keyword beyond the rights", bob, false, AddFlags, Seen + " key", silent, all},
		{"replaced without all rights", bob, false, SetFlags, Seen, silent, all},
	} {
		if _, err := m.SetFlags(SetFlags, nil, all...); err != nil {
			t.Fatal(err)
		}
		name := "INBOX"
		if x.u == bob {
			name = "Other Users/alice/INBOX"
		}
		v, w := selectBox(t, x.u, name), selectBox(t, u, "INBOX")
		v.News()
		w.News()
		if x.others {
			if _, err := m.SetFlags(AddFlags, []string{Flagged}, 2); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := v.Store(v.All(), x.op, strings.Fields(x.flags), x.opt); err != nil {
			t.Fatalf("%s: %v", x.name, err)
		}
		if got := v.News().Changed; !slices.Equal(got, x.want) {
			t.Errorf("%s: News of the view itself: got %v, want %v", x.name, got, x.want)
		}
		if got := w.News().Changed; !slices.Equal(got, all) {
			t.Errorf("%s: News of another view: got %v, want %v", x.name, got, all)
		}
		v.Close()
		w.Close()
	}
}

// TestNewsShared checks that views with the same messages share one slice of UIDs, and that views with different
// messages get the right slices.
func TestNewsShared(t *testing.T) {
	u, m := newUser(t, Options{})
	deliver(t, m, "", "", "")
	first := selectBox(t, u, "INBOX").News().New
	if again := selectBox(t, u, "INBOX").News().New; &first[0] != &again[0] {
		t.Error("two views with the same messages do not share the slice of UIDs")
	}
	m.Expunge(2)
	if got := selectBox(t, u, "INBOX").News().New; !slices.Equal(got, []uint32{1, 3}) {
		t.Errorf("UIDs after an expunge: got %v, want [1 3]", got)
	}
	deliver(t, m, "")
	if got := selectBox(t, u, "INBOX").News().New; !slices.Equal(got, []uint32{1, 3, 4}) {
		t.Errorf("UIDs after an append: got %v, want [1 3 4]", got)
	}
	m.Expunge(4)
	if got := selectBox(t, u, "INBOX").News().New; !slices.Equal(got, []uint32{1, 3}) {
		t.Errorf("UIDs after another expunge: got %v, want [1 3]", got)
	}
	if !slices.Equal(first, []uint32{1, 2, 3}) {
		t.Errorf("the first slice of UIDs was changed to %v", first)
	}
}
