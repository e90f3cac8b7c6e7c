package parser

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

func TestCapabilities(t *testing.T) {
	for in, want := range map[string]string{
		`STARTTLS AUTH=GSSAPI IMAP4rev2 LOGINDISABLED XPIG-LATIN`: `STARTTLS AUTH=GSSAPI IMAP4rev2 LOGINDISABLED XPIG-LATIN`,
		`imap4rev1 idle`:                       `imap4rev1 idle`, // row C05
		`IMAP4`:                                `IMAP4`,
		`SEINE IMAP server IMAP4rev1 LITERAL+`: `SEINE IMAP server IMAP4rev1 LITERAL+`, // row C03
		``:                                     ``,                                     // row C09
	} {
		sameAgain[Capabilities](t, in, want)
		strictly(t, new(Capabilities), in, true)
	}
	for id, test := range map[string]struct{ in, want string }{
		"C01":  {`IMAP4rev1 IDLE `, `IMAP4rev1 IDLE`},
		"C07":  {`IMAP4rev1  IDLE`, `IMAP4rev1 IDLE`},
		"tabs": {"IMAP4rev1 IDLE\t", `IMAP4rev1 IDLE`},
	} {
		for _, end := range []string{"", "\r\n"} {
			x := sameAgain[Capabilities](t, test.in+end, test.want)
			if len(x.Names) != 2 {
				t.Errorf("%s: got the names %q, want two", id, x.Names)
			}
			strictly(t, x, test.in+end, false)
		}
	}
	var x Capabilities
	decoded(t, &x, `IMAP4rev1 AUTH=plain AUTH=LOGIN RIGHTS=texk`)
	if !x.Has("IMAP4REV1") || x.Has("IDLE") || !slices.Equal(x.Values("AUTH="), []string{"PLAIN", "LOGIN"}) || x.Values("QUOTA=") != nil {
		t.Errorf("got %+v, want the four capabilities of the response, in upper case", x)
	}
	// After a change of the list, the names that were received are still written in their original case.
	x.Names = append(slices.DeleteFunc(x.Names, func(n string) bool { return n == "AUTH=LOGIN" }), "IMAP4REV2", "MOVE")
	e := wire.NewEncoder(wire.Mode{Server: true})
	if x.Encode(e); string(e.Bytes()) != "IMAP4rev1 AUTH=plain RIGHTS=texk IMAP4rev2 MOVE" {
		t.Errorf("wrote %s", e.Bytes())
	}
	c := x.Clone()
	decoded(t, &x, `A B C D`)
	if c.Names[0] != "IMAP4REV1" {
		t.Error("the clone shares memory")
	}
	d := wire.NewDecoder([]byte(`A B C`))
	d.SetLimits(wire.Limits{Items: 2})
	var limit *wire.LimitError
	if err := x.Decode(d); !errors.As(err, &limit) {
		t.Errorf("three capabilities with a limit of two: error %v, want a LimitError", err)
	}
	for in, want := range map[string]string{`A (B) C`: "A C", `"A" B`: "B", `A B"C D`: "A D"} {
		d := wire.NewDecoder([]byte(in))
		if err := x.Decode(d); err != nil || !d.AtEnd() || strings.Join(x.Names, " ") != want || !d.Used().Has(RuleInvalidValue) {
			t.Errorf("Decode(%q) returned %v, names %q, rules %v; want %q and RuleInvalidValue", in, err, x.Names, d.Used(), want)
		}
	}
	for _, in := range []string{`(`, `A (B`} {
		d := wire.NewDecoder([]byte(in))
		if err := x.Decode(d); err == nil && d.AtEnd() {
			t.Errorf("Decode(%q) did not fail", in)
		}
	}
	noAllocs(t, &x, `IMAP4rev1 IDLE AUTH=PLAIN`)
}

func FuzzCapabilities(f *testing.F) {
	f.Add([]byte(`IMAP4rev1  AUTH=PLAIN ` + "\t"))
	f.Fuzz(func(t *testing.T, b []byte) { fuzzed[Capabilities](t, b) })
}
