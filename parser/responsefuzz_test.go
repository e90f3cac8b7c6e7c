package parser

import (
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/imapstack/imapstack/wire"
)

// rfcLines returns what one side sends in the examples of RFCs, which are in testdata/rfc.txt. The side is "S" for the
// server and "C" for the client. Each line ends with CRLF.
func rfcLines(t testing.TB, side string) (list []string) {
	b, err := os.ReadFile("testdata/rfc.txt")
	if err != nil {
		t.Fatal(err)
	}
	undo := strings.NewReplacer(`\\`, `\`, `\n`, "\r\n")
	for _, line := range strings.Split(string(b), "\n") {
		if in, ok := strings.CutPrefix(line, side+": "); ok {
			list = append(list, undo.Replace(in)+"\r\n")
		}
	}
	if len(list) < 400 {
		t.Fatalf("testdata/rfc.txt has %d lines that begin with %s, want at least 400", len(list), side)
	}
	return list
}

// seedResponses adds responses to the seed corpus of f: those in the examples of RFCs, and those that servers have
// really sent.
func seedResponses(f *testing.F) {
	for _, s := range rfcLines(f, "S") {
		f.Add([]byte(s))
	}
	for _, q := range quirks(f) {
		f.Add([]byte(q.text()))
	}
	for _, tt := range heads {
		f.Add([]byte(strings.TrimPrefix(tt.in, "!") + "\r\n"))
	}
	for _, it := range items {
		f.Add([]byte("* 1 FETCH (" + it + ")\r\n"))
	}
	f.Add([]byte(conversation))
}

// FuzzResponses reads a stream of responses. The result must not depend on the pieces in which the stream arrives. The
// test writes each response in the form that a correct server would send. Reading this form must give the same result.
func FuzzResponses(f *testing.F) {
	seedResponses(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		lim := wire.Limits{Message: 1 << 16, Inline: 64, Literal: 1 << 20, Items: 1 << 12}
		whole, err := readAllOf(t, strings.NewReader(string(b)), lim, wire.AllRules)
		pieces, err2 := readAllOf(t, &hiccup{b: b}, lim, wire.AllRules)
		if d := cmp.Diff(words(whole), words(pieces)); d != "" || !sameEnd(err, err2) {
			t.Fatalf("reading the whole stream (error %v) and reading it octet by octet (error %v) differ (-whole +octets): %s", err, err2, d)
		}
		strict, _ := readAllOf(t, strings.NewReader(string(b)), lim, wire.Strict)
		for _, x := range strict {
			if x.used != 0 {
				t.Fatalf("reading %q without rules used the rules %s", x.line, ruleWords(x.used))
			}
		}
		for _, x := range whole {
			if x.err != nil || x.raw || x.line[0] == '?' || strings.Contains(x.line, "over the limit") || x.used.Has(RuleFlagString) {
				continue // skips flags that RuleFlagString tolerates, too: some can be written only in quotes
			}
			again, err := readAllOf(t, strings.NewReader(x.line+"\r\n"), wire.Limits{}, wire.AllRules)
			if err != io.EOF || len(again) != 1 || again[0].err != nil || again[0].line != x.line {
				t.Fatalf("%q was written by the test, and is read as %q, error %v", x.line, words(again), err)
			}
		}
	})
}

func sameEnd(a, b error) bool { return a == b || a != nil && b != nil && a.Error() == b.Error() }

// FuzzResponseMemory reads a response and measures how much memory this allocates. The memory must be proportional to
// the length of the response, except for a constant.
func FuzzResponseMemory(f *testing.F) {
	seedResponses(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<16 {
			return
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r := NewReader(wire.NewReader(strings.NewReader(string(b)), wire.Limits{}))
		n := 0
		for {
			resp, err := r.Next()
			if err != nil && resp == nil {
				break
			}
			if n++; err == nil {
				decodeQuietly(resp)
			}
		}
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > uint64(1<<20+256*len(b)) {
			t.Fatalf("reading %d octets in %d responses allocates %d bytes", len(b), n, got)
		}
	})
}

// decodeQuietly decodes a payload and ignores the result.
func decodeQuietly(r *Response) {
	switch {
	case r.Name == "FETCH" || r.Name == "UIDFETCH":
		m, err := r.Fetch()
		for _, e := range m.Sections {
			err = errors.Join(err, e)
		}
		var env Envelope
		var body BodyStructure
		m.Envelope(&env)
		m.BodyStructure(&body)
	case r.Kind == Untagged && payloads[r.Name] != nil:
		payloads[r.Name]().Decode(r.Decoder())
	}
}

// rfcErrata has the examples of RFCs that cannot be read, and the reasons.
var rfcErrata = map[string]string{
	"* 3 FETCH (BODY[1.MIME] {118}\r\nContent-Type: text/plain; charset=utf-8;\r\nfoo*0*=utf-8'fr'tr%c0;\r\nfoo*1*(very)=%03s_m%c0;\r\nfoo*2*=(nasty)%09chant\r\n\r\nD011 OK": "the literal is shorter than announced",
	"* EXISTS 93": "the number has to be before EXISTS",
	`* ESEARCH (TAG "tag1" MAILBOX "folder1" UIDVALIDITY 1) UID ALL`:        "cut off",
	`* ESEARCH (TAG "tag2" MAILBOX "folder1" UIDVALIDITY 1) UID ALL`:        "cut off",
	"* VANISHED (EARLIER) 29998:29999,30001:30002,30004:30005,30007: 30008": "a space too many",
}

// TestRFCResponses reads the examples of RFCs. All of them except those in rfcErrata must be read without an error.
func TestRFCResponses(t *testing.T) {
	for _, s := range rfcLines(t, "S") {
		list, end := readAllOf(t, strings.NewReader(s), wire.Limits{}, wire.AllRules)
		if end == io.ErrUnexpectedEOF {
			continue // the example has only a part of its literal
		}
		why := rfcErrata[strings.TrimSuffix(s, "\r\n")]
		for _, x := range list {
			if (x.err == nil && x.line[0] != '?') != (why == "") {
				t.Errorf("%q is read as %q; rfcErrata has %q", s, words(list), why)
			}
		}
	}
}

// TestLowerCase reads the examples of RFCs in lower case. The case of words is ignored, so everything except the case
// must be read the same.
func TestLowerCase(t *testing.T) {
	for _, in := range append(rfcLines(t, "S"), "* 3 FETCH ("+strings.Join(items, " ")+")\r\n") {
		low := strings.ToLower(in)
		want, err := readAllOf(t, strings.NewReader(in), wire.Limits{}, wire.AllRules)
		got, err2 := readAllOf(t, strings.NewReader(low), wire.Limits{}, wire.AllRules)
		if !sameEnd(err, err2) || len(got) != len(want) {
			t.Errorf("%q: error %v, in lower case error %v", in, err, err2)
			continue
		}
		for i := range got {
			if !strings.EqualFold(got[i].line, want[i].line) || got[i].used != want[i].used || (got[i].err == nil) != (want[i].err == nil) {
				t.Errorf("%q is read as %s\nin lower case, with the rules %s, as %s", in, words(want)[i], ruleWords(got[i].used), words(got)[i])
			}
		}
	}
	low := "* 3 fetch (" + strings.ToLower(strings.Join(items, " ")) + ")\r\n"
	m := readFetch(t, low)
	if m.UID != 7 || len(m.Flags) != 2 || m.Size != 44827 || m.ModSeq != 624140003 || len(m.Date) == 0 || m.Section("BODY", "1.2.HEADER.FIELDS (date from)") == nil || !m.Has("X-NEW") {
		t.Errorf("got %+v", m)
	}
}
