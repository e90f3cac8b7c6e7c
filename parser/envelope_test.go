package parser

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imapstack/imapstack/wire"
)

// rfcEnvelope is the example of an envelope in RFC 9051.
const rfcEnvelope = `("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" "IMAP4rev2 WG mtg summary and minutes" ` +
	`(("Terry Gray" NIL "gray" "cac.washington.edu")) (("Terry Gray" NIL "gray" "cac.washington.edu")) ` +
	`(("Terry Gray" NIL "gray" "cac.washington.edu")) ((NIL NIL "imap" "cac.washington.edu")) ` +
	`((NIL NIL "minutes" "CNRI.Reston.VA.US")("John Klensin" NIL "KLENSIN" "MIT.EDU")) NIL NIL ` +
	`"<B27397-0100000@cac.washington.ed>")`

func TestEnvelope(t *testing.T) {
	x := sameAgain[Envelope](t, rfcEnvelope, rfcEnvelope)
	if string(x.Subject) != "IMAP4rev2 WG mtg summary and minutes" || x.InReplyTo != nil || x.Bcc != nil ||
		len(x.Cc) != 2 || x.Cc[1].Addr() != "KLENSIN@MIT.EDU" || string(x.MessageID) != "<B27397-0100000@cac.washington.ed>" {
		t.Errorf("got %+v, want the fields of rfcEnvelope", x)
	}
	if cap(x.From) != 1 || cap(x.Cc) != 2 {
		t.Errorf("From and Cc have the capacities %d and %d, want 1 and 2, so that append cannot change the next list", cap(x.From), cap(x.Cc))
	}
}

func TestEnvelopeNilAndEmpty(t *testing.T) {
	x := sameAgain[Envelope](t, `("" NIL NIL NIL NIL NIL NIL NIL "" NIL)`, `("" NIL NIL NIL NIL NIL NIL NIL "" NIL)`)
	if x.Date == nil || x.Subject != nil || x.InReplyTo == nil || x.MessageID != nil {
		t.Errorf("NIL must be decoded as nil, and \"\" as empty but not nil, got %+v", x)
	}
}

// TestEnvelopeQuirks decodes envelopes as servers sent them. A key such as E01 names a row of docs/quirks.md.
func TestEnvelopeQuirks(t *testing.T) {
	for id, test := range map[string]struct{ in, want string }{
		"E01": {`("Wed, 7 Aug 2013 16:44:13 +0800" "s" NIL NIL NIL NIL NIL NIL "<x@qq.com>")`,
			`("Wed, 7 Aug 2013 16:44:13 +0800" "s" NIL NIL NIL NIL NIL NIL "<x@qq.com>" NIL)`},
		"E02": {`(NIL "s" (("Tn" NIL "info" "e.ru")) NIL NIL () NIL NIL "<a>" "<b>")`,
			`(NIL "s" (("Tn" NIL "info" "e.ru")) NIL NIL NIL NIL NIL "<a>" "<b>")`},
		"E04": {`(NIL "s" (NIL ("a" NIL "a" "b.c")) NIL NIL NIL NIL NIL NIL "<b>")`,
			`(NIL "s" (("a" NIL "a" "b.c")) NIL NIL NIL NIL NIL NIL "<b>")`},
		"E06": {`(NIL "s" NIL (("<sender@domain.com>" NIL "=?UTF-8?Q?"Dummy_Algo"?=" NIL)) NIL NIL NIL NIL NIL "<b>")`,
			`(NIL "s" NIL (("<sender@domain.com>" NIL "=?UTF-8?Q?\"Dummy_Algo\"?=" NIL)) NIL NIL NIL NIL NIL "<b>")`},
		"E08": {`(NIL "s" (({4}` + "\r\n" + `abcd "X" ef NIL "facility" "x.com")) NIL NIL NIL NIL NIL NIL "<b>")`,
			`(NIL "s" (("abcd \"X\" ef" NIL "facility" "x.com")) NIL NIL NIL NIL NIL NIL "<b>")`},
		"E08 quoted": {`(NIL "s" (("abcd" "X" NIL "facility" "x.com")) NIL NIL NIL NIL NIL NIL "<b>")`,
			`(NIL "s" (("\"abcd\" \"X\"" NIL "facility" "x.com")) NIL NIL NIL NIL NIL NIL "<b>")`},
		"E11":    {`NIL`, `(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)`},
		"longer": {`(NIL NIL NIL NIL NIL NIL NIL NIL NIL "<b>" NIL ("x" 1))`, `(NIL NIL NIL NIL NIL NIL NIL NIL NIL "<b>")`},
		"X26":    {`(NIL "a\b \n" NIL NIL NIL NIL NIL NIL NIL NIL)`, `(NIL "a\\b \\n" NIL NIL NIL NIL NIL NIL NIL NIL)`},
		"spaces": {`(NIL  NIL ((NIL NIL "a" "b") (NIL NIL "c" "d") ) NIL NIL NIL NIL NIL NIL NIL )`,
			`(NIL NIL ((NIL NIL "a" "b")(NIL NIL "c" "d")) NIL NIL NIL NIL NIL NIL NIL)`},
	} {
		t.Run(id, func(t *testing.T) {
			sameAgain[Envelope](t, test.in, test.want)
			strictly(t, new(Envelope), test.in, false)
		})
	}
}

// TestEnvelopeLegal decodes envelopes that look wrong, but that the grammar allows.
func TestEnvelopeLegal(t *testing.T) {
	for id, in := range map[string]string{
		"E05": `(NIL "s" (("Microsoft Exchange Server" NIL NIL ".MISSING-HOST-NAME.")) NIL NIL NIL NIL NIL NIL NIL)`,
		"E07": `(NIL "s" ((NIL NIL "<members=headspace.com" "members.headspace.com>")) NIL NIL NIL NIL NIL NIL "<b>")`,
		"E10": `("6/31/2005" "s" NIL NIL NIL NIL NIL NIL NIL NIL)`,
	} {
		t.Run(id, func(t *testing.T) {
			x := sameAgain[Envelope](t, in, in)
			strictly(t, x, in, true)
			switch id {
			case "E05":
				if a := x.From[0]; a.IsGroupStart() || a.IsGroupEnd() || a.Addr() != "" {
					t.Errorf("%v marks a group or has the address %q, want neither", a, a.Addr())
				}
			case "E07":
				if got, want := x.From[0].Addr(), "members=headspace.com@members.headspace.com"; got != want {
					t.Errorf("got the address %s, want %s", got, want)
				}
			}
		})
	}
	// Row X25: octets above 127 within quotes stay unchanged. Encode writes them as a literal.
	var x Envelope
	decoded(t, &x, "(NIL \"Test\" ((\"Cl\xc3\xa9ment\" NIL \"a\" \"b.c\")) NIL NIL NIL NIL NIL NIL NIL)")
	if string(x.From[0].Name) != "Clément" {
		t.Errorf("X25: got the name %q", x.From[0].Name)
	}
	// Row X30: a literal contains line ends.
	decoded(t, &x, "(NIL {24}\r\n=?utf-8?b?QQ==?=\r\n =?x?= NIL NIL NIL NIL NIL NIL NIL NIL)")
	if string(x.Subject) != "=?utf-8?b?QQ==?=\r\n =?x?=" {
		t.Errorf("X30: got the subject %q", x.Subject)
	}
}

func TestMailboxes(t *testing.T) {
	var x Envelope
	decoded(t, &x, `(NIL NIL NIL NIL NIL ((NIL NIL "a" "x.org")(NIL NIL "friends" NIL)(NIL NIL "b" "x.org")(NIL NIL "c" "x.org")`+
		`(NIL NIL NIL NIL)(NIL NIL "d" "x.org")) NIL NIL NIL NIL)`)
	var got []string
	for group, a := range Mailboxes(x.To) {
		got = append(got, string(group)+":"+a.Addr())
	}
	if s, want := strings.Join(got, " "), ":a@x.org friends:b@x.org friends:c@x.org :d@x.org"; s != want {
		t.Errorf("got %s, want %s", s, want)
	}
	for range Mailboxes(x.To) {
		break
	}
}

func TestEnvelopeClone(t *testing.T) {
	b := []byte(rfcEnvelope)
	var x Envelope
	if err := x.Decode(wire.NewDecoder(b)); err != nil {
		t.Fatal(err)
	}
	c, a := x.Clone(), x.From[0].Clone()
	for i := range b {
		b[i] = '#'
	}
	if got := encoded(c); got != rfcEnvelope {
		t.Errorf("the clone shares memory: %s", got)
	}
	if a.Addr() != "gray@cac.washington.edu" {
		t.Errorf("the clone of an address shares memory: %s", a.Addr())
	}
}

func TestEnvelopeAllocs(t *testing.T) { noAllocs(t, new(Envelope), rfcEnvelope) }

func TestEnvelopeMemoryIsGivenBack(t *testing.T) {
	var x Envelope
	decoded(t, &x, `(NIL NIL (`+strings.Repeat(`(NIL NIL "a" "b")`, 10000)+`) NIL NIL NIL NIL NIL NIL NIL)`)
	if len(x.From) != 10000 {
		t.Fatalf("From has %d addresses, want 10000", len(x.From))
	}
	decoded(t, &x, rfcEnvelope)
	if cap(x.addrs) > keepAddresses {
		t.Errorf("after 10000 addresses, x keeps memory for %d, want at most %d", cap(x.addrs), keepAddresses)
	}
}

func FuzzEnvelope(f *testing.F) {
	f.Add([]byte(rfcEnvelope))
	f.Add([]byte(`(NIL "s" (({4}` + "\r\n" + `abcd "X" ef NIL "facility" "x.com")) NIL NIL NIL NIL NIL NIL "<b>")`))
	f.Add([]byte(`(NIL "s" (NIL ("a" NIL "a" "b.c") ) NIL NIL () NIL NIL NIL "<b>" 1)`))
	f.Fuzz(func(t *testing.T, b []byte) { fuzzed[Envelope](t, b) })
}

func BenchmarkEnvelope(b *testing.B) {
	var x Envelope
	d := wire.NewDecoder(nil)
	in := []byte(rfcEnvelope)
	b.ReportAllocs()
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		d.Reset(in)
		if x.Decode(d) != nil {
			b.Fatal(d.Err())
		}
	}
}

// TestEnvelopeFromAgain checks that Sender and ReplyTo with the octets of From are the same after fromAgain as after
// decoding.
func TestEnvelopeFromAgain(t *testing.T) {
	from := `(("A \"B\"" NIL "a" "x")("C" NIL "c" "y"))`
	for name, in := range map[string]string{
		"the same":                   `("d" "s" ` + from + ` ` + from + ` ` + from + ` NIL NIL NIL NIL NIL)`,
		"only some of the addresses": `("d" "s" ` + from + ` (("A \"B\"" NIL "a" "x")) ` + from + ` NIL NIL NIL NIL NIL)`,
		"one more address":           `("d" "s" ` + from + ` ` + from[:len(from)-1] + `(NIL NIL "d" "z")) NIL NIL NIL NIL NIL NIL)`,
		"no From, Sender as ReplyTo": `("d" "s" NIL NIL ` + from + ` ` + from + ` NIL NIL NIL NIL)`,
	} {
		t.Run(name, func(t *testing.T) {
			var x, y Envelope
			decoded(t, &x, in)
			// With a second space before the field, fromAgain does not recognize the octets of From.
			decoded(t, &y, strings.Replace(in, `) (("A`, `)  (("A`, 2))
			ignore := cmp.Options{cmp.AllowUnexported(Envelope{}), cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".addrs" }, cmp.Ignore())}
			if d := cmp.Diff(y, x, ignore); d != "" {
				t.Errorf("after decoding (-) and with fromAgain (+):\n%s", d)
			}
			if len(x.ReplyTo) > 0 {
				x.ReplyTo[0].Mailbox = nil
				if x.From != nil && x.From[0].Mailbox == nil {
					t.Error("a change of ReplyTo changes From")
				}
			}
		})
	}
}
