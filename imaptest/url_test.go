package imaptest_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/imaptest"
)

// TestServerCatenate appends messages that consist of parts of existing messages and of new octets (RFC 4469).
func TestServerCatenate(t *testing.T) {
	srv := newServer(t)
	srv.Mailbox("alice", "Drafts").SetUIDValidity(385759045)
	talk(t, srv, `
		deliver Drafts a
		1> APPEND Drafts (\Seen) CATENATE (TEXT {10+}\r\nX-New: 1\r\n URL "/Drafts;UIDVALIDITY=385759045/;UID=1/;SECTION=HEADER" URL "/Drafts/;UID=1/;SECTION=TEXT/;PARTIAL=0.1" TEXT {3+}\r\nend)
		1< T OK [APPENDUID 385759045 2] …
		1! SELECT Drafts
		1> FETCH 2 (FLAGS BODY.PEEK[])
		1< * 2 FETCH (FLAGS (\Recent \Seen) BODY[] {57}\r\nX-New: 1\r\nFrom: Zoe <zoe@example.org>\r\nSubject: a\r\n\r\naend)
		1< T OK …
		# relative to what is open
		1> APPEND Drafts CATENATE (URL ";UID=1/;SECTION=TEXT")
		1< * 3 EXISTS
		1< * 3 RECENT
		1< T OK [APPENDUID 385759045 3] …
		# §4: what is wrong is named, and nothing is appended
		1> APPEND Drafts CATENATE (TEXT {1+}\r\nx URL "/Drafts/;UID=99")
		1< T NO [BADURL "/Drafts/;UID=99"] …
		1> APPEND Drafts CATENATE (URL "/Drafts;UIDVALIDITY=1/;UID=1")
		1< T NO [BADURL "/Drafts;UIDVALIDITY=1/;UID=1"] …
		1> APPEND Drafts CATENATE (URL "/Drafts/;UID=1/;SECTION=7")
		1< T NO [BADURL …
		1> APPEND Drafts CATENATE (URL "imap://bob@localhost/Drafts/;UID=1")
		1< T NO [BADURL …
		1> STATUS Drafts (MESSAGES)
		1< * STATUS Drafts (MESSAGES 3)
		1< T OK …
	`)
	talk(t, newServer(t, imaptest.Without("CATENATE")), `
		1> APPEND INBOX CATENATE (TEXT {1+}\r\nx)
		1< T BAD …
	`)
}

// TestServerReplace replaces messages by REPLACE (RFC 8508 §3).
func TestServerReplace(t *testing.T) {
	srv := newServer(t)
	srv.Mailbox("alice", "Drafts").SetUIDValidity(1)
	talk(t, srv, `
		deliver Drafts a
		deliver Drafts b
		1! SELECT Drafts
		2! SELECT Drafts
		1> REPLACE 1 Drafts (\Seen \Draft) {5+}\r\nnew\r\n
		1< * OK [APPENDUID 1 3] …
		1< * 1 EXPUNGE
		1< * 2 EXISTS
		1< * 2 RECENT
		1< T OK …
		2> NOOP
		2< * 1 EXPUNGE
		2< * 2 EXISTS
		2< * 0 RECENT
		2< T OK …
		1> UID REPLACE 2 INBOX {5+}\r\nnew\r\n
		1< * OK [APPENDUID … 1] …
		1< * 1 EXPUNGE
		1< T OK …
		1> REPLACE 9 Drafts {5+}\r\nnew\r\n
		1< T …
		1> UID REPLACE 1 Drafts {5+}\r\nnew\r\n
		1< T NO [NONEXISTENT] …
		1> REPLACE 1 nowhere {5+}\r\nnew\r\n
		1< T NO [TRYCREATE] …
		1> FETCH 1:* (UID FLAGS)
		1< * 1 FETCH (UID 3 FLAGS (\Recent \Seen \Draft))
		1< T OK …
	`)
}

// TestServerURLAuth authorizes and fetches URLs (RFC 4467, RFC 5524).
func TestServerURLAuth(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	srv := newServer(t, imaptest.WithUser("alice", "secret"), imaptest.WithUser("bob", "secret"), imaptest.WithUser("submit", "secret"),
		imaptest.WithClock(func() time.Time { return now }))
	srv.Mailbox("alice", "INBOX").Append([]byte("Subject: x\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n"))
	alice := login(t, srv, "")
	as := func(user string) *rawClient {
		c := newRaw(t, srv.Pipe())
		c.line()
		c.ok("LOGIN " + user + " secret")
		return c
	}
	bob, submit := as("bob"), as("submit")
	authorize := func(rump string) string {
		t.Helper()
		lines := alice.do(`GENURLAUTH "` + rump + `" INTERNAL`)
		m := regexp.MustCompile(`^\* GENURLAUTH "(.*)"$`).FindStringSubmatch(lines[0])
		if m == nil || !strings.HasPrefix(m[1], rump+":internal:") {
			t.Fatalf("GENURLAUTH of %s: %q", rump, lines)
		}
		return m[1]
	}
	gets := func(c *rawClient, url string, want string) {
		t.Helper()
		lines := c.do(`URLFETCH "` + url + `"`)
		if got := strings.TrimSpace(strings.TrimPrefix(lines[0], `* URLFETCH "`+url+`" `)); got != want {
			t.Errorf("%s: got %q, want %s", url, lines, want)
		}
	}
	const part = "imap://alice@localhost/INBOX/;UID=1/;SECTION=TEXT"
	anyone, user, sub := authorize(part+";URLAUTH=anonymous"), authorize(part+";URLAUTH=user+bob"), authorize(part+";URLAUTH=submit+bob")
	soon := authorize(part + ";EXPIRE=2026-03-02T09:31:00Z;URLAUTH=authuser")
	body := "{10}\r\naGVsbG8=\r\n"
	body = strings.TrimSpace(body)
	gets(alice, anyone, body)
	gets(bob, anyone, body)
	gets(bob, user, body)
	gets(alice, user, "NIL")
	gets(bob, sub, "NIL")
	gets(submit, sub, body)
	gets(bob, soon, body)
	gets(bob, anyone[:len(anyone)-1]+"0", map[bool]string{true: body, false: "NIL"}[strings.HasSuffix(anyone, "0")])
	gets(bob, strings.Replace(anyone, "UID=1", "UID=2", 1), "NIL")
	gets(bob, "nonsense", "NIL")
	now = now.Add(2 * time.Minute)
	gets(bob, soon, "NIL")

	lines := bob.do(`URLFETCH ("` + anyone + `" BODY BODYPARTSTRUCTURE)`)
	if !strings.Contains(lines[0], "(BODYPARTSTRUCTURE (") || !strings.Contains(lines[0], "(BODY {10}") && !strings.Contains(lines[0], "(BODY ") {
		t.Errorf("want BODYPARTSTRUCTURE and BODY, got %q", lines)
	}
	whole := authorize("imap://alice@localhost/INBOX/;UID=1;URLAUTH=anonymous")
	if lines := bob.do(`URLFETCH ("` + whole + `" BINARY)`); !strings.Contains(lines[0], "BINARY") {
		t.Errorf("want BINARY, got %q", lines)
	}
	// Nobody can authorize the URL of another user's message, or a URL that does not name a message.
	for _, rump := range []string{"imap://bob@localhost/INBOX/;UID=1;URLAUTH=anonymous", "/INBOX/;UID=1;URLAUTH=anonymous", part} {
		if lines := alice.do(`GENURLAUTH "` + rump + `" INTERNAL`); strings.HasPrefix(lines[len(lines)-1], "T OK") {
			t.Errorf("GENURLAUTH of %s: want a refusal, got %q", rump, lines)
		}
	}
	if lines := alice.do(`GENURLAUTH "` + part + `;URLAUTH=anonymous" OTHER`); !strings.HasPrefix(lines[len(lines)-1], "T BAD") {
		t.Errorf("GENURLAUTH with an unknown mechanism: want BAD, got %q", lines)
	}
	// New keys invalidate all authorized URLs.
	if lines := alice.do("RESETKEY INBOX INTERNAL"); !strings.HasPrefix(lines[len(lines)-1], "T OK [URLMECH INTERNAL]") {
		t.Errorf("RESETKEY: want OK with URLMECH, got %q", lines)
	}
	gets(bob, anyone, "NIL")
}
