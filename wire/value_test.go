package wire_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

func TestValue(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"abc def", `"abc" then " def"`},
		{"12)", `"12" then ")"`},
		{"NIL)", `"NIL" then ")"`},
		{`\Seen `, `"\\Seen" then " "`},
		{"\xe9t\xe9 ", `"\xe9t\xe9" then " "`},
		{`"a b" c`, `"\"a b\"" then " c"`},
		{`"a\"b" c`, `"\"a\\\"b\"" then " c"`},
		{`"a"b" c`, `"\"a\"b\"" then " c"`},
		{"{3}\r\na b c", `"{3}\r\na b" then " c"`},
		{"~{3}\r\na\x00b c", `"~{3}\r\na\x00b" then " c"`},
		{"() x", `"()" then " x"`},
		{"(a (b \"c)\" {3}\r\n))) d)) e", `"(a (b \"c)\" {3}\r\n))) d))" then " e"`},
		{"(  a   b )x", `"(  a   b )" then "x"`},
		{"(a)(b)", `"(a)" then "(b)"`},
		{"((a)(b) \"mixed\")", `"((a)(b) \"mixed\")" then ""`},
		{"", "want value at 0"},
		{" a", "want value at 0"},
		{")", "want value at 0"},
		{"\r\n", "want value at 0"},
		{"\x00", "want value at 0"},
		{"(a", "want value at 2"},
		{"(a\r\n)", "want value at 2"},
		{"(", "want value at 1"},
		{"(a \x01)", "want value at 3"},
		{`(a "b`, "want DQUOTE that ends the string at 4"},
		{"(a {5}\r\nb)", "want whole literal at 3"},
		{"{5}", `"{5}" then ""`},

		// A section in brackets is a part of the name.
		{"BODY[] x", `"BODY[]" then " x"`},
		{"BODY[1.2.MIME]<0> x", `"BODY[1.2.MIME]<0>" then " x"`},
		{"BODY[HEADER.FIELDS (A B)]<0> x", `"BODY[HEADER.FIELDS (A B)]<0>" then " x"`},
		{`BODY[HEADER.FIELDS ("X Y" "]" {2}` + "\r\n) A)] x", `"BODY[HEADER.FIELDS (\"X Y\" \"]\" {2}\r\n) A)]" then " x"`},
		{"BODY[HEADER.FIELDS.NOT ()] x", `"BODY[HEADER.FIELDS.NOT ()]" then " x"`},
		{"(BODY[HEADER.FIELDS (A)] NIL) x", `"(BODY[HEADER.FIELDS (A)] NIL)" then " x"`},
		{"[Gmail]/x y", `"[Gmail]/x" then " y"`},
		// Other brackets have no special meaning, because an atom may have "[".
		{"([abc def) X ]", `"([abc def)" then " X ]"`},
		{"[abc (def) ghi]", `"[abc" then " (def) ghi]"`},
		{"[abc (def ", `"[abc" then " (def "`},
		{"[abc (def [x)]", `"[abc" then " (def [x)]"`},
		{"[abc (d(e))]", `"[abc" then " (d(e))]"`},
		{"[a\x01b]", `"[a" then "\x01b]"`},
		{"[[[[ x", `"[[[[" then " x"`},
		{"a]b] c", `"a]b]" then " c"`},
		{"[a ({x)] c", `"[a" then " ({x)] c"`},
		{`[a ("b)] c`, "want DQUOTE that ends the string at 5"},
		{"[a ({9}\r\nb)] c", "want whole literal at 4"},
		{"x{3}\r\nabc d", `"x{3}\r\nabc" then " d"`},
	} {
		in := []byte(tt.in)
		d := wire.NewDecoder(in)
		b := d.Value()
		if got := outcome(b, d); got != tt.want {
			t.Errorf("Value(%q):\ngot  %s\nwant %s", tt.in, got, tt.want)
		}
		if cap(b) != len(b) || d.Err() != nil && b != nil {
			t.Errorf("Value(%q) = %q with capacity %d and error %v", tt.in, b, cap(b), d.Err())
		}
		if d.Value(); d.Err() != nil && d.Value() != nil {
			t.Error("Value returns a value after a failure")
		}
	}
}

func TestSkipValues(t *testing.T) {
	for in, want := range map[string]string{
		"a (b c) \"d\" {1}\r\n) e)x": `"" then ")x"`,
		"":                           `"" then ""`,
		"\r\n":                       `"" then "\r\n"`,
		"a b\r\n":                    `"" then "\r\n"`,
		"  a  b  )":                  `"" then ")"`,
		"a (b\r\n":                   "want value at 4",
		`a "b`:                       "want DQUOTE that ends the string at 3",
	} {
		d := wire.NewDecoder([]byte(in))
		d.SkipValues()
		if got := outcome([]byte{}, d); got != want {
			t.Errorf("SkipValues(%q): %s, want %s", in, got, want)
		}
	}
}

// Value fails if the value has a streamed literal.
func TestValueStreamed(t *testing.T) {
	r, d := reading("(a {50}\r\n"+strings.Repeat("x", 50)+" b)\r\n", wire.Limits{Inline: 9})
	next(t, r, d)
	if d.AtStreamed() {
		t.Error("AtStreamed() = true before the literal")
	}
	var limit *wire.LimitError
	if d.Value(); !errors.As(d.Err(), &limit) || *limit != (wire.LimitError{What: "literal in memory", Limit: 9, Size: 50}) {
		t.Error(d.Err())
	}
	d.Rewind(3)
	if !d.AtStreamed() {
		t.Error("AtStreamed() = false at the literal")
	}
	if d.String(); !errors.As(d.Err(), &limit) || d.AtStreamed() {
		t.Error(d.Err())
	}
	d.Rewind(3)
	if d.NLiteral(); d.Err() != nil || d.AtEnd() {
		t.Error("after the header of a streamed literal, AtEnd returns true or d has failed:", d.Err())
	}
	for name, f := range map[string]func(){
		"Atom": func() { d.Atom() }, "SP": d.SP, "CRLF": d.CRLF, "Want": func() { d.Want(')') }, "Value": func() { d.Value() },
		"Number": func() { d.Number() }, "SkipValues": d.SkipValues, "String": func() { d.String() }, "Literal": func() { d.Literal() },
	} {
		d.Rewind(len(d.Raw()))
		if f(); !errors.Is(d.Err(), wire.ErrLiteralOpen) {
			t.Errorf("%s after a streamed literal: %v", name, d.Err())
		}
	}
	if err := r.Continue(d); err != nil || string(d.Raw()) != " b)\r\n" {
		t.Errorf("Continue: %q, %v; want \" b)\\r\\n\"", d.Raw(), err)
	}
}

// The work of a Decoder grows linearly with its input. The test measures no time: if the work were quadratic, each
// megabyte would take minutes, and the test would time out.
func TestValuesInLinearTime(t *testing.T) {
	const n = hostile
	for _, s := range []string{
		"(", "[", "((", "[ (", "[a (b ", `"`, `"a"b`, `\a`, `\\`, `"\a`, "{", "{1", "{1}", "~{", "[{1", "(\"", "[\"", `["a" (`, "[x (\"[\" ", "]", "NIL ", "() ", "\xff", "{9}\r\n", `"\"`, "[a ({1}\r\n",
		"[a (\"b\" ", "[a (b)", "[a (b) ", `[a ("`, "\"\r\n", "a\r\n", "\"{1}\r\n",
	} {
		for _, before := range []string{"", "(", `"`, "[a (", "[", "{", `("`} {
			in := []byte(before + strings.Repeat(s, n/len(s)))
			for _, rules := range []wire.Rules{wire.AllRules, wire.Strict} {
				d := wire.NewDecoder(in)
				d.SetRules(rules)
				d.Value()
				d.Rewind(0)
				d.SkipValues()
				d.Rewind(0)
				d.String()
				d.Rewind(0)
				d.NString()
				d.Rewind(0)
				d.List(func() bool { d.Value(); return true })
			}
		}
	}
}

// Value fails for each beginning of a value, and does not panic for any of them.
func TestIncompleteValue(t *testing.T) {
	const in = `(a "b\"c" [x ("y" {2}` + "\r\n" + `() z)] {3}` + "\r\n" + `"("` + ` NIL (1 2) "d"e" ~{1}` + "\r\n\x00)"
	d := wire.NewDecoder(nil)
	for i := range len(in) {
		d.Reset([]byte(in[:i]))
		if d.Value(); d.Err() == nil {
			t.Errorf("Value(%q): no error", in[:i])
		}
		d.Reset([]byte(in[i:]))
		for d.Err() == nil && len(d.Rest()) > 0 {
			if d.Value(); d.Err() != nil {
				at := d.Pos()
				d.Rewind(min(at+1, len(in)-i))
			}
		}
	}
	d.Reset([]byte(in))
	if got := outcome(d.Value(), d); got != fmt.Sprintf("%q then %q", in, "") {
		t.Errorf("the whole value: %s", got)
	}
}
