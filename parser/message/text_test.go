package message

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestBaseSubject(t *testing.T) {
	for _, c := range []struct {
		in, want string
		reply    bool
	}{
		{"", "", false},
		{"a", "a", false},
		{"  a \t b ", "a b", false},
		{"Re: a", "a", true},
		{"RE : a", "a", true},
		{"Fwd: Re: FW: a", "a", true},
		{"re[4]: a", "a", true},
		{"Re [x]: a", "a", true},
		{"[list] a", "a", false},
		{"[list] Re: a", "a", true},
		{"Re: [list] a", "a", true},
		{"[a] [b] Re: [c] a", "a", true},
		{"[list]", "[list]", false},
		{"[a] [b]", "[b]", false},
		{"a (fwd)", "a", true},
		{"a (FWD) (fwd) ", "a", true},
		{"[fwd: a]", "a", true},
		{"[Fwd: Re: [x] a (fwd)]", "a", true},
		{"[fwd: a", "[fwd: a", false},
		{"Regarding a", "Regarding a", false},
		{"Re a", "Re a", false},
		{"Re: ", "", true},
		{"[[a]] b", "[[a]] b", false},
	} {
		if got, reply := baseSubject(c.in); got != c.want || reply != c.reply {
			t.Errorf("the base subject of %q is %q, reply %v; want %q, %v", c.in, got, reply, c.want, c.reply)
		}
	}
}

func TestSent(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for in, want := range map[string]string{
		"Mon, 7 Feb 1994 21:52:25 -0800":          "1994-02-07T21:52:25-08:00",
		"7 Feb 94 21:52 GMT":                      "1994-02-07T21:52:00Z",
		"Mon, 07 Feb 1994 21:52:25 +0100 (CET)":   "1994-02-07T21:52:25+01:00",
		"Mon Feb  7 21:52:25 1994":                "1994-02-07T21:52:25Z",
		"Mon, 7 February 1994 21:52:25":           "1994-02-07T21:52:25Z",
		"7-Feb-1994 21:52:25 +0000":               "1994-02-07T21:52:25Z",
		"1994-02-07T21:52:25":                     "1994-02-07T21:52:25Z",
		"Mon,7Feb1994 21:52:25 -0800 or so, they": "",
		"Mon, 7 Feb 1994":                         "1994-02-07T00:00:00Z",
		"Mon, 7 Feb 1994 99:99:99 +0000":          "1994-02-07T00:00:00Z",
		"yesterday":                               "",
		"":                                        "",
		"45 Foo 1994":                             "",
	} {
		got := New([]byte("Date: " + in + "\r\n\r\n")).Sent()
		switch {
		case want == "" && !got.IsZero():
			t.Errorf("the date %q is read as %v, want no date", in, got)
		case want != "" && !got.Equal(at(want)):
			t.Errorf("the date %q is read as %v, want %s", in, got, want)
		}
	}
}

func TestThreadFields(t *testing.T) {
	for _, c := range []struct{ raw, id, refs, ids string }{
		{"\n", "", "", ""},
		{"Message-ID: <a@b>\n\n", "a@b", "", "a@b"},
		{"message-id: <\"a\"@b> (comment)\n\n", "a@b", "", "a@b"},
		{"Message-ID: <\"a\\\"b\"@c d>\n\n", "a\"b@cd", "", "a\"b@cd"},
		{"Message-ID: a@b\n\n", "a@b", "", "a@b"},
		{"Message-ID: <c>\nReferences: <a>\n\t<b>\nIn-Reply-To: <x>\n\n", "c", "a b", "c b a x"},
		{"Message-ID: <c>\nReferences: rubbish\nIn-Reply-To: <x> <y>\n\n", "c", "x", "c x y"},
		{"\nMessage-ID: <in@body>\n", "", "", ""},
	} {
		m := New([]byte(c.raw))
		if got := m.Thread(); got.ID != c.id || strings.Join(got.References, " ") != c.refs {
			t.Errorf("%q: got %+v, want ID %q and References %q", c.raw, got, c.id, c.refs)
		}
		if got := strings.Join(m.ThreadIDs(), " "); got != c.ids {
			t.Errorf("%q: ThreadIDs returns %s, want %s", c.raw, got, c.ids)
		}
	}
}

func TestPreview(t *testing.T) {
	for _, c := range []struct{ name, raw, want string }{
		{"plain", "\r\nHello,\r\n\r\n  how\tare you?\r\n", "Hello, how are you?"},
		{"charset", "Content-Type: text/plain; charset=iso-8859-2\n\n\xb1\xe6", "ąć"},
		{"html", "Content-Type: text/html\n\n<head><title>no</title></head><style>x{}</style><p>One&nbsp;&amp;<br>two</p><!-- not -->three <b>fo</b>ur 1<2",
			"One & two three four 1<2"},
		{"plain before html", "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>h\n--b\n\nplain\n--b--\n", "plain"},
		{"html alone", "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>h\n--b--\n", "h"},
		{"attachments do not count", "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Disposition: attachment\n\nno\n--b\n\nyes\n--b--\n", "yes"},
		{"no text", "Content-Type: image/png\n\nx", ""},
		{"long", "\n" + strings.Repeat("ä", 300), strings.Repeat("ä", PreviewLength)},
		{"long words", "\n" + strings.Repeat("x", PreviewLength-1) + " y", strings.Repeat("x", PreviewLength-1)},
		{"unknown encoding", "Content-Transfer-Encoding: x\n\na", ""},
	} {
		if got := New([]byte(c.raw)).Preview(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestSearchText(t *testing.T) {
	m := New([]byte("Subject: =?iso-8859-1?q?gr=FCn?=\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n" +
		"--b\r\nContent-Type: text/plain; charset=koi8-r\r\nContent-Transfer-Encoding: base64\r\n\r\n7cnS\r\n" +
		"--b\r\nContent-Type: image/png\r\nContent-Description: picture\r\n\r\nAAAA\r\n" +
		"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: =?utf-8?b?w6Q=?=\r\n\r\ninner\r\n--b--\r\n"))
	for text, where := range map[string]string{"grün": "h", "Мир": "b", "picture": "b", "AAAA": "", "preamble": "", "Subject: ä": "b", "inner": "b"} {
		if strings.Contains(m.HeaderText(), text) != (where == "h") || strings.Contains(m.BodyText(), text) != (where == "b") {
			t.Errorf("%q: want it in %q (h is HeaderText, b is BodyText); HeaderText is %q, BodyText is %q", text, where, m.HeaderText(), m.BodyText())
		}
	}
	if got := m.Header("SUBJECT"); !slices.Equal(got, []string{"grün"}) {
		t.Errorf("Header(SUBJECT) = %q", got)
	}
	long := New([]byte("\n" + strings.Repeat("x", 2*keepText)))
	if n := len(long.BodyText()); n < 2*keepText {
		t.Errorf("BodyText has %d octets, want at least %d", n, 2*keepText)
	}
}

func TestDisplay(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "a@b": "a@b", "A <a@b>": "A", "=?utf-8?q?=C3=84?= <a@b>": "Ä", "g: a@b;": "g", "x@y, A <a@b>": "x@y",
	} {
		if got := Display(New([]byte("From: " + in + "\n\n")).Envelope().From); got != want {
			t.Errorf("Display of %q is %q, want %q", in, got, want)
		}
	}
	if got := Addresses(New([]byte("To: =?utf-8?q?=C3=84?= <a@b>, g: c@d;\n\n")).Envelope().To); got != "Ä <a@b>, <g>, <c@d>, " {
		t.Errorf("Addresses returns %q", got)
	}
}
