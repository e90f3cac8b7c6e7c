package cookbook

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/resync"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/crlf"
	"github.com/imapstack/imapstack/utils/numset"
)

// Bring a copy of a mailbox up to date, with QRESYNC if possible
//
// On a server without QRESYNC, the pass uses CONDSTORE, or compares the flags of all messages. The state is a small
// value that the program saves with its data; it marshals to text. After an interruption, the next pass continues with
// the change at which the loop ended. [sync.md](sync.md) explains passes and states.
func upToDate(ctx context.Context, s *session.Session, saved resync.State, kept map[uint32][]parser.Flag) (resync.State, error) {
	pass := resync.New(s, "INBOX", saved, nil)
	for change, err := range pass.All(ctx) {
		if err != nil {
			return pass.State(), err
		}
		switch change.Kind {
		case resync.Reset: // UIDVALIDITY has changed: the next changes contain the whole mailbox
			clear(kept)
		case resync.Gone:
			for uid := range change.UIDs.Numbers() {
				delete(kept, uid)
			}
		case resync.Flags, resync.Arrived:
			for uid, flags := range change.Messages() {
				kept[uid] = flags
			}
		}
	}
	return pass.State(), nil
}

func TestUpToDate(t *testing.T) {
	for _, without := range []string{"", "QRESYNC", "CONDSTORE"} {
		srv := imaptest.NewServer(t, imaptest.Without(without))
		add(t, srv, "INBOX", mailOf("one"), mailOf("two"), mailOf("three"))
		kept := map[uint32][]parser.Flag{}
		state, err := upToDate(t.Context(), open(t, srv, "alice"), resync.State{}, kept)
		if len(kept) != 3 || err != nil {
			t.Fatalf("first pass: got %v, %v; want 3 messages", kept, err)
		}
		box := srv.Mailbox("alice", "INBOX")
		box.Expunge(1)
		box.AddFlags([]parser.Flag{parser.FlagSeen}, 2)
		add(t, srv, "INBOX", mailOf("four"))
		srv.Forget()
		state, err = upToDate(t.Context(), open(t, srv, "alice"), state, kept)
		if fmt.Sprint(kept) != `map[2:[\Seen] 3:[] 4:[]]` || err != nil {
			t.Errorf("without %q: got %v, %v; want 2 with \\Seen, 3 and 4", without, kept, err)
		}
		if by := srv.Received().Named("SELECT").Strings(); without == "" && !strings.Contains(fmt.Sprint(by), "QRESYNC") {
			t.Errorf("the SELECTs are %q, want QRESYNC in one", by)
		}
		box.SetUIDValidity(box.Status().UIDValidity + 1)
		kept[99] = nil
		if _, err = upToDate(t.Context(), open(t, srv, "alice"), state, kept); len(kept) != 3 || kept[99] != nil || err != nil {
			t.Errorf("after a change of UIDVALIDITY: got %v, %v; want 3 messages", kept, err)
		}
	}
}

// Keep what was downloaded when UIDVALIDITY has changed
//
// When UIDVALIDITY changes, all UIDs become invalid. Message-IDs still identify the messages, so most of them need not
// be downloaded again. `files` maps the Message-ID of each downloaded message to its file. Messages that share a
// Message-ID, or have none, are downloaded again.
func remap(ctx context.Context, s *session.Session, files map[string]string) (byUID map[uint32]string, missing numset.Set, err error) {
	byUID, missing = map[uint32]string{}, numset.Of(numset.UID)
	if _, err := commands.Examine(s, "INBOX").Wait(ctx); err != nil {
		return nil, missing, err
	}
	for m, err := range commands.Fetch(s, numset.All(numset.UID), fetch.UID, fetch.Envelope).All(ctx) {
		if err != nil {
			return nil, missing, err
		}
		var e parser.Envelope
		m.Envelope(&e) // an envelope that cannot be parsed has no Message-ID
		id := string(e.MessageID)
		if file, ok := files[id]; ok && id != "" {
			byUID[m.UID] = file
			delete(files, id)
		} else {
			missing.Add(m.UID)
		}
	}
	return byUID, missing, nil
}

func TestRemap(t *testing.T) {
	srv := imaptest.NewServer(t)
	add(t, srv, "INBOX", "Message-ID: <1@x>\r\n\r\n", mailOf("none"), "Message-ID: <3@x>\r\n\r\n", "Message-ID: <1@x>\r\n\r\n")
	byUID, missing, err := remap(t.Context(), open(t, srv, "alice"), map[string]string{"<1@x>": "a", "<2@x>": "b"})
	if fmt.Sprint(byUID, missing) != "map[1:a] 2:4" || err != nil {
		t.Errorf("got %v, missing %v, %v; want a for UID 1, missing 2:4", byUID, missing, err)
	}
}

// Copy messages to another server, with their dates and flags
//
// Each message is read from one server while it is sent to the other, and never held whole. Nearly all servers send the
// items of a message in the order of the command, but any order is allowed. So the function checks that the flags and
// the date have arrived before the message.
//
// [docs/examples/copy](examples/copy) is a program that copies an account. It continues after an interruption, and
// leaves out messages that the other account already has.
func copyTo(ctx context.Context, from, to *session.Session, uids numset.Set, mailbox string) error {
	items := []fetch.Item{fetch.UID, fetch.Flags, fetch.InternalDate, fetch.Body("").Peek()}
	for m, err := range commands.Fetch(from, uids, items...).All(ctx) {
		if err != nil {
			return err
		}
		flags := slices.DeleteFunc(slices.Clone(m.Flags), func(f parser.Flag) bool { return f.Equal(parser.FlagRecent) })
		for section, err := range m.Sections {
			if err != nil {
				return err
			}
			if section.IsNIL() {
				continue // the message is gone
			}
			if !m.Has("FLAGS") || !m.Has("INTERNALDATE") {
				return fmt.Errorf("message %d: the server sends flags and date after the message", m.Seq)
			}
			_, err := commands.Append(to, mailbox, section, section.Size(), commands.WithFlags(flags...), commands.WithDate(m.Received())).Wait(ctx)
			if err != nil {
				return fmt.Errorf("UID %d: %w", m.UID, err)
			}
		}
	}
	return nil
}

func TestCopyTo(t *testing.T) {
	old, new := imaptest.NewServer(t), imaptest.NewServer(t)
	date := time.Date(2020, 2, 29, 12, 0, 0, 0, time.UTC)
	big := mailOf(strings.Repeat("0123456789", 1<<15))
	old.Mailbox("alice", "INBOX").AppendAt(date, []byte(big), parser.FlagAnswered)
	from, to := open(t, old, "alice"), open(t, new, "alice")
	if _, err := commands.Examine(from, "INBOX").Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := copyTo(t.Context(), from, to, numset.All(numset.UID), "INBOX"); err != nil {
		t.Fatal(err)
	}
	m, _ := new.Mailbox("alice", "INBOX").Message(1)
	if string(m.Body) != big || !m.Date.Equal(date) || fmt.Sprint(m.Flags) != `[\Answered]` {
		t.Errorf("the copy has %d octets, date %v, flags %v; want %d octets, %v, \\Answered", len(m.Body), m.Date, m.Flags, len(big), date)
	}
}

// Export a mailbox as an mbox file
//
// A line that begins with "From ", after any number of ">", gets one more ">". Lines may be of any length.
func exportMbox(ctx context.Context, s *session.Session, mailbox string, w io.Writer) error {
	if _, err := commands.Examine(s, mailbox).Wait(ctx); err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	for m, err := range commands.Fetch(s, numset.All(numset.UID), fetch.InternalDate, fetch.Body("").Peek()).All(ctx) {
		if err != nil {
			return err
		}
		for section, err := range m.Sections {
			if err != nil {
				return err
			}
			if section.IsNIL() {
				continue // the message is gone
			}
			fmt.Fprintf(out, "From MAILER-DAEMON %s\n", m.Received().UTC().Format(time.ANSIC))
			in := bufio.NewReader(crlf.NewLocalReader(section))
			for begins := true; err == nil || err == bufio.ErrBufferFull; {
				var line []byte
				if line, err = in.ReadSlice('\n'); begins && bytes.HasPrefix(bytes.TrimLeft(line, ">"), []byte("From ")) {
					out.WriteByte('>')
				}
				out.Write(line)
				begins = err == nil
			}
			if err != io.EOF {
				return err
			}
			out.WriteString("\n")
		}
	}
	return out.Flush()
}

func TestExportMbox(t *testing.T) {
	srv := imaptest.NewServer(t)
	date := time.Date(2020, 2, 29, 12, 0, 0, 0, time.UTC)
	srv.Mailbox("alice", "INBOX").AppendAt(date, []byte("Subject: x\r\n\r\nFrom here\r\n>From there\r\n"))
	srv.Mailbox("alice", "INBOX").AppendAt(date, []byte(mailOf(strings.Repeat("x", 5000)+"From ")))
	var b strings.Builder
	if err := exportMbox(t.Context(), open(t, srv, "alice"), "INBOX", &b); err != nil {
		t.Fatal(err)
	}
	const sep = "From MAILER-DAEMON Sat Feb 29 12:00:00 2020\n"
	long := strings.ReplaceAll(mailOf(strings.Repeat("x", 5000)+"From "), "\r\n", "\n")
	if want := sep + "Subject: x\n\n>From here\n>>From there\n\n" + sep + long + "\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

// Export a mailbox as a Maildir
//
// A message is written into tmp and then moved into cur, so that no program sees half a message. The function reads
// the message before it uses UID and flags, because a server may send these after the message.
func exportMaildir(ctx context.Context, s *session.Session, mailbox, dir string) error {
	for _, sub := range []string{"tmp", "new", "cur"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return err
		}
	}
	box, err := commands.Examine(s, mailbox).Wait(ctx)
	if err != nil {
		return err
	}
	for m, err := range commands.Fetch(s, numset.All(numset.UID), fetch.UID, fetch.Flags, fetch.Body("").Peek()).All(ctx) {
		if err != nil {
			return err
		}
		tmp := ""
		for section, err := range m.Sections {
			if err != nil {
				return err
			}
			if section.IsNIL() {
				continue // the message is gone
			}
			tmp = filepath.Join(dir, "tmp", fmt.Sprintf("%d.seq%d", box.UIDValidity, m.Seq))
			f, err := os.Create(tmp)
			if err != nil {
				return err
			}
			_, err = io.Copy(f, crlf.NewLocalReader(section))
			if err = errors.Join(err, f.Close()); err != nil {
				return err
			}
		}
		if tmp == "" {
			continue
		}
		name := fmt.Sprintf("%d.%d:2,", box.UIDValidity, m.UID)
		for _, f := range []struct { // the letters must be in alphabetical order
			flag   parser.Flag
			letter string
		}{{parser.FlagDraft, "D"}, {parser.FlagFlagged, "F"}, {parser.FlagAnswered, "R"}, {parser.FlagSeen, "S"}, {parser.FlagDeleted, "T"}} {
			if slices.ContainsFunc(m.Flags, f.flag.Equal) {
				name += f.letter
			}
		}
		if err := os.Rename(tmp, filepath.Join(dir, "cur", name)); err != nil {
			return err
		}
	}
	return nil
}

func TestExportMaildir(t *testing.T) {
	srv := imaptest.NewServer(t)
	add(t, srv, "INBOX", mailOf("one"))
	box := srv.Mailbox("alice", "INBOX")
	box.SetFlags([]parser.Flag{parser.FlagSeen, parser.FlagAnswered}, 1)
	dir := t.TempDir()
	if err := exportMaildir(t.Context(), open(t, srv, "alice"), "INBOX", dir); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(fmt.Sprintf("%s/cur/%d.1:2,RS", dir, box.Status().UIDValidity))
	if string(text) != "Subject: one\n\none\n" || err != nil {
		t.Errorf("the file contains %q, %v", text, err)
	}
}

// vanishing returns a server whose INBOX has three messages. Another client expunges the second one while the first
// FETCH runs, and the server sends NIL in its place (RFC 2180 §4.1.3).
func vanishing(t *testing.T) *imaptest.Server {
	srv := imaptest.NewServer(t)
	add(t, srv, "INBOX", mailOf("one"), mailOf("two"), mailOf("three"))
	srv.Inject(imaptest.Vanish{Nth: 2, How: imaptest.VanishNIL}, imaptest.When{Command: "FETCH", Times: 1})
	return srv
}

func TestMessageVanishes(t *testing.T) {
	new := imaptest.NewServer(t)
	from, to := open(t, vanishing(t), "alice"), open(t, new, "alice")
	if _, err := commands.Examine(from, "INBOX").Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := copyTo(t.Context(), from, to, numset.All(numset.UID), "INBOX"); err != nil {
		t.Errorf("copyTo: %v", err)
	}
	new.Mailbox("alice", "INBOX").ExpectBodies(t, []byte(mailOf("one")), []byte(mailOf("three")))

	var b strings.Builder
	if err := exportMbox(t.Context(), open(t, vanishing(t), "alice"), "INBOX", &b); err != nil || strings.Count(b.String(), "From MAILER-DAEMON") != 2 {
		t.Errorf("exportMbox: got %q, %v; want two messages", b.String(), err)
	}
	dir := t.TempDir()
	err := exportMaildir(t.Context(), open(t, vanishing(t), "alice"), "INBOX", dir)
	if files, _ := os.ReadDir(dir + "/cur"); err != nil || len(files) != 2 {
		t.Errorf("exportMaildir: got %v, %v; want two files", files, err)
	}
	if ids, err := listIDs(t.Context(), open(t, vanishing(t), "alice")); err != nil || len(ids) != 2 {
		t.Errorf("listIDs: got %v, %v; want two messages", ids, err)
	}
}

// TestItemsAfterTheMessage checks what happens if a server sends UID, FLAGS and INTERNALDATE after a message that is
// too large to be read ahead.
func TestItemsAfterTheMessage(t *testing.T) {
	long := mailOf(strings.Repeat("0123456789", 10_000))
	play := func(command string) *session.Session {
		client, server := imaptest.Pipe(0)
		imaptest.Play(t, server, fmt.Sprintf("S: * PREAUTH [CAPABILITY IMAP4rev1] ready\nC: A1 EXAMINE INBOX\nS: * 1 EXISTS\nS: * OK [UIDVALIDITY 5] x\nS: A1 OK [READ-ONLY] x\n"+
			"C: A2 UID FETCH 1:* (%s)\nS= %q\nS:  UID 7 FLAGS (\\Seen) INTERNALDATE \"29-Feb-2020 12:00:00 +0000\")\nS: A2 OK x",
			command, fmt.Sprintf("* 1 FETCH (BODY[] {%d}\r\n%s", len(long), long)))
		s, err := session.Open(t.Context(), client, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	dir := t.TempDir()
	if err := exportMaildir(t.Context(), play("UID FLAGS BODY.PEEK[]"), "INBOX", dir); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(dir + "/cur/5.7:2,S"); string(text) != strings.ReplaceAll(long, "\r\n", "\n") || err != nil {
		t.Errorf("exportMaildir: got %d octets, %v; want %d", len(text), err, len(long))
	}
	new := imaptest.NewServer(t)
	from := play("UID FLAGS INTERNALDATE BODY.PEEK[]")
	if _, err := commands.Examine(from, "INBOX").Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := copyTo(t.Context(), from, open(t, new, "alice"), numset.All(numset.UID), "INBOX"); err == nil {
		t.Error("copyTo: got no error, want one, because flags and date come after the message")
	}
	new.Mailbox("alice", "INBOX").ExpectMessages(t)
}

// Keep a list on a screen, by position
//
// resync.Numbers knows the UID of each position, also while messages arrive and vanish. It learns of them from the
// session's handler, so create it before the session, and put its handler into the session's Config.
func listOnScreen(ctx context.Context, s *session.Session, numbers *resync.Numbers) (top []uint32, err error) {
	if err := numbers.Fill(ctx, s); err != nil {
		return nil, err
	}
	for seq := numbers.Len(); seq > 0; seq-- {
		uid, _ := numbers.UID(seq)
		top = append(top, uid)
	}
	return top, nil
}

func TestListOnScreen(t *testing.T) {
	srv := imaptest.NewServer(t)
	add(t, srv, "INBOX", mailOf("one"), mailOf("two"), mailOf("three"))
	c, sc := imaptest.Pipe(0)
	go srv.ServeConn(sc, "alice")
	numbers := new(resync.Numbers)
	s, err := session.Open(t.Context(), c, &session.Config{Handler: numbers.Handler(session.Handler{})})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := commands.Select(s, "INBOX").Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"[3 2 1]", "[4 3 1]"} {
		if top, err := listOnScreen(t.Context(), s, numbers); fmt.Sprint(top) != want || err != nil {
			t.Errorf("got the UIDs %v, %v; want %s", top, err, want)
		}
		srv.Mailbox("alice", "INBOX").Expunge(2)
		add(t, srv, "INBOX", mailOf("four"))
		if _, err := commands.Noop(s).Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}
