package store

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/parser/message"
)

func TestCopyAndMove(t *testing.T) {
	u, m := newUser(t, Options{})
	box, err := u.Create("Box")
	if err != nil {
		t.Fatal(err)
	}
	deliver(t, box, "")
	deliver(t, m, Seen+" $k", Flagged, "")
	v, w := selectBox(t, u, "INBOX"), selectBox(t, u, "Box")
	got, err := v.Copy([]Range{span(1, 1), span(3, 3)}, "Box")
	want := Copied{box.UIDValidity(), []Range{span(1, 1), span(3, 3)}, []Range{span(2, 3)}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("copied %+v, %v", got, err)
	}
	a, _ := m.Message(1)
	b, _ := box.Message(2)
	if a.Content != b.Content || a.EmailID() != b.EmailID() || a.ThreadID() != b.ThreadID() || !a.Date.Equal(b.Date) || !b.Flags.Has("$K") || !b.Flags.Seen() {
		t.Errorf("the copy of %+v is %+v", a, b)
	}
	if got := told(w.Sync(true)); got != "3 EXISTS, 3 RECENT" {
		t.Errorf("told %s", got)
	}
	got, err = v.Move([]Range{span(2, 3)}, "Box")
	want = Copied{box.UIDValidity(), []Range{span(2, 3)}, []Range{span(4, 5)}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("moved %+v, %v", got, err)
	}
	if got := told(v.Sync(true)); got != "2 EXPUNGE, 2 EXPUNGE" {
		t.Errorf("told %s", got)
	}
	if got, err = v.Move(v.All(), "INBOX"); err != nil || !reflect.DeepEqual(got.Dst, []Range{span(4, 4)}) {
		t.Errorf("moved to where it was: %+v, %v", got, err)
	}
	if got := told(v.Sync(true)); got != "1 EXPUNGE, 1 EXISTS, 1 RECENT" {
		t.Errorf("told %s", got)
	}
	if _, err := v.Copy(v.All(), "nowhere"); !errors.Is(err, ErrNonExistent) {
		t.Errorf("to nowhere: %v", err)
	}
	m.Expunge(4)
	if _, err := v.Copy(v.All(), "Box"); !errors.Is(err, ErrExpungeIssued) {
		t.Errorf("copy of what is gone: %v", err)
	}
	if _, err := v.Move(v.All(), "Box"); !errors.Is(err, ErrExpungeIssued) {
		t.Errorf("move of what is gone: %v", err)
	}
	if _, err := v.Replace(1, "Box", NewMessage{Content: message.New(nil)}); !errors.Is(err, ErrExpungeIssued) {
		t.Errorf("replace of what is gone: %v", err)
	}
	if got := box.Status().Messages; got != 5 {
		t.Errorf("%d messages after what failed", got)
	}
}

func TestReplace(t *testing.T) {
	u, m := newUser(t, Options{})
	deliver(t, m, Draft, "")
	v := selectBox(t, u, "INBOX")
	used := m.Status().Size
	if err := u.SetQuota("", map[Resource]int64{MessageCount: 2, Storage: (used + 1023) / 1024}); err != nil {
		t.Fatal(err)
	}
	got, err := v.Replace(1, "INBOX", NewMessage{Content: message.New([]byte("\r\nnew")), Flags: []string{Draft}})
	if err != nil || got.UIDs != span(3, 3) {
		t.Fatalf("replaced: %+v, %v", got, err)
	}
	if got := told(v.Sync(true)); got != "1 EXPUNGE, 2 EXISTS, 2 RECENT" {
		t.Errorf("told %s", got)
	}
	big := NewMessage{Content: message.New([]byte(strings.Repeat("x", 5000)))}
	if _, err := v.Replace(1, "INBOX", big); !errors.Is(err, ErrOverQuota) || m.Status().Messages != 2 {
		t.Errorf("replaced by what does not fit: %v", err)
	}
	if usage, _ := u.Quota(""); usage[MessageCount].Used != 2 || usage[Storage].Used != 1 {
		t.Errorf("usage %+v", usage)
	}
}

func TestAppendLimits(t *testing.T) {
	u, m := newUser(t, Options{AppendLimit: 100, Limits: Limits{MessageSize: 300, Messages: 3}})
	n := func(size int) NewMessage { return NewMessage{Content: message.New(make([]byte, size))} }
	for _, c := range []struct {
		size int
		want error
	}{{100, nil}, {101, ErrTooBig}} {
		if err := u.CanAppend("INBOX", int64(c.size)); !errors.Is(err, c.want) {
			t.Errorf("%d octets: %v", c.size, err)
		}
		if _, err := u.Append("INBOX", n(c.size)); !errors.Is(err, c.want) {
			t.Errorf("%d octets: %v", c.size, err)
		}
	}
	m.SetAppendLimit(-1)
	if _, err := u.Append("INBOX", n(300)); err != nil || m.AppendLimit() != 0 {
		t.Error(err)
	}
	if _, err := u.Append("INBOX", n(301)); !errors.Is(err, ErrTooBig) {
		t.Error(err)
	}
	if _, err := u.Append("INBOX", n(1), n(1)); !errors.Is(err, ErrLimit) || m.Status().Messages != 2 {
		t.Errorf("of two messages too many: %v", err)
	}
	if a, err := u.Append("INBOX", n(1)); err != nil || a.UIDs != span(3, 3) || a.UIDValidity != m.UIDValidity() {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := u.Append("Nowhere", n(1)); !errors.Is(err, ErrNonExistent) {
		t.Error(err)
	}
	m.Expunge(1, 2, 3)
	if !m.SetUIDNext(1<<32-2) || m.SetUIDNext(1) {
		t.Error("UIDNEXT can be set up and not down")
	}
	if _, err := u.Append("INBOX", n(1), n(1)); !errors.Is(err, ErrLimit) {
		t.Errorf("UIDs that are used up: %v", err)
	}
	if usage, _ := u.Quota(""); usage[MessageCount].Used != 0 {
		t.Errorf("the quota counts %+v", usage[MessageCount])
	}
}

func TestThreadID(t *testing.T) {
	u, m := newUser(t, Options{})
	thread := func(raw string) string {
		t.Helper()
		a, err := m.Append(NewMessage{Content: message.New([]byte(raw))})
		if err != nil {
			t.Fatal(err)
		}
		it, _ := m.Message(a.UIDs.Start)
		return it.ThreadID()
	}
	first := thread("Message-ID: <1>\n\n")
	answer := thread("Message-ID: <2>\nIn-Reply-To: <1>\n\n")
	third := thread("Message-ID: <4>\nReferences: <1> <3>\n\n")
	late := thread("Message-ID: <3>\n\n")
	other := thread("Message-ID: <9>\n\n")
	if first != answer || first != third || first != late || first == other {
		t.Error(first, answer, third, late, other)
	}
	if a, b, c := thread("\nx"), thread("\nx"), thread("\ny"); a != b || a == c {
		t.Error("without Message-ID:", a, b, c)
	}
	limited := New(Options{Limits: Limits{Threads: 1}})
	lu, _ := limited.AddUser("x")
	for range 3 {
		if _, err := lu.Append("INBOX", NewMessage{Content: message.New([]byte("Message-ID: <1>\nReferences: <2>\n\n"))}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(limited.threads.known); n != 1 {
		t.Errorf("%d identifiers are remembered", n)
	}
	_ = u
}

func TestVanished(t *testing.T) {
	for _, forgets := range []bool{false, true} {
		opt := Options{}
		if forgets {
			opt.Limits.Expunged = 2
		}
		u, m := newUser(t, opt)
		deliver(t, m, make([]string, 20)...)
		m.Expunge(3, 4)
		at := m.Status().HighestModSeq
		m.Expunge(10)
		m.Expunge(11, 12)
		m.Expunge(20)
		v := selectBox(t, u, "INBOX")
		got := v.Vanished(at, nil, Known{})
		want := []Range{span(10, 12), span(20, 20)}
		if forgets {
			want = []Range{span(3, 4), span(10, 12), span(20, 20)}
		}
		if !slices.Equal(got, want) {
			t.Errorf("forgets %v: vanished %v, want %v", forgets, got, want)
		}
		want = []Range{span(10, 10), span(20, 20)}
		if forgets {
			want = []Range{span(4, 4), span(10, 10), span(20, 20)}
		}
		if got := v.Vanished(at, []Range{span(4, 10), span(13, 0)}, Known{}); !slices.Equal(got, want) {
			t.Errorf("forgets %v: of some, vanished %v", forgets, got)
		}
		// The client knows UID 9 as the seventh message: it knows that 3 and 4 are gone.
		known := Known{Seqs: []Range{span(1, 1), span(7, 7), span(9, 9)}, UIDs: []Range{span(1, 1), span(9, 9), span(11, 11)}}
		if got := v.Vanished(at, nil, known); !slices.Equal(got, []Range{span(10, 12), span(20, 20)}) {
			t.Errorf("forgets %v: with what is known, vanished %v", forgets, got)
		}
		if got := v.Vanished(m.Status().HighestModSeq, nil, Known{}); got != nil {
			t.Errorf("forgets %v: vanished since now: %v", forgets, got)
		}
	}
}
