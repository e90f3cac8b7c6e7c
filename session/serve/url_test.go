package serve_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/session/serve"
)

// withHost sets the server's name in URLs.
func withHost(s *serve.Server) { s.Hosts = []string{"mail.example"} }

// TestCatenate assembles messages from octets and from existing messages (RFC 4469).
func TestCatenate(t *testing.T) {
	s, b := newServer(t, withHost)
	talk(t, s, b, `
		1! CREATE Drafts
		deliver Drafts a
		1> APPEND Drafts (\Seen) CATENATE (TEXT {10+}\r\nX-New: 1\r\n URL "/Drafts;UIDVALIDITY=3/;UID=1/;SECTION=HEADER" URL "/Drafts/;UID=1/;SECTION=TEXT/;PARTIAL=0.1" TEXT {3+}\r\nend)
		1< T OK [APPENDUID 3 2] APPEND completed
		1! SELECT Drafts
		1> FETCH 2 (FLAGS BODY.PEEK[])
		1< * 2 FETCH (FLAGS (\Seen) BODY[] {57}\r\nX-New: 1\r\nFrom: Zoe <zoe@example.org>\r\nSubject: a\r\n\r\naend)
		1< T OK FETCH completed
		# a URL relative to the open mailbox, and one with the server's name
		1> APPEND INBOX CATENATE (URL ";UID=1/;SECTION=TEXT" URL "imap://alice@mail.example/Drafts/;UID=1/;SECTION=TEXT")
		1< T OK [APPENDUID 1 1] APPEND completed
		# RFC 4469 §4: the answer has the wrong URL, and nothing is appended
		1> APPEND Drafts CATENATE (TEXT {1+}\r\nx URL "/Drafts/;UID=99")
		1< T NO [BADURL "/Drafts/;UID=99"] …
		1> APPEND Drafts CATENATE (URL "/Drafts;UIDVALIDITY=1/;UID=1")
		1< T NO [BADURL "/Drafts;UIDVALIDITY=1/;UID=1"] …
		1> APPEND Drafts CATENATE (URL "/Drafts/;UID=1/;SECTION=7" TEXT {3+}\r\nend)
		1< T NO [BADURL "/Drafts/;UID=1/;SECTION=7"] …
		1> APPEND Drafts CATENATE (URL "/Nowhere/;UID=1")
		1< T NO [BADURL "/Nowhere/;UID=1"] …
		1> APPEND Drafts CATENATE (URL "imap://bob@mail.example/INBOX/;UID=1")
		1< T NO [BADURL "imap://bob@mail.example/INBOX/;UID=1"] …
		1> APPEND Drafts CATENATE (URL "imap://alice@elsewhere/INBOX/;UID=1")
		1< T NO [BADURL "imap://alice@elsewhere/INBOX/;UID=1"] …
		1> APPEND Drafts CATENATE (URL "/Drafts/;UID=1" TEXT {1+}\r\nx) x
		1< T BAD …
		1> STATUS Drafts (MESSAGES)
		1< * STATUS Drafts (MESSAGES 2)
		1< T OK STATUS completed
	`)
}

// TestCatenateBig assembles a message that is held in a file, and one that is too large. No file is left.
func TestCatenateBig(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	s, b := newServer(t, func(s *serve.Server) { s.MaxMessage = 1 << 20 })
	if _, err := b.Deliver("alice", "INBOX", []byte("Subject: x\r\n\r\n"+strings.Repeat("0123456789abcd\r\n", 20_000))); err != nil {
		t.Fatal(err)
	}
	talk(t, s, b, `
		1> APPEND INBOX CATENATE (URL "/INBOX/;UID=1" URL "/INBOX/;UID=1/;SECTION=TEXT" URL "/INBOX/;UID=1/;SECTION=TEXT")
		1< T OK [APPENDUID 1 2] APPEND completed
		1! SELECT INBOX
		1> FETCH 2 (RFC822.SIZE BODY.PEEK[]<959998.100>)
		1< * 2 FETCH (RFC822.SIZE 960014 BODY[]<959998> {16}\r\n0123456789abcd\r\n)
		1< T OK FETCH completed
		1> APPEND INBOX CATENATE (URL "/INBOX/;UID=2" URL "/INBOX/;UID=1")
		1< T NO [TOOBIG] …
	`)
	if files, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(files) > 0 {
		t.Errorf("temporary files that are left: got %q, %v; want none", files, err)
	}
}

// TestReplace tests RFC 8508 §3.
func TestReplace(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		1! CREATE Drafts
		deliver Drafts a
		deliver Drafts b
		1! SELECT Drafts
		2! SELECT Drafts
		1> REPLACE 1 Drafts (\Seen \Draft) {5+}\r\nnew\r\n
		1< * OK [APPENDUID 3 3] replaced
		1< * 1 EXPUNGE
		1< * 2 EXISTS
		1< * 0 RECENT
		1< T OK REPLACE completed
		2> NOOP
		2< * 1 EXPUNGE
		2< * 2 EXISTS
		2< * 0 RECENT
		2< T OK NOOP completed
		1> UID REPLACE 2 INBOX {5+}\r\nnew\r\n
		1< * OK [APPENDUID 1 1] replaced
		1< * 1 EXPUNGE
		1< T OK UID REPLACE completed
		1> REPLACE 9 Drafts {5+}\r\nnew\r\n
		1< T BAD [CLIENTBUG] there is no message 9
		1> UID REPLACE 1 Drafts {5+}\r\nnew\r\n
		1< T NO [NONEXISTENT] …
		1> REPLACE 1 nowhere {5+}\r\nnew\r\n
		1< T NO [TRYCREATE] …
		1> REPLACE 1 Drafts {5+}\r\nnew\r\n more
		1< T BAD …
		1> FETCH 1:* (UID FLAGS)
		1< * 1 FETCH (UID 3 FLAGS (\Seen \Draft))
		1< T OK FETCH completed
		1> REPLACE * Drafts CATENATE (URL ";UID=3" TEXT {1+}\r\nx)
		1< * OK [APPENDUID 3 4] replaced
		1< * 1 EXPUNGE
		1< * 1 EXISTS
		1< * 0 RECENT
		1< T OK REPLACE completed
		1! EXAMINE Drafts
		1> REPLACE 1 Drafts {5+}\r\nnew\r\n
		1< T NO [NOPERM] …
	`)
}

// TestReplaceFails checks that REPLACE keeps the old message if the back end cannot add the new one.
func TestReplaceFails(t *testing.T) {
	s, b := newServer(t)
	if err := b.SetQuota("alice", 0, 1); err != nil {
		t.Fatal(err)
	}
	talk(t, s, b, `
		deliver INBOX a
		1! SELECT INBOX
		1> REPLACE 1 INBOX {5+}\r\nnew\r\n
		1< T NO [OVERQUOTA] no more than 1 messages
		1> FETCH 1:* (UID FLAGS)
		1< * 1 FETCH (UID 1 FLAGS ())
		1< T OK FETCH completed
	`)
}

// TestURLAuth tests RFC 4467 and RFC 5524.
func TestURLAuth(t *testing.T) {
	s, b := newServer(t, withHost, func(s *serve.Server) { s.Submitters = []string{"submit"} })
	if err := b.AddUser("submit", "secret"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Deliver("alice", "INBOX", []byte("Subject: x\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n")); err != nil {
		t.Fatal(err)
	}
	as := func(user string) *client {
		c := dial(t, s)
		c.ok("LOGIN " + user + " secret")
		return c
	}
	alice, bob, submit := as("alice"), as("bob"), as("submit")
	authorize := func(rump string) string {
		t.Helper()
		lines := alice.do(`GENURLAUTH "%s" INTERNAL`, rump)
		m := regexp.MustCompile(`^\* GENURLAUTH "(.*)"$`).FindStringSubmatch(lines[0])
		if m == nil || !strings.HasPrefix(m[1], rump+":internal:") {
			t.Fatalf("GENURLAUTH %s: got %q", rump, lines)
		}
		return m[1]
	}
	gets := func(c *client, url, want string) {
		t.Helper()
		lines := c.do(`URLFETCH "%s"`, url)
		if got := strings.TrimPrefix(lines[0], `* URLFETCH "`+url+`" `); got != want {
			t.Errorf("URLFETCH %s: got %q, want %q", url, lines, want)
		}
	}
	const part = "imap://alice@mail.example/INBOX/;UID=1/;SECTION=TEXT"
	anyone, user, sub := authorize(part+";URLAUTH=anonymous"), authorize(part+";URLAUTH=user+bob"), authorize(part+";URLAUTH=submit+bob")
	over := authorize(part + ";EXPIRE=2001-03-02T09:31:00Z;URLAUTH=authuser")
	const body = "{10}\r\naGVsbG8=\r\n"
	gets(alice, anyone, body)
	gets(bob, anyone, body)
	gets(bob, user, body)
	gets(alice, user, "NIL")
	gets(bob, sub, "NIL")
	gets(submit, sub, body)
	gets(bob, over, "NIL")
	gets(bob, authorize(part+";EXPIRE=2901-03-02T09:31:00Z;URLAUTH=authuser"), body)
	gets(bob, anyone[:len(anyone)-2], "NIL")
	gets(bob, strings.Replace(anyone, "UID=1", "UID=2", 1), "NIL")
	gets(bob, strings.Replace(anyone, "anonymous", "user+bob", 1), "NIL")
	gets(bob, strings.Replace(anyone, "mail.example", "elsewhere", 1), "NIL")
	gets(bob, "nonsense", "NIL")
	if lines := bob.do(`URLFETCH ("%s" BODY BODYPARTSTRUCTURE)`, anyone); !strings.Contains(lines[0], "(BODYPARTSTRUCTURE (") || !strings.Contains(lines[0], "(BODY {10}") {
		t.Errorf("URLFETCH with BODY and BODYPARTSTRUCTURE: got %q", lines)
	}
	whole := authorize("imap://alice@mail.example/INBOX/;UID=1/;SECTION=1;URLAUTH=anonymous")
	if lines := bob.do(`URLFETCH ("%s" BINARY)`, whole); !strings.Contains(lines[0], "hello") {
		t.Errorf("URLFETCH with BINARY: got %q, want it to contain hello", lines)
	}
	for _, rump := range []string{"imap://bob@mail.example/INBOX/;UID=1;URLAUTH=anonymous", part + ";URLAUTH=anonymous"} {
		if lines := bob.do(`GENURLAUTH "%s" INTERNAL`, strings.Replace(rump, "bob", "alice", 1)); !strings.HasPrefix(lines[0], "T NO [NOPERM]") {
			t.Errorf("GENURLAUTH of another user's URL: got %q, want NOPERM", lines)
		}
	}
	if lines := bob.ok(`APPEND INBOX CATENATE (URL "%s" TEXT {2+}`+"\r\n.\n)", anyone); !strings.HasPrefix(lines[0], "T OK [APPENDUID") {
		t.Errorf("CATENATE with an authorized URL: got %q, want APPENDUID", lines)
	}
	if lines := alice.ok("RESETKEY INBOX INTERNAL"); lines[0] != "T OK [URLMECH INTERNAL] RESETKEY completed" {
		t.Errorf("RESETKEY: got %q, want URLMECH", lines)
	}
	gets(bob, anyone, "NIL")
	if lines := alice.ok("CAPABILITY"); !strings.Contains(lines[0], " URLAUTH ") {
		t.Errorf("CAPABILITY: got %q, want it to contain URLAUTH", lines)
	}
}

// TestURLNames checks URLs in which the name of a user or a mailbox is percent-encoded (RFC 4467 §9).
func TestURLNames(t *testing.T) {
	s, b := newServer(t, withHost)
	if err := b.AddUser("zoe@example.org", "secret"); err != nil {
		t.Fatal(err)
	}
	c, zoe := dial(t, s), dial(t, s)
	c.ok("LOGIN alice secret")
	zoe.ok("LOGIN zoe@example.org secret")
	c.ok("ENABLE IMAP4rev2")
	c.ok(`CREATE "café"`)
	c.ok(`APPEND "café" {5+}` + "\r\nhello")
	lines := c.ok(`GENURLAUTH "imap://alice@mail.example/cafe%%CC%%81/;UID=1;URLAUTH=user+zoe%%40example.org" INTERNAL`)
	url := strings.TrimPrefix(lines[0], "* GENURLAUTH ")
	for who, want := range map[*client]string{c: " NIL", zoe: ` "hello"`} {
		if got := who.ok("URLFETCH %s", url); got[0] != "* URLFETCH "+url+want {
			t.Errorf("URLFETCH: got %q, want %q at its end", got, want)
		}
	}
	c.ok("RESETKEY")
	if got := c.do(`RESETKEY "" INTERNAL`); got[0] != "T NO [NONEXISTENT] no such mailbox" {
		t.Errorf("RESETKEY of a mailbox without a name: got %q, want NO", got)
	}
}

// TestMemoryExtensions tests the quotas, annotations and other extensions of the back end in memory.
func TestMemoryExtensions(t *testing.T) {
	s, b := newServer(t)
	if err := b.SetQuota("alice", 10, 3); err != nil {
		t.Fatal(err)
	}
	talk(t, s, b, `
		1> GETQUOTAROOT INBOX
		1< * QUOTAROOT INBOX ""
		1< * QUOTA "" (STORAGE 0 10 MESSAGE 0 3)
		1< T OK GETQUOTAROOT completed
		1> APPEND INBOX {11000+}\r\n`+strings.Repeat("x", 11000)+`
		1< T NO [OVERQUOTA] no more than 10240 octets
		deliver INBOX a
		deliver INBOX b
		1! CREATE x
		1! SELECT INBOX
		1! COPY 1 x
		1> COPY 1 x
		1< T NO [OVERQUOTA] no more than 3 messages
		1! MOVE 1 x
		1> GETQUOTA ""
		1< * QUOTA "" (STORAGE 1 10 MESSAGE 3 3)
		1< T OK GETQUOTA completed
		1> GETQUOTA "x"
		1< T NO [NONEXISTENT] …
		1! DELETE x
		1> GETQUOTA ""
		1< * QUOTA "" (STORAGE 1 10 MESSAGE 1 3)
		1< T OK GETQUOTA completed
		1! SETMETADATA INBOX (/private/comment "a \"b\"" /shared/x NIL)
		1> GETMETADATA INBOX /private
		1< T OK GETMETADATA completed
		1> GETMETADATA (DEPTH 1) INBOX /private
		1< * METADATA INBOX (/private/comment "a \"b\"")
		1< T OK GETMETADATA completed
		1! SETMETADATA "" (/shared/admin "x")
		1> GETMETADATA "" /shared/admin
		1< * METADATA "" (/shared/admin "x")
		1< T OK GETMETADATA completed
		1! SETMETADATA "" (/shared/admin NIL)
		1> GETMETADATA "" /shared/admin
		1< * METADATA "" (/shared/admin NIL)
		1< T OK GETMETADATA completed
		1> SETMETADATA nowhere (/shared/admin x)
		1< T NO [NONEXISTENT] …
		1> LIST "" INBOX RETURN (METADATA (/private/comment))
		1< * LIST (\HasNoChildren) "/" INBOX
		1< * METADATA INBOX (/private/comment "a \"b\"")
		1< T OK LIST completed
	`)
}

// TestQuotaOfSeveral appends several messages, of which the second exceeds the quota. The server does not ask for the
// third.
func TestQuotaOfSeveral(t *testing.T) {
	s, b := newServer(t)
	if err := b.SetQuota("alice", 0, 1); err != nil {
		t.Fatal(err)
	}
	talk(t, s, b, strings.ReplaceAll(`
		# the server reads long messages while they arrive
		1> APPEND INBOX {100000+}\r\nLONG {100000}
		1< + go on
		1: LONG {100000}
		1< T NO [OVERQUOTA] no more than 1 messages
		1> GETQUOTA ""
		1< * QUOTA "" (MESSAGE 0 1)
		1< T OK …
	`, "LONG", strings.Repeat("x", 100_000)))
}
