package content_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/content"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/internal/sessiontest"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/imaptest/peer"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// picture contains octets that a conversion of line ends or charsets would change.
var picture = func() []byte {
	b := make([]byte, 300_000)
	for i := range b {
		b[i] = byte(i * i >> 3)
	}
	return append(b, "\r\n\n\r\x80"...)
}()

func encoded(b []byte) string {
	var out strings.Builder
	for line := range slices.Chunk([]byte(base64.StdEncoding.EncodeToString(b)), 76) {
		fmt.Fprintf(&out, "%s\r\n", line)
	}
	return out.String()
}

func parcel(text string) string {
	return "From: =?utf-8?q?Zo=C3=AB?= <zoe@example.org>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nDate: Thu, 29 Feb 2024 12:00:00 +0100\r\n" +
		"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + text +
		"\r\n--b\r\nContent-Type: image/png; name=p.png\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment\r\n\r\n" + encoded(picture) + "\r\n--b--\r\n"
}

// texts are text parts, with the text that ReadText returns for each.
var texts = []struct {
	part, want, charset string
	unknown             bool
}{
	{"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\ncaf=C3=\r\n=A9 =E2=82=AC\r\n", "café €", "utf-8", false},
	{"Content-Type: text/plain; charset=ISO-8859-15\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=A4\r\n", "€", "iso-8859-15", false},
	{"Content-Type: text/plain; charset=iso-2022-jp\r\nContent-Transfer-Encoding: 7bit\r\n\r\n\x1b$B<L??\x1b(B\r\n", "写真", "iso-2022-jp", false},
	{"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encoded([]byte("na\xefve")), "naïve", "windows-1252", false},
	{"Content-Type: text/plain; charset=x-klingon\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nq=F8a\r\n", "q\ufffda", "x-klingon", true},
	{"\r\nno header\r\n", "no header", "", false},
	{"Content-Type: text/plain; charset=utf-8\r\n\r\n", "", "utf-8", false},
	{"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n", "", "utf-8", false},
}

// testDownloads appends messages to a mailbox and downloads their parts.
func testDownloads(t *testing.T, ctx context.Context, s *session.Session, box string) {
	if _, err := commands.Create(s, box).Wait(ctx); err != nil {
		t.Fatal(err)
	}
	received := time.Date(2024, 3, 1, 10, 20, 30, 0, time.UTC)
	for _, x := range texts {
		if _, err := commands.Append(s, box, strings.NewReader(parcel(x.part)), -1, commands.WithDate(received)).Wait(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := commands.Select(s, box).Wait(ctx); err != nil {
		t.Fatal(err)
	}
	var list []*content.Message
	for m, err := range content.Messages(ctx, s, numset.All(numset.UID)) {
		if err != nil || m.Err != nil {
			t.Fatal(err, m.Err)
		}
		list = append(list, m)
	}
	if len(list) != len(texts) {
		t.Fatalf("%d messages", len(list))
	}
	binary := s.Caps().HasAny("BINARY|IMAP4REV2")
	for i, m := range list {
		if m.Subject != "Grüße" || !m.Sent.Equal(time.Date(2024, 2, 29, 11, 0, 0, 0, time.UTC)) || !m.Received.Equal(received) {
			t.Errorf("message %d: subject %q, sent %v, received %v", i, m.Subject, m.Sent, m.Received)
		}
		if got := sorted(m.Parts); got != "plain 1; html 1; files 2" {
			t.Errorf("message %d: the parts are %s", i, got)
		}
		x := texts[i]
		text, err := content.ReadText(ctx, s, m.UID, m.Parts.Plain[0], 0)
		if err != nil || strings.TrimRight(text.String, "\r\n") != x.want || text.Unknown != x.unknown || text.Cut || x.charset != "" && text.Charset != x.charset {
			t.Errorf("ReadText of message %d: got %q, %v: %+v", i, text.String, err, text)
		}
		if x.unknown && !bytes.HasPrefix(text.Octets, []byte("q\xf8a")) {
			t.Errorf("message %d: the octets are %q", i, text.Octets)
		}
		cut, err := content.ReadText(ctx, s, m.UID, m.Parts.Plain[0], 4)
		if want := len(strings.TrimRight(x.want, "\r\n")) > 5; err != nil || want && !cut.Cut || len(cut.String) > 12 {
			t.Errorf("ReadText of 4 octets of message %d: got %+v, %v", i, cut, err)
		}
		file := m.Parts.Attachments[0]
		var out bytes.Buffer
		way, err := content.Download(ctx, s, m.UID, file, &out)
		if err != nil || !bytes.Equal(out.Bytes(), picture) || file.SafeName() != "p.png" {
			t.Fatalf("Download: got %d octets, %v; SafeName is %q", out.Len(), err, file.SafeName())
		}
		if want := map[bool]content.Way{true: content.Binary, false: content.Decoded}[binary]; way != want {
			t.Errorf("Download: got Way %v, want %v", way, want)
		}
	}
	// No message has got \Seen (row 17 in docs/errors.md).
	for m, err := range commands.Fetch(s, numset.All(numset.UID), fetch.Flags).All(ctx) {
		if err != nil || slices.Contains(m.Flags, parser.FlagSeen) {
			t.Errorf("Fetch: got %v, %v", m.Flags, err)
		}
	}
	// A missing message and a missing part are errors, and the session stays open.
	file := *list[0].Parts.Attachments[0]
	if _, err := content.Download(ctx, s, 4_000_000_000, &file, io.Discard); !errors.Is(err, content.ErrNoMessage) {
		t.Errorf("Download: got error %v", err)
	}
	file.Path = []uint32{9}
	if way, err := content.Download(ctx, s, list[0].UID, &file, io.Discard); way == content.None && !errors.Is(err, content.ErrNoPart) && !errors.Is(err, parser.NO) && !errors.Is(err, content.ErrNoMessage) {
		t.Errorf("Download: got %v, %v", way, err)
	}
	full := errors.New("the disk is full")
	if _, err := content.Download(ctx, s, list[0].UID, list[0].Parts.Attachments[0], failing{full}); !errors.Is(err, full) {
		t.Errorf("Download: got error %v", err)
	}
	// net/mail can read a whole message while it is streamed.
	read := false
	for m, err := range commands.Fetch(s, numset.Of(numset.UID, list[0].UID), fetch.Body("").Peek()).All(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		for sec, err := range m.Sections {
			if err != nil {
				t.Fatal(err)
			}
			msg, err := mail.ReadMessage(sec)
			if err != nil {
				t.Fatal(err)
			}
			from, err := msg.Header.AddressList("From")
			body, err2 := io.ReadAll(msg.Body)
			if read = true; err != nil || err2 != nil || from[0].Name != "Zoë" || !bytes.HasSuffix(body, []byte("--b--\r\n")) {
				t.Errorf("net/mail read From %v, %v, and the body with error %v and %d octets", from, err, err2, len(body))
			}
		}
	}
	if !read {
		t.Error("the message was not read")
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestDownloads(t *testing.T) {
	for _, opts := range [][]imaptest.Option{nil, {imaptest.Without("BINARY", "IMAP4REV2")}} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, s := sessiontest.Memory(t, ctx, opts...)
		testDownloads(t, ctx, s, "Downloads")
	}
}

// TestBinaryRefused checks that, if the server cannot decode the encoding of a part, Download asks for the encoded
// part (RFC 3516 §4.3).
func TestBinaryRefused(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	srv, s := sessiontest.Memory(t, ctx)
	box := srv.Mailbox("alice", "INBOX")
	box.Append([]byte("Content-Type: application/x; name=a\r\nContent-Transfer-Encoding: x-own\r\n\r\nas it is"))
	if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
		t.Fatal(err)
	}
	for m, err := range content.Messages(ctx, s, numset.All(numset.UID)) {
		if err != nil {
			t.Fatal(err)
		}
		p := m.Parts.Attachments[0]
		var out strings.Builder
		way, err := content.Download(ctx, s, m.UID, p, &out)
		if way != content.Encoded || err != nil || out.String() != "as it is" {
			t.Errorf("Download: got %v, %v, %q", way, err, out.String())
		}
	}
}

func TestUTF8(t *testing.T) {
	latin := &content.Part{MediaType: "text/csv", Charset: "iso-8859-1"}
	if r, known := latin.UTF8(strings.NewReader("\xe9")); !known {
		t.Error("the charset iso-8859-1 is not known")
	} else if b, _ := io.ReadAll(r); string(b) != "é" {
		t.Errorf("got %q, want %q", b, "é")
	}
	for _, p := range []*content.Part{{MediaType: "text/plain", Charset: "x-klingon"}, {MediaType: "image/png", Charset: "iso-8859-1"}} {
		r, known := p.UTF8(strings.NewReader("\xe9"))
		if b, _ := io.ReadAll(r); known || string(b) != "\xe9" {
			t.Errorf("%s in %s: known %v, text %q", p.MediaType, p.Charset, known, b)
		}
	}
}

func testReal(t *testing.T, srv peer.Env) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	s := sessiontest.Real(t, ctx, srv)
	const box = "INBOX.downloads"
	commands.Delete(s, box).Wait(ctx) // an interrupted run may have left the mailbox
	defer func() {
		commands.Examine(s, "INBOX").Wait(ctx)
		commands.Delete(s, box).Wait(ctx)
	}()
	testDownloads(t, ctx, s, box)
}

func TestInteropDovecot(t *testing.T) { testReal(t, peer.Dovecot(t)) }
func TestInteropCyrus(t *testing.T)   { testReal(t, peer.Cyrus(t)) }
func TestInteropCourier(t *testing.T) { testReal(t, peer.Courier(t)) }
