package parser

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imapstack/imapstack/wire"
)

// The envelope in RFC 9051 §7.5.2.
const rfcEnvelope = `("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" "IMAP4rev2 WG mtg summary and minutes" ` +
	`(("Terry Gray" NIL "gray" "cac.washington.edu")) (("Terry Gray" NIL "gray" "cac.washington.edu")) ` +
	`(("Terry Gray" NIL "gray" "cac.washington.edu")) ((NIL NIL "imap" "cac.washington.edu")) ` +
	`((NIL NIL "minutes" "CNRI.Reston.VA.US")("John Klensin" NIL "KLENSIN" "MIT.EDU")) NIL NIL ` +
	`"<B27397-0100000@cac.washington.ed>")`

func TestEnvelope(t *testing.T) {
	x := sameAgain[Envelope](t, rfcEnvelope, rfcEnvelope)
	if string(x.Subject) != "IMAP4rev2 WG mtg summary and minutes" || x.InReplyTo != nil || x.Bcc != nil ||
		len(x.Cc) != 2 || x.Cc[1].Addr() != "KLENSIN@MIT.EDU" || string(x.MessageID) != "<B27397-0100000@cac.washington.ed>" {
		t.Errorf("got %+v", x)
	}
	if cap(x.From) != 1 || cap(x.Cc) != 2 {
		t.Error("lists have room after them")
	}
}

func TestEnvelopeNilAndEmpty(t *testing.T) {
	x := sameAgain[Envelope](t, `("" NIL NIL NIL NIL NIL NIL NIL "" NIL)`, `("" NIL NIL NIL NIL NIL NIL NIL "" NIL)`)
	if x.Date == nil || x.Subject != nil || x.InReplyTo == nil || x.MessageID != nil {
		t.Errorf("NIL and \"\" give the same result: %+v", x)
	}
}

// The cases are rows of docs/quirks.md: a value as a server sent it, and what it decodes to.
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

// The values look wrong, but the grammar allows them.
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
					t.Error("counts as a group")
				}
			case "E07":
				if a := x.From[0].Addr(); a != "members=headspace.com@members.headspace.com" {
					t.Error(a)
				}
			}
		})
	}
	// Row X25: octets above 127 within quotes are kept. They are written again as a literal.
	var x Envelope
	decoded(t, &x, "(NIL \"Test\" ((\"Cl\xc3\xa9ment\" NIL \"a\" \"b.c\")) NIL NIL NIL NIL NIL NIL NIL)")
	if string(x.From[0].Name) != "Clément" {
		t.Errorf("X25: %q", x.From[0].Name)
	}
	// Row X30: a literal contains line ends.
	decoded(t, &x, "(NIL {24}\r\n=?utf-8?b?QQ==?=\r\n =?x?= NIL NIL NIL NIL NIL NIL NIL NIL)")
	if string(x.Subject) != "=?utf-8?b?QQ==?=\r\n =?x?=" {
		t.Errorf("X30: %q", x.Subject)
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
	if s := strings.Join(got, " "); s != ":a@x.org friends:b@x.org friends:c@x.org :d@x.org" {
		t.Error(s)
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
		t.Errorf("clone shares memory: %s", got)
	}
	if a.Addr() != "gray@cac.washington.edu" {
		t.Errorf("clone shares memory: %s", a.Addr())
	}
}

func TestEnvelopeAllocs(t *testing.T) { noAllocs(t, new(Envelope), rfcEnvelope) }

func TestEnvelopeMemoryIsGivenBack(t *testing.T) {
	var x Envelope
	decoded(t, &x, `(NIL NIL (`+strings.Repeat(`(NIL NIL "a" "b")`, 10000)+`) NIL NIL NIL NIL NIL NIL NIL)`)
	if len(x.From) != 10000 {
		t.Fatal(len(x.From))
	}
	decoded(t, &x, rfcEnvelope)
	if cap(x.addrs) > keepAddresses {
		t.Error("an envelope keeps the memory of a giant")
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

// Sender and ReplyTo that repeat From give the same result as when they are decoded.
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
			decoded(t, &y, strings.Replace(in, `) (("A`, `)  (("A`, 2)) // the second space hides the repetition of From
			ignore := cmp.Options{cmp.AllowUnexported(Envelope{}), cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".addrs" }, cmp.Ignore())}
			if d := cmp.Diff(y, x, ignore); d != "" {
				t.Error(d)
			}
			if len(x.ReplyTo) > 0 {
				x.ReplyTo[0].Mailbox = nil
				if x.From != nil && x.From[0].Mailbox == nil {
					t.Error("ReplyTo and From are one list")
				}
			}
		})
	}
}
