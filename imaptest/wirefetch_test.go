package imaptest_test

import (
	"strings"
	"testing"
)

// nested is a message within a message.
const nested = "From: A <a@x.example>\r\nTo: undisclosed-recipients:;\r\nCc: Friends: b@x.example, \"C, D\" <c@x.example>;\r\n" +
	"Subject: outer\r\nDate: Mon, 7 Feb 1994 21:52:25 -0800\r\nMIME-Version: 1.0\r\nX-Odd:  one\r\n\ttwo\r\n" +
	"Content-Type: multipart/mixed; boundary=o\r\n\r\npreamble\r\n--o\r\nContent-Type: text/plain; charset=utf-8\r\n" +
	"Content-Transfer-Encoding: base64\r\nContent-Id: <1@x>\r\n\r\naGVsbG8=\r\n--o\r\nContent-Type: message/rfc822\r\n" +
	"Content-Description: inner one\r\n\r\nSubject: inner\r\nFrom: z@x.example\r\n" +
	"Content-Type: multipart/alternative; boundary=i\r\n\r\n--i\r\n\r\nplain\r\n--i\r\nContent-Type: text/html\r\n\r\n<p>\r\n--i--\r\n" +
	"--o--\r\nepilogue\r\n"

func TestWireFetchSections(t *testing.T) {
	srv := newServer(t)
	srv.Mailbox("alice", "INBOX").Append([]byte(nested))
	srv.Mailbox("alice", "INBOX").Append([]byte("Subject: flat\r\n\r\nline1\r\nline2\r\n"))
	c := login(t, srv, "INBOX")
	lit := func(s string) string { return "{" + itoa(len(s)) + "}\r\n" + s }
	for _, x := range []struct{ ask, want string }{
		{"1 BODY.PEEK[1]", "BODY[1] " + lit("aGVsbG8=")},
		{"1 BODY.PEEK[1.MIME]", "BODY[1.MIME] " + lit("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\nContent-Id: <1@x>\r\n\r\n")},
		{"1 BODY.PEEK[2.HEADER]", "BODY[2.HEADER] " + lit("Subject: inner\r\nFrom: z@x.example\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n")},
		{"1 BODY.PEEK[2.TEXT]", "BODY[2.TEXT] " + lit("--i\r\n\r\nplain\r\n--i\r\nContent-Type: text/html\r\n\r\n<p>\r\n--i--")},
		{"1 BODY.PEEK[2.1]", "BODY[2.1] " + lit("plain")},
		{"1 BODY.PEEK[2.2]", "BODY[2.2] " + lit("<p>")},
		{"1 BODY.PEEK[2.2.MIME]", "BODY[2.2.MIME] " + lit("Content-Type: text/html\r\n\r\n")},
		{"1 BODY.PEEK[2.MIME]", "BODY[2.MIME] " + lit("Content-Type: message/rfc822\r\nContent-Description: inner one\r\n\r\n")},
		{"1 BODY.PEEK[2.HEADER.FIELDS (sUBJECT nothing)]", "BODY[2.HEADER.FIELDS (sUBJECT nothing)] " + lit("Subject: inner\r\n\r\n")},
		{"1 BODY.PEEK[HEADER.FIELDS (X-ODD)]", "BODY[HEADER.FIELDS (X-ODD)] " + lit("X-Odd:  one\r\n\ttwo\r\n\r\n")},
		{"1 BODY.PEEK[HEADER.FIELDS (nothing)]", "BODY[HEADER.FIELDS (nothing)] " + lit("\r\n")},
		{"2 BODY.PEEK[HEADER.FIELDS.NOT (subject)]", "BODY[HEADER.FIELDS.NOT (subject)] " + lit("\r\n")},
		{"1 BODY.PEEK[9]", "BODY[9] NIL"},
		{"1 BODY.PEEK[2.9]", "BODY[2.9] NIL"},
		{"2 BODY.PEEK[1]", "BODY[1] " + lit("line1\r\nline2\r\n")},
		{"2 BODY.PEEK[1.MIME]", "BODY[1.MIME] " + lit("Subject: flat\r\n\r\n")},
		{"2 BODY.PEEK[]<3.5>", "BODY[]<3> " + lit("ject:")},
		{"2 BODY.PEEK[]<900.5>", "BODY[]<900> " + lit("")},
		{"2 BODY.PEEK[TEXT]<12.100>", "BODY[TEXT]<12> " + lit("\r\n")},
		{"1 BINARY.PEEK[1]", "BINARY[1] " + lit("hello")},
		{"1 BINARY.SIZE[1]", "BINARY.SIZE[1] 5"},
		{"1 BINARY.PEEK[1]<1.3>", "BINARY[1]<1> " + lit("ell")},
		{"2 RFC822.HEADER", "RFC822.HEADER " + lit("Subject: flat\r\n\r\n")},
		{"2 RFC822.SIZE", "RFC822.SIZE 31"},
		{"1 ENVELOPE", `ENVELOPE ("Mon, 7 Feb 1994 21:52:25 -0800" "outer" (("A" NIL "a" "x.example")) (("A" NIL "a" "x.example")) (("A" NIL "a" "x.example"))` +
			` ((NIL NIL "undisclosed-recipients" NIL)(NIL NIL NIL NIL)) ((NIL NIL "Friends" NIL)(NIL NIL "b" "x.example")("C, D" NIL "c" "x.example")(NIL NIL NIL NIL)) NIL NIL NIL)`},
		{"2 ENVELOPE", `ENVELOPE (NIL "flat" NIL NIL NIL NIL NIL NIL NIL NIL)`},
		{"2 BODY", `BODY ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 14 2)`},
		{"2 BODYSTRUCTURE", `BODYSTRUCTURE ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 14 2 NIL NIL NIL NIL)`},
		{"1 BODY", `BODY (("text" "plain" ("charset" "utf-8") "<1@x>" NIL "base64" 8 0)("message" "rfc822" NIL NIL "inner one" "7bit" 142 ` +
			`(NIL "inner" ((NIL NIL "z" "x.example")) ((NIL NIL "z" "x.example")) ((NIL NIL "z" "x.example")) NIL NIL NIL NIL NIL) ` +
			`(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 5 0)("text" "html" ("charset" "us-ascii") NIL NIL "7bit" 3 0) "alternative") 11) "mixed")`},
	} {
		lines := c.ok("FETCH " + x.ask)
		if len(lines) != 2 || !strings.EqualFold(lines[0], "* "+x.ask[:1]+" FETCH ("+x.want+")") {
			t.Errorf("%s:\n got %q\nwant %q", x.ask, lines[0], "* "+x.ask[:1]+" FETCH ("+x.want+")")
		}
	}
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

func TestWireFetchSeen(t *testing.T) {
	srv := newServer(t)
	talk(t, srv, `
		deliver INBOX a
		deliver INBOX b
		1! SELECT INBOX
		2! SELECT INBOX
		1> FETCH 1 (BODY.PEEK[TEXT])
		1< * 1 FETCH (BODY[TEXT] {3}\r\na\r\n)
		1< T OK …
		1> FETCH 1 (BODY[TEXT])
		1< * 1 FETCH (BODY[TEXT] {3}\r\na\r\n FLAGS (\Recent \Seen))
		1< T OK …
		1> FETCH 1 (RFC822.TEXT FLAGS)
		1< * 1 FETCH (RFC822.TEXT {3}\r\na\r\n FLAGS (\Recent \Seen))
		1< T OK …
		2> FETCH 2 UID
		2< * 2 FETCH (UID 2)
		2< * 1 FETCH (FLAGS (\Seen))
		2< T OK …
		1> FETCH 3 FLAGS
		1< T BAD …
		1> UID FETCH 99 FLAGS
		1< T OK …
		1> FETCH 2:* UID
		1< * 2 FETCH (UID 2)
		1< T OK …
		1> FETCH *:1 UID
		1< * 1 FETCH (UID 1)
		1< * 2 FETCH (UID 2)
		1< T OK …
		1> UID FETCH 9:* UID
		1< * 2 FETCH (UID 2)
		1< T OK …
		1> UID FETCH 2,1 FAST
		1< * 1 FETCH (UID 1 FLAGS (\Recent \Seen) INTERNALDATE "…" RFC822.SIZE …)
		1< * 2 FETCH (UID 2 FLAGS (\Recent) INTERNALDATE "…" RFC822.SIZE …)
		1< T OK …
		1> FETCH 0 UID
		1< T BAD …
		1> FETCH 1 ()
		1< T BAD …
		1> FETCH 1 BOGUS
		1< T BAD …
		1> FETCH 1 (FLAGS ALL)
		1< T BAD …
	`)
}
