package wire_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// rendered returns the segments of e in the order in which they are sent. "…" stands for a wait, and <n> for a body of
// n octets.
func rendered(e *wire.Encoder) string {
	if e.Err() != nil {
		return e.Err().Error()
	}
	var s strings.Builder
	for _, seg := range e.Segments() {
		s.Write(seg.Bytes)
		if seg.Wait {
			s.WriteString("…")
		}
		if seg.Body != nil {
			fmt.Fprintf(&s, "<%d>", seg.Size)
		}
	}
	return s.String()
}

var (
	bare   = wire.Mode{}
	plus   = wire.Mode{LiteralPlus: true}
	minus  = wire.Mode{LiteralMinus: true}
	utf    = wire.Mode{UTF8: true}
	binary = wire.Mode{Binary: true}
	serves = wire.Mode{Server: true}
)

func TestEncodeStrings(t *testing.T) {
	x2048, x2049, x4096, x4097 := strings.Repeat("x", 2048), strings.Repeat("x", 2049), strings.Repeat("x", 4096), strings.Repeat("x", 4097)
	nul := "wire: string holds NUL, which only a literal8 can have"
	for _, tt := range []struct {
		in   string
		mode wire.Mode
		// the encoding as an astring, and the encoding as a string if that is different
		astring, str string
	}{
		{"INBOX", bare, "INBOX", `"INBOX"`},
		{"[Gmail]/x", bare, "[Gmail]/x", `"[Gmail]/x"`},
		{"123", bare, "123", `"123"`},
		{"~x", bare, "~x", `"~x"`},
		{"", bare, `""`, ""},
		{"NIL", bare, `"NIL"`, ""},
		{"nil", bare, `"nil"`, ""},
		{"NILS", bare, "NILS", `"NILS"`},
		{"a b", bare, `"a b"`, ""},
		{`a"b\c`, bare, `"a\"b\\c"`, ""},
		{"a\tb\x01\x7f", bare, "\"a\tb\x01\x7f\"", ""},
		{"(", bare, `"("`, ""}, {")", bare, `")"`, ""}, {"{", bare, `"{"`, ""}, {"%", bare, `"%"`, ""}, {"*", bare, `"*"`, ""},
		{"{5}", bare, `"{5}"`, ""},
		{"{5+}", plus, `"{5+}"`, ""},
		{"a\r\nb", bare, "{4}\r\n…a\r\nb", ""},
		{"a\rb", bare, "{3}\r\n…a\rb", ""},
		{"a\nb", bare, "{3}\r\n…a\nb", ""},
		{"a\r\nb", plus, "{4+}\r\na\r\nb", ""},
		{"a\r\nb", minus, "{4+}\r\na\r\nb", ""},
		{"a\r\nb", serves, "{4}\r\na\r\nb", ""},
		{"ü", bare, "{2}\r\n…ü", ""},
		{"ü", plus, "{2+}\r\nü", ""},
		{"ü", utf, `"ü"`, ""},
		{"ü\n", utf, "{3}\r\n…ü\n", ""},
		{"\xff", utf, "{1}\r\n…\xff", ""},
		{"ü\xc3", utf, "{3}\r\n…ü\xc3", ""},
		{"\xed\xa0\x80", utf, "{3}\r\n…\xed\xa0\x80", ""},
		{"\ufffd😀", utf, "\"\ufffd😀\"", ""},
		{"ü", wire.Mode{UTF8: true, Server: true}, `"ü"`, ""},
		{"ü", serves, "{2}\r\nü", ""},
		{"a\x00b", bare, nul, ""}, {"a\x00b", plus, nul, ""}, {"a\x00b", utf, nul, ""}, {"a\x00b", serves, nul, ""},
		// A client's astring is never a literal8.
		{"a\x00b", binary, nul, "~{3}\r\n…a\x00b"},
		{"a\x00b", wire.Mode{Binary: true, LiteralPlus: true}, nul, "~{3+}\r\na\x00b"},
		{"a\x00b", wire.Mode{Binary: true, Server: true}, "~{3}\r\na\x00b", ""},
		{x2048, bare, x2048, `"` + x2048 + `"`},
		{x2049, bare, "{2049}\r\n…" + x2049, ""},
		{x2049, serves, x2049, `"` + x2049 + `"`},
		{x4096, minus, "{4096+}\r\n" + x4096, ""},
		{x4097, minus, "{4097}\r\n…" + x4097, ""},
		{x4097, plus, "{4097+}\r\n" + x4097, ""},
		{x4097, wire.Mode{LiteralPlus: true, LiteralMinus: true}, "{4097+}\r\n" + x4097, ""},
		{x4097, wire.Mode{LiteralPlus: true, Server: true}, x4097, `"` + x4097 + `"`},
	} {
		if tt.str == "" {
			tt.str = tt.astring
		}
		list := tt.astring
		if strings.Trim(tt.in, "%*") == "" && tt.in != "" {
			list = tt.in
		}
		for _, f := range []struct {
			name, want string
			enc        func(e *wire.Encoder) *wire.Encoder
		}{
			{"AString", tt.astring, func(e *wire.Encoder) *wire.Encoder { return e.AString(tt.in) }},
			{"AStringBytes", tt.astring, func(e *wire.Encoder) *wire.Encoder { return e.AStringBytes([]byte(tt.in)) }},
			{"ListMailbox", list, func(e *wire.Encoder) *wire.Encoder { return e.ListMailbox(tt.in) }},
			{"String", tt.str, func(e *wire.Encoder) *wire.Encoder { return e.String(tt.in) }},
			{"StringBytes", tt.str, func(e *wire.Encoder) *wire.Encoder { return e.StringBytes([]byte(tt.in)) }},
			{"NString", tt.str, func(e *wire.Encoder) *wire.Encoder { return e.NString([]byte(tt.in)) }},
		} {
			if got := rendered(f.enc(wire.NewEncoder(tt.mode))); got != f.want {
				t.Errorf("%s(%.20q), %+v:\ngot  %.60q\nwant %.60q", f.name, tt.in, tt.mode, got, f.want)
			}
		}
		quoted, ok := strings.CutPrefix(tt.str, `"`)
		got := rendered(wire.NewEncoder(tt.mode).Quoted(tt.in))
		if ok && got != `"`+quoted || !ok && len(tt.in) < 100 && !strings.Contains(got, "has octets that a quoted string cannot have") {
			t.Errorf("Quoted(%.20q), %+v: %.60q", tt.in, tt.mode, got)
		}
	}
	if got := rendered(wire.NewEncoder(bare).NString(nil).SP().NString([]byte{})); got != `NIL ""` {
		t.Errorf("NString: %q", got)
	}
}

func TestEncode(t *testing.T) {
	lit := func(s string) io.Reader { return strings.NewReader(s) }
	for _, tt := range []struct {
		mode wire.Mode
		f    func(e *wire.Encoder)
		want string
	}{
		{bare, func(e *wire.Encoder) { e.Raw("A1 NOOP").CRLF() }, "A1 NOOP\r\n"},
		{bare, func(e *wire.Encoder) {}, ""},
		{bare, func(e *wire.Encoder) { e.Atom("a").SP().Byte('(').Number(0).Byte(',').Number(4294967295).Byte(')') }, "a (0,4294967295)"},
		{bare, func(e *wire.Encoder) { e.Number64(18446744073709551615) }, "18446744073709551615"},
		{bare, func(e *wire.Encoder) { e.Flag(`\Seen`).SP().Flag(`\*`).SP().Flag("$x") }, `\Seen \* $x`},
		{bare, func(e *wire.Encoder) { e.NIL().RawBytes([]byte(" x")).Text(" ü {5}") }, "NIL x ü {5}"},
		{bare, func(e *wire.Encoder) { e.List(0, nil).List(3, func(i int) { e.Number(uint32(i)) }) }, "()(0 1 2)"},
		{bare, func(e *wire.Encoder) { e.Append(func(b []byte) []byte { return append(b, "1:*"...) }) }, "1:*"},
		{bare, func(e *wire.Encoder) { e.Verbatim([]byte("{3}\r\n\r\n\x00 x")).CRLF() }, "{3}\r\n\r\n\x00 x\r\n"},
		{bare, func(e *wire.Encoder) { e.Literal(5, false, lit("hello")).SP().Literal(0, false, lit("")).CRLF() }, "{5}\r\n…<5> {0}\r\n…<0>\r\n"},
		{plus, func(e *wire.Encoder) { e.Literal(5, false, lit("hello")).CRLF() }, "{5+}\r\n<5>\r\n"},
		{minus, func(e *wire.Encoder) { e.Literal(4096, false, lit("")).Literal(4097, false, lit("")) }, "{4096+}\r\n<4096>{4097}\r\n…<4097>"},
		{serves, func(e *wire.Encoder) { e.Literal(5, false, lit("hello")).Literal(1, true, lit("x")) }, "{5}\r\n<5>~{1}\r\n<1>"},
		{binary, func(e *wire.Encoder) { e.Literal(1<<40, true, lit("")) }, "~{1099511627776}\r\n…<1099511627776>"},
		{serves, func(e *wire.Encoder) { e.Literal(5, false, nil).Verbatim([]byte("hello")).Byte(')').CRLF() }, "{5}\r\nhello)\r\n"},
		{bare, func(e *wire.Encoder) { e.Literal(5, false, nil).Verbatim([]byte("{555}")).CRLF() }, "{5}\r\n…{555}\r\n"},
		{bare, func(e *wire.Encoder) { e.String("\n{5}").CRLF() }, "{4}\r\n…\n{5}\r\n"},
		{bare, func(e *wire.Encoder) { e.Raw("X {5} y").CRLF() }, "X {5} y\r\n"},
		{serves, func(e *wire.Encoder) { e.Raw("* OK see {5}").CRLF() }, "* OK see {5}\r\n"},

		// After a line that ends like a literal's header, a server would wait for a literal.
		{bare, func(e *wire.Encoder) { e.Raw("A1 X {5}").CRLF() }, "wire: raw text ends with the header of a literal"},
		{bare, func(e *wire.Encoder) { e.Raw("A1 X {5+}").CRLF() }, "wire: raw text ends with the header of a literal"},
		{bare, func(e *wire.Encoder) { e.Raw("A1 X {").Number(5).Byte('}').CRLF() }, "wire: raw text ends with the header of a literal"},
		{plus, func(e *wire.Encoder) { e.Literal(1, false, lit("x")).Raw(" ~{0}").CRLF() }, "wire: raw text ends with the header of a literal"},
		{bare, func(e *wire.Encoder) { e.Text("see {99999999999999999999999}").CRLF() }, "wire: raw text ends with the header of a literal"},

		{bare, func(e *wire.Encoder) { e.Atom("a b") }, `wire: atom "a b" is not an atom`},
		{bare, func(e *wire.Encoder) { e.Atom("") }, `wire: atom is not an atom`},
		{bare, func(e *wire.Encoder) { e.Atom("a\r\nA2 DELETE x") }, `wire: atom "a\r\nA2 DELETE x" is not an atom`},
		{bare, func(e *wire.Encoder) { e.Atom("ü") }, `wire: atom "ü" is not an atom`},
		{bare, func(e *wire.Encoder) { e.Flag(`\`) }, `wire: flag "\\" is not a flag`},
		{bare, func(e *wire.Encoder) { e.Flag("*") }, `wire: flag "*" is not a flag`},
		{bare, func(e *wire.Encoder) { e.Flag(`\**`) }, `wire: flag "\\**" is not a flag`},
		{bare, func(e *wire.Encoder) { e.Byte('\n') }, `wire: octet "\n" cannot be sent by itself`},
		{bare, func(e *wire.Encoder) { e.Byte(0) }, `wire: octet "\x00" cannot be sent by itself`},
		{bare, func(e *wire.Encoder) { e.Raw("a\rb") }, `wire: raw text "a\rb" holds CR, LF or NUL`},
		{bare, func(e *wire.Encoder) { e.RawBytes([]byte("a\nb")) }, `wire: raw text "a\nb" holds CR, LF or NUL`},
		{bare, func(e *wire.Encoder) { e.Text("a\x00b") }, `wire: text "a\x00b" holds CR, LF or NUL`},
		{bare, func(e *wire.Encoder) { e.Append(func(b []byte) []byte { return append(b, '\n') }) }, `wire: appended text "\n" holds CR, LF or NUL`},
		{bare, func(e *wire.Encoder) { e.Raw("abc").Append(func(b []byte) []byte { return b[:1] }) }, "wire: appended text makes the message shorter"},
		{bare, func(e *wire.Encoder) { e.Quoted("a\nb") }, `wire: quoted string "a\nb" has octets that a quoted string cannot have`},
		{bare, func(e *wire.Encoder) { e.Literal(-1, false, lit("")) }, "wire: literal has a negative size"},
		{bare, func(e *wire.Encoder) { e.Literal(1, true, lit("")) }, "wire: literal is binary, which the peer does not accept"},
		{bare, func(e *wire.Encoder) { e.Atom(strings.Repeat(" ", 100)) }, fmt.Sprintf("wire: atom %q is not an atom", strings.Repeat(" ", 64))},
		{bare, func(e *wire.Encoder) { e.List(3, func(i int) { e.Atom("") }) }, "wire: atom is not an atom"},
	} {
		e := wire.NewEncoder(tt.mode)
		tt.f(e)
		if got := rendered(e); got != tt.want {
			t.Errorf("got  %q\nwant %q", got, tt.want)
		}
	}
}

// An Encoder keeps its first error, and writes nothing after it.
func TestEncoderFails(t *testing.T) {
	e := wire.NewEncoder(bare)
	e.Raw("A1 X ").Atom("a b")
	first, n := e.Err(), e.Len()
	var arg *wire.ArgumentError
	if !errors.As(first, &arg) || *arg != (wire.ArgumentError{What: "atom", Value: "a b", Reason: "is not an atom"}) {
		t.Errorf("the first error is %v, want an ArgumentError for the atom \"a b\"", first)
	}
	called := false
	e.Byte('x').SP().CRLF().Raw("x").RawBytes([]byte("x")).Verbatim([]byte("x")).Atom("x").Flag("x").Number(1).NIL().
		AString("x").String("x\n").NString(nil).Quoted("x").Secret("x").Text("x").Literal(1, false, nil).Fail(io.EOF).Atom("").
		Append(func(b []byte) []byte { called = true; return b }).Hidden(func() { called = true }).List(2, func(int) { called = true })
	if e.Err() != first || e.Len() != n || e.Segments() != nil || called {
		t.Errorf("the encoder writes after its first error, or loses the error: %v, %q", e.Err(), e.Bytes())
	}
	e.Reset(plus)
	if e.Err() != nil || e.Len() != 0 || e.Mode() != plus || rendered(e.Raw("x")) != "x" {
		t.Errorf("after Reset: %v, %d octets, mode %+v", e.Err(), e.Len(), e.Mode())
	}
	if err := e.Fail(io.EOF).Err(); err != io.EOF {
		t.Error(err)
	}
	var zero wire.Encoder
	if got := rendered(zero.AString("a\nb").CRLF()); got != "{3}\r\n…a\nb\r\n" {
		t.Errorf("the zero Encoder: %q", got)
	}
	if string(zero.Bytes()) != "{3}\r\na\nb\r\n" || zero.Len() != 10 {
		t.Errorf("Bytes returns %q, Len %d", zero.Bytes(), zero.Len())
	}
}

// Segments marks a secret in each segment that has a part of the secret. A second call of Segments returns the same.
func TestSecrets(t *testing.T) {
	const secret = "s3cr\net"
	for name, tt := range map[string]struct {
		mode wire.Mode
		f    func(e *wire.Encoder)
	}{
		"quoted":   {bare, func(e *wire.Encoder) { e.Raw("A1 LOGIN a ").Secret("s3cret") }},
		"literal":  {bare, func(e *wire.Encoder) { e.Raw("A1 LOGIN a ").Secret(secret) }},
		"literal+": {plus, func(e *wire.Encoder) { e.Raw("A1 LOGIN a ").Secret(secret) }},
		"two":      {bare, func(e *wire.Encoder) { e.Secret(secret).SP().Secret(secret).SP().Secret("s3cret") }},
		"at the edge": {bare, func(e *wire.Encoder) {
			e.Literal(1, false, strings.NewReader("x")).Secret(secret).Literal(0, false, nil)
		}},
		"several literals in one": {bare, func(e *wire.Encoder) {
			e.Raw("x ").Hidden(func() { e.String(secret).SP().String(secret).SP().String("s3cret") }).Raw(" y")
		}},
		"one in another": {bare, func(e *wire.Encoder) {
			e.Raw("x ").Hidden(func() { e.Raw("s3cret").SP().Secret(secret).SP().Raw("s3cret") }).SP().Secret("s3cret")
		}},
		"nothing": {bare, func(e *wire.Encoder) { e.Hidden(func() {}).Raw("x") }},
		"by a stop ": {serves, func(e *wire.Encoder) {
			e.Hidden(func() { e.Literal(1, false, strings.NewReader("x")).Raw("s3cret") }).Raw("y")
		}},
	} {
		e := wire.NewEncoder(tt.mode)
		tt.f(e)
		e.CRLF()
		var last string
		for range 3 {
			var shown, all strings.Builder
			for _, seg := range e.Segments() {
				at := 0
				for _, s := range seg.Secrets {
					if s.Start < at || s.End <= s.Start || s.End > len(seg.Bytes) {
						t.Fatalf("%s: span %+v of %q", name, s, seg.Bytes)
					}
					shown.Write(seg.Bytes[at:s.Start])
					shown.WriteString("[secret]")
					at = s.End
				}
				shown.Write(seg.Bytes[at:])
				all.Write(seg.Bytes)
			}
			if s := shown.String(); strings.Contains(s, "s3cr") || strings.Contains(s, "et") && !strings.Contains(s, "[secret]") ||
				strings.Contains(strings.ReplaceAll(s, "[secret]", ""), "et") {
				t.Errorf("%s: a part of the secret is not marked: %q", name, s)
			}
			if !bytes.Equal([]byte(all.String()), e.Bytes()) {
				t.Errorf("%s: the segments together are %q, want %q", name, all.String(), e.Bytes())
			}
			if last != "" && last != shown.String() {
				t.Errorf("%s: Segments shows %q, then %q", name, last, shown.String())
			}
			last = shown.String()
		}
		// Reset overwrites the secret in memory.
		b := e.Bytes()[:e.Len()]
		e.Reset(bare)
		if strings.Contains(string(b), "s3cr") {
			t.Errorf("%s: after Reset, memory has %q", name, b)
		}
	}
	// An error does not have the secret in its text.
	for name, f := range map[string]func(e *wire.Encoder){
		"NUL":      func(e *wire.Encoder) { e.Secret("s3cret\x00") },
		"raw":      func(e *wire.Encoder) { e.Hidden(func() { e.Raw("s3cret\n") }) },
		"appended": func(e *wire.Encoder) { e.Hidden(func() { e.Raw("s3cret").Byte(0) }) },
	} {
		e := wire.NewEncoder(bare)
		f(e)
		var arg *wire.ArgumentError
		if err := e.Err(); !errors.As(err, &arg) || strings.Contains(err.Error()+arg.Value, "s3cret") {
			t.Errorf("%s: %v, want an ArgumentError without the secret", name, err)
		}
	}
}

// Each segment but the last ends at a place at which the sender must wait for the peer or copy a body. Reset frees a
// large buffer.
func TestSegments(t *testing.T) {
	e := wire.NewEncoder(bare)
	body := strings.NewReader("hello")
	e.Raw("A1 X ").String("a\nb").SP().Literal(5, false, body).CRLF()
	segs := e.Segments()
	if len(segs) != 3 || !segs[0].Wait || segs[0].Body != nil || !segs[1].Wait || segs[1].Body != io.Reader(body) || segs[1].Size != 5 ||
		segs[2].Wait || segs[2].Body != nil || string(segs[2].Bytes) != "\r\n" {
		t.Errorf("%+v", segs)
	}
	for _, s := range segs {
		if cap(s.Bytes) != len(s.Bytes) {
			t.Error("the capacity of a segment is larger than its length")
		}
	}
	if wire.NewEncoder(bare).Segments() != nil && len(wire.NewEncoder(bare).Segments()) != 0 {
		t.Error("an empty encoder has segments")
	}
	// Reset frees a large buffer if the last message was small, and keeps it while messages need it.
	e.Reset(bare)
	giant := strings.Repeat("x", 4<<20)
	for range 3 {
		if n := allocated(func() { e.Reset(bare); e.Raw(giant) }); n > 40<<20 {
			t.Errorf("%d bytes allocated for a text of 4 MiB, want at most 40 MiB", n)
		}
	}
	if n := allocated(func() { e.Reset(bare); e.Raw(giant) }); n > 4096 {
		t.Errorf("%d bytes allocated for a text for which the buffer has room, want at most 4096", n)
	}
	e.Reset(bare)
	e.Raw("x")
	e.Reset(bare)
	if n := allocated(func() { e.Raw("x") }); n == 0 {
		t.Error("Reset keeps a large buffer that the last message did not need")
	}
}
