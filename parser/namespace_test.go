package parser

import (
	"testing"

	"github.com/imapstack/imapstack/wire"
)

func TestNamespace(t *testing.T) {
	for _, in := range []string{
		`(("" "/")) NIL NIL`,
		`NIL NIL (("" "."))`,
		`(("" "/")) NIL (("Public Folders/" "/"))`,
		`(("" "/")) (("~" "/")) (("#shared/" "/")("#public/" "/")("#ftp/" "/")("#news." "."))`,
		`(("INBOX." ".")) NIL NIL`,
		`(("" "/")("#mh/" "/" "X-PARAM" ("FLAG1" "FLAG2"))) NIL NIL`,
		`(("" "/")) (("Other Users/" "/" "TRANSLATION" ("Andere Ben&APw-tzer/"))) NIL`,
		`NIL NIL NIL`,
		`(("" NIL)) NIL NIL`,                                 // row N01
		`(("" "/")("#hidden" NIL)) NIL NIL`,                  // row N02
		`(("" "\\")) (("Other\\" "\\")) (("Shared\\" "\\"))`, // row N03
		`(("" "/" "A" ("1") "B" ("2" "3"))) (("~" NIL)) NIL`, //
	} {
		sameAgain[Namespace](t, in, in)
		strictly(t, new(Namespace), in, true)
	}
	for id, test := range map[string]struct{ in, want string }{
		"N05":    {`(("" "/" "X-PARAM" ("FLAG1" "FLAG2")) ("INBOX." ".")) NIL NIL`, `(("" "/" "X-PARAM" ("FLAG1" "FLAG2"))("INBOX." ".")) NIL NIL`},
		"empty":  {`() (("" "")) NIL`, `NIL (("" NIL)) NIL`},
		"spaces": {`(("" "/" ) ) NIL  NIL`, `(("" "/")) NIL NIL`},
		"atoms":  {`((INBOX. .)) nil NIL`, `(("INBOX." ".")) NIL NIL`},
	} {
		t.Run(id, func(t *testing.T) {
			sameAgain[Namespace](t, test.in, test.want)
			strictly(t, new(Namespace), test.in, false)
		})
	}
	var x Namespace
	decoded(t, &x, `(("" "/" "TRANSLATION" ("a"))("INBOX/Ben&APw-tzer/" "/")) NIL (("#" "."))`)
	if len(x.Personal) != 2 || x.Personal[1].Name() != "INBOX/Benützer/" || x.Other != nil || x.Shared[0].Delim != '.' ||
		string(FindExt(x.Personal[0].Ext, "TRANSLATION")) != `("a")` || x.Personal[1].Ext != nil {
		t.Errorf("got %+v", x)
	}
	c := x.Clone()
	decoded(t, &x, `NIL NIL (("x" "x"))`)
	if encoded(c) != `(("" "/" "TRANSLATION" ("a"))("INBOX/Ben&APw-tzer/" "/")) NIL (("#" "."))` {
		t.Error("the clone shares memory")
	}
	for _, in := range []string{``, `NIL`, `NIL NIL`, `(("" "/")) NIL`, `((""))`, `(("" "/" "X")) NIL NIL`, `(("" "//")) NIL NIL`, `(x) NIL NIL`} {
		if err := x.Decode(wire.NewDecoder([]byte(in))); err == nil {
			t.Errorf("Decode(%q) did not fail", in)
		}
	}
	noAllocs(t, &x, `(("" "/" "TRANSLATION" ("a"))("INBOX/" "/")) NIL (("#" "."))`)
}

func FuzzNamespace(f *testing.F) {
	f.Add([]byte(`(("" "/" "TRANSLATION" ("a" (b {1}` + "\r\n" + `c))) ("INBOX/" "/")) () ((# .))`))
	f.Fuzz(func(t *testing.T, b []byte) { fuzzed[Namespace](t, b) })
}
