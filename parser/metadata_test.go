package parser

import (
	"testing"

	"github.com/imapstack/imapstack/wire"
)

func TestMetadata(t *testing.T) {
	for in, want := range map[string]string{
		`"" (/shared/comment "My comment")`:                           `"" (/shared/comment "My comment")`,
		`"INBOX" (/private/comment "My comment" /shared/comment NIL)`: `INBOX (/private/comment "My comment" /shared/comment NIL)`,
		"\"INBOX\" (\"/shared/a b\" {3}\r\na\r\n)":                    "INBOX (\"/shared/a b\" {3}\r\na\r\n)",
		`"" /shared/comment`:                                          `"" /shared/comment`,
		`"INBOX" /shared/comment /private/comment`:                    `INBOX /shared/comment /private/comment`,
		`INBOX (/x "")`: `INBOX (/x "")`,
	} {
		sameAgain[Metadata](t, in, want)
		strictly(t, new(Metadata), in, true)
	}
	var x Metadata
	decoded(t, &x, `inbox (/shared/comment "a" /private/x NIL)`)
	if x.Name() != "INBOX" || string(x.Value("/Shared/Comment")) != "a" || x.Value("/private/x") != nil || x.Value("/y") != nil || len(x.Changed) != 0 {
		t.Errorf("got %+v", x)
	}
	c := x.Clone()
	decoded(t, &x, `y /a`)
	if len(x.Values) != 0 || x.Changed[0] != "/a" || encoded(c) != `inbox (/shared/comment "a" /private/x NIL)` {
		t.Errorf("got %+v, %s", x, encoded(c))
	}
	sameAgain[Metadata](t, `x ( /a  b )`, `x (/a "b")`)
	for _, in := range []string{``, `x`, `x `, `x (/a)`, `x (/a "b"`, `x (/a (b))`} {
		if err := x.Decode(wire.NewDecoder([]byte(in))); err == nil {
			t.Errorf("Decode(%q) did not fail", in)
		}
	}
	noAllocs(t, &x, `"INBOX" (/private/comment "My comment" /shared/comment NIL)`)
	noAllocs(t, &x, `"INBOX" /private/comment`)
}

func TestAnnotation(t *testing.T) {
	for in, want := range map[string]string{
		`"INBOX" "/comment" ("value.priv" "My comment" "value.shared" NIL)`: `INBOX "/comment" ("value.priv" "My comment" "value.shared" NIL)`,
		`"" "/motd" ("value.shared" "Hi")`:                                  `"" "/motd" ("value.shared" "Hi")`,
		`x /a (v "1") /b (v "2" w "3")`:                                     `x "/a" ("v" "1") "/b" ("v" "2" "w" "3")`,
		`"INBOX" ("/comment" "/sort")`:                                      `INBOX ("/comment" "/sort")`,
	} {
		sameAgain[Annotation](t, in, want)
		strictly(t, new(Annotation), in, true)
	}
	var x Annotation
	decoded(t, &x, `inbox /a (v "1") /b (v "2" w NIL)`)
	if x.Name() != "INBOX" || string(x.Value("/B", "V")) != "2" || x.Value("/b", "w") != nil || x.Value("/b", "z") != nil || x.Value("/c", "v") != nil {
		t.Errorf("got %+v", x)
	}
	c := x.Clone()
	decoded(t, &x, `y /c (v "9") /d (v "8" w "7")`)
	if encoded(c) != `inbox "/a" ("v" "1") "/b" ("v" "2" "w" NIL)` {
		t.Errorf("the clone shares memory: %s", encoded(c))
	}
	for _, in := range []string{``, `x`, `x /a`, `x /a (v)`, `x /a (v "1"`, `x (`} {
		if err := x.Decode(wire.NewDecoder([]byte(in))); err == nil {
			t.Errorf("Decode(%q) did not fail", in)
		}
	}
	noAllocs(t, &x, `inbox /a (v "1") /b (v "2" w NIL)`)
}

func FuzzMetadata(f *testing.F) {
	f.Add([]byte(`"INBOX" (/private/comment "My comment" /shared/comment NIL)`))
	f.Add([]byte(`x /a (v "1") /b (v "2" w {1}` + "\r\n" + `3)`))
	f.Add([]byte(`x /a /b`))
	f.Fuzz(func(t *testing.T, b []byte) {
		fuzzed[Metadata](t, b)
		fuzzed[Annotation](t, b)
	})
}
