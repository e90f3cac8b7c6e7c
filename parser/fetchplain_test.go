package parser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/imapstack/imapstack/wire"
)

// TestPlainItems reads items with plainItems and without it. Some have the form that plainItems reads, and some
// differ a little. The results must be the same.
func TestPlainItems(t *testing.T) {
	values := []string{
		"UID 7", "UID 0", "UID 4294967295", "UID 4294967296", "UID 12345678", "uid 7", "UID  7", "UID 7x", "UID -7", "UID", "UIDX 7", `UID "7"`,
		`FLAGS (\Seen $Work)`, `FLAGS ()`, `FLAGS (\Seen)`, `FLAGS (\Seen )`, `FLAGS ( \Seen)`, `FLAGS (\seen)`, `FLAGS (NIL)`, `FLAGS NIL`, `FLAGS(\Seen)`,
		`FLAGS (\Seen (x))`, `FLAGS ("\Seen")`, `FLAGS (\*)`, `FLAGS (\Answered \Flagged \Deleted \Seen \Draft)`, `FLAGS (` + strings.Repeat("x", 60) + `)`,
		"RFC822.SIZE 44827", "RFC822.SIZE 0", "RFC822.SIZE 9.37e+06", "RFC822.SIZE 18446744073709551615", "RFC822.SIZE 18446744073709551616", "RFC822.SIZE x",
		"MODSEQ (624140003)", "MODSEQ (0)", "MODSEQ 5", "MODSEQ (9223372036854775808)", "MODSEQ (5 )", "MODSEQ (99999999999999999999)",
		`INTERNALDATE " 1-Feb-2020 00:00:00 +0000"`, `INTERNALDATE "1-Feb-2020 00:00:00 +0000"`, `INTERNALDATE NIL`, `INTERNALDATE "17-jul-1996 02:44:25 -0700"`, `INTERNALDATE "17-jul-1996 02:44:25 -0700`,
		"X-NEW (a)", "BODY[] NIL", "BODY[] {3}\r\nabc", "BODY[] {3}\r\na)\r", "BODY[] {0}\r\n", "BODY[] ~{1}\r\nx", "BODY[] {2}\r\n) ", "body[] {1}\r\nx", "BODY[]<0> {1}\r\nx", "BODY[] {1+}\r\nx", "BODY[] {x}", `BODY[] "x"`, `ENVELOPE NIL`, `ENVELOPE ("d" "s" (("A" NIL "a" "b.c")) NIL NIL NIL NIL NIL NIL "<i@d>")`,
		`ENVELOPE ("d" "s" (("A" NIL "a" "b.c")) NIL NIL NIL NIL NIL NIL)`, `ENVELOPE ("d" (x) NIL NIL NIL NIL NIL NIL NIL NIL)`,
		`BODYSTRUCTURE ("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 1 1 NIL NIL NIL NIL)`, `BODYSTRUCTURE ("text" "plain" 7)`, `BODYSTRUCTURE NIL`,
	}
	decode := func(line string, plain bool) string {
		r := next(t, line+"* 2 EXISTS\r\n", wire.AllRules)
		f := new(Fetch)
		var err error
		for range 2 { // the second time, the flags are in flagCache
			lists := f.lists
			f.reset(r)
			f.lists = lists
			d := r.Decoder()
			f.Seq = r.Num
			if openList(d); !plain || !f.plainItems(d) {
				if !d.Got(')') {
					f.decodeItems(d)
				}
			}
			err = f.failed(d)
		}
		var env Envelope
		var body BodyStructure
		_, envErr := f.Envelope(&env)
		_, bodyErr := f.BodyStructure(&body)
		sections := ""
		for s, err := range f.Sections {
			if err != nil {
				sections += err.Error()
				break
			}
			data, ok := s.Bytes()
			sections += fmt.Sprintf("%s %v %q %v %c %d %v;", s.Name, s.Spec, data, ok, s.form, s.size, s.null)
		}
		return sections + fmt.Sprintf("%s %v %s %v", encoded(&env), envErr, encoded(&body), bodyErr) + fmt.Sprintf("seq %d uid %d flags %q size %d modseq %d date %q has %b order %v items %v sections %d bad %v err %v used %v",
			f.Seq, f.UID, f.Flags, f.Size, f.ModSeq, f.Date, f.has, f.order, f.items, f.n, f.bad, err, r.Used())
	}
	n := 0
	for i, a := range values {
		for _, b := range []string{"", values[(i+1)%len(values)], "UID 8", `FLAGS (\Seen)`, "X-NEW (a)"} {
			for _, form := range []string{"%s %s)\r\n", "%s  %s)\r\n", "%s %s )\r\n", "%s %s))\r\n", "%s %s\r\n", "%s %s)\n", "%s %s) x\r\n", "%s%s)\r\n", "%s) %s)\r\n"} {
				line := "* 12 FETCH (" + fmt.Sprintf(form, a, b)
				if d := cmp.Diff(decode(line, false), decode(line, true)); d != "" {
					t.Errorf("%q: plainItems (+) gives another result than item (-):\n%s", line, d)
				}
				n++
			}
		}
	}
	t.Log(n, "lines were decoded")
}

// TestPlainFetch reads FETCH responses in the usual form, and lines that differ a little from it.
func TestPlainFetch(t *testing.T) {
	for line, want := range map[string]string{
		"* 1 FETCH (UID 1)\r\n":             "1 FETCH UID 1)\r\n",
		"* 12345678 FETCH (UID 1)\r\n":      "12345678 FETCH UID 1)\r\n",
		"* 4294967295 FETCH (UID 1)\r\n":    "4294967295 FETCH UID 1)\r\n",
		"* 01 FETCH (UID 1)\r\n":            "1 FETCH UID 1)\r\n",
		"* 1 fetch (UID 1)\r\n":             "1 FETCH UID 1)\r\n",
		"* 1  FETCH (UID 1)\r\n":            "1 FETCH UID 1)\r\n",
		"* 1 FETCH (UID 1)\n":               "1 FETCH UID 1)\n",
		"* 1 FETCH (BODY[] {2}\r\n)\r)\r\n": "1 FETCH BODY[] {2}\r\n)\r)\r\n",
		"* 0 FETCH (UID 1)\r\n":             "0 FETCH UID 1)\r\n",
		"* 4294967296 FETCH (UID 1)\r\n":    "0  4294967296 FETCH (UID 1)\r\n",
		"* 1 FETCHED (UID 1)\r\n":           "1 FETCHED UID 1)\r\n",
	} {
		r := next(t, line, wire.AllRules)
		d := r.Decoder()
		if d.Got('('); fmt.Sprintf("%d %s %s", r.Num, r.Name, d.Rest()) != want {
			t.Errorf("%q: got %d %s %q, want %q", line, r.Num, r.Name, d.Rest(), want)
		}
	}
}
