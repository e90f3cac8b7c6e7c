package parser

import (
	"testing"

	"github.com/imapstack/imapstack/wire"
)

func TestID(t *testing.T) {
	for _, in := range []string{
		`NIL`,
		`("name" "Cyrus" "version" "1.5" "os" "sunos" "os-version" "5.5" "support-url" "mailto:cyrus-bugs+@andrew.cmu.edu")`,
		`("name" NIL "x" "")`,
	} {
		sameAgain[ID](t, in, in)
		strictly(t, new(ID), in, true)
	}
	for id, test := range map[string]struct{ in, want string }{
		"D02": {`(support-url https://protonmail.com/support name ProtonMail vendor "Proton Technologies AG")`, `("support-url" "https://protonmail.com/support" "name" "ProtonMail" "vendor" "Proton Technologies AG")`},
		"D03": {`("name" "x"  "version" NIL )`, `("name" "x" "version" NIL)`},
		"D04": {`("name" "x" "odd")`, `("name" "x" "odd" NIL)`},
	} {
		t.Run(id, func(t *testing.T) {
			sameAgain[ID](t, test.in, test.want)
			strictly(t, new(ID), test.in, false)
		})
	}
	sameAgain[ID](t, `()`, `NIL`)
	var x ID
	decoded(t, &x, `("Name" "Dovecot" "version" NIL "a" "")`)
	if string(x.Get("name")) != "Dovecot" || x.Get("version") != nil || x.Get("a") == nil || x.Get("b") != nil {
		t.Errorf("got %+v", x)
	}
	s := ""
	for name, value := range x.All() {
		if s += name + "=" + value + ";"; name == "version" {
			break
		}
	}
	if s != "name=Dovecot;version=;" {
		t.Errorf("All yields %q", s)
	}
	c := x.Clone()
	decoded(t, &x, `("x" "y")`)
	if encoded(c) != `("name" "Dovecot" "version" NIL "a" "")` {
		t.Error("the clone shares memory")
	}
	for _, in := range []string{``, `(`, `("a"`, `("a" "b"`, `"a"`} {
		if err := x.Decode(wire.NewDecoder([]byte(in))); err == nil {
			t.Errorf("Decode(%q) did not fail", in)
		}
	}
	noAllocs(t, &x, `("name" "Dovecot" "version" NIL)`)
}

func FuzzID(f *testing.F) {
	f.Add([]byte(`("name" "Dovecot"  "version" NIL x y {1}` + "\r\n" + `z )`))
	f.Fuzz(func(t *testing.T, b []byte) { fuzzed[ID](t, b) })
}
