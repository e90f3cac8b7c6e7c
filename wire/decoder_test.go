package wire_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

func TestZeroDecoder(t *testing.T) {
	var d wire.Decoder
	if d.Limits() != (wire.Limits{}).WithDefaults() || d.Err() != nil || d.Peek() != 0 || d.Is(0) || d.Got(0) || !d.AtEnd() {
		t.Error("the zero Decoder has other limits than the default, an error, or octets to read")
	}
	d.Reset([]byte("a  b"))
	d.Atom()
	d.SP()
	if d.Err() != nil || d.Used() != wire.Rules(0).With(wire.RuleSpaces) || string(d.Atom()) != "b" {
		t.Errorf("the zero Decoder: used %x, %v; want RuleSpaces, <nil>", d.Used(), d.Err())
	}
	// SetLimits does not change the rules, and SetRules does not change the limits.
	d = wire.Decoder{}
	d.SetLimits(wire.Limits{Depth: 3})
	d.Reset([]byte("a  b"))
	d.Atom()
	if d.SP(); d.Atom() == nil {
		t.Error("SetLimits has changed the rules: two spaces are an error")
	}
	d = wire.Decoder{}
	d.SetRules(wire.Strict)
	if d.Limits().Depth != wire.DefaultDepth || d.MaxItems() != wire.DefaultItems {
		t.Error("SetRules has changed the limits")
	}
	d.Reset([]byte("(a)"))
	if d.Value(); d.Err() != nil {
		t.Error(d.Err())
	}
}

// A Decoder has the limits of its Reader, unless SetLimits was called.
func TestDecoderLimits(t *testing.T) {
	r, d := reading("a\r\nb\r\n", wire.Limits{Depth: 7, Items: 8})
	next(t, r, d)
	if d.Limits().Depth != 7 || d.Limits() != r.Limits() || d.MaxItems() != 8 {
		t.Errorf("%+v", d.Limits())
	}
	d = new(wire.Decoder)
	d.SetLimits(wire.Limits{Depth: 5})
	next(t, r, d)
	if d.Limits().Depth != 5 || d.Limits().Items != wire.DefaultItems {
		t.Errorf("%+v", d.Limits())
	}
}

func TestPeekIsGotWant(t *testing.T) {
	d := wire.NewDecoder([]byte("ab"))
	if d.Peek() != 'a' || !d.Is('a') || d.Is('b') || d.Got('b') || !d.Got('a') || d.Pos() != 1 {
		t.Errorf("Peek, Is or Got returns a wrong result at 'a'; then Pos() = %d, want 1", d.Pos())
	}
	d.Want('b')
	if d.Err() != nil || d.Peek() != 0 || d.Is('b') {
		t.Error(d.Err())
	}
	d.Want('c')
	if got, want := fmt.Sprint(d.Err()), `wire: want "c" at octet 2, got the end of the input`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for c, want := range map[byte]string{' ': "SP", '"': "DQUOTE", '\r': "CR", '\n': "LF", '(': `"("`} {
		d.Rewind(0)
		d.Want(c)
		if got := fmt.Sprint(d.Err()); got != "wire: want "+want+` at octet 0, got "ab"` {
			t.Errorf("Want(%q): %s, want %s", c, got, want)
		}
	}
	d.Seek(-1)
	if d.Pos() != 0 {
		t.Errorf("Pos() = %d after Seek(-1), want 0", d.Pos())
	}
	d.Seek(99)
	if d.Pos() != 2 {
		t.Errorf("Pos() = %d after Seek(99), want 2", d.Pos())
	}
	d.Rewind(99)
	if d.Pos() != 2 || d.Err() != nil {
		t.Errorf("Pos() = %d and Err() = %v after Rewind(99), want 2 and <nil>", d.Pos(), d.Err())
	}
}

// TestSpaces checks what GotSP returns and what it leaves unread, without rules and with them.
func TestSpaces(t *testing.T) {
	for _, tt := range []struct {
		in            string
		strict, rules string
	}{
		{" a", `true "a"`, ""},
		{"  a", `true " a"`, `true "a"`},
		{"   a", `true "  a"`, `true "a"`},
		{"a", `false "a"`, ""},
		{")", `false ")"`, ""},
		{" )", `true ")"`, `false ")"`},
		{"  )", `true " )"`, `false ")"`},
		{" \r\n", `true "\r\n"`, `false "\r\n"`},
		{"  \n", `true " \n"`, `false "\n"`},
		{" ", `true ""`, `false ""`},
		{"  ", `true " "`, `false ""`},
		{" (", `true "("`, ""},
		{"\ta", `false "\ta"`, ""},
	} {
		for _, rules := range []wire.Rules{wire.Strict, wire.AllRules} {
			want := tt.strict
			if rules != 0 && tt.rules != "" {
				want = tt.rules
			}
			d := wire.NewDecoder([]byte(tt.in))
			d.SetRules(rules)
			got := d.GotSP()
			if s := fmt.Sprintf("%v %q", got, d.Rest()); s != want || d.Err() != nil {
				t.Errorf("GotSP(%q), rules %x: %s, want %s, %v", tt.in, rules, s, want, d.Err())
			}
			if (d.Used() != 0) != (rules != 0 && tt.rules != "") {
				t.Errorf("GotSP(%q): used %x", tt.in, d.Used())
			}
		}
	}
	for in, want := range map[string]string{" a": "a", "   a": "a", "a": "want SP at 0", ")": "want SP at 0", " )": ")", "": "want SP at 0"} {
		d := wire.NewDecoder([]byte(in))
		d.SP()
		got := string(d.Rest())
		if d.Err() != nil {
			got = outcome(nil, d)
		}
		if got != want {
			t.Errorf("SP(%q): %q, want %q", in, got, want)
		}
	}
}

func TestLineEnds(t *testing.T) {
	for _, tt := range []struct{ in, strict, rules string }{
		{"\r\n", "ok", ""},
		{"\n", "want CRLF at 0", "ok"},
		{" \r\n", "want CRLF at 0", "ok"},
		{" \t \r\n", "want CRLF at 0", "ok"},
		{" \t \n", "want CRLF at 0", "ok"},
		{"x\r\n", "want CRLF at 0", ""},
		{" x\r\n", "want CRLF at 0", ""},
		{"", "want CRLF at 0", ""},
		{"\r", "want LF at 1", ""},
		{"\rx", "want CRLF at 0", ""},
		{"\r\r\n", "want CRLF at 0", ""},
		{"\r\nx", "want the end of the message at 2", ""},
		{"\r\n\r\n", "want the end of the message at 2", ""},
	} {
		for _, rules := range []wire.Rules{wire.Strict, wire.AllRules} {
			want := tt.strict
			if rules != 0 && tt.rules != "" {
				want = tt.rules
			}
			d := wire.NewDecoder([]byte(tt.in))
			d.SetRules(rules)
			got := "ok"
			if d.CRLF(); d.Err() != nil {
				got = outcome(nil, d)
			}
			if got != want {
				t.Errorf("CRLF(%q), rules %x: %s, want %s", tt.in, rules, got, want)
			}
		}
	}
	for in, want := range map[string]bool{"": true, "\r\n": true, "\n": true, "  \t\n": true, "\r": true, " ": true, "x": false, " x": false, "\rx": false, ")": false} {
		if got := wire.NewDecoder([]byte(in)).AtEnd(); got != want {
			t.Errorf("AtEnd(%q) = %v", in, got)
		}
	}
	d := wire.NewDecoder([]byte("x"))
	d.Fail(errors.New("x"))
	if !d.AtEnd() {
		t.Error("AtEnd() = false after a failure, so a loop until AtEnd would not end")
	}
}

func TestList(t *testing.T) {
	for _, tt := range []struct{ in, strict, rules string }{
		{"(a b c)x", `[a b c] "x"`, ""},
		{"(a)", `[a] ""`, ""},
		{"()x", `[] "x"`, ""},
		{"( )", "want atom at 1", `[] ""`},
		{"(   )x", "want atom at 1", `[] "x"`},
		{"( a b )x", "want atom at 1", `[a b] "x"`},
		{"(a  b)", "want atom at 3", `[a b] ""`},
		{"(a b   )", "want atom at 5", `[a b] ""`},
		{"(a b )", "want atom at 5", `[a b] ""`},
		{"NIL", `want "(" at 0`, `[] ""`},
		{"nil)", `want "(" at 0`, `[] ")"`},
		{"NILS", `want "(" at 0`, ""},
		{"a", `want "(" at 0`, ""},
		{"", `want "(" at 0`, ""},
		{"(", "want atom at 1", ""},
		{"(a", `want ")" at 2`, ""},
		{"(a ", "want atom at 3", `want ")" at 3`},
		{"(a b\r\n", `want ")" at 4`, ""},
		{"(a (b))", "want atom at 3", ""},
		{"(a,b)", `[a,b] ""`, ""},
		{`(a"b")`, `want ")" at 2`, ""},
		{"(a)b)", `[a] "b)"`, ""},
	} {
		for _, rules := range []wire.Rules{wire.Strict, wire.AllRules} {
			want := tt.strict
			if rules != 0 && tt.rules != "" {
				want = tt.rules
			}
			d := wire.NewDecoder([]byte(tt.in))
			d.SetRules(rules)
			items := []string{}
			for range d.List {
				if b := d.Atom(); d.Err() == nil {
					items = append(items, string(b))
				}
			}
			got := fmt.Sprintf("%v %q", items, d.Rest())
			if d.Err() != nil {
				got = outcome(nil, d)
			}
			if got != want {
				t.Errorf("List(%q), rules %x: %s, want %s", tt.in, rules, got, want)
			}
		}
	}
}

func TestListLeftEarly(t *testing.T) {
	d := wire.NewDecoder([]byte(strings.Repeat("(a b c)", 100)))
	d.SetLimits(wire.Limits{Depth: 2})
	for range 100 {
		for range d.List {
			d.Atom()
			break
		}
		d.SkipValues()
		d.Want(')')
	}
	if d.Err() != nil || len(d.Rest()) != 0 {
		t.Error("a loop that was left early does not restore the depth of nesting:", d.Err())
	}
	d = wire.NewDecoder([]byte(strings.Repeat("(a b c)", 100)))
	d.SetLimits(wire.Limits{Depth: 1})
	for range 100 {
		for range d.List {
			d.Atom()
		}
	}
	if d.Err() != nil || len(d.Rest()) != 0 {
		t.Error("the end of a list does not restore the depth of nesting:", d.Err())
	}
	// A loop whose body takes nothing must end.
	d = wire.NewDecoder([]byte("(a)"))
	n := 0
	for range d.List {
		if n++; n > 1 {
			t.Fatal("the loop goes on, although its body takes nothing")
		}
	}
	if outcome(nil, d) != "want an element of the list at 1" {
		t.Error(d.Err())
	}
}

func TestListLimits(t *testing.T) {
	in := []byte(strings.Repeat("(", 9) + strings.Repeat(")", 9))
	var down func(d *wire.Decoder)
	down = func(d *wire.Decoder) {
		for range d.List {
			down(d)
		}
	}
	var limit *wire.LimitError
	for depth, ok := range map[int]bool{8: false, 9: true} {
		d := wire.NewDecoder(in)
		d.SetLimits(wire.Limits{Depth: depth})
		down(d)
		if (d.Err() == nil) != ok {
			t.Errorf("depth %d: %v", depth, d.Err())
		}
		if !ok && (!errors.As(d.Err(), &limit) || *limit != wire.LimitError{What: "depth", Limit: 8, Size: 9}) {
			t.Error(d.Err())
		}
		d.Rewind(0)
		if d.Enter(); d.Err() != nil {
			t.Error("Rewind does not reset the depth of nesting:", d.Err())
		}
		d.Leave()
		d.Leave() // a call of Leave without a matching call of Enter has no effect
		if !d.Enter() {
			t.Error(d.Err())
		}
	}
	d := wire.NewDecoder([]byte("(a a a a)"))
	d.SetLimits(wire.Limits{Items: 3})
	for range d.List {
		d.Atom()
	}
	if !errors.As(d.Err(), &limit) || *limit != (wire.LimitError{What: "items", Limit: 3, Size: 4}) {
		t.Error(d.Err())
	}
	if got, want := limit.Error(), "wire: items of 4 exceeds the limit of 3"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	d.Fail(errors.New("another"))
	if d.Enter() || !errors.As(d.Err(), &limit) {
		t.Error("the first error is not kept")
	}
}

func TestIntern(t *testing.T) {
	d := wire.NewDecoder(nil)
	var all []string
	for range 2 {
		for i := range 3000 {
			w := fmt.Sprintf("%0*d", i%60, i)
			if got := d.Intern([]byte(w)); got != w {
				t.Fatalf("%q, want %q", got, w)
			}
			all = append(all, d.InternUpper([]byte("a"+w)))
			if want := "A" + w; all[len(all)-1] != want {
				t.Fatalf("%q, want %q", all[len(all)-1], want)
			}
			for _, x := range []string{"A" + w, "a" + w, "B" + w} {
				if got := d.InternLower([]byte(x)); got != strings.ToLower(x) {
					t.Fatalf("%q, want %q", got, strings.ToLower(x))
				}
			}
		}
	}
	for i, s := range all {
		if i := i % 3000; s != fmt.Sprintf("A%0*d", i%60, i) {
			t.Fatal("a word has changed")
		}
	}
	if d.Intern(nil) != "" || d.InternUpper(nil) != "" || d.InternLower(nil) != "" {
		t.Error("the empty word does not become an empty string")
	}
	b := []byte("Subject")
	s := d.Intern(b)
	b[0] = 'x'
	if s != "Subject" {
		t.Error("the string changes with the slice")
	}
}

// The slices that a Decoder made by Sub has returned stay valid while that Decoder reads other parts of the message.
func TestSub(t *testing.T) {
	r, d := reading(`("a\"1" "a\"2") ("b\"1" "b\"2" x  y) (((`+"\r\n"+`("c\"1")`+"\r\n"+`("d\"1")`+"\r\n", wire.Limits{Depth: 2})
	d.SetRules(wire.AllRules.Without(wire.RuleNilList))
	next(t, r, d)
	var sub wire.Decoder
	var lent []loan
	strs := func(d *wire.Decoder) {
		for range d.List {
			if d.Is('x') {
				d.Atom()
				d.SP()
				d.Atom()
				continue
			}
			b := d.Quoted()
			lent = append(lent, loan{b, string(b)})
		}
	}
	d.Sub(&sub, d.Value())
	strs(&sub)
	d.SP()
	d.Sub(&sub, d.Value())
	strs(&sub)
	if sub.Err() != nil || d.Err() != nil || sub.Used() != wire.Rules(1<<wire.RuleSpaces) || d.Used() != 0 {
		t.Errorf("the errors are %v and %v, the rules used %x and %x; want no error, and RuleSpaces only in sub", sub.Err(), d.Err(), sub.Used(), d.Used())
	}
	d.SP()
	d.Sub(&sub, d.Rest())
	for range sub.List {
		for range sub.List {
			sub.Enter()
			break
		}
	}
	if err := fmt.Sprint(sub.Err()); err != "wire: depth of 3 exceeds the limit of 2" {
		t.Error(err)
	}
	d.Sub(&sub, []byte("NIL"))
	if sub.NString(); sub.Err() != nil {
		t.Errorf("NIL with the rules of d: %v", sub.Err())
	}
	d.Sub(&sub, []byte("()"))
	if sub.NString(); sub.Err() == nil {
		t.Error("the decoder made by Sub accepts () for NIL, which d does not")
	}
	for _, l := range lent {
		if string(l.b) != l.s {
			t.Errorf("%q has become %q", l.s, l.b)
		}
	}
	// Each message reuses the memory of the previous message.
	lent = nil
	for range 2 {
		next(t, r, d)
		d.Sub(&sub, d.Value())
		strs(&sub)
	}
	if sub.Err() != nil || &lent[0].b[0] != &lent[1].b[0] {
		t.Error("the second message does not reuse the memory of the first:", sub.Err())
	}
	var third wire.Decoder
	sub.Sub(&third, []byte("abc"))
	if s := third.Intern(third.Atom()); s != "abc" || third.Raw() == nil {
		t.Errorf("a Decoder made by Sub of Sub reads %q, want \"abc\"", s)
	}
}

func TestErrors(t *testing.T) {
	d := wire.NewDecoder([]byte(strings.Repeat("(", 100)))
	d.Seek(10)
	d.Atom()
	var syn *wire.SyntaxError
	if !errors.As(d.Err(), &syn) || syn.Offset != 10 || len(syn.Got) != 32 {
		t.Errorf("%+v", syn)
	}
	d.Raw()[10] = 'x'
	if syn.Got[0] != '(' {
		t.Error("the error holds a borrowed slice")
	}
	first := d.Err()
	d.Expected("something else")
	d.Fail(errors.New("something else"))
	if d.Err() != first {
		t.Error("the first error is not kept")
	}
	if d.Tolerate(wire.RuleSpaces) || d.Used() != 0 {
		t.Error("Tolerate returns true or changes Used after a failure")
	}
	d.Rewind(0)
	if d.Err() != nil || d.Pos() != 0 {
		t.Errorf("Rewind(0): %v at %d, want no error at 0", d.Err(), d.Pos())
	}
	// The offset in an error counts from the beginning of the message, and includes streamed literals.
	for _, n := range []int{30, 31 << 10} {
		lit := strings.Repeat("x", n)
		r, d := reading(strings.Repeat("a"+lit+fmt.Sprintf(" {%d}\r\n", n)+lit+" b (\r\n", 2), wire.Limits{Inline: 9})
		for range 2 {
			next(t, r, d)
			d.Atom()
			d.SP()
			if _, err := d.Literal().WriteTo(io.Discard); err != nil {
				t.Fatal(err)
			}
			if err := r.Continue(d); err != nil {
				t.Fatal(err)
			}
			d.SP()
			d.Atom()
			d.SP()
			want := int64(len(fmt.Sprintf("a {%d}\r\n b ", n)) + 2*n)
			if d.Atom(); !errors.As(d.Err(), &syn) || syn.Offset != want {
				t.Errorf("%+v, want %d", syn, want)
			}
		}
	}
}
