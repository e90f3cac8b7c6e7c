package interop

import (
	"fmt"
	"strings"
)

// odd is a message that servers may read in different ways.
type odd struct{ name, raw string }

// oddMessages returns the messages that compareMessages appends to a server. Each has one oddity in a header, an address or a structure.
func oddMessages() (list []odd) {
	add := func(name, raw string) {
		list = append(list, odd{name, strings.ReplaceAll(raw, "\n", "\r\n")})
	}
	const plain = "From: a@b.example\nSubject: s\nMIME-Version: 1.0\n"
	for i, a := range []string{
		`plain@x.example`, `<angle@x.example>`, `Name <n@x.example>`, `"Quoted, Name" <n@x.example>`, `"esc \" \\ aped" <n@x.example>`, `comment@x.example (The Name)`,
		`(before) n@x.example`, `Two Words <n@x.example>, other@y.example`, `Group: a@x.example, b@x.example;`, `Empty group:;`, `a@x.example, Group: b@x.example;, c@x.example`,
		`nodomain`, `<nodomain>`, `Name only <>`, `<@route.example:n@x.example>`, `<@r1.example,@r2.example:n@x.example>`, `"quoted local"@x.example`, `"a b" <"c d"@x.example>`,
		`dots.in.local@sub.x.example`, `n@[192.0.2.1]`, `spaced . out @ x . example`, `=?utf-8?q?Zo=C3=AB?= <zoe@x.example>`, `=?utf-8?b?WsOr?= =?utf-8?q?_b?= <z@x.example>`,
		`,,a@x.example,,b@x.example,`, `a@x.example; b@x.example`, `Name <n@x.example`, `n@x.example>`, `"unclosed <n@x.example>`, `Name (nested (comment)) <n@x.example>`,
		`Dr. J. Who <w@x.example>`, `undisclosed-recipients:;`, `a@b@c.example`, `@x.example`, `n@`, `Na.me <n@x.example>`, `very <folded@x.example>,` + "\n " + `folded2@x.example`, `   `,
		"tab\tname <n@x.example>", `'single' <n@x.example>`, `n@x.example <other@y.example>`, `[bracket] <n@x.example>`, `Name<tight@x.example>`,
	} {
		add(fmt.Sprintf("address %d %s", i, a), "To: "+a+"\nSubject: s\n\nbody\n")
	}
	for name, h := range map[string]string{
		"no fields": "", "subject folded": "Subject: one\n two\n\tthree\n", "subject empty": "Subject:\n", "subject blank": "Subject:   \n", "subject twice": "Subject: one\nSubject: two\n",
		"subject spaces": "Subject:    a  b   \n", "subject encoded": "Subject: =?iso-8859-1?q?caf=E9?=\n", "to twice": "To: a@x.example\nTo: b@x.example\n", "from twice": "From: a@x.example\nFrom: b@x.example\n",
		"date odd": "Date: yesterday\n", "date folded": "Date: Mon, 2 Mar 2026\n 10:00:00 +0000\n", "date comment": "Date: Mon, 2 Mar 2026 10:00:00 +0000 (UTC)\n", "id bare": "Message-ID: bare@x.example\n", "id spaces": "Message-ID:   <a@x.example>  \n",
		"id comment": "Message-ID: <a@x.example> (c)\n", "reply two": "In-Reply-To: <a@x.example> <b@x.example>\n", "reply words": "In-Reply-To: your message of yesterday\n", "sender empty": "From: a@x.example\nSender:\nReply-To:\n",
		"sender other": "From: a@x.example\nSender: s@x.example\nReply-To: r@x.example, q@x.example\n", "bcc": "Bcc: hidden@x.example\n", "case": "SUBJECT: a\nfrom: a@x.example\n", "space before colon": "Subject : a\nFrom : a@x.example\n",
		"no colon": "Subject: a\nthis is no field\nFrom: a@x.example\n", "cc and to": "Cc: c@x.example\nTo: a@x.example\n", "resent": "Resent-From: r@x.example\nFrom: a@x.example\n", "quotes": "Subject: a \"quoted\" \\ thing\n",
	} {
		add("header "+name, h+"\nbody\n")
	}
	for name, h := range map[string]string{
		"plain": "Content-Type: text/plain\n", "charset": "Content-Type: text/plain; charset=utf-8\n", "charset quoted": "Content-Type: text/plain; charset=\"UTF-8\"\n", "upper": "CONTENT-TYPE: TEXT/HTML; CHARSET=US-ASCII\n",
		"spaces": "Content-Type:  text / plain ; charset = utf-8 \n", "comment": "Content-Type: text/plain (comment); charset=utf-8 (more)\n", "no subtype": "Content-Type: text\n", "empty": "Content-Type:\n", "nonsense": "Content-Type: not a type\n",
		"trailing semicolon": "Content-Type: text/plain;\n", "double semicolon": "Content-Type: text/plain;; charset=utf-8\n", "no value": "Content-Type: text/plain; charset\n", "empty value": "Content-Type: text/plain; charset=\"\"\n",
		"two types": "Content-Type: text/plain\nContent-Type: text/html\n", "unknown type": "Content-Type: x-thing/x-other\n", "filename": "Content-Disposition: attachment; filename=\"a b.txt\"\n", "filename bare": "Content-Disposition: attachment; filename=a b.txt\n",
		"disposition upper": "Content-Disposition: ATTACHMENT\n", "disposition empty": "Content-Disposition:\n", "rfc2231": "Content-Disposition: attachment; filename*=utf-8''a%20b.txt\n", "continued": "Content-Disposition: attachment; filename*0=\"ab\"; filename*1=\"cd\"\n",
		"encoding upper": "Content-Transfer-Encoding: BASE64\n", "encoding odd": "Content-Transfer-Encoding: x-odd\n", "encoding empty": "Content-Transfer-Encoding:\n", "encoding comment": "Content-Transfer-Encoding: 8bit (c)\n",
		"language": "Content-Language: en, de\n", "language one": "Content-Language: en\n", "location": "Content-Location: http://x.example/\n", "md5": "Content-MD5: Q2hlY2s=\n", "id": "Content-ID: <id@x.example>\n", "description": "Content-Description: what it is\n",
		"description folded": "Content-Description: what\n it is\n", "many params": "Content-Type: text/plain; a=1; b=\"2\"; c=3; charset=utf-8\n",
	} {
		add("single "+name, plain+h+"\none\ntwo\n")
	}
	add("single without version", "Subject: s\nContent-Disposition: inline\n\none\n")
	multi := func(kind, body string) string {
		return plain + "Content-Type: multipart/" + kind + "; boundary=b\n\n" + body
	}
	inner := "Subject: inner\nFrom: i@x.example\n\ninner body\n"
	for name, raw := range map[string]string{
		"two": multi("mixed", "--b\n\none\n--b\n\ntwo\n--b--\n"), "preamble": multi("mixed", "preamble\n--b\n\none\n--b--\nepilogue\n"), "not closed": multi("mixed", "--b\n\none\n--b\n\ntwo\n"), "no parts": multi("mixed", "nothing\n"),
		"closed at once": multi("mixed", "--b--\n"), "empty part": multi("mixed", "--b\n--b\n\ntwo\n--b--\n"), "headers only": multi("mixed", "--b\nContent-Type: text/html\n--b--\n"), "header then end": multi("mixed", "--b\nContent-Type: text/html\n\n--b--\n"),
		"spaces after": multi("mixed", "--b  \n\none\n--b--  \n"), "longer boundary": multi("mixed", "--bb\n\none\n--b\n\ntwo\n--b--\n"), "quoted boundary": plain + "Content-Type: multipart/mixed; boundary=\"a b\"\n\n--a b\n\none\n--a b--\n",
		"no boundary": plain + "Content-Type: multipart/mixed\n\n--b\n\none\n--b--\n", "digest": multi("digest", "--b\n\n"+inner+"--b\nContent-Type: text/plain\n\nx\n--b--\n"), "alternative": multi("alternative", "--b\n\none\n--b\nContent-Type: text/html\n\n<p>\n--b--\n"),
		"nested":          multi("mixed", "--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\none\n--c--\n--b\n\ntwo\n--b--\n"),
		"nested open":     multi("mixed", "--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\none\n--b\n\ntwo\n--b--\n"),
		"nested same":     multi("mixed", "--b\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\none\n--b--\n--b\n\ntwo\n--b--\n"),
		"message":         multi("mixed", "--b\nContent-Type: message/rfc822\n\n"+inner+"--b--\n"),
		"message base64":  multi("mixed", "--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeA0KDQp4DQo=\n--b--\n"),
		"message multi":   multi("mixed", "--b\nContent-Type: message/rfc822\n\nSubject: in\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\none\n--c--\n--b--\n"),
		"message empty":   multi("mixed", "--b\nContent-Type: message/rfc822\n\n--b--\n"),
		"top message":     plain + "Content-Type: message/rfc822\n\n" + inner,
		"partial":         plain + "Content-Type: message/partial; id=\"x\"; number=1; total=2\n\nbody\n",
		"delivery status": multi("report; report-type=delivery-status", "--b\n\nfailed\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n--b--\n"),
		"signed":          plain + "Content-Type: multipart/signed; micalg=sha-256; protocol=\"application/pgp-signature\"; boundary=b\n\n--b\n\none\n--b\nContent-Type: application/pgp-signature\n\nsig\n--b--\n",
		"part params":     plain + "Content-Type: multipart/mixed; boundary=b; x=y\nContent-Disposition: inline\nContent-Language: en\nContent-Location: /x\n\n--b\n\none\n--b--\n",
		"no blank line":   multi("mixed", "--b\nContent-Type: text/plain\none\n--b--\n"),
		"boundary spaces": plain + "Content-Type: multipart/mixed; boundary=\"b \"\n\n--b\n\none\n--b--\n",
	} {
		add("multipart "+name, raw)
	}
	return list
}
