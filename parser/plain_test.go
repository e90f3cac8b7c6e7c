package parser

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imapstack/imapstack/wire"
)

// samePlain reads a text with the two fast functions, decodePlain and plainList. If a fast function accepts the text,
// its result must be that of the function for the full grammar. samePlain reports which of the two have accepted the
// text.
func samePlain(t *testing.T, in []byte) (envelope, params bool) {
	t.Helper()
	check := func(fast, slow any, d, e *wire.Decoder) {
		t.Helper()
		if d.Err() != nil || e.Err() != nil || d.Pos() != e.Pos() || d.Used() != e.Used() {
			t.Errorf("%q: the fast function ends with error %v at %d, rules %v; the full grammar with error %v at %d, rules %v", in, d.Err(), d.Pos(), d.Used(), e.Err(), e.Pos(), e.Used())
		}
		ignore := cmp.Options{cmp.AllowUnexported(Envelope{}), cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".addrs" }, cmp.Ignore())}
		if diff := cmp.Diff(slow, fast, ignore); diff != "" {
			t.Errorf("%q: the results differ (-full +fast): %s", in, diff)
		}
	}
	line := append([]byte("* 1 FETCH (ENVELOPE "), in...) // the fast functions use offset 0 for failure
	d, e := wire.NewDecoder(line), wire.NewDecoder(line)
	at := len(line) - len(in)
	d.Seek(at)
	e.Seek(at)
	var x, y Envelope
	if envelope = x.decodePlain(d); envelope {
		if !y.decodeFields(e) {
			t.Errorf("decodePlain accepts %q, and decodeFields does not read ten fields", in)
		}
		check(x, y, d, e)
	}
	d.Rewind(at)
	e.Rewind(at)
	m := BodyStructure{mem: new(bodyMemory)}
	if list, next := m.mem.plainList(d, line, at); next > 0 {
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

// TestPlainEnvelope checks that decodePlain reads the envelopes of ordinary servers, and leaves other envelopes to
// decodeFields.
func TestPlainEnvelope(t *testing.T) {
	for _, in := range plainEnvelopes {
		if fast, _ := samePlain(t, []byte(in)); !fast {
			t.Errorf("decodePlain does not accept %q", in)
		}
	}
	for _, in := range oddEnvelopes {
		if fast, _ := samePlain(t, []byte(in)); fast {
			t.Errorf("decodePlain accepts %q", in)
		}
	}
}

// TestPlainParams checks that plainList reads the parameters of ordinary servers, and leaves other parameters to
// decodeParams.
func TestPlainParams(t *testing.T) {
	for _, in := range []string{`("charset" "utf-8") `, `("NAME" "a \"b\"" "size" "1")) `, `("name" {3}` + "\r\n" + `a"b "x" "") `, `("name" "Grüße") `} {
		if _, fast := samePlain(t, []byte(in)); !fast {
			t.Errorf("plainList does not accept %q", in)
		}
	}
	for _, in := range []string{`NIL `, `() `, `("a" NIL) `, `(NIL "a") `, `("a") `, `("a" "b"  "c" "d") `, `("a" "b" ) `, `("a" b) `, `("a" "b`} {
		if _, fast := samePlain(t, []byte(in)); fast {
			t.Errorf("plainList accepts %q", in)
		}
	}
}

// samePart reads a text with the three fast functions, plainHead, plainTail and plainMultipart. If a fast function
// accepts the text, its result must be that of the function for the full grammar. The text is a part without its
// opening parenthesis, or the rest of a multipart after its parts. samePart reports which of the three have accepted
// the text.
func samePart(t *testing.T, in []byte) (head, tail, multipart bool) {
	t.Helper()
	line := append([]byte("* 1 FETCH (BODYSTRUCTURE ("), in...)
	at := len(line) - len(in)
	read := func(by func(x *BodyStructure, d *wire.Decoder) bool) (x BodyStructure, d *wire.Decoder, whole bool) {
		d = wire.NewDecoder(line)
		d.Seek(at)
		x.mem = new(bodyMemory)
		whole = by(&x, d)
		x.mem = nil
		return x, d, whole
	}
	check := func(fast, slow BodyStructure, d, e *wire.Decoder) {
		t.Helper()
		if d.Err() != nil || e.Err() != nil || d.Pos() != e.Pos() || d.Used() != e.Used() {
			t.Errorf("%q: the fast function ends with error %v at %d, rules %v; the full grammar with error %v at %d, rules %v", in, d.Err(), d.Pos(), d.Used(), e.Err(), e.Pos(), e.Used())
		}
		if diff := cmp.Diff(slow, fast, cmp.AllowUnexported(BodyStructure{}, Envelope{})); diff != "" {
			t.Errorf("%q: the results differ (-full +fast): %s", in, diff)
		}
	}
	x, d, head := read((*BodyStructure).plainHead)
	y, e, whole := read((*BodyStructure).decodeHead)
	if head && !whole {
		t.Errorf("plainHead accepts %q, and decodeHead does not", in)
	} else if head {
		check(x, y, d, e)
	} else if d.Err() == nil && (d.Pos() != at || cmp.Diff(x, BodyStructure{}, cmp.AllowUnexported(BodyStructure{})) != "") {
		t.Errorf("%q: plainHead has changed the part to %+v, at %d", in, x, d.Pos())
	}
	if whole && e.Err() == nil {
		afterHead := func(by func(x *BodyStructure, d *wire.Decoder) bool) (BodyStructure, *wire.Decoder, bool) {
			return read(func(x *BodyStructure, d *wire.Decoder) bool { return x.decodeHead(d) && by(x, d) })
		}
		if x, d, tail = afterHead((*BodyStructure).plainTail); tail {
			y, e, _ = afterHead(func(x *BodyStructure, d *wire.Decoder) bool {
				x.Size = size(d)
				x.afterSize(d)
				return true
			})
			check(x, y, d, e)
		} else if d.Err() == nil && cmp.Diff(x, y, cmp.AllowUnexported(BodyStructure{})) != "" {
			t.Errorf("%q: plainTail has changed the part to %+v", in, x)
		}
	}
	if x, d, multipart = read((*BodyStructure).plainMultipart); multipart {
		y, e, _ = read(func(x *BodyStructure, d *wire.Decoder) bool {
			x.subtype(d, d.NString(), "mixed")
			x.multipartExt(d)
			return true
		})
		check(x, y, d, e)
	}
	return head, tail, multipart
}

// TestPlainPart checks that the fast functions read the parts of ordinary servers, and leave other parts to the
// functions for the full grammar.
func TestPlainPart(t *testing.T) {
	for in, want := range map[string][3]bool{
		`"text" "plain" ("charset" "utf-8") NIL NIL "7bit" 12 3 NIL NIL NIL NIL) `:                                                  {true, true, false},
		`"TEXT" "PLAIN" NIL NIL NIL "7BIT" 12 3) `:                                                                                  {true, true, false},
		`"image" "png" ("name" "a \"b\".png") "<i@d>" "d" "base64" 12 NIL ("attachment" ("filename" "x" "size" "1")) NIL NIL) `:     {true, true, false},
		`"image" "png" ("name" {3}` + "\r\n" + `a"b) "<i@d>" {1}` + "\r\n" + `x "base64" 12 "md5" ("inline" NIL) ("en" "de") NIL) `: {true, true, false},
		`"message" "rfc822" NIL NIL NIL "7bit" 12 NIL NIL NIL NIL NIL NIL) `:                                                        {true, false, false},
		`"text" "plain" NIL NIL NIL "7bit" 12 NIL NIL NIL NIL) `:                                                                    {true, false, false},
		`"text" "plain" NIL NIL NIL "7bit" 12 3 NIL NIL NIL NIL NIL) `:                                                              {true, false, false},
		`"image" "png" NIL NIL NIL "7bit" 12 NIL NIL "en" NIL) `:                                                                    {true, false, false},
		`"image" "png" NIL NIL NIL "7bit" 12 NIL ("inline" ("a" "b") NIL NIL NIL) `:                                                 {true, false, false},
		`"image" "png" NIL NIL NIL "7bit" 12 NIL ("inline" ("a" "b")) ("en" NIL) NIL) `:                                             {true, false, false},
		`"image" "png" NIL NIL NIL "7bit" 99999999999999999999 NIL NIL NIL NIL) `:                                                   {true, false, false},
		`"text" "plain" NIL NIL "7bit" 12 3) `:                                                                                      {false, true, false},
		`"text" NIL NIL NIL NIL "7bit" 12 3) `:                                                                                      {false, true, false},
		`"text" "plain" () NIL NIL "7bit" 12 3) `:                                                                                   {false, true, false},
		`"text" "plain" NIL NIL NIL NIL 12 3) `:                                                                                     {false, true, false},
		`"text" "plain"  "" "" "" 0 0) `:                                                                                            {false, false, false},
		`"text" "plain" NIL  "" "" "" 0 0) `:                                                                                        {false, true, false},
		`"text" "plain" NIL NIL NIL  "7bit" 12 3) `:                                                                                 {false, true, false},
		`"text" "plain" NIL NIL NIL "7bit" -1 3) `:                                                                                  {false, false, false},
		`"text" "plain" NIL NIL NIL "7bit" 12`:                                                                                      {true, false, false},
		`"mixed" ("boundary" "b") NIL NIL NIL) `:                                                                                    {false, false, true},
		`"mixed" NIL ("inline" NIL) ("en" "de") NIL) `:                                                                              {false, false, true},
		`"mixed" ("boundary" "b") NIL NIL) `:                                                                                        {false, false, false},
		`"mixed") `:                                                                                                                 {false, false, false},
		`"mixed" NIL NIL  NIL) `:                                                                                                    {false, false, false},
		`"mixed"  NIL NIL NIL) `:                                                                                                    {false, false, false},
		`"mixed" NIL NIL NIL NIL NIL) `:                                                                                             {false, false, false},
		`NIL ("boundary" "b") NIL NIL NIL) `:                                                                                        {false, false, false},
		`"mixed" ("boundary" NIL) NIL NIL NIL) `:                                                                                    {false, false, false},
	} {
		head, tail, multipart := samePart(t, []byte(in))
		if got := [3]bool{head, tail, multipart}; got != want {
			t.Errorf("%q: plainHead, plainTail and plainMultipart return %v, not %v", in, got, want)
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
			f.Add([]byte(in[i+2:]))
		}
	}
	f.Add([]byte(`"mixed" ("boundary" "b") ("inline" NIL) ("en" "de") NIL) `))
	f.Fuzz(func(t *testing.T, in []byte) {
		samePlain(t, in)
		samePart(t, in)
	})
}
