package parser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// decodeThrice decodes each text three times into the same variable, and each time also into a new variable. The two
// results must be equal, because a result must not depend on what the variable held before.
func decodeThrice[T any, P interface {
	*T
	value
}](t *testing.T, in []string, limits ...wire.Limits) {
	t.Helper()
	show := func(v P, s string, l wire.Limits) string {
		d := wire.NewDecoder([]byte(s))
		d.SetLimits(l)
		err := v.Decode(d)
		return fmt.Sprintf("%s, error %v, rules %v, at %d", encoded(v), err, d.Used(), d.Pos())
	}
	one := P(new(T))
	for _, s := range in {
		for range 3 {
			for _, l := range append(limits, wire.Limits{}) {
				if got, want := show(one, s, l), show(P(new(T)), s, l); got != want {
					t.Errorf("%q:\nin a used variable %s\nin a new variable  %s", s, got, want)
				}
			}
		}
	}
}

// TestKnownHeads decodes body structures. partHeads remembers the fields of a part up to the encoding. Some of these
// parts have fields that it can remember, and others have almost the same fields.
func TestKnownHeads(t *testing.T) {
	var in []string
	for _, head := range []string{
		`"text" "plain" ("charset" "utf-8") NIL NIL "7bit"`, `"TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "7BIT"`, `"text" "plain" NIL NIL NIL "7bit"`, `"text" "plain" nil NIL NIL "7bit"`,
		`"text" "plain" () NIL NIL "7bit"`, `"text" "plain" ("charset" NIL) NIL NIL "7bit"`, `"text" "plain" ("charset") NIL NIL "7bit"`, `"text" "plain" ("a" "b" "c" "d") NIL NIL "7bit"`,
		`"text" "plain" ("a" "b" "c" "d" "e" "f") NIL NIL "7bit"`, `"text" "plain" ("a" "b\"c") NIL NIL "7bit"`, `"text" "plain" ("a" "b" ) NIL NIL "7bit"`, `"text" "plain"  ("a" "b") NIL NIL "7bit"`,
		`"text" "plain" ("a" "b") "<i>" NIL "7bit"`, `"text" "plain" ("a" "b") NIL "d" "7bit"`, `"text" "plain" ("a" "b") NIL NIL NIL`, `"text" "plain" ("name" "x.txt") NIL NIL "base64"`, `"text" ("a" "b") NIL NIL "7bit"`,
		`"text" NIL ("a" "b") NIL NIL "7bit"`, "\"text\" \"plain\" (\"a\" {1}\r\nb) NIL NIL \"7bit\"", `"text" "plain" ("a" "ä") NIL NIL "7bit"`, `"text" "plain" ("a" "` + strings.Repeat("x", 90) + `") NIL NIL "7bit"`, `text plain NIL NIL NIL 7bit`,
		`"message" "rfc822" NIL NIL NIL "7bit"`, `"application" "octet-stream" NIL NIL NIL "base64"`, `"text" "plain" NIL NIL "7bit"`,
	} {
		for _, tail := range []string{" 10 2 NIL NIL NIL NIL)", " 10 2)", " 10)", " 10 NIL NIL NIL NIL)", ` 10 2 NIL ("attachment" NIL) NIL NIL)`, " 10 2 NIL NIL NIL NIL 7)", " 10 2 NIL NIL NIL )", " -1 2)", ` "10" 2)`, " NIL 2)", ")"} {
			part := "(" + head + tail
			in = append(in, part, "("+part+part+` "mixed" ("boundary" "b") NIL NIL NIL)`, "("+part+` "mixed")`)
		}
	}
	decodeThrice[BodyStructure](t, in)
}
