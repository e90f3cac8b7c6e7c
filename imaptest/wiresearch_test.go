package imaptest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/imaptest"
)

func TestWireSearch(t *testing.T) {
	now := time.Date(2020, 5, 10, 12, 0, 0, 0, time.UTC)
	srv := newServer(t, imaptest.WithClock(func() time.Time { return now }))
	box := srv.Mailbox("alice", "INBOX")
	add := func(at time.Time, text string, flags ...string) {
		if _, err := box.AppendAt(at, []byte(strings.ReplaceAll(text, "\n", "\r\n"))); err != nil {
			t.Fatal(err)
		}
	}
	add(now.Add(-100*time.Hour), "From: Ann Lee <ann@x.example>\nTo: group: bob@x.example;\nSubject: Hello World\nDate: Mon, 4 May 2020 23:30:00 -0500\n\nbody one\n")
	add(now.Add(-50*time.Hour), "From: \"Q \\\"z\\\"\" <q@y.example>\nCc: carl@x.example\nBcc: secret@x.example\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\nbody two caf\xc3\xa9\n")
	add(now.Add(-10*time.Second), "X-Empty:\nX-Long: abc\n def\nSubject: Re: hello\nDate: bogus\nContent-Type: text/plain; charset=iso-8859-1\n\ncaf\xe9 three\n")
	add(now, "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\nZm91ciBuZWVkbGU=\n--b\nContent-Type: message/rfc822\n\nSubject: within\n\ninner text\n--b--\n")
	c := login(t, srv, "INBOX")
	c.ok(`STORE 1 FLAGS (\Answered $Kw)`)
	c.ok(`STORE 2 FLAGS (\Deleted \Seen)`)
	for _, x := range []struct{ key, want string }{
		{"ALL", "1 2 3 4"}, {"1:2", "1 2"}, {"2:1,4", "1 2 4"}, {"*", "4"}, {"*:3", "3 4"}, {"UID 3:*", "3 4"}, {"UID 99:*", "4"}, {"UID 99", ""},
		{"9", ""}, {"3:9", "3 4"}, {"NOT 1", "2 3 4"}, {"OR 1 3", "1 3"}, {"(1:3 NOT 2)", "1 3"}, {"OR (1 2) 4", "4"}, {"NOT (OR 1 2)", "3 4"},
		{"ANSWERED", "1"}, {"UNANSWERED", "2 3 4"}, {"KEYWORD $KW", "1"}, {"UNKEYWORD $kw", "2 3 4"}, {"KEYWORD none", ""},
		{"DELETED", "2"}, {"UNDELETED SEEN", ""}, {"NEW", "1 3 4"}, {"OLD", ""}, {"RECENT", "1 2 3 4"}, {"UNSEEN DRAFT", ""},
		{"SUBJECT hello", "1 3"}, {"SUBJECT \"o w\"", "1"}, {"SUBJECT \"\"", "1 2 3"}, {"SUBJECT {5+}\r\nHELLO", "1 3"},
		{"CHARSET UTF-8 SUBJECT {7+}\r\ngr\xc3\xbc\xc3\x9fe", "2"}, {"CHARSET ISO-8859-1 SUBJECT {5+}\r\nGR\xdc\xdfE", "2"},
		{"CHARSET UTF-8 BODY {5+}\r\nCAF\xc3\x89", "2 3"}, {"BODY needle", "4"}, {"BODY within", "4"}, {"TEXT within", "4"}, {"SUBJECT within", ""}, {"BODY \"hello\"", ""}, {"TEXT hello", "1 3"},
		{"FROM ann", "1"}, {"FROM \"Ann Lee\"", "1"}, {"FROM x.example", "1"}, {"FROM @y", "2"}, {"TO bob@x", "1"}, {"CC carl", "2"}, {"BCC secret", "2"}, {"FROM \"\"", "1 2"},
		{"HEADER X-Empty \"\"", "3"}, {"HEADER x-long \"abc def\"", "3"}, {"HEADER Nope \"\"", ""}, {"HEADER Subject re:", "3"},
		{"SMALLER 1", ""}, {"LARGER 1", "1 2 3 4"},
		{"BEFORE 8-May-2020", "1"}, {"ON 8-May-2020", "2"}, {"SINCE 8-May-2020", "2 3 4"}, {"SINCE \"10-May-2020\"", "3 4"},
		{"SENTON 4-May-2020", "1"}, {"SENTBEFORE 5-May-2020", "1"}, {"SENTSINCE 5-May-2020", ""},
		{"YOUNGER 60", "3 4"}, {"OLDER 60", "1 2"}, {"OLDER 10", "1 2 3"},
		{"MODSEQ 1", "1 2 3 4 (MODSEQ 7)"}, {"MODSEQ 7", "2 (MODSEQ 7)"}, {"MODSEQ 900", ""},
		{"SAVEDSINCE 10-May-2020", "1 2 3 4"}, {"SAVEDATESUPPORTED", "1 2 3 4"},
	} {
		lines := c.do("SEARCH " + x.key)
		want := strings.TrimSuffix("* SEARCH "+x.want, " ")
		var got string
		for _, l := range lines {
			if strings.HasPrefix(l, "* SEARCH") {
				got = l
			}
		}
		if got != want {
			t.Errorf("%s:\n got %q\nwant %q", x.key, lines, want)
		}
	}
	for _, bad := range []string{"SEARCH", "SEARCH BOGUS", "SEARCH (", "SEARCH ()", "SEARCH OR 1", "SEARCH NOT", "SEARCH ON 31-Foo-2020", "SEARCH 0", "SEARCH LARGER x", "SEARCH SUBJECT", "UID SEARCH UID x", "SEARCH HEADER x", "SEARCH CHARSET"} {
		if lines := c.do(bad); !strings.HasPrefix(lines[len(lines)-1], "T BAD") {
			t.Errorf("%s: want BAD, got %q", bad, lines)
		}
	}
	if lines := c.do("SEARCH CHARSET X-NONE ALL"); !strings.HasPrefix(lines[0], "T NO [BADCHARSET (") {
		t.Errorf("want NO with BADCHARSET, got %q", lines)
	}
}

func TestWireSearchReturn(t *testing.T) {
	srv := newServer(t)
	talk(t, srv, `
		deliver INBOX a
		deliver INBOX b
		deliver INBOX a
		1! SELECT INBOX
		1> SEARCH RETURN () SUBJECT a
		1< * ESEARCH (TAG "A3") ALL 1,3
		1< T OK …
		1> UID SEARCH RETURN (MIN MAX COUNT ALL) SUBJECT a
		1< * ESEARCH (TAG "A4") UID MIN 1 MAX 3 ALL 1,3 COUNT 2
		1< T OK …
		1> SEARCH RETURN (MIN MAX COUNT) SUBJECT z
		1< * ESEARCH (TAG "A5") COUNT 0
		1< T OK …
		1> SEARCH RETURN (ALL) SUBJECT z
		1< * ESEARCH (TAG "A6")
		1< T OK …
		1> SEARCH RETURN (SAVE) SUBJECT a
		1< T OK …
		1> SEARCH $ SUBJECT a
		1< * SEARCH 1 3
		1< T OK …
		1> STORE $ +FLAGS (\Flagged)
		1< * 1 FETCH (FLAGS (\Recent \Flagged))
		1< * 3 FETCH (FLAGS (\Recent \Flagged))
		1< T OK …
		# only BADCHARSET, a NO, makes it nothing
		1> SEARCH RETURN (SAVE) BOGUS
		1< T BAD …
		1> UID COPY $ INBOX
		1< * 5 EXISTS
		1< * 5 RECENT
		1< T OK [COPYUID … 1,3 4:5] …
		1> SEARCH RETURN (SAVE) CHARSET X-NONE ALL
		1< T NO [BADCHARSET …
		1> FETCH $ UID
		1< T OK …
		1> SEARCH RETURN (SAVE MIN) SUBJECT a
		1< * ESEARCH (TAG "A14") MIN 1
		1< T OK …
		1! STORE 1 +FLAGS.SILENT (\Deleted)
		1! EXPUNGE
		1> FETCH $ UID
		1< T OK …
		1> SEARCH RETURN (BOGUS) ALL
		1< T BAD …
		1> SORT (REVERSE SUBJECT DATE) UTF-8 ALL
		1< * SORT 1 2 3 4
		1< T OK …
		1> SORT (BOGUS) UTF-8 ALL
		1< T BAD …
		1> SORT () UTF-8 ALL
		1< T BAD …
		1> THREAD ORDEREDSUBJECT UTF-8 ALL
		1< * THREAD (1)(2 (3)(4))
		1< T OK …
		1> THREAD REFERENCES UTF-8 SUBJECT z
		1< * THREAD
		1< T OK …
		1> UID SORT RETURN (MIN MAX COUNT) (ARRIVAL) UTF-8 SUBJECT a
		1< * ESEARCH (TAG "A24") UID MIN 3 MAX 5 COUNT 3
		1< T OK …
		1> SEARCH RETURN (MIN) MODSEQ 1
		1< * OK [HIGHESTMODSEQ …
		1< * ESEARCH (TAG "A25") MIN 1 MODSEQ 3
		1< T OK …
	`)
}
