package parser

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imapstack/imapstack/wire"
)

// samePlain reads in with decodePlain and with plainParams, and checks that the results are those of the full
// grammar. It reports which of the two have accepted in.
func samePlain(t *testing.T, in []byte) (envelope, params bool) {
	t.Helper()
	check := func(fast, slow any, d, e *wire.Decoder) {
		t.Helper()
		if d.Err() != nil || e.Err() != nil || d.Pos() != e.Pos() || d.Used() != e.Used() {
			t.Errorf("%q: %v, at %d with %v, not %v, at %d with %v", in, d.Err(), d.Pos(), d.Used(), e.Err(), e.Pos(), e.Used())
		}
		ignore := cmp.Options{cmp.AllowUnexported(Envelope{}), cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".addrs" }, cmp.Ignore())}
		if diff := cmp.Diff(slow, fast, ignore); diff != "" {
			t.Errorf("%q: %s", in, diff)
		}
	}
	line := append([]byte("* 1 FETCH (ENVELOPE "), in...) // a field never begins at offset 0
	d, e := wire.NewDecoder(line), wire.NewDecoder(line)
	at := len(line) - len(in)
	d.Seek(at)
	e.Seek(at)
	var x, y Envelope
	if envelope = x.decodePlain(d); envelope {
		if !y.decodeFields(e) {
			t.Errorf("%q has ten fields only for the fast way", in)
		}
		check(x, y, d, e)
	}
	d.Rewind(at)
	e.Rewind(at)
	m := BodyStructure{mem: new(bodyMemory)}
	if list, next := m.mem.plainParams(d, line, at); next > 0 {
		d.Seek(next)
		m.mem.params = nil
		check(list, m.decodeParams(e), d, e)
		params = true
	}
	return envelope, params
}

var plainEnvelopes = []string{
	rfcEnvelope,
	`(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)`,
	`("d" "an \"escape\" and \\" (("A" NIL "a" "b.c")) (("A" NIL "a" "b.c")) (("A" NIL "a" "b.c")(NIL NIL "x" "y.z")) NIL NIL NIL "<r>" "<m>")`,
	`("d" {5}` + "\r\n" + `a"b c (({1}` + "\r\n" + `A NIL "a" "b.c")) NIL NIL ((NIL NIL "g" NIL)(NIL NIL NIL NIL)) NIL NIL NIL "<m>") `,
	`("d" "Grüße" (("Jürgen Jürgen Jürgen" NIL "j" "b.c")) NIL NIL NIL NIL NIL NIL "<m>")`,
}

var oddEnvelopes = []string{
	`(NIL NIL NIL NIL NIL NIL NIL NIL NIL)`,
	`(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)`,
	`(NIL NIL "x" NIL NIL NIL NIL NIL NIL NIL)`,
	`(NIL  NIL NIL NIL NIL NIL NIL NIL NIL NIL)`,
	`(NIL NIL () NIL NIL NIL NIL NIL NIL NIL)`,
	`(NIL NIL ((NIL NIL "a" "b") (NIL NIL "a" "b")) NIL NIL NIL NIL NIL NIL NIL)`,
	`(NIL NIL ((NIL NIL "a")) NIL NIL NIL NIL NIL NIL NIL)`,
	`(NIL NILNIL NIL NIL NIL NIL NIL NIL NIL NIL)`,
	`(NIL atom NIL NIL NIL NIL NIL NIL NIL NIL)`,
	`(NIL "a"b" NIL NIL NIL NIL NIL NIL NIL NIL)`,
	`("` + strings.Repeat("x", 40),
}

// decodePlain reads the envelopes of ordinary servers, and leaves odd ones to decodeFields.
func TestPlainEnvelope(t *testing.T) {
	for _, in := range plainEnvelopes {
		if fast, _ := samePlain(t, []byte(in)); !fast {
			t.Errorf("%q is not read by the fast way", in)
		}
	}
	for _, in := range oddEnvelopes {
		if fast, _ := samePlain(t, []byte(in)); fast {
			t.Errorf("%q is read by the fast way", in)
		}
	}
}

// plainParams reads the parameters of ordinary servers, and leaves odd ones to decodeParams.
func TestPlainParams(t *testing.T) {
	for _, in := range []string{`("charset" "utf-8") `, `("NAME" "a \"b\"" "size" "1")) `, `("name" {3}` + "\r\n" + `a"b "x" "") `, `("name" "Grüße") `} {
		if _, fast := samePlain(t, []byte(in)); !fast {
			t.Errorf("%q is not read by the fast way", in)
		}
	}
	for _, in := range []string{`NIL `, `() `, `("a" NIL) `, `(NIL "a") `, `("a") `, `("a" "b"  "c" "d") `, `("a" "b" ) `, `("a" b) `, `("a" "b`} {
		if _, fast := samePlain(t, []byte(in)); fast {
			t.Errorf("%q is read by the fast way", in)
		}
	}
}

func FuzzPlain(f *testing.F) {
	for _, in := range append(plainEnvelopes, oddEnvelopes...) {
		f.Add([]byte(in))
	}
	for _, in := range bodies {
		if i := strings.Index(in, ` (`); i >= 0 {
			f.Add([]byte(in[i+1:]))
		}
	}
	f.Fuzz(func(t *testing.T, in []byte) { samePlain(t, in) })
}
