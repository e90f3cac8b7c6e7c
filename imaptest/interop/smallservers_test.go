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

// TestInteropMailutils, TestInteropTwisted and TestInteropHoodiecrow do what every client does, on servers that have
// few features and break more rules than others.

func TestInteropMailutils(t *testing.T) {
	small(t, "imap4d", []way{{"tcp", tcp}, {"starttls", startTLS}, {"tls", overTLS}})
}

func TestInteropTwisted(t *testing.T) {
	small(t, "twisted", []way{{"starttls", startTLS}, {"tls", overTLS}})
}

func TestInteropHoodiecrow(t *testing.T) {
	small(t, "hoodiecrow", []way{{"tcp", tcp}, {"tls", overTLS}})
}

func small(t *testing.T, name string, ways []way) {
	p := peer.Named(t, name)
	for _, w := range ways {
		t.Run(w.name, func(tt *testing.T) {
			t := &trial{T: tt, ctx: timeout(tt), s: w.open(tt, p, nil), p: p, box: "Small box " + w.name}
			t.Log(t.s.Caps())
			t.smallMailboxes()
			t.smallMessages()
			t.smallChanges()
			t.smallCancel()
			t.smallIdle(w.open(tt, p, nil))
			must(t, commands.CloseMailbox(t.s))
			must(t, commands.Delete(t.s, t.box))
			must(t, commands.Logout(t.s))
		})
	}
}

func (t *trial) smallMailboxes() {
	t.Helper()
	commands.Delete(t.s, t.box+" 3").Wait(t.ctx)
	for _, box := range []string{t.box, t.box + " 2"} {
		commands.Delete(t.s, box).Wait(t.ctx)
		must(t, commands.Create(t.s, box))
		must(t, commands.Subscribe(t.s, box))
	}
	must(t, commands.Rename(t.s, t.box+" 2", t.box+" 3"))
	for name, list := range map[string]func(*session.Session, string, string) *session.Stream[parser.ListData]{
		"LIST": func(s *session.Session, ref, pattern string) *session.Stream[parser.ListData] {
			return commands.List(s, ref, pattern)
		}, "LSUB": commands.Lsub,
	} {
		found := map[string]bool{}
		for l, err := range list(t.s, "", "*").All(t.ctx) {
			t.check(err)
			found[strings.ToUpper(l.Name())] = true // Twisted returns the name in another case
		}
		if !found[strings.ToUpper(t.box)] || name == "LIST" && !found[strings.ToUpper(t.box)+" 3"] {
			t.Errorf("%s lists %v, want %s", name, found, t.box)
		}
	}
	must(t, commands.Unsubscribe(t.s, t.box))
	st := must(t, commands.Status(t.s, t.box, status.Messages, status.UIDNext, status.UIDValidity, status.Unseen))
	if !strings.EqualFold(st.Name(), t.box) || st.UIDNext != 1 || st.Messages != 0 || st.UIDValidity == 0 {
		t.Errorf("STATUS %+v", st)
	}
	// Some of these servers answer BAD where others answer NO. The session must remain usable.
	if _, err := commands.Delete(t.s, "nowhere").Wait(t.ctx); !errors.Is(err, parser.NO) && !errors.Is(err, parser.BAD) {
		t.Error(err)
	}
	must(t, commands.Noop(t.s))
}

func (t *trial) smallMessages() {
	t.Helper()
	const big = 3
	for i := range 4 {
		text := fmt.Sprintf(message, i, i, i)
		if i == big {
			text = strings.Replace(text, "hello", strings.Repeat("0123456789abcdef0123456789abcdef0123456789abcdef\r\n", 10_000), 1)
		}
		var opts []commands.AppendOption
		if i == 0 || t.p.Name == "twisted" { // Twisted's APPEND fails without flags
			opts = append(opts, commands.WithFlags(parser.FlagSeen))
		}
		must(t, commands.Append(t.s, t.box, strings.NewReader(text), -1, opts...))
	}
	if box := must(t, commands.Select(t.s, t.box)); box.Exists != 4 || box.UIDValidity == 0 {
		t.Errorf("SELECT %+v", box)
	}
	var env parser.Envelope
	var body parser.BodyStructure
	n := uint32(0)
	for m, err := range commands.Fetch(t.s, numset.All(numset.UID), fetch.UID, fetch.Flags, fetch.InternalDate, fetch.Size,
		fetch.Envelope, fetch.BodyStructure, fetch.Body("HEADER").Peek()).All(t.ctx) {
		t.check(err)
		if n++; m.Seq != n || m.UID != n {
			t.Errorf("message %d, UID %d", m.Seq, m.UID)
		}
		if ok, err := m.Envelope(&env); !ok || err != nil || string(env.MessageID) != fmt.Sprintf("<%d@example.com>", n-1) ||
			len(env.From) != 1 || string(env.From[0].Mailbox) != "jo" {
			t.Errorf("envelope of %d: %v %+v", n, err, env)
		}
		if ok, err := m.BodyStructure(&body); !ok || err != nil || body.MediaType() != "multipart/mixed" || len(body.Parts) != 2 || !strings.EqualFold(body.Parts[1].MediaType(), "application/octet-stream") {
			t.Errorf("structure of %d: %v %+v", n, err, body)
		}
		for sec, err := range m.Sections {
			t.check(err)
			header, err := sec.AppendTo(nil, 1<<20)
			t.check(err)
			if !bytes.Contains(bytes.ToLower(header), []byte("from: jo")) {
				t.Errorf("header %q", header)
			}
		}
	}
	if n != 4 {
		t.Errorf("%d messages", n)
	}
	if got := t.read(big + 1); len(got) < 500_000 || !strings.HasPrefix(got, "From: Jo") {
		t.Errorf("%d octets: %.40q", len(got), got)
	}
	for want, key := range map[string]search.Key{"1:4": search.All, "1": search.Header("Message-ID", "<0@example.com>"), "4": search.Larger(100_000)} {
		got, err := commands.Search(t.s, numset.UID, key).Wait(t.ctx)
		// Twisted 22.4 and hoodiecrow do not support every key.
		if err != nil && (t.p.Name == "imap4d" || !errors.Is(err, parser.BAD)) || err == nil && got.Found.String() != want {
			t.Errorf("SEARCH found %q, want %q; %v", got.Found, want, err)
		}
	}
}

func (t *trial) smallChanges() {
	t.Helper()
	t.check(commands.Store(t.s, numset.Span(numset.UID, 1, 2), commands.AddFlags, parser.FlagFlagged).Wait(t.ctx))
	t.check(commands.Store(t.s, numset.Of(numset.Seq, 2), commands.RemoveFlags.Silent(), parser.FlagFlagged).Wait(t.ctx))
	var flagged []uint32
	for m, err := range commands.Fetch(t.s, numset.All(numset.Seq), fetch.Flags).All(t.ctx) {
		t.check(err)
		for _, f := range m.Flags {
			if f == parser.FlagFlagged {
				flagged = append(flagged, m.Seq)
			}
		}
	}
	if fmt.Sprint(flagged) != "[1]" {
		t.Errorf("flagged: %v", flagged)
	}
	must(t, commands.Copy(t.s, numset.Span(numset.UID, 2, 3), t.box+" 3"))
	if st := must(t, commands.Status(t.s, t.box+" 3", status.Messages)); st.Messages != 2 {
		t.Errorf("copied: %+v", st)
	}
	t.check(commands.Store(t.s, numset.Span(numset.Seq, 2, 3), commands.AddFlags.Silent(), parser.FlagDeleted).Wait(t.ctx))
	n := 0
	for _, err := range commands.Expunge(t.s).All(t.ctx) {
		t.check(err)
		n++
	}
	// imap4d says EXPUNGED.
	if n != 2 || t.s.Mailbox().Exists != 2 {
		t.Errorf("expunged %d; %d are left", n, t.s.Mailbox().Exists)
	}
	left := []uint32{}
	for m, err := range commands.Fetch(t.s, numset.All(numset.Seq), fetch.UID).All(t.ctx) {
		t.check(err)
		left = append(left, m.UID)
	}
	if fmt.Sprint(left) != "[1 4]" {
		t.Errorf("left: %v", left)
	}
	must(t, commands.Delete(t.s, t.box+" 3"))
}

// smallCancel abandons a FETCH in the middle of a body. The session must remain usable.
func (t *trial) smallCancel() {
	t.Helper()
	ctx, cancel := context.WithCancel(t.ctx)
	defer cancel()
	for m, err := range commands.Fetch(t.s, numset.Of(numset.UID, 4), fetch.Body("").Peek()).All(ctx) {
		if err != nil {
			break
		}
		for sec, err := range m.Sections {
			if err != nil {
				break
			}
			io.ReadFull(sec, make([]byte, 1000))
			cancel()
		}
	}
	must(t, commands.Noop(t.s))
}

// smallIdle waits for a message that another session appends.
func (t *trial) smallIdle(other *session.Session) {
	t.Helper()
	known := t.s.Mailbox().Exists
	must(t, commands.Append(other, t.box, strings.NewReader(fmt.Sprintf(message, 9, 9, 9)), -1, commands.WithFlags(parser.FlagDraft)))
	must(t, commands.Logout(other))
	if t.p.Name == "imap4d" { // imap4d may miss a change within the same second, or ignore DONE
		if box := must(t, commands.Select(t.s, t.box)); box.Exists != known+1 {
			t.Errorf("%d messages, %d before", box.Exists, known)
		}
		return
	}
	ctx, cancel := context.WithCancel(t.ctx)
	defer cancel()
	for _, err := range commands.Watch(ctx, t.s, commands.WatchOptions{Restart: 500 * time.Millisecond, Poll: 500 * time.Millisecond}) {
		t.check(err)
		if t.s.Mailbox().Exists > known {
			break
		}
	}
	if n := t.s.Mailbox().Exists; n != known+1 {
		t.Errorf("%d messages, %d before", n, known)
	}
	must(t, commands.Noop(t.s))
}
