package interop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/imaptest/peer"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

func TestInteropDovecot(t *testing.T) {
	p := peer.Dovecot(t)
	for _, w := range dovecotWays {
		t.Run(w.name, func(t *testing.T) { suite(t, p, w) })
	}
}

// TestInteropCourier runs the suite on a server that supports little more than RFC 3501.
func TestInteropCourier(t *testing.T) {
	p := peer.Courier(t)
	for _, w := range []way{{"tcp", tcp}, {"starttls", startTLS}, {"tls", overTLS}} {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel() // because Courier waits for two seconds before it deletes a mailbox
			suite(t, p, w)
		})
	}
}

func TestInteropCyrus(t *testing.T) {
	p := peer.Cyrus(t)
	for _, w := range cyrusWays {
		t.Run(w.name, func(t *testing.T) { suite(t, p, w) })
	}
}

// trial is a session with its own mailbox.
type trial struct {
	*testing.T
	ctx context.Context
	s   *session.Session
	p   peer.Env
	box string
}

// must waits for a call, and fails the test if the call fails.
func must[T any](t *trial, call *session.Call[T]) T {
	t.Helper()
	v, err := call.Wait(t.ctx)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (t *trial) check(err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// mine returns the name of a mailbox in the user's personal namespace, which Courier has below INBOX.
func (t *trial) mine(name string) string {
	t.Helper()
	if !t.s.Caps().Has("NAMESPACE") {
		return name
	}
	ns := must(t, commands.Namespace(t.s))
	if len(ns.Personal) == 0 {
		t.Fatal("no personal namespace")
	}
	return ns.Personal[0].Name() + name
}

const message = "From: Jo <jo@example.com>\r\nTo: alice@example.com\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= %d\r\n" +
	"Date: Mon, 2 Mar 2026 09:30:00 +0000\r\nMessage-ID: <%d@example.com>\r\nMIME-Version: 1.0\r\n" +
	"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhello %d\r\n" +
	"--b\r\nContent-Type: application/octet-stream; name=\"x.bin\"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--b--\r\n"

func suite(tt *testing.T, p peer.Env, w way) {
	var events []string
	cfg := &session.Config{Handler: session.Handler{
		Exists: func(n uint32) { events = append(events, fmt.Sprint("exists ", n)) },
		Gone:   func(g session.Gone) { events = append(events, fmt.Sprint("expunge ", g.Seq)) },
	}}
	t := &trial{T: tt, ctx: timeout(tt), s: w.open(tt, p, cfg), p: p}
	t.box = "Tést " + strings.NewReplacer("+", "-").Replace(w.name)
	t.Log(t.s.Caps())

	must(t, commands.Capability(t.s))
	must(t, commands.Noop(t.s))
	if t.s.Caps().Has("ID") {
		if id := must(t, commands.ID(t.s, commands.IDField{Name: "name", Value: "imapstack"})); len(id.Fields) == 0 {
			t.Error("the server does not answer ID")
		}
	}
	t.box = t.mine(t.box)
	t.mailboxes()
	t.append()
	t.fetch()
	t.store()
	t.search()
	t.copyAndMove()
	t.expunge()
	t.cancel()
	t.idle(w.open(tt, p, nil))
	t.enableAndResync(w.open(tt, p, nil))

	t.unselect()
	must(t, commands.Unsubscribe(t.s, t.box))
	must(t, commands.Delete(t.s, t.box))
	if _, err := commands.Select(t.s, t.box).Wait(t.ctx); !errors.Is(err, parser.NO) {
		t.Errorf("SELECT of the deleted mailbox: %v", err)
	}
	must(t, commands.Logout(t.s))
	if _, err := commands.Noop(t.s).Wait(t.ctx); !errors.Is(err, session.ErrClosed) || !session.SafeToRetry(err) {
		t.Errorf("NOOP after LOGOUT: %v", err)
	}
}

func (t *trial) unselect() {
	t.Helper()
	if t.s.Caps().Has("UNSELECT") {
		must(t, commands.Unselect(t.s))
	} else {
		must(t, commands.CloseMailbox(t.s))
	}
}

func (t *trial) mailboxes() {
	t.Helper()
	commands.Delete(t.s, t.box).Wait(t.ctx)
	must(t, commands.Create(t.s, t.box+" 0"))
	must(t, commands.Rename(t.s, t.box+" 0", t.box))
	must(t, commands.Subscribe(t.s, t.box))
	find := func(stream *session.Stream[parser.ListData]) *parser.ListData {
		t.Helper()
		list, err := commands.Collect(t.ctx, stream, (*parser.ListData).Clone, 0)
		t.check(err)
		for _, l := range list {
			if l.Name() == t.box {
				return l
			}
		}
		t.Fatalf("%q is not listed among %d mailboxes", t.box, len(list))
		return nil
	}
	find(commands.List(t.s, "", "*"))
	find(commands.Lsub(t.s, "", "*"))
	if t.s.Caps().Has("LIST-EXTENDED") {
		l := find(commands.List(t.s, "", "%", commands.SelectSubscribed, commands.ReturnChildren))
		if !l.Has(parser.AttrSubscribed) || !l.Has(parser.AttrHasNoChildren) {
			t.Errorf("attributes %q", l.Attrs)
		}
	}
	items := []status.Item{status.Messages, status.UIDNext, status.UIDValidity, status.Unseen}
	if t.s.Caps().Has("LIST-STATUS") {
		for _, m := range must(t, commands.ListStatus(t.s, "", "*", items)) {
			if m.List.Name() == t.box && (m.Status == nil || m.Status.UIDValidity == 0) {
				t.Error("LIST-STATUS returns no status")
			}
		}
	}
	list, err := commands.ListStatusBySteps(t.ctx, t.s, "", "*", items)
	t.check(err)
	if len(list) < 2 {
		t.Errorf("%d mailboxes", len(list))
	}
	st := must(t, commands.Status(t.s, t.box, items...))
	if st.Name() != t.box || st.UIDNext != 1 || st.Messages != 0 {
		t.Errorf("STATUS %+v", st)
	}
	if _, err := commands.Create(t.s, "INBOX").Wait(t.ctx); !errors.Is(err, parser.NO) {
		t.Errorf("CREATE INBOX: %v", err)
	}
}

func (t *trial) append() {
	t.Helper()
	date := time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600))
	for i := range 10 {
		text := fmt.Sprintf(message, i, i, i)
		got := must(t, commands.Append(t.s, t.box, strings.NewReader(text), -1, commands.WithDate(date), commands.WithFlags(parser.FlagSeen, "$Work")))
		if t.s.Caps().Has("UIDPLUS") && !got.UIDs.Contains(uint32(i+1)) {
			t.Errorf("APPENDUID %v", got)
		}
	}
	big := fmt.Sprintf(message, 10, 10, 10) + strings.Repeat("0123456789abcdef0123456789abcdef0123456789abcdef\r\n", 40_000)
	must(t, commands.Append(t.s, t.box, io.LimitReader(strings.NewReader(big), int64(len(big))), int64(len(big))))
	if _, err := commands.Append(t.s, "no such mailbox", strings.NewReader("x"), 1).Wait(t.ctx); !errors.Is(err, parser.CodeTryCreate) && !errors.Is(err, parser.NO) {
		t.Errorf("APPEND to a mailbox that does not exist: %v", err)
	}
	box := must(t, commands.Select(t.s, t.box))
	// Courier omits UIDNEXT in the answer to SELECT, which RFC 3501 §6.3.1 allows.
	if box.Exists != 11 || box.UIDNext != 12 && t.p.Name != "courier" || box.UIDValidity == 0 || box.ReadOnly || len(box.PermanentFlags) == 0 {
		t.Errorf("SELECT %+v", box)
	}
	if box := must(t, commands.Examine(t.s, t.box)); !box.ReadOnly {
		t.Error("EXAMINE is not read-only")
	}
	must(t, commands.Select(t.s, t.box))
}

func (t *trial) fetch() {
	t.Helper()
	var env parser.Envelope
	var body parser.BodyStructure
	n := 0
	stream := commands.Fetch(t.s, numset.All(numset.UID), fetch.UID, fetch.Flags, fetch.InternalDate, fetch.Size,
		fetch.Envelope, fetch.BodyStructure, fetch.Body("HEADER").Peek())
	for m, err := range stream.All(t.ctx) {
		t.check(err)
		n++
		if ok, err := m.Envelope(&env); !ok || err != nil || string(env.MessageID) != fmt.Sprintf("<%d@example.com>", n-1) {
			t.Errorf("envelope of %d: %v %q", n, err, env.MessageID)
		}
		if ok, err := m.BodyStructure(&body); !ok || err != nil || body.MediaType() != "multipart/mixed" || len(body.Parts) != 2 || body.Parts[1].Filename() != "x.bin" {
			t.Errorf("structure of %d: %v %+v", n, err, body)
		}
		for sec, err := range m.Sections {
			t.check(err)
			header, err := sec.AppendTo(nil, 1<<20)
			t.check(err)
			if !bytes.HasPrefix(header, []byte("From: Jo")) {
				t.Errorf("header %q", header)
			}
		}
	}
	if n != 11 {
		t.Errorf("%d messages", n)
	}
	// The client streams the body, which is too big for its buffer, and can still read the rest of the response.
	for m, err := range commands.Fetch(t.s, numset.Of(numset.Seq, 11), fetch.Body("").Peek(), fetch.UID).All(t.ctx) {
		t.check(err)
		for sec, err := range m.Sections {
			t.check(err)
			read, err := io.Copy(io.Discard, sec)
			t.check(err)
			if read < 2_000_000 || read != sec.Size() {
				t.Errorf("%d octets of %d", read, sec.Size())
			}
		}
		if m.UID != 11 {
			t.Errorf("UID %d", m.UID)
		}
	}
	if t.s.Caps().Has("BINARY") {
		for m, err := range commands.Fetch(t.s, numset.Of(numset.UID, 1), fetch.Binary("2").Peek(), fetch.BinarySize("2")).All(t.ctx) {
			t.check(err)
			for sec, err := range m.Sections {
				t.check(err)
				if b, _ := sec.Bytes(); string(b) != "\x00\x01\x02" {
					t.Errorf("BINARY[2] %q", b)
				}
			}
			if n, ok := m.BinarySize(2); n != 3 || !ok {
				t.Errorf("BINARY.SIZE[2] %d", n)
			}
		}
	}
	for m, err := range commands.Fetch(t.s, numset.Of(numset.UID, 2), fetch.HeaderFields("", "Subject"), fetch.Body("1").Partial(0, 5), fetch.Body("2.MIME")).All(t.ctx) {
		t.check(err)
		var got []string
		for sec, err := range m.Sections {
			t.check(err)
			b, _ := sec.Bytes()
			got = append(got, fmt.Sprintf("%s %.20q", sec.Spec.String(), b))
		}
		if len(got) != 3 || !strings.Contains(strings.Join(got, ";"), `"hello"`) {
			t.Errorf("sections %q", got)
		}
	}
}

func (t *trial) store() {
	t.Helper()
	n := 0
	for m, err := range commands.Store(t.s, numset.Span(numset.UID, 1, 3), commands.AddFlags, parser.FlagFlagged, "$New").All(t.ctx) {
		t.check(err)
		n++
		if !strings.Contains(fmt.Sprint(m.Flags), "$New") {
			t.Errorf("flags %q", m.Flags)
		}
	}
	if n != 3 {
		t.Errorf("STORE returned %d", n)
	}
	t.check(commands.Store(t.s, numset.Of(numset.Seq, 1), commands.RemoveFlags.Silent(), parser.FlagSeen).Wait(t.ctx))
	t.check(commands.Store(t.s, numset.Of(numset.Seq, 2), commands.SetFlags, parser.FlagDraft).Wait(t.ctx))
	must(t, commands.Check(t.s))
}

func (t *trial) search() {
	t.Helper()
	expect := func(want string, kind numset.Kind, key search.Key, opts ...search.Return) {
		t.Helper()
		got := must(t, commands.Search(t.s, kind, key, opts...))
		if got.Found.String() != want {
			t.Errorf("SEARCH found %q, want %q", got.Found, want)
		}
	}
	expect("1:11", numset.UID, search.All)
	expect("1,11", numset.UID, search.And(search.Unseen, search.Not(search.Draft)))
	expect("1,3", numset.Seq, search.Flagged)
	expect("1", numset.UID, search.Header("Message-ID", "<0@example.com>"))
	expect("1:11", numset.UID, search.Subject("Grüße"))
	expect("2", numset.UID, search.Or(search.Draft, search.Subject("nothing of the kind \"\\ ")))
	expect("11", numset.UID, search.Larger(100_000))
	expect("1:11", numset.Seq, search.SentOn(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)))
	expect("", numset.Seq, search.Before(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)))
	expect("4:6", numset.UID, search.In(numset.Span(numset.UID, 4, 6)))
	if t.s.Caps().Has("ESEARCH") {
		got := must(t, commands.Search(t.s, numset.UID, search.All, search.ReturnMin, search.ReturnMax, search.ReturnCount))
		if got.Min != 1 || got.Max != 11 || got.Count != 11 {
			t.Errorf("ESEARCH %+v", got)
		}
	}
	if t.s.Caps().Has("SEARCHRES") {
		must(t, commands.Search(t.s, numset.UID, search.Flagged, search.ReturnSave))
		n := 0
		for _, err := range commands.Fetch(t.s, numset.Saved(numset.UID), fetch.UID).All(t.ctx) {
			t.check(err)
			n++
		}
		if n != 2 {
			t.Errorf("$ is %d messages", n)
		}
	}
}

func (t *trial) copyAndMove() {
	t.Helper()
	other := t.box + " 2"
	commands.Delete(t.s, other).Wait(t.ctx)
	must(t, commands.Create(t.s, other))
	got := must(t, commands.Copy(t.s, numset.Span(numset.Seq, 3, 4), other))
	if t.s.Caps().Has("UIDPLUS") && (len(got.From) != 1 || got.From[0] != numset.Range{Start: 3, Stop: 4}) {
		t.Errorf("COPYUID %+v", got)
	}
	copied := uint32(2)
	if t.s.Caps().Has("MOVE") {
		copied++
		if got := must(t, commands.Move(t.s, numset.Of(numset.UID, 5), other)); t.s.Caps().Has("UIDPLUS") && len(got.To) != 1 {
			t.Errorf("MOVE COPYUID %+v", got)
		}
		if n := t.s.Mailbox().Exists; n != 10 {
			t.Errorf("%d messages after MOVE", n)
		}
	}
	if t.s.Caps().Has("UIDPLUS") {
		copied++
		_, err := commands.MoveByCopy(t.ctx, t.s, numset.Of(numset.UID, 6), other)
		t.check(err)
	}
	if st := must(t, commands.Status(t.s, other, status.Messages)); st.Messages != copied {
		t.Errorf("%d messages in the other mailbox, want %d", st.Messages, copied)
	}
	must(t, commands.Delete(t.s, other))
}

func (t *trial) expunge() {
	t.Helper()
	t.check(commands.Store(t.s, numset.Span(numset.UID, 7, 8), commands.AddFlags.Silent(), parser.FlagDeleted).Wait(t.ctx))
	before := t.s.Mailbox().Exists
	n := uint32(0)
	for _, err := range commands.UIDExpunge(t.s, numset.Of(numset.UID, 7)).All(t.ctx) {
		t.check(err)
		n++
	}
	for _, err := range commands.Expunge(t.s).All(t.ctx) {
		t.check(err)
		n++
	}
	if n != 2 || t.s.Mailbox().Exists != before-2 {
		t.Errorf("expunged %d: %d, then %d", n, before, t.s.Mailbox().Exists)
	}
}

// cancel abandons commands in the middle of their data. The session must remain usable.
func (t *trial) cancel() {
	t.Helper()
	ctx, cancel := context.WithCancel(t.ctx)
	for m, err := range commands.Fetch(t.s, numset.Of(numset.UID, 11), fetch.Body("").Peek()).All(ctx) {
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("cancelled: %v", err)
			}
			break
		}
		for sec, err := range m.Sections {
			if err != nil {
				if !errors.Is(err, context.Canceled) {
					t.Errorf("cancelled: %v", err)
				}
				break
			}
			io.ReadFull(sec, make([]byte, 1000))
			cancel()
		}
	}
	cancel()
	must(t, commands.Noop(t.s))
	for range commands.Fetch(t.s, numset.All(numset.Seq), fetch.Envelope).All(t.ctx) {
		break
	}
	must(t, commands.Noop(t.s))
	// Send many commands at once.
	calls := make([]*session.Call[struct{}], 200)
	for i := range calls {
		calls[i] = commands.Noop(t.s)
	}
	for _, c := range calls {
		must(t, c)
	}
}

// idle waits in IDLE for a message that another session appends.
func (t *trial) idle(other *session.Session) {
	t.Helper()
	known := t.s.Mailbox().Exists
	must(t, commands.Append(other, t.box, strings.NewReader(fmt.Sprintf(message, 12, 12, 12)), -1))
	for _, err := range commands.Idle(t.s).All(t.ctx) {
		t.check(err)
		if t.s.Mailbox().Exists > known {
			break
		}
	}
	must(t, commands.Noop(t.s))
	ctx, cancel := context.WithTimeout(t.ctx, 50*time.Millisecond)
	defer cancel()
	for range commands.Idle(t.s).All(ctx) {
	}
	must(t, commands.Noop(t.s))
	must(t, commands.Logout(other))
}

// enableAndResync enables QRESYNC in another session and asks what has changed.
func (t *trial) enableAndResync(s *session.Session) {
	t.Helper()
	if !s.Caps().Has("QRESYNC") {
		return
	}
	on := must(t, commands.Enable(s, "QRESYNC"))
	if !on.Has("QRESYNC") {
		t.Errorf("enabled: %v", on)
	}
	box := must(t, commands.Select(s, t.box, commands.CondStore()))
	if box.HighestModSeq == 0 {
		t.Errorf("SELECT %+v", box)
	}
	n := 0
	for m, err := range commands.Fetch(s, numset.All(numset.UID), fetch.Flags, fetch.ChangedSince(1), fetch.Vanished()).All(t.ctx) {
		t.check(err)
		if m.ModSeq == 0 {
			t.Error("no MODSEQ")
		}
		n++
	}
	if n == 0 {
		t.Error("nothing has changed since 1")
	}
	must(t, commands.Select(s, t.box, commands.QResync(commands.Resync{UIDValidity: box.UIDValidity, ModSeq: 1})))
	err := commands.Store(s, numset.Of(numset.UID, 1), commands.AddFlags.UnchangedSince(1), parser.FlagAnswered).Wait(t.ctx)
	if err != nil && !errors.Is(err, parser.CodeModified) {
		t.Errorf("STORE UNCHANGEDSINCE: %v", err)
	}
	must(t, commands.CloseMailbox(s))
	must(t, commands.Logout(s))
}
