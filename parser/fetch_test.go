package parser

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/imapstack/imapstack/wire"
)

// items has one of each item that a server can send in FETCH.
var items = []string{
	"UID 7", `FLAGS (\Seen $Work)`, `INTERNALDATE " 1-Feb-2020 00:00:00 +0000"`, "RFC822.SIZE 44827", "MODSEQ (624140003)",
	`ENVELOPE ("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" "s" (("Terry" NIL "gray" "cac.example")) NIL NIL NIL NIL NIL NIL "<a@b>")`,
	`BODYSTRUCTURE (("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 1152 23 NIL NIL NIL NIL)("image" "png" NIL NIL NIL "base64" 4554) "mixed" ("boundary" "x") NIL NIL NIL)`,
	"BODY[] {5}\r\nhel)o", "BODY[1.2.HEADER.FIELDS (DATE FROM)]<7> {2}\r\nhi", "BODY[2] NIL", "BODY[3] {0}\r\n", "BINARY[1] ~{3}\r\n\x00\x01\x02",
	"BINARY.SIZE[1] 3", "BINARY.SIZE[] 9", "RFC822 {1}\r\nx", "RFC822.HEADER {1}\r\nx", "RFC822.TEXT {1}\r\nx",
	`EMAILID (M6d99ac3275bb4e)`, `THREADID NIL`, `SAVEDATE " 1-Feb-2020 00:00:00 +0000"`, `PREVIEW "This is"`, `ANNOTATION (/comment (value.priv "x"))`,
	`X-GM-MSGID 1278455344230334865`, `X-GM-THRID 1266894439832287888`, `X-GM-LABELS (\Inbox "\\Sent" Work)`, `MAILBOXES (a b)`, `CID "x"`,
	`BODYPARTSTRUCTURE[1] ("a" "b" NIL NIL NIL "7bit" 1)`, "X-NEW (a (b {2}\r\n)) \"c)\"))",
}

// TestFetchItems reads each item alone, before and after another item, and among all items in many orders, from memory
// and streamed.
func TestFetchItems(t *testing.T) {
	try := func(list []string) {
		t.Helper()
		in := "* 3 FETCH (" + strings.Join(list, " ") + ")\r\n"
		got := readComplete(t, in, wire.Strict)
		if len(got) != 1 || got[0].err != nil || got[0].used != 0 {
			t.Errorf("%.80q: read %.200q, want one response without errors and rules", in, words(got))
			return
		}
		for _, it := range list {
			if !strings.Contains(got[0].line, strings.NewReplacer(" {1}\r\nx", "").Replace(it)) && !strings.Contains(it, "BINARY[1]") {
				t.Errorf("%.80q: %q is missing in %.200q", in, it, got[0].line)
			}
		}
		streamed, err := readAllOf(t, strings.NewReader(in), wire.Limits{Inline: 1}, wire.Strict)
		if err != io.EOF || len(streamed) != 1 {
			t.Errorf("%q streamed: read %d responses, error %v, want one and io.EOF", in, len(streamed), err)
			return
		}
		// X-NEW has a literal within a list. Such a literal is not streamed, and reading it fails because it is over
		// Limits.Inline.
		if !strings.Contains(in, "X-NEW") && streamed[0].line != got[0].line {
			t.Errorf("%q: streamed (+) differs from read in memory (-):\n%s", in, cmp.Diff(got[0].line, streamed[0].line))
		}
	}
	try(nil)
	for i, it := range items {
		try([]string{it})
		try([]string{it, items[0]})
		try([]string{items[0], it})
		var rest []string
		for j := range items {
			rest = append(rest, items[(i+j*7)%len(items)])
		}
		try(rest)
	}
}

func TestFetchFields(t *testing.T) {
	m := readFetch(t, "* 3 FETCH ("+strings.Join(items, " ")+")\r\n")
	if m.Seq != 3 || m.UID != 7 || len(m.Flags) != 2 || m.Size != 44827 || m.ModSeq != 624140003 || string(m.Date) != " 1-Feb-2020 00:00:00 +0000" {
		t.Errorf("got %+v, want the values in items", m)
	}
	for _, name := range []string{"UID", "FLAGS", "INTERNALDATE", "RFC822.SIZE", "MODSEQ", "ENVELOPE", "BODYSTRUCTURE", "EMAILID", "X-NEW", "BINARY.SIZE[1]"} {
		if !m.Has(name) {
			t.Errorf("Has(%q) is false", name)
		}
	}
	for _, name := range []string{"BODY", "X-OTHER", "BINARY.SIZE[2]", ""} {
		if m.Has(name) || m.Raw(name) != nil {
			t.Errorf("Has(%q) is true or Raw returns a value, but the server did not send the item", name)
		}
	}
	var env Envelope
	if ok, err := m.Envelope(&env); !ok || err != nil || string(env.Subject) != "s" {
		t.Errorf("Envelope returned %t, %v, and the subject %q, want s", ok, err, env.Subject)
	}
	if n, ok := m.BinarySize(1); n != 3 || !ok {
		t.Errorf("BinarySize(1) = %d, %t, want 3, true", n, ok)
	}
	if n, ok := m.BinarySize(); n != 9 || !ok {
		t.Errorf("BinarySize() = %d, %t, want 9, true", n, ok)
	}
	if _, ok := m.BinarySize(1, 2); ok {
		t.Error("BinarySize(1, 2) returns a size that the server did not send")
	}
	var id string
	if ok, err := m.Read("EMAILID", func(d *wire.Decoder) {
		for range d.List {
			id = string(d.AString())
		}
	}); !ok || err != nil || id != "M6d99ac3275bb4e" {
		t.Errorf("Read returned %t, %v, and read the EMAILID %q", ok, err, id)
	}
	if s := m.Section("BODY", "1.2.HEADER.FIELDS (DATE FROM)"); s == nil || !s.Partial || s.Origin != 7 || s.Size() != 2 {
		t.Errorf("the section with header fields is %+v, want 2 octets from octet 7 on", s)
	}
	if s := m.Section("BODY", "2"); s == nil || !s.IsNIL() {
		t.Errorf("BODY[2] is %+v, want NIL", s)
	}
	if s := m.Section("BODY", "3"); s == nil || s.IsNIL() || s.Size() != 0 {
		t.Errorf("BODY[3] is %+v, want empty but not NIL", s)
	}
	c := m.Clone()
	if ok, err := c.Envelope(&env); !ok || err != nil || string(env.Subject) != "s" || c.Seq != 3 || c.Section("BODY", "") == nil {
		t.Errorf("the clone %+v has another number, envelope or section (Envelope returned %t, %v)", c, ok, err)
	}
}

// TestFetchWrong reads responses with one malformed part. The error names that part. The items that precede it can still
// be read.
func TestFetchWrong(t *testing.T) {
	for in, path := range map[string]string{
		"* 1 FETCH (UID 7 FLAGS 5)":                                     "FETCH.FLAGS",
		"* 1 FETCH (UID 7 RFC822.SIZE x)":                               "FETCH.RFC822.SIZE",
		"* 1 FETCH (UID 7 RFC822.SIZE 4x FLAGS (\\Seen))":               "FETCH.RFC822.SIZE",
		"* 1 FETCH (RFC822.SIZE x UID 7 FLAGS (\\Seen))":                "FETCH.RFC822.SIZE",
		"* 1 FETCH (UID 7 MODSEQ 5)":                                    "FETCH.MODSEQ",
		"* 1 FETCH (UID 7 MODSEQ (9223372036854775808) FLAGS (\\Seen))": "FETCH.MODSEQ",
		"* 1 FETCH (UID 7 X-NEW (a)":                                    "",
		"* 1 FETCH (UID 7 X-NEW ((a)":                                   "FETCH",
		"* 1 FETCH (UID 7":                                              "",
		"* 1 FETCH (UID 7 BODY[] 5)":                                    "",
		"* 1 FETCH (UID 7 BODY[ {1}\r\nx)":                              "FETCH",
		"* 1 FETCH (UID 7 BODY[]<x> {1}\r\nx FLAGS (\\Seen))":           "FETCH.BODY[]<x>",
		"* 1 FETCH (UID 7 RFC822.SIZE 18446744073709551616)":            "FETCH.RFC822.SIZE",
		"* 1 FETCH (UID 7 UID 4294967296)":                              "FETCH.UID",
		"* 1 FETCH (UID 7 FLAGS (\\Seen \"a)":                           "FETCH",
		"* 1 FETCH (UID 7 FLAGS ((a) \\Seen))":                          "",
		"* 1 FETCH (UID 7 ENVELOPE (\"a\" \"b\" (x)) FLAGS (\\Seen))":   "FETCH.ENVELOPE.an address",
		"* 1 FETCH (UID 7 BODYSTRUCTURE \"x\" FLAGS (\\Seen))":          "FETCH.BODYSTRUCTURE",
	} {
		r := next(t, in+"\r\n", wire.AllRules)
		m, err := r.Fetch()
		if m.UID != 7 || m.Has("RFC822.SIZE") || m.Has("MODSEQ") {
			t.Errorf("%q: got %+v, want UID 7 without RFC822.SIZE and MODSEQ", in, m)
		}
		if err == nil {
			err = m.Err()
		}
		if strings.HasPrefix(path, "FETCH.ENVELOPE") {
			_, err = m.Envelope(new(Envelope))
		} else if path == "FETCH.BODYSTRUCTURE" {
			_, err = m.BodyStructure(new(BodyStructure))
		}
		var e *Error
		if path != "" && (!errors.As(err, &e) || e.Path != path || e.Seq != 1 || e.UID != 7) {
			t.Errorf("%q: error %v, want an Error with the path %s, sequence number 1 and UID 7", in, err, path)
		}
		if strings.Contains(in, "\\Seen))") && len(m.Flags) != 1 {
			t.Errorf("%q: the FLAGS after the malformed item are lost", in)
		}
		if again, err2 := r.Fetch(); again != m || r.err != nil && err2 == nil {
			t.Errorf("%q: the second call of Fetch returned another Fetch or no error", in)
		}
	}
	if m, err := next(t, "* 1 FETCH\r\n", wire.AllRules).Fetch(); err == nil || m.Seq != 1 {
		t.Errorf("FETCH without items: error %v, sequence number %d, want an error and 1", err, m.Seq)
	}
}

// TestSectionReading reads sections with each method that can read them.
func TestSectionReading(t *testing.T) {
	in := "* 3 FETCH (BODY[1] {5}\r\nsmall BODY[2] {300}\r\n" + strings.Repeat("y", 300) + " BODY[3] NIL)\r\n"
	for _, how := range []string{"read", "write", "append", "none", "limit"} {
		m := readFetch(t, in)
		var got []string
		for sec, err := range m.Sections {
			if err != nil {
				t.Fatal(err)
			}
			switch how {
			case "read":
				b, err := io.ReadAll(sec)
				got = append(got, fmt.Sprint(len(b), err))
			case "write":
				var b strings.Builder
				n, err := sec.WriteTo(&b)
				m, _ := sec.WriteTo(&b)
				got = append(got, fmt.Sprint(n+m, err))
			case "append":
				b, err := sec.AppendTo(nil, 1000)
				got = append(got, fmt.Sprint(len(b), err))
			case "limit":
				_, err := sec.AppendTo(nil, 4)
				var limit *wire.LimitError
				got = append(got, fmt.Sprint(sec.Size(), errors.As(err, &limit)))
			case "none":
				got = append(got, fmt.Sprint(sec.Size(), " <nil>"))
			}
		}
		want := []string{"5 <nil>", "300 <nil>", "0 <nil>"}
		if how == "limit" {
			want = []string{"5 true", "300 true", "0 false"}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: wrong sizes (-want +got):\n%s", how, d)
		}
	}
	m := readFetch(t, in)
	if err := m.Finish(); err != nil || m.Streaming() || m.Section("BODY", "2") != nil || !m.Section("BODY", "3").IsNIL() {
		t.Errorf("Finish returned %v, or the section in memory was lost, or the streamed one was kept", err)
	}
	for range m.Sections { // Sections must not continue after a break
		break
	}
}

// TestKeptTooLong uses slices and a section of a FETCH response for longer than they are valid. In race builds, the
// slices are overwritten when the next response is read. The section must fail instead of reading the octets of another
// section.
func TestKeptTooLong(t *testing.T) {
	big := strings.Repeat("A", 100)
	other := strings.Repeat("B", 100)
	text := `* 1 FETCH (UID 1 FLAGS (\Seen one) ENVELOPE (NIL "s" (("a" NIL "b" "c")) NIL NIL NIL NIL NIL NIL NIL) BODYSTRUCTURE ("text" "plain" ("charset" "x") NIL NIL "7bit" 1 1))` + "\r\n" +
		`* 2 FETCH (UID 2 FLAGS (\Draft two) ENVELOPE (NIL "t" (("d" NIL "e" "f")) NIL NIL NIL NIL NIL NIL NIL) BODYSTRUCTURE ("text" "html" ("name" "y") NIL NIL "7bit" 1 1))` + "\r\n" +
		"* 3 FETCH (UID 3 BODY[1] {100}\r\n" + big + " BODY[2] {100}\r\n" + other + ")\r\n"
	r := NewReader(wire.NewReader(strings.NewReader(text), wire.Limits{Inline: 50}))
	next := func() *Fetch {
		t.Helper()
		resp, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		m, err := resp.Fetch()
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	m := next()
	var env Envelope
	var body BodyStructure
	m.Envelope(&env)
	m.BodyStructure(&body)
	flags, from, params := m.Flags, env.From, body.Params
	own := m.Clone()
	next()
	if poisons {
		if slices.ContainsFunc(flags, func(f Flag) bool { return f != "" }) || from[0].Mailbox != nil || params[0].Value != nil {
			t.Errorf("after the next response, the slices still have values: %v %v %v", flags, from, params)
		}
	}
	if got := fmt.Sprint(own.Flags); got != `[\Seen one]` {
		t.Errorf("the clone has the flags %s, want the original ones", got)
	}
	var kept *Section
	for sec, err := range next().Sections {
		if err != nil {
			t.Fatal(err)
		}
		if kept == nil {
			kept = sec
			continue
		}
		if n, err := kept.Read(make([]byte, 10)); !errors.Is(err, wire.ErrLiteralVoid) {
			t.Errorf("a section that is no longer valid returns %d octets, error %v, want ErrLiteralVoid", n, err)
		}
		if b, err := sec.AppendTo(nil, 200); string(b) != other || err != nil {
			t.Errorf("read %q, error %v, want the octets of BODY[2]", b, err)
		}
	}
}
