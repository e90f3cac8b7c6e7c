package wire_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// wantNoAllocs calls f ten times to fill its caches, and fails the test if f then still allocates memory.
func wantNoAllocs(t *testing.T, name string, f func()) {
	t.Helper()
	for range 10 {
		f()
	}
	if n := testing.AllocsPerRun(100, f); n != 0 {
		t.Errorf("%s: %v allocations, want none", name, n)
	}
}

func TestTokensDoNotAllocate(t *testing.T) {
	for name, tt := range map[string]struct {
		in string
		f  func(d *wire.Decoder)
	}{
		"Atom":         {"INBOX ", func(d *wire.Decoder) { d.Atom() }},
		"AString":      {`"a b" `, func(d *wire.Decoder) { d.AString() }},
		"Quoted":       {`"a \"b\" \\ c" `, func(d *wire.Decoder) { d.Quoted() }},
		"Quoted loose": {`"a "b" \c" `, func(d *wire.Decoder) { d.Quoted() }},
		"String":       {"{3}\r\nabc ", func(d *wire.Decoder) { d.String() }},
		"NString":      {"NIL ", func(d *wire.Decoder) { d.NString() }},
		"ListMailbox":  {"INBOX.* ", func(d *wire.Decoder) { d.ListMailbox() }},
		"Tag":          {"A1 ", func(d *wire.Decoder) { d.Tag() }},
		"Flag":         {`\Seen `, func(d *wire.Decoder) { d.Flag() }},
		"Name":         {`BodyStructure `, func(d *wire.Decoder) { d.Name() }},
		"Intern":       {`$Forwarded `, func(d *wire.Decoder) { d.Intern(d.Flag()) }},
		"InternLower":  {`CHARSET `, func(d *wire.Decoder) { d.InternLower(d.Atom()) }},
		"Number":       {"4294967295 ", func(d *wire.Decoder) { d.Number() }},
		"Number64":     {"18446744073709551615 ", func(d *wire.Decoder) { d.Number64() }},
		"Nil":          {"NIL ", func(d *wire.Decoder) { d.Nil() }},
		"Text":         {"some text\r\n", func(d *wire.Decoder) { d.Text() }},
		"TextUntil":    {"some text]", func(d *wire.Decoder) { d.TextUntil(']') }},
		"Literal":      {"~{3}\r\nabc ", func(d *wire.Decoder) { d.Literal().Left() }},
		"NLiteral":     {`"abc" `, func(d *wire.Decoder) { d.NLiteral() }},
		"Value":        {"(a (b \"c\\\"\" [x (y)] {1}\r\nx) NIL) ", func(d *wire.Decoder) { d.Value() }},
		"SkipValues":   {"a (b \"c\") {1}\r\nx )", func(d *wire.Decoder) { d.SkipValues() }},
		"List": {"(a b c)\r\n", func(d *wire.Decoder) {
			for range d.List {
				d.Atom()
			}
			d.CRLF()
		}},
		"lists in a list": {"( (a  b)(c) )\n", func(d *wire.Decoder) {
			for range d.List {
				for !d.Is(' ') && !d.Is(')') {
					for range d.List {
						d.Atom()
					}
				}
			}
			d.CRLF()
		}},
	} {
		var d wire.Decoder
		in := []byte(tt.in)
		wantNoAllocs(t, name, func() {
			d.Reset(in)
			if tt.f(&d); d.Err() != nil {
				t.Fatalf("%s of %q: %v", name, tt.in, d.Err())
			}
		})
	}
	var d, sub wire.Decoder
	in := []byte(`("a\"b" "c")`)
	wantNoAllocs(t, "Sub", func() {
		d.Reset(in)
		d.Sub(&sub, d.Value())
		for range sub.List {
			sub.Quoted()
		}
	})
}

// A Decoder does not keep the memory that it needed to unescape a very long string.
func TestLongStringsAreNotKept(t *testing.T) {
	d := wire.NewDecoder([]byte(`"\"` + strings.Repeat("x", 1<<20) + `" "\""`))
	d.Quoted()
	d.Reset([]byte(`"\""`))
	if n := allocated(func() { d.Quoted() }); n == 0 || n > 64<<10 {
		t.Errorf("%d bytes allocated for a small string after a very long one, want 1 to 65536", n)
	}
}

func TestMessagesDoNotAllocate(t *testing.T) {
	for name, message := range map[string]string{
		"a line":             "* 12 FETCH (UID 17 FLAGS (\\Seen $Forwarded))\r\n",
		"a small literal":    "* 12 FETCH (BODY[] {20}\r\n01234567890123456789 UID 17)\r\n",
		"a long line":        "* SEARCH" + strings.Repeat(" 123456", 3000) + "\r\n",
		"a longer line":      "* SEARCH" + strings.Repeat(" 123456", 30000) + "\r\n",
		"a streamed literal": fmt.Sprintf("* 12 FETCH (BODY[] {%d}\r\n%s UID 17)\r\n", 100<<10, strings.Repeat("x", 100<<10)),
		"streamed literals":  strings.Repeat(fmt.Sprintf("* 12 FETCH (BODY[] {%d}\r\n%s", 70<<10, strings.Repeat("x", 70<<10)), 5) + ")\r\n",
		"two long strides":   fmt.Sprintf("* %s {%d}\r\n%[3]s %[1]s {%[2]d}\r\n%[3]s)\r\n", strings.Repeat("y", 30<<10), 70<<10, strings.Repeat("x", 70<<10)),
	} {
		f := &repeat{s: message, n: 1 << 30}
		r := wire.NewReader(f, wire.Limits{})
		var d wire.Decoder
		wantNoAllocs(t, name, func() {
			next(t, r, &d)
			for r.Streaming() {
				d.Rewind(bytes.LastIndexByte(d.Raw(), '{'))
				if _, err := d.Literal().WriteTo(io.Discard); err != nil {
					t.Fatal(err)
				}
				if err := r.Continue(&d); err != nil {
					t.Fatal(err)
				}
			}
		})
		wantNoAllocs(t, name+", relayed", func() {
			if err := r.Next(&d); err != nil {
				t.Fatal(err)
			}
			if _, err := wire.Relay(io.Discard, r); err != nil {
				t.Fatal(err)
			}
		})
		wantNoAllocs(t, name+", skipped", func() {
			if err := r.Next(&d); err != nil {
				t.Fatal(err)
			}
			if err := r.Skip(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// A Reader streams a literal of any size through one array.
func TestHugeLiteral(t *testing.T) {
	size := int64(512 * hostile) // 512 MiB, and 64 MiB under the race detector, which is slow
	for name, f := range map[string]func(l *wire.Literal) error{
		"WriteTo": func(l *wire.Literal) error { _, err := l.WriteTo(io.Discard); return err },
		"Copy":    func(l *wire.Literal) error { _, err := io.Copy(io.Discard, l); return err },
		"Discard": (*wire.Literal).Discard,
		"Read": func(l *wire.Literal) error {
			_, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{l}, make([]byte, 8<<10))
			return err
		},
	} {
		n := allocated(func() {
			r, d := wire.NewReader(io.MultiReader(strings.NewReader(fmt.Sprintf("* 1 FETCH (BODY[] {%d}\r\n", size)),
				io.LimitReader(zeros{}, size), strings.NewReader(" UID 7)\r\n")), wire.Limits{}), new(wire.Decoder)
			next(t, r, d)
			d.Seek(bytes.IndexByte(d.Raw(), '{'))
			if err := f(d.Literal()); err != nil {
				t.Error(err)
			}
			if err := r.Continue(d); err != nil || string(d.Raw()) != " UID 7)\r\n" {
				t.Errorf("Continue: %q, %v; want the line after the literal", d.Raw(), err)
			}
		})
		if n >= 64<<10 {
			t.Errorf("%s: %d bytes allocated for a literal of %d octets, want less than 64 KiB", name, n, size)
		}
	}
}

func TestEncoderDoesNotAllocate(t *testing.T) {
	high, long := "Entwürfe und so weiter, weiter und immer weiter", strings.Repeat("x", 3000)
	b, body := []byte(high), strings.NewReader("")
	for _, mode := range modes() {
		mode.Binary = true
		e := wire.NewEncoder(mode)
		wantNoAllocs(t, fmt.Sprintf("%+v", mode), func() {
			e.Reset(mode)
			e.Raw("A1").SP().Atom("FETCH").SP().Number(1).Byte(':').Number64(1 << 40).SP().Byte('(').Flag(`\Seen`).SP().NIL().Byte(')')
			e.SP().AString("INBOX").SP().AString(high).SP().AStringBytes(b).SP().StringBytes(b).SP().NString(nil).SP().ListMailbox("*")
			e.SP().Quoted("a \"b\"").SP().Secret("two\r\nlines").SP().String(long).SP().Text("ü").RawBytes(b[:1]).Verbatim(b)
			e.SP().List(3, func(i int) { e.Number(uint32(i)) })
			e.SP().Literal(5, true, body).CRLF()
			if e.Err() != nil || len(e.Segments()) == 0 {
				t.Fatalf("%d segments, %v", len(e.Segments()), e.Err())
			}
		})
	}
}

// modes returns every Mode.
func modes() (all []wire.Mode) {
	for i := range 32 {
		all = append(all, wire.Mode{LiteralPlus: i&1 != 0, LiteralMinus: i&2 != 0, UTF8: i&4 != 0, Binary: i&8 != 0, Server: i&16 != 0})
	}
	return all
}
