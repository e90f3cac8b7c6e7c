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
		t.Errorf("Copy: got %+v, %v; want %+v", got, err, want)
	}
	a, _ := m.Message(1)
	b, _ := box.Message(2)
	if a.Content != b.Content || a.EmailID() != b.EmailID() || a.ThreadID() != b.ThreadID() || !a.Date.Equal(b.Date) || !b.Flags.Has("$K") || !b.Flags.Seen() {
		t.Errorf("the copy of %+v is %+v", a, b)
	}
	if got := responses(w.Sync(true)); got != "3 EXISTS, 3 RECENT" {
		t.Errorf("the destination's view after Copy: got %s", got)
	}
	got, err = v.Move([]Range{span(2, 3)}, "Box")
	want = Copied{box.UIDValidity(), []Range{span(2, 3)}, []Range{span(4, 5)}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Move: got %+v, %v; want %+v", got, err, want)
	}
	if got := responses(v.Sync(true)); got != "2 EXPUNGE, 2 EXPUNGE" {
		t.Errorf("the source's view after Move: got %s", got)
	}
	if got, err = v.Move(v.All(), "INBOX"); err != nil || !reflect.DeepEqual(got.Dst, []Range{span(4, 4)}) {
		t.Errorf("Move into the same mailbox: got %+v, %v; want UID 4", got, err)
	}
	if got := responses(v.Sync(true)); got != "1 EXPUNGE, 1 EXISTS, 1 RECENT" {
		t.Errorf("the view after Move into the same mailbox: got %s", got)
	}
	if _, err := v.Copy(v.All(), "nowhere"); !errors.Is(err, ErrNonExistent) {
		t.Errorf("Copy to a mailbox that does not exist: got %v, want %v", err, ErrNonExistent)
	}
	m.Expunge(4)
	if _, err := v.Copy(v.All(), "Box"); !errors.Is(err, ErrExpungeIssued) {
		t.Errorf("Copy of an expunged message: got %v, want %v", err, ErrExpungeIssued)
	}
	if _, err := v.Move(v.All(), "Box"); !errors.Is(err, ErrExpungeIssued) {
		t.Errorf("Move of an expunged message: got %v, want %v", err, ErrExpungeIssued)
	}
	if _, err := v.Replace(1, "Box", NewMessage{Content: message.New(nil)}); !errors.Is(err, ErrExpungeIssued) {
		t.Errorf("Replace of an expunged message: got %v, want %v", err, ErrExpungeIssued)
	}
	if got := box.Status().Messages; got != 5 {
		t.Errorf("after commands that failed, the mailbox has %d messages, want 5", got)
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
		t.Fatalf("Replace: got %+v, %v; want UID 3", got, err)
	}
	if got := responses(v.Sync(true)); got != "1 EXPUNGE, 2 EXISTS, 2 RECENT" {
		t.Errorf("the view after Replace: got %s", got)
	}
	big := NewMessage{Content: message.New([]byte(strings.Repeat("x", 5000)))}
	if _, err := v.Replace(1, "INBOX", big); !errors.Is(err, ErrOverQuota) || m.Status().Messages != 2 {
		t.Errorf("Replace by a message above the quota: got %v and %d messages", err, m.Status().Messages)
	}
	if usage, _ := u.Quota(""); usage[MessageCount].Used != 2 || usage[Storage].Used != 1 {
		t.Errorf("usage after Replace: got %+v", usage)
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
			t.Errorf("CanAppend of %d octets: got %v, want %v", c.size, err, c.want)
		}
		if _, err := u.Append("INBOX", n(c.size)); !errors.Is(err, c.want) {
			t.Errorf("Append of %d octets: got %v, want %v", c.size, err, c.want)
		}
	}
	m.SetAppendLimit(-1)
	if _, err := u.Append("INBOX", n(300)); err != nil || m.AppendLimit() != 0 {
		t.Errorf("Append without a limit of the mailbox: %v; the limit is %d, want 0", err, m.AppendLimit())
	}
	if _, err := u.Append("INBOX", n(301)); !errors.Is(err, ErrTooBig) {
		t.Errorf("Append above Limits.MessageSize: got %v, want %v", err, ErrTooBig)
	}
	if err := u.CanAppend("INBOX", 1, 1); !errors.Is(err, ErrLimit) || u.CanAppend("INBOX", 1) != nil {
		t.Errorf("CanAppend of two messages with room for one: got %v, want %v", err, ErrLimit)
	}
	if _, err := u.Append("INBOX", n(1), n(1)); !errors.Is(err, ErrLimit) || m.Status().Messages != 2 {
		t.Errorf("Append of two messages with room for one: got %v and %d messages", err, m.Status().Messages)
	}
	if a, err := u.Append("INBOX", n(1)); err != nil || a.UIDs != span(3, 3) || a.UIDValidity != m.UIDValidity() {
		t.Errorf("Append of the last message that fits: got %+v, %v", a, err)
	}
	if _, err := u.Append("Nowhere", n(1)); !errors.Is(err, ErrNonExistent) {
		t.Errorf("Append to a mailbox that does not exist: got %v, want %v", err, ErrNonExistent)
	}
	m.Expunge(1, 2, 3)
	if !m.SetUIDNext(1<<32-2) || m.SetUIDNext(1) {
		t.Error("SetUIDNext refused a higher UID or accepted a lower one")
	}
	if _, err := u.Append("INBOX", n(1), n(1)); !errors.Is(err, ErrLimit) {
		t.Errorf("Append of two messages with one UID left: got %v, want %v", err, ErrLimit)
	}
	if usage, _ := u.Quota(""); usage[MessageCount].Used != 0 {
		t.Errorf("the quota counts %+v, want no messages", usage[MessageCount])
	}
}

func TestThreadID(t *testing.T) {
	_, m := newUser(t, Options{})
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
		t.Errorf("threads: got %s %s %s %s %s; want the first four equal, and the last different", first, answer, third, late, other)
	}
	if a, b, c := thread("\nx"), thread("\nx"), thread("\ny"); a != b || a == c {
		t.Errorf("threads of messages without Message-ID: got %s %s %s; want the first two equal, and the last different", a, b, c)
	}
	limited := New(Options{Limits: Limits{Threads: 1}})
	lu, _ := limited.AddUser("x")
	for range 3 {
		if _, err := lu.Append("INBOX", NewMessage{Content: message.New([]byte("Message-ID: <1>\nReferences: <2>\n\n"))}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(limited.threads.known); n != 1 {
		t.Errorf("the store remembers the threads of %d Message-IDs, want 1", n)
	}
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
			t.Errorf("log too short: %v: Vanished of all UIDs: got %v, want %v", forgets, got, want)
		}
		want = []Range{span(10, 10), span(20, 20)}
		if forgets {
			want = []Range{span(4, 4), span(10, 10), span(20, 20)}
		}
		if got := v.Vanished(at, []Range{span(4, 10), span(13, 0)}, Known{}); !slices.Equal(got, want) {
			t.Errorf("log too short: %v: Vanished of some UIDs: got %v, want %v", forgets, got, want)
		}
		// The client has the right sequence number for UID 9, so it already knows that UIDs 3 and 4 are gone. It has a
		// wrong one for UID 11.
		known := Known{Seqs: []Range{span(1, 1), span(7, 7), span(9, 9)}, UIDs: []Range{span(1, 1), span(9, 9), span(11, 11)}}
		if got := v.Vanished(at, nil, known); !slices.Equal(got, []Range{span(10, 12), span(20, 20)}) {
			t.Errorf("log too short: %v: Vanished with Known: got %v", forgets, got)
		}
		if got := v.Vanished(m.Status().HighestModSeq, nil, Known{}); got != nil {
			t.Errorf("log too short: %v: Vanished since the current modification sequence number: got %v, want none", forgets, got)
		}
	}
}
