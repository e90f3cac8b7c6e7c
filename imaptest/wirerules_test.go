package imaptest_test

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/imaptest"
)

// TestWireNUL sends NUL where it is allowed and where it is not (RFC 9051 §9 note 3, RFC 3516 §4).
func TestWireNUL(t *testing.T) {
	srv := newServer(t)
	c := login(t, srv, "INBOX")
	body := "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\nX: \x00\r\n\r\na\x00b"
	if lines := c.do(fmt.Sprintf("APPEND INBOX {%d+}\r\n%s", len(body), body)); !strings.HasPrefix(lines[0], "T NO [CANNOT]") {
		t.Errorf("NUL in a plain literal: %q", lines)
	}
	c.ok(fmt.Sprintf("APPEND INBOX ~{%d+}\r\n%s", len(body), body))
	for item, want := range map[string]string{
		"BODY.PEEK[1]": "{3}\r\na\x80b", "BODY.PEEK[1]<1.1>": "{1}\r\n\x80", "BINARY.PEEK[1]": "~{3}\r\na\x00b", "RFC822.TEXT": "{3}\r\na\x80b",
		"BODY.PEEK[]": "\r\n\r\na\x80b", "BODY.PEEK[HEADER.FIELDS (X)]": "X: \x80\r\n", "ENVELOPE": "ENVELOPE (", "PREVIEW": "PREVIEW",
	} {
		if got := strings.Join(c.ok("FETCH 1 "+item), "\n"); !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", item, got, want)
		}
	}
}

// TestWireCatenateRefused sends commands with several errors, and commands with URLs of other servers. Of several
// errors, the server must report the one that the client must correct first (RFC 4469 §3, §4).
func TestWireCatenateRefused(t *testing.T) {
	talk(t, newServer(t, imaptest.WithHosts("mail.example.net")), `
		deliver INBOX a
		1> APPEND nosuch CATENATE (TEXT {1+}\r\nx URL "bad")
		1< T NO [TRYCREATE] …
		1> APPEND INBOX CATENATE (URL "imap://other.example/INBOX/;UID=1/;SECTION=TEXT")
		1< T NO [BADURL "imap://other.example/INBOX/;UID=1/;SECTION=TEXT"] …
		1> APPEND INBOX CATENATE (URL "imap://mail.example.net:143/INBOX/;UID=1/;SECTION=TEXT")
		1< T OK …
		1> GENURLAUTH "imap://alice@other.example/INBOX/;UID=1;URLAUTH=anonymous" INTERNAL
		1< T NO …
		# relative to what is open, however it is written
		1! SELECT INBOX
		1> APPEND INBOX CATENATE (URL ";UID=1/;SECTION=TEXT" URL "/;UID=1/;SECTION=TEXT" URL ";uid=1/;section=TEXT")
		1< * 3 EXISTS
		1< * 3 RECENT
		1< T OK …
	`)
}

// TestWireURLFetchDecoded checks that URLFETCH sends the structure of the decoded part that it returns, and not of the
// stored part (RFC 5524 §3.2).
func TestWireURLFetchDecoded(t *testing.T) {
	srv := newServer(t)
	inbox := srv.Mailbox("alice", "INBOX")
	inbox.Append([]byte("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8Kd29ybGQ=\r\n" +
		"--b\r\nContent-Transfer-Encoding: x-odd\r\n\r\nabc\r\n--b--\r\n"))
	c := login(t, srv, "")
	fetch := func(section, what string) string {
		t.Helper()
		rump := "imap://alice@localhost/INBOX/;UID=1/;SECTION=" + section + ";URLAUTH=anonymous"
		lines := c.ok(`GENURLAUTH "` + rump + `" INTERNAL`)
		url := strings.TrimPrefix(lines[0], "* GENURLAUTH ")
		return strings.TrimPrefix(c.ok("URLFETCH (" + url + " " + what + ")")[0], "* URLFETCH "+url)
	}
	if got := fetch("1", "BINARY BODYPARTSTRUCTURE"); got != ` (BODYPARTSTRUCTURE ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 11 1 NIL NIL NIL NIL)) (BINARY {11}`+"\r\nhello\nworld)" {
		t.Errorf("BINARY and BODYPARTSTRUCTURE of a decoded part: %q", got)
	}
	if got := fetch("1", "BODYPARTSTRUCTURE"); !strings.Contains(got, `"base64" 16`) {
		t.Errorf("BODYPARTSTRUCTURE of a stored part: want base64, got %q", got)
	}
	if got := fetch("2", "BINARY"); got != " (BINARY NIL)" {
		t.Errorf("BINARY of an unknown encoding: want NIL, got %q", got)
	}
}

// TestWireAnonymous checks that an anonymous client does not count as authuser (RFC 4467 §3).
func TestWireAnonymous(t *testing.T) {
	srv := newServer(t)
	srv.Mailbox("alice", "INBOX").Append([]byte("A: b\r\n\r\nx"))
	alice := login(t, srv, "")
	url := strings.TrimPrefix(alice.ok(`GENURLAUTH "imap://alice@localhost/INBOX/;UID=1/;SECTION=TEXT;URLAUTH=authuser" INTERNAL`)[0], "* GENURLAUTH ")
	c := newRaw(t, srv.Pipe())
	c.line()
	c.ok("AUTHENTICATE ANONYMOUS =")
	if got := c.ok("URLFETCH " + url)[0]; !strings.HasSuffix(got, " NIL") {
		t.Errorf("an anonymous client: want NIL, got %q", got)
	}
	if got := alice.ok("URLFETCH " + url)[0]; !strings.HasSuffix(got, `"x"`) {
		t.Errorf("alice: want \"x\", got %q", got)
	}
}

// TestWireUnsubscribe unsubscribes a mailbox that is not subscribed (RFC 9051 §6.3.8).
func TestWireUnsubscribe(t *testing.T) {
	talk(t, newServer(t), `
		1> UNSUBSCRIBE nowhere
		1< T OK …
	`)
}

// TestWireRecentStatus asks for the status of the selected mailbox. RECENT must agree with the \Recent flags that FETCH
// and SEARCH report in this session (RFC 3501 §6.3.10).
func TestWireRecentStatus(t *testing.T) {
	talk(t, newServer(t), `
		deliver INBOX a
		deliver INBOX b
		1! SELECT INBOX
		1> STATUS INBOX (RECENT)
		1< * STATUS INBOX (RECENT 2)
		1< T OK …
		1> SEARCH RECENT
		1< * SEARCH 1 2
		1< T OK …
		2> STATUS INBOX (RECENT)
		2< * STATUS INBOX (RECENT 0)
		2< T OK …
		2! EXAMINE INBOX
		deliver INBOX c
		2> STATUS INBOX (RECENT)
		2< * STATUS INBOX (RECENT 1)
		2< * 3 EXISTS
		2< * 1 RECENT
		2< T OK …
	`)
}

// TestWireYearOne appends a message with the date that is Go's zero time.
func TestWireYearOne(t *testing.T) {
	talk(t, newServer(t), `
		1> APPEND INBOX "01-Jan-0001 00:00:00 +0000" {4+}\r\nA:\r\n
		1< T OK …
		1! SELECT INBOX
		1> FETCH 1 INTERNALDATE
		1< * 1 FETCH (INTERNALDATE " 1-Jan-0001 00:00:00 +0000")
		1< T OK …
	`)
}

// TestWireGlobal fetches the structure of a message/global. A client of RFC 3501 gets it as a basic part (§9,
// media-basic), and a client of RFC 9051 or RFC 6855 as a message.
func TestWireGlobal(t *testing.T) {
	srv := newServer(t)
	srv.Mailbox("alice", "INBOX").Append([]byte("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/global\r\n\r\nSubject: in\r\n\r\nx\r\n--b--\r\n"))
	c := login(t, srv, "INBOX")
	const basic = `"global" NIL NIL NIL "7bit" 16`
	for _, item := range []string{"BODY", "BODYSTRUCTURE"} {
		if got := c.ok("FETCH 1 " + item)[0]; !strings.Contains(got, basic) || strings.Contains(got, basic+" (") {
			t.Errorf("%s: want a basic part, got %q", item, got)
		}
	}
	c.ok("ENABLE IMAP4rev2")
	for _, item := range []string{"BODY", "BODYSTRUCTURE"} {
		if got := c.ok("FETCH 1 " + item)[0]; !strings.Contains(got, basic+` (NIL "in"`) {
			t.Errorf("%s: want a message, got %q", item, got)
		}
	}
}

// TestWireDeflateEnds checks that the server ends a compressed stream, and that it compresses a short answer.
func TestWireDeflateEnds(t *testing.T) {
	c := login(t, newServer(t), "")
	c.ok("COMPRESS DEFLATE")
	var in bytes.Buffer
	w, _ := flate.NewWriter(&in, flate.BestSpeed)
	io.WriteString(w, "A LIST \"\" *\r\nB LOGOUT\r\n")
	w.Flush()
	c.c.Write(in.Bytes())
	got, err := io.ReadAll(c.r)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(flate.NewReader(bytes.NewReader(got)))
	if err != nil || !strings.HasSuffix(string(text), "B OK LOGOUT completed\r\n") {
		t.Errorf("the stream contains %q and ends with %v; want the answer to LOGOUT at the end", text, err)
	}
	// Blocks without compression would be longer than their contents.
	if len(got) >= len(text) {
		t.Errorf("%d octets were compressed to %d", len(text), len(got))
	}
}

// TestMaxMessages copies a mailbox into itself until the server refuses.
func TestMaxMessages(t *testing.T) {
	srv := newServer(t, imaptest.WithMaxMessages(1000))
	srv.Mailbox("alice", "INBOX").Append([]byte("A: b\r\n\r\n"))
	c := login(t, srv, "INBOX")
	for range 9 {
		c.ok("COPY 1:* INBOX")
	}
	if lines := c.do("COPY 1:* INBOX"); !strings.HasPrefix(lines[len(lines)-1], "T NO [LIMIT]") {
		t.Errorf("want NO with LIMIT, got %q", lines)
	}
}

// TestPlayFailsAtOnce plays a script to a client that sends less than it should, and then waits.
func TestPlayFailsAtOnce(t *testing.T) {
	s, err := imaptest.ParseScript("S: * OK\nC: A1 LOGIN alice …\nS: A1 OK\n")
	if err != nil {
		t.Fatal(err)
	}
	for said, want := range map[string]string{"A1 NOOP\r\n": `script line 2: want "A1 LOGIN alice …\r\n", got "A1 NOOP\r\n"`, "B": ""} {
		client, server := imaptest.Pipe(0)
		played := make(chan error, 1)
		go func() { played <- s.Play(server, imaptest.ServerSide, imaptest.Delivery{}) }()
		io.WriteString(client, said)
		if want == "" {
			// The octets may still become a line.
			client.Close()
			if err := <-played; err == nil || errors.Is(err, net.ErrClosed) {
				t.Errorf("%q: want an error of Play that is not net.ErrClosed, got %v", said, err)
			}
			continue
		}
		select {
		case err := <-played:
			if err == nil || !strings.HasSuffix(err.Error(), want) {
				t.Errorf("%q: got %v, want an error that ends in %q", said, err, want)
			}
		case <-time.After(time.Minute):
			t.Errorf("Play waits after %q", said)
		}
	}
}
