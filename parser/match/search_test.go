package match

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

var now = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// key reads search keys as a client sends them.
func key(t testing.TB, s string) *parser.SearchKey {
	t.Helper()
	k := new(parser.SearchKey)
	if err := k.DecodeProgram(wire.NewDecoder([]byte(s))); err != nil {
		t.Fatalf("search key %s: %v", s, err)
	}
	return k
}

func TestSearch(t *testing.T) {
	v := mailbox(t,
		mail(1, `\Seen $k`, "From: Zoë <zoe@example.org>\nTo: team: a@x, b@x;\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\nDate: Sun, 1 Mar 2026 01:00:00 +0900\nX-List: dev\n\nHello world\n"),
		mail(2, `\Flagged \Deleted`, "From: \"Smith, John\" <js@example.com>\nCc: zoe@example.org\nSubject: Straße\nX-Empty:\n\n"+strings.Repeat("long ", 100)),
		mail(3, `\Answered \Draft`, "Bcc: hidden@x\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nna=EFve caf=E9\n"),
		mail(9, "", "Subject: re: HELLO\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nSubject: inner subject\n\ninner text\n--b--\n"),
	)
	it := v[1]
	for _, c := range []struct{ key, want string }{
		{"ALL", "1 2 3 4"}, {"SEEN", "1"}, {"UNSEEN", "2 3 4"}, {"FLAGGED", "2"}, {"UNFLAGGED", "1 3 4"}, {"DELETED", "2"}, {"UNDELETED", "1 3 4"},
		{"ANSWERED", "3"}, {"UNANSWERED", "1 2 4"}, {"DRAFT", "3"}, {"UNDRAFT", "1 2 4"}, {"KEYWORD $K", "1"}, {"UNKEYWORD $k", "2 3 4"},
		{"RECENT", "1 2 3 4"}, {"OLD", ""}, {"NEW", "2 3 4"},
		{"2:3", "2 3"}, {"*", "4"}, {"99:*", "4"}, {"99", ""}, {"UID 1,4", "1 4"}, {"3,1:2,*", "1 2 3 4"}, {"UID 99:*", "4"}, {"*:2", "2 3 4"},
		{"NOT 1", "2 3 4"}, {"OR 1 3", "1 3"}, {"(1:3 SEEN)", "1"}, {"NOT (OR SEEN FLAGGED)", "3 4"}, {"1:3 UNSEEN NOT DELETED", "3"}, {"FUZZY SEEN", "1"},
		{"BEFORE 3-Mar-2026", "1 2"}, {"ON 3-Mar-2026", "3"}, {"SINCE 3-Mar-2026", "3 4"},
		{"SENTBEFORE 2-Mar-2026", "1"}, {"SENTON 1-Mar-2026", "1"}, {"SENTSINCE 1-Mar-2026", "1"}, {"SENTSINCE 2-Mar-2026", ""},
		{"SAVEDON 10-Mar-2026", "1 2 3 4"}, {"SAVEDBEFORE 10-Mar-2026", ""}, {"SAVEDSINCE 10-Mar-2026", "1 2 3 4"}, {"SAVEDATESUPPORTED", "1 2 3 4"},
		{"YOUNGER 86400", "4"}, {"OLDER 86400", "1 2 3"}, {"YOUNGER 41400", "4"}, {"YOUNGER 41399", ""}, {"OLDER 41400", "1 2 3 4"}, {"OLDER 41401", "1 2 3"},
		{"LARGER 500", "2"}, {fmt.Sprintf("SMALLER %d", it.Size()), "1 3 4"}, {"MODSEQ 4", "3 4"},
		{"UIDAFTER 2", "3 4"}, {"UIDBEFORE 2", "1"},
		{"EMAILID " + it.EmailID(), "2"}, {"THREADID " + it.ThreadID(), "2"}, {"THREADID T", ""},
		{`FROM zoe`, "1"}, {`FROM "zoe@EXAMPLE"`, "1"}, {`FROM "smith, john"`, "2"}, {`FROM "john\" <js"`, "2"}, {`TO "a@x"`, "1"}, {`TO team`, "1"}, {`CC zoe`, "2"}, {`BCC hidden`, "3"},
		{`TO ""`, "1"}, {`SUBJECT hello`, "4"}, {`SUBJECT ""`, "1 2 4"},
		{`HEADER X-List DEV`, "1"}, {`HEADER X-Empty ""`, "2"}, {`HEADER X-None ""`, ""},
		{`BODY world`, "1"}, {`BODY hello`, "1"}, {`TEXT hello`, "1 4"}, {`BODY "inner subject"`, "4"}, {`TEXT "x-list: dev"`, "1"}, {`BODY dev`, ""}, {`BODY ""`, "1 2 3 4"},
		{`SUBJECT GRÜSSE`, ""}, {"SUBJECT grüße", "1"}, {"SUBJECT GRÜßE", "1"}, {"SUBJECT STRAßE", "2"}, {"BODY NAÏVE", "3"}, {"BODY cafe", "3"}, {"FROM ZOË", "1"},
	} {
		q, err := Compile(key(t, c.key), "UTF-8", v.env())
		if err != nil {
			t.Errorf("%s: %v", c.key, err)
			continue
		}
		if got := found(q, v); got != c.want {
			t.Errorf("SEARCH %s: %q, want %q", c.key, got, c.want)
		}
		if q.UsesModSeq() != strings.HasPrefix(c.key, "MODSEQ") {
			t.Errorf("SEARCH %s: UsesModSeq returns %v", c.key, q.UsesModSeq())
		}
	}
}

func TestSearchCharset(t *testing.T) {
	v := mailbox(t, mail(1, "", "Subject: =?koi8-r?b?7cnS?=\n\n"))
	k := &parser.SearchKey{Name: "SUBJECT", Text: "\xed\xc9\xd2"}
	for charset, want := range map[string]string{"koi8-r": "1", "KOI8-R": "1", "": "", "iso-8859-1": ""} {
		q, err := Compile(k, charset, v.env())
		if err != nil {
			t.Fatal(err)
		}
		if got := found(q, v); got != want {
			t.Errorf("charset %q: messages %q, want %q", charset, got, want)
		}
	}
	var e *Error
	if _, err := Compile(k, "x-klingon", v.env()); !errors.As(err, &e) || e.Code != parser.CodeBadCharset {
		t.Errorf("unknown charset: error %v, want one with the code BADCHARSET", err)
	}
	for _, c := range Charsets() {
		if _, err := Compile(k, c, v.env()); err != nil {
			t.Errorf("Compile with the charset %s of Charsets: %v", c, err)
		}
	}
}

func TestSearchRefers(t *testing.T) {
	v := mailbox(t, mail(1, "", "\n"), mail(1, "", "\n"), mail(1, `\Seen`, "\n"))
	filters := map[string]*parser.SearchKey{"read": key(t, "SEEN"), "loop": key(t, "FILTER loop")}
	env := v.env(numset.Range{Start: 2, Stop: 3})
	env.Filter = func(n string) *parser.SearchKey { return filters[n] }
	for in, want := range map[string]string{"$": "2 3", "UID $": "2 3", "NOT $": "1", "FILTER read": "3", "NOT FILTER read": "1 2"} {
		q, err := Compile(key(t, in), "", env)
		if err != nil {
			t.Fatal(in, err)
		}
		if got := found(q, v); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
	var e *Error
	for in, code := range map[string]parser.CodeName{"FILTER none": parser.CodeUndefinedFilter, "FILTER loop": parser.CodeUndefinedFilter, "X-GM-RAW x": ""} {
		if _, err := Compile(key(t, in), "", env); !errors.As(err, &e) || e.Code != code || !strings.HasPrefix(err.Error(), "match: ") {
			t.Errorf("%s: error %v, want one with the code %q", in, err, code)
		}
	}
}

func TestFold(t *testing.T) {
	for _, c := range [][]string{
		{"abc", "ABC", "aBc"}, {"straße", "STRAßE"}, {"é", "É", "e\u0301"}, {"ΑΒΣ", "αβσ", "αβς"}, {"ﬁ", "ﬁ"}, {"ａ", "Ａ", "a"}, {"\xff", "\xfe"},
	} {
		want := Fold(c[0])
		if i := slices.IndexFunc(c, func(s string) bool { return Fold(s) != want }); i >= 0 && c[i] != "a" {
			t.Errorf("Fold(%q) = %q, but Fold(%q) = %q", c[0], want, c[i], Fold(c[i]))
		}
	}
	if got := Fold("ab\xffc"); got != "AB\uFFFDC" {
		t.Errorf("Fold of invalid UTF-8 returns %q", got)
	}
}

func BenchmarkSearch(b *testing.B) {
	var all []*mailMessage
	for i := range 100_000 {
		all = append(all, mail(i%28+1, "", fmt.Sprintf("From: a%d@x\nSubject: number %d\n\nhi\n", i, i)))
	}
	v := mailbox(b, all...)
	for _, s := range []string{"UNSEEN", "SINCE 2-Mar-2026", "SUBJECT 99999", "FROM a99@", "BODY none"} {
		b.Run(s, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				q, err := Compile(key(b, s), "", v.env())
				if err != nil {
					b.Fatal(err)
				}
				v.run(q)
			}
		})
	}
}
