package cookbook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"os"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/content"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/crlf"
	"github.com/imapstack/imapstack/utils/displaysafe"
	"github.com/imapstack/imapstack/utils/numset"
)

// invitation has a text in two forms, a picture in the text, and an attachment.
const invitation = "From: Bob <bob@example.com>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nDate: Mon, 2 Mar 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n" +
	"Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: multipart/related; boundary=r\r\n\r\n" +
	"--r\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n" +
	"--a\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe\r\n" +
	"--a\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<img src=\"cid:p1\">\r\n--a--\r\n" +
	"--r\r\nContent-Type: image/png\r\nContent-ID: <p1>\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw==\r\n--r--\r\n" +
	"--m\r\nContent-Type: application/pdf; name=\"../plan.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n--m--\r\n"

// List a page of messages, newest first
//
// A page has the envelopes, dates, flags, sizes and parts of its messages, but not their texts. The first page is
// number 0. When a message arrives, all others move by one place. For a list that stays on a screen, use
// resync.Numbers. A sender may write anything into a header, so displaysafe makes it safe to show.
func page(ctx context.Context, s *session.Session, number, size uint32) (lines []string, err error) {
	box, err := commands.Examine(s, "INBOX").Wait(ctx)
	if err != nil || number*size >= box.Exists {
		return nil, err
	}
	last := box.Exists - number*size
	first := last - min(size, last) + 1
	for m, err := range content.Messages(ctx, s, numset.Span(numset.Seq, first, last)) {
		if err != nil {
			return nil, err
		}
		from := ""
		if m.Envelope != nil && len(m.Envelope.From) > 0 {
			from = m.Envelope.From[0].String()
		}
		line := displaysafe.Line(fmt.Sprintf("%s  %s  %s", m.Sent.Format("2006-01-02"), from, m.Subject))
		lines = append([]string{line}, lines...)
	}
	return lines, nil
}

func TestPage(t *testing.T) {
	srv := imaptest.NewServer(t)
	for i := range 4 {
		add(t, srv, "INBOX", mailOf(fmt.Sprint(i)))
	}
	add(t, srv, "INBOX", invitation)
	s := open(t, srv, "alice")
	for number, want := range []int{2, 2, 1, 0} {
		lines, err := page(t.Context(), s, uint32(number), 2)
		if len(lines) != want || err != nil {
			t.Errorf("page %d: got %q, %v; want %d lines", number, lines, err, want)
		}
		if number == 0 && !(strings.HasPrefix(lines[0], "2026-03-02  ") && strings.Contains(lines[0], "bob@example.com") && strings.HasSuffix(lines[0], "Grüße")) {
			t.Errorf("page 0: got %q, want the invitation first", lines)
		}
	}
}

// Show the beginning of each message
//
// A server with PREVIEW makes the previews. Otherwise the function fetches the beginning of each text, at most 1,000
// octets.
func previews(ctx context.Context, s *session.Session) (map[uint32]string, error) {
	if _, err := commands.Examine(s, "INBOX").Wait(ctx); err != nil {
		return nil, err
	}
	texts := map[uint32]string{}
	if s.Caps().Has("PREVIEW") {
		for m, err := range commands.Fetch(s, numset.All(numset.UID), fetch.UID, fetch.Preview).All(ctx) {
			if err != nil {
				return nil, err
			}
			texts[m.UID], _ = fetch.Preview.Of(m)
		}
		return texts, nil
	}
	for m, err := range content.Messages(ctx, s, numset.All(numset.UID)) {
		if err != nil {
			return nil, err
		}
		if len(m.Parts.Plain) == 0 {
			continue
		}
		text, err := content.ReadText(ctx, s, m.UID, m.Parts.Plain[0], 1000) // the body of the loop may wait for other commands
		if err != nil {
			return nil, err
		}
		texts[m.UID] = strings.Join(strings.Fields(text.String), " ")
	}
	return texts, nil
}

func TestPreviews(t *testing.T) {
	for _, without := range []string{"", "PREVIEW"} {
		srv := imaptest.NewServer(t, imaptest.Without(without))
		add(t, srv, "INBOX", mailOf("hello"), invitation)
		texts, err := previews(t.Context(), open(t, srv, "alice"))
		if fmt.Sprint(texts) != "map[1:hello 2:Grüße]" || err != nil {
			t.Errorf("without %q: got %v, %v; want hello and Grüße", without, texts, err)
		}
	}
}

// Keep what a loop yields
//
// A value is valid until the next iteration of the loop. Clone makes a copy that you own, and Collect does that for a
// whole stream, up to a number of values. You always own strings and numbers.
func collect(ctx context.Context, s *session.Session, uids numset.Set) ([]*parser.Fetch, error) {
	return commands.Collect(ctx, commands.Fetch(s, uids, fetch.UID, fetch.Flags, fetch.Envelope), (*parser.Fetch).Clone, 10_000)
}

func TestCollect(t *testing.T) {
	srv := imaptest.NewServer(t)
	add(t, srv, "INBOX", mailOf("one"), mailOf("two"))
	s := open(t, srv, "alice")
	if _, err := commands.Examine(s, "INBOX").Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	all, err := collect(t.Context(), s, numset.All(numset.UID))
	if err != nil || len(all) != 2 {
		t.Fatalf("got %d messages, %v; want 2", len(all), err)
	}
	var e parser.Envelope
	if _, err := all[0].Envelope(&e); e.SubjectText() != "one" || err != nil {
		t.Errorf("got the subject %q, %v; want one", e.Subject, err)
	}
}

// Read only some header fields
//
// Peek leaves messages unread. Read a section before the next iteration of the loop. If the message is gone, the
// section may be NIL, which reads like an empty section.
func listIDs(ctx context.Context, s *session.Session) (map[uint32]string, error) {
	if _, err := commands.Examine(s, "INBOX").Wait(ctx); err != nil {
		return nil, err
	}
	ids := map[uint32]string{}
	for m, err := range commands.Fetch(s, numset.All(numset.UID), fetch.HeaderFields("", "List-Id").Peek()).All(ctx) {
		if err != nil {
			return nil, err
		}
		for section, err := range m.Sections {
			if err != nil {
				return nil, err
			}
			if section.IsNIL() {
				continue
			}
			msg, err := mail.ReadMessage(section) // the section is the header of a message
			if err != nil {
				return nil, err
			}
			ids[m.UID] = msg.Header.Get("List-Id")
		}
	}
	return ids, nil
}

func TestListIDs(t *testing.T) {
	srv := imaptest.NewServer(t)
	add(t, srv, "INBOX", "List-Id: <go.example.com>\r\nSubject: x\r\n\r\nx\r\n", mailOf("none"))
	ids, err := listIDs(t.Context(), open(t, srv, "alice"))
	if fmt.Sprint(ids) != "map[1:<go.example.com> 2:]" || err != nil {
		t.Errorf("got %v, %v; want the List-Id of message 1", ids, err)
	}
	srv.Mailbox("alice", "INBOX").ExpectFlags(t, 1)
}

// Show the text of a message in UTF-8
//
// At most 100,000 octets of each part are read. If the text of a message is only in HTML, Plain contains the HTML.
func showText(ctx context.Context, s *session.Session, uid uint32) (string, error) {
	if _, err := commands.Examine(s, "INBOX").Wait(ctx); err != nil {
		return "", err
	}
	m, err := content.Load(ctx, s, uid)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, p := range m.Parts.Plain {
		text, err := content.ReadText(ctx, s, uid, p, 100_000)
		if err != nil {
			return "", err
		}
		b.WriteString(text.String) // text.Cut reports that there is more
	}
	return b.String(), nil
}

func TestShowText(t *testing.T) {
	srv := imaptest.NewServer(t)
	add(t, srv, "INBOX", invitation)
	s := open(t, srv, "alice")
	if text, err := showText(t.Context(), s, 1); strings.TrimSpace(text) != "Grüße" || err != nil {
		t.Errorf("got %q, %v; want Grüße", text, err)
	}
	if _, err := showText(t.Context(), s, 7); !errors.Is(err, content.ErrNoMessage) {
		t.Errorf("a message that is not there: got %v, want %v", err, content.ErrNoMessage)
	}
}

// Get the pictures in a text by their Content-ID
//
// HTML refers to a picture by "cid:" and its Content-ID.
func pictures(ctx context.Context, s *session.Session, uid uint32) (map[string][]byte, error) {
	if _, err := commands.Examine(s, "INBOX").Wait(ctx); err != nil {
		return nil, err
	}
	m, err := content.Load(ctx, s, uid)
	if err != nil {
		return nil, err
	}
	all := map[string][]byte{}
	for _, p := range m.Parts.Inline {
		if p.Size > 1<<20 {
			continue
		}
		var b bytes.Buffer
		if _, err := content.Download(ctx, s, uid, p, &b); err != nil {
			return nil, err
		}
		all[p.ID] = b.Bytes()
	}
	return all, nil
}

func TestPictures(t *testing.T) {
	srv := imaptest.NewServer(t)
	add(t, srv, "INBOX", invitation)
	all, err := pictures(t.Context(), open(t, srv, "alice"), 1)
	if len(all) != 1 || !bytes.Equal(all["p1"], []byte("\x89PNG")) || err != nil {
		t.Errorf("got %q, %v; want one picture, p1", all, err)
	}
}

// Download the attachments of a message
//
// Download decodes an attachment while it arrives, whatever its size. SafeName returns a name that cannot leave the
// folder or be a device. Two attachments may have the same name, so the function puts a number before each name.
func saveAttachments(ctx context.Context, s *session.Session, uid uint32, dir *os.Root) (names []string, err error) {
	if _, err := commands.Examine(s, "INBOX").Wait(ctx); err != nil {
		return nil, err
	}
	m, err := content.Load(ctx, s, uid)
	if err != nil {
		return nil, err
	}
	for i, p := range m.Parts.Attachments {
		name := fmt.Sprintf("%d-%s", i+1, p.SafeName())
		f, err := dir.Create(name)
		if err != nil {
			return names, err
		}
		_, err = content.Download(ctx, s, uid, p, f)
		if err = errors.Join(err, f.Close()); err != nil {
			return names, err
		}
		names = append(names, name)
	}
	return names, nil
}

func TestSaveAttachments(t *testing.T) {
	srv := imaptest.NewServer(t)
	add(t, srv, "INBOX", invitation)
	dir, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	names, err := saveAttachments(t.Context(), open(t, srv, "alice"), 1, dir)
	if fmt.Sprint(names) != "[1-plan.pdf]" || err != nil {
		t.Fatalf("got the files %v, %v; want 1-plan.pdf", names, err)
	}
	if text, err := dir.ReadFile("1-plan.pdf"); string(text) != "%PDF-" || err != nil {
		t.Errorf("the file contains %q, %v; want %%PDF-", text, err)
	}
}

// Read a whole message with net/mail
//
// Instead of net/mail, you can use any package that reads from an io.Reader.
// [docs/examples/gomessage](examples/gomessage) shows go-message.
func readMail(ctx context.Context, s *session.Session, uid uint32) (subject, body string, err error) {
	if _, err := commands.Examine(s, "INBOX").Wait(ctx); err != nil {
		return "", "", err
	}
	err = content.ReadWhole(ctx, s, uid, func(r io.Reader) error {
		msg, err := mail.ReadMessage(r)
		if err != nil {
			return err
		}
		subject = msg.Header.Get("Subject")
		text, err := io.ReadAll(io.LimitReader(msg.Body, 1<<20))
		body = string(text)
		return err
	})
	return subject, body, err
}

func TestReadMail(t *testing.T) {
	srv := imaptest.NewServer(t)
	add(t, srv, "INBOX", mailOf("hello"))
	s := open(t, srv, "alice")
	if subject, body, err := readMail(t.Context(), s, 1); subject != "hello" || body != "hello\r\n" || err != nil {
		t.Errorf("got %q, %q, %v; want hello in both", subject, body, err)
	}
	if _, _, err := readMail(t.Context(), s, 2); !errors.Is(err, content.ErrNoMessage) {
		t.Errorf("a message that is not there: got %v, want %v", err, content.ErrNoMessage)
	}
}

// Save a message with the line ends of this system
func saveMessage(ctx context.Context, s *session.Session, uid uint32, file io.Writer) error {
	if _, err := commands.Examine(s, "INBOX").Wait(ctx); err != nil {
		return err
	}
	return content.ReadWhole(ctx, s, uid, func(r io.Reader) error {
		_, err := io.Copy(file, crlf.NewLocalReader(r))
		return err
	})
}

func TestSaveMessage(t *testing.T) {
	srv := imaptest.NewServer(t)
	add(t, srv, "INBOX", mailOf("hello"))
	var file bytes.Buffer
	if err := saveMessage(t.Context(), open(t, srv, "alice"), 1, &file); file.String() != "Subject: hello\n\nhello\n" || err != nil {
		t.Errorf("got %q, %v; want the message with LF", file.String(), err)
	}
}

// Stream a huge message, and continue after an interruption
//
// The message is never whole in memory: the loop's body copies it while it is read from the connection. `have` is the
// number of octets that the file already contains. Save UIDVALIDITY with the file: if it has changed, the UID may be
// that of another message.
func download(ctx context.Context, s *session.Session, uid uint32, file io.Writer, have uint64) error {
	if _, err := commands.Examine(s, "INBOX").Wait(ctx); err != nil {
		return err
	}
	rest := fetch.Body("").Peek().Partial(have, 1<<32-1-have)
	there := false
	for m, err := range commands.Fetch(s, numset.Of(numset.UID, uid), rest).All(ctx) {
		if err != nil {
			return err
		}
		for section, err := range m.Sections {
			if err != nil {
				return err
			}
			if _, err := io.Copy(file, section); err != nil {
				return err
			}
			there = !section.IsNIL()
		}
	}
	if !there {
		return content.ErrNoMessage
	}
	return nil
}

func TestDownload(t *testing.T) {
	srv := imaptest.NewServer(t)
	huge := mailOf(strings.Repeat("0123456789", 1<<17))
	add(t, srv, "INBOX", huge)
	var file bytes.Buffer
	srv.Inject(imaptest.Cut{From: imaptest.ServerSide, After: 1 << 20}, imaptest.When{Command: "FETCH", Times: 1})
	if err := download(t.Context(), open(t, srv, "alice"), 1, &file, 0); !errors.Is(err, session.ErrLost) {
		t.Errorf("first half: got %v, want ErrLost", err)
	}
	if n := file.Len(); n == 0 || n >= len(huge) {
		t.Errorf("first half: got %d octets, want some of %d", n, len(huge))
	}
	if err := download(t.Context(), open(t, srv, "alice"), 1, &file, uint64(file.Len())); err != nil || file.String() != huge {
		t.Errorf("second half: got %d octets in all, %v; want %d", file.Len(), err, len(huge))
	}
	if err := download(t.Context(), open(t, srv, "alice"), 2, io.Discard, 0); !errors.Is(err, content.ErrNoMessage) {
		t.Errorf("a message that does not exist: got %v, want ErrNoMessage", err)
	}
}
