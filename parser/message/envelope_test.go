package message

import (
	"testing"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

func encoded(t *testing.T, f func(e *wire.Encoder)) string {
	t.Helper()
	e := wire.NewEncoder(wire.Mode{Server: true, UTF8: true, Binary: true})
	f(e)
	if err := e.Err(); err != nil {
		t.Fatal(err)
	}
	return string(e.Bytes())
}

func TestEnvelope(t *testing.T) {
	for _, c := range []struct{ name, raw, want string }{
		{"nothing", "\r\n", `(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)`},
		{"empty fields", "Date:\r\nSubject: \r\nFrom:\r\nIn-Reply-To:\r\nMessage-ID:\r\n\r\n", `("" "" NIL NIL NIL NIL NIL NIL "" "")`},
		{
			"all of them",
			"Date: Mon, 7 Feb 1994 21:52:25 -0800\r\nFrom: Fred Foobar <foobar@Blurdybloop.example>\r\nSender: s@x\r\n" +
				"Reply-To: r@x\r\nTo: mooch@owatagu.siam.edu.example, b@c\r\nCc: c@x\r\nBcc: d@x\r\nSubject: afternoon meeting\r\n" +
				"In-Reply-To: <1@x>\r\nMessage-Id: <B27397-0100000@Blurdybloop.example>\r\n\r\n",
			`("Mon, 7 Feb 1994 21:52:25 -0800" "afternoon meeting" (("Fred Foobar" NIL "foobar" "Blurdybloop.example")) ` +
				`((NIL NIL "s" "x")) ((NIL NIL "r" "x")) ((NIL NIL "mooch" "owatagu.siam.edu.example")(NIL NIL "b" "c")) ` +
				`((NIL NIL "c" "x")) ((NIL NIL "d" "x")) "<1@x>" "<B27397-0100000@Blurdybloop.example>")`,
		},
		{"folded subject", "Subject: a\r\n b\r\n\tc\r\n\r\n", `(NIL "a b	c" NIL NIL NIL NIL NIL NIL NIL NIL)`},
		{"no NUL", "Subject: a\x00b\n\n", "(NIL {3}\r\na\x80b NIL NIL NIL NIL NIL NIL NIL NIL)"},
		{"encoded words stay", "Subject: =?utf-8?q?=C3=A4?=\r\n\r\n", `(NIL "=?utf-8?q?=C3=A4?=" NIL NIL NIL NIL NIL NIL NIL NIL)`},
		{"the first subject, all recipients", "Subject: a\nSubject: b\nTo: a@x\nTo: b@x\n\n",
			`(NIL "a" NIL NIL NIL ((NIL NIL "a" "x")(NIL NIL "b" "x")) NIL NIL NIL NIL)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := encoded(t, New([]byte(c.raw)).Envelope().Encode); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", `NIL`},
		{"a@b", `((NIL NIL "a" "b"))`},
		{"<a@b>", `((NIL NIL "a" "b"))`},
		{"A B <a@b>", `(("A B" NIL "a" "b"))`},
		{`"B, A" <a@b>`, `(("B, A" NIL "a" "b"))`},
		{`"say \"hi\"" <a@b>`, `(("say \"hi\"" NIL "a" "b"))`},
		{`"a b"@c`, `((NIL NIL "a b" "c"))`},
		{"a@b (Anna (the second))", `(("Anna (the second)" NIL "a" "b"))`},
		{"J. R. Doe <j.doe@x.org>", `(("J. R. Doe" NIL "j.doe" "x.org"))`},
		{`a@b (quote \" and \( )`, `(("quote \" and (" NIL "a" "b"))`},
		{"a . b @ c . d", `((NIL NIL "a.b" "c.d"))`},
		{"<@r1,@r2:a@b>", `((NIL "@r1,@r2" "a" "b"))`},
		{"a@[127.0.0.1]", `((NIL NIL "a" "[127.0.0.1]"))`},
		{"a@b,, c@d ,", `((NIL NIL "a" "b")(NIL NIL "c" "d"))`},
		{"Friends: a@b, C <c@d>;", `((NIL NIL "Friends" NIL)(NIL NIL "a" "b")("C" NIL "c" "d")(NIL NIL NIL NIL))`},
		{"undisclosed-recipients:;", `((NIL NIL "undisclosed-recipients" NIL)(NIL NIL NIL NIL))`},
		{"g: a@b", `((NIL NIL "g" NIL)(NIL NIL "a" "b")(NIL NIL NIL NIL))`},
		{"g: a@b; c@d", `((NIL NIL "g" NIL)(NIL NIL "a" "b")(NIL NIL NIL NIL)(NIL NIL "c" "d"))`},
		{"root", `((NIL NIL "root" "MISSING_DOMAIN"))`},
		{"A <root>", `(("A" NIL "root" "MISSING_DOMAIN"))`},
		{"A <>", `(("A" NIL "MISSING_MAILBOX" "MISSING_DOMAIN"))`},
		{"@b", `((NIL NIL "MISSING_MAILBOX" "b"))`},
		// Dovecot 2.3.19 sends the values below.
		{"<>", `((NIL NIL "MISSING_MAILBOX" "MISSING_DOMAIN"))`},
		{"Foo Bar", `(("Foo Bar" NIL "MISSING_MAILBOX" "MISSING_DOMAIN"))`},
		{`"a b"`, `(("a b" NIL "MISSING_MAILBOX" "MISSING_DOMAIN"))`},
		{"Foo Bar, x@y", `(("Foo Bar" NIL "MISSING_MAILBOX" "MISSING_DOMAIN")(NIL NIL "x" "y"))`},
		{"g: a@b, c;", `((NIL NIL "g" NIL)(NIL NIL "a" "b")(NIL NIL "c" "MISSING_DOMAIN")(NIL NIL NIL NIL))`},
		{"A <a@b", `(("A" NIL "a" "b"))`},
		{"A <a@b> c", `(("A" NIL "a" "b"))`},
		{"=?utf-8?q?=C3=84?= <a@b>", `(("=?utf-8?q?=C3=84?=" NIL "a" "b"))`},
	} {
		var e parser.Envelope
		e.From = appendAddresses(nil, []byte(c.in))
		got := encoded(t, e.Encode)
		got = got[len("(NIL NIL ") : len(got)-len(" NIL NIL NIL NIL NIL NIL NIL)")]
		if got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.in, got, c.want)
		}
	}
}

func TestBodyStructure(t *testing.T) {
	for _, c := range []struct{ name, raw, want string }{
		{"nothing", "", `("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0 NIL NIL NIL NIL)`},
		{"plain", "\r\n1\r\n2\r\n3", `("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 7 2 NIL NIL NIL NIL)`},
		{
			"all that there is",
			"Content-Type: Text/HTML; Charset=\"utf-8\"; Format=flowed\r\nContent-Transfer-Encoding: Quoted-Printable\r\n" +
				"Content-ID: <i@d>\r\nContent-Description: words\r\nContent-MD5: Q2hlY2s=\r\n" +
				"Content-Disposition: Attachment; Filename=\"a b.html\"; size=3\r\nContent-Language: en, de-AT\r\n" +
				"Content-Location: http://x/y\r\n\r\nx",
			`("text" "html" ("charset" "utf-8" "format" "flowed") "<i@d>" "words" "quoted-printable" 1 0 "Q2hlY2s=" ` +
				`("attachment" ("filename" "a b.html" "size" "3")) ("en" "de-AT") "http://x/y")`,
		},
		{"multipart", mixed,
			`(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 3 0 NIL NIL NIL NIL)` +
				`("image" "png" NIL NIL NIL "base64" 4 NIL NIL NIL NIL) "mixed" ("boundary" "b 1") NIL NIL NIL)`},
		{"message", "Content-Type: message/rfc822\r\n\r\nSubject: s\r\n\r\nhi\r\n",
			`("message" "rfc822" NIL NIL NIL "7bit" 18 (NIL "s" NIL NIL NIL NIL NIL NIL NIL NIL) ` +
				`("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 4 1 NIL NIL NIL NIL) 3 NIL NIL NIL NIL)`},
		{"parameters in pieces", "Content-Type: a/b; name*1=c; name*0=\"a b\"; t*0*=utf-8'en'%C3; t*1=\"'%\"\r\n\r\n",
			`("a" "b" ("name" "a bc" "t*" "utf-8'en'%C3%27%25") NIL NIL "7bit" 0 NIL NIL NIL NIL)`},
		{"parameters that are none", "Content-Type: a/b; ; x; y=; =z; n=a b.txt; n=2; q=\"open\r\n\r\n",
			`("a" "b" ("y" "" "n" "a b.txt" "q" "open") NIL NIL "7bit" 0 NIL NIL NIL NIL)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := encoded(t, New([]byte(c.raw)).BodyStructure().Encode)
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}
