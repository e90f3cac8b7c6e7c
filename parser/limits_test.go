package parser

import (
	"cmp"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// repeated returns a stream that consists of head, n copies of body, and tail. Only one copy of body is in memory.
func repeated(head, body string, n int, tail string) io.Reader {
	return io.MultiReader(strings.NewReader(head), &repeater{body: body, left: n * len(body)}, strings.NewReader(tail))
}

type repeater struct {
	body      string
	left, off int
}

func (r *repeater) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n := 0
	for n < len(p) && r.left > 0 {
		m := copy(p[n:], r.body[r.off:])
		n, r.left, r.off = n+m, r.left-m, (r.off+m)%len(r.body)
	}
	return n, nil
}

// counting returns a stream of the numbers between from and to, with a space before each. It writes them as they are
// read, so that they are never all in memory.
func counting(from, to uint32) io.Reader {
	pr, next := io.Pipe()
	go func() {
		b := make([]byte, 0, 64<<10)
		for n := from; n <= to; n++ {
			b = append(b, ' ')
			b = appendPart(b, []uint32{n})
			if len(b) > 60<<10 || n == to {
				if _, err := next.Write(b); err != nil {
					return
				}
				b = b[:0]
			}
		}
		next.Close()
	}()
	return pr
}

// TestLimits sends more than each limit allows. The error names the limit. The allocated memory stays within a small
// multiple of the limit, however much is sent. The next response can be read, unless exceeding the limit ends the
// stream.
func TestLimits(t *testing.T) {
	const mega = 1 << 20
	small := wire.Limits{Message: 64 << 10, Inline: 1 << 10, Depth: 10, Items: 1000, Literal: mega}
	for _, tt := range []struct {
		name string
		in   io.Reader
		lim  wire.Limits
		what string // What of the LimitError; "" if the response is accepted
		most int    // how many bytes may be allocated
		ends bool   // whether the stream ends at the error
	}{
		{"line of a status", repeated("* OK ", "x", 8*mega, "\r\n"), small, "message", mega, false},
		{"line of a tagged status", repeated("A1 OK ", "x", 8*mega, "\r\n"), small, "message", mega, false},
		{"line of a continuation", repeated("+ ", "x", 8*mega, "\r\n"), small, "message", mega, false},
		{"line without a head", repeated("", "x", 8*mega, "\r\n"), small, "message", mega, false},
		{"tag", repeated("", "A", 8*mega, " OK x\r\n"), small, "message", mega, false},
		{"number", repeated("* ", "1", 8*mega, " EXISTS\r\n"), small, "message", mega, false},
		{"name", repeated("* ", "A", 8*mega, "\r\n"), small, "message", mega, false},
		{"code", repeated("* OK [", "A", 8*mega, "] x\r\n"), small, "message", mega, false},
		{"quoted string", repeated("* LIST () \"/\" \"", "x", 8*mega, "\"\r\n"), small, "message", mega, false},
		{"atom", repeated("* LIST () \"/\" ", "x", 8*mega, "\r\n"), small, "message", mega, false},
		{"spaces", repeated("* LIST () \"/\" ", " ", 8*mega, "x\r\n"), small, "message", mega, false},
		{"numbers of SEARCH", repeated("* SEARCH", " 1234567", mega, "\r\n"), small, "message", mega, false},
		{"line, by default", repeated("* OK ", "x", 80*mega, "\r\n"), wire.Limits{}, "message", 300 * mega, false},
		{"literals of a response", repeated("* X (", "{900}\r\n"+strings.Repeat("x", 900)+" ", 1000, ")\r\n"), small, "", mega, false},
		{"literals in ENVELOPE", repeated("* 1 FETCH (ENVELOPE (", "{900}\r\n"+strings.Repeat("x", 900)+" ", 1000, "))\r\n"), small, "message", mega, false},
		{"literal of a mailbox", repeated("* LIST () \"/\" {1000000}\r\n", "x", 1000000, "\r\n"), small, "literal in memory", mega, false},
		{"literal of a mailbox, by default", repeated("* LIST () \"/\" {1000000}\r\n", "x", 1000000, "\r\n"), wire.Limits{}, "literal in memory", mega, false},
		{"mailbox of a megabyte", repeated("* LIST () \"/\" \"", "x", mega, "\"\r\n"), wire.Limits{}, "", 12 * mega, false},
		{"literal", repeated("* 1 FETCH (BODY[] {1048577}\r\n", "x", mega, ")\r\n"), small, "literal", mega, true},
		{"literal of 2^64-1", repeated("* 1 FETCH (BODY[] {18446744073709551615}\r\n", "x", mega, ")\r\n"), wire.Limits{}, "literal", mega, true},
		{"literal of 2^63-1", repeated("* LIST () \"/\" {9223372036854775807}\r\n", "x", mega, ")\r\n"), wire.Limits{}, "literal", mega, true},
		{"literal8 of 2^32", repeated("* X-NEW ~{4294967296}\r\n", "x", mega, ")\r\n"), small, "literal", mega, true},
		{"depth of BODYSTRUCTURE", repeated("* 1 FETCH (BODYSTRUCTURE ", "(", 60000, "\r\n"), small, "depth", 2 * mega, false},
		{"depth of a complete BODYSTRUCTURE", repeated("* 1 FETCH (BODYSTRUCTURE ", "(", 2000, strings.Repeat(")", 2000)+")\r\n"), small, "depth", 2 * mega, false},
		{"depth of BODYSTRUCTURE, by default", repeated("* 1 FETCH (BODYSTRUCTURE ", "(", 3000000, "\r\n"), wire.Limits{}, "depth", 64 * mega, false},
		{"depth of an item", repeated("* 1 FETCH (UID 7 X-NEW ", "(", 60000, "\r\n"), small, "syntax", 2 * mega, false},
		{"depth of THREAD", repeated("* THREAD ", "(", 60000, "\r\n"), small, "items", 4 * mega, false},
		{"depth of extended LIST", repeated("* LIST () \"/\" x (A ", "(", 60000, "\r\n"), small, "", 2 * mega, false},
		{"depth of a section", repeated("* 1 FETCH (BODY[", "1.", 20000, "1] NIL)\r\n"), small, "depth", 2 * mega, false},
		{"capabilities", repeated("* CAPABILITY", " A", 20000, "\r\n"), small, "items", 2 * mega, false},
		{"capabilities, by default", repeated("* CAPABILITY", " A", 2000000, "\r\n"), wire.Limits{}, "items", 64 * mega, false},
		{"flags", repeated("* FLAGS (a", " a", 20000, ")\r\n"), small, "items", 2 * mega, false},
		{"flags of FETCH", repeated("* 1 FETCH (FLAGS (a", " a", 20000, "))\r\n"), small, "items", 2 * mega, false},
		{"attributes of LIST", repeated("* LIST (\\a", " \\a", 10000, ") \"/\" x\r\n"), small, "items", 2 * mega, false},
		{"SEARCH", repeated("* SEARCH", " 1", 20000, "\r\n"), small, "items", 2 * mega, false},
		{"ESEARCH", repeated("* ESEARCH ALL 1", ",3", 20000, "\r\n"), small, "items", 2 * mega, false},
		{"VANISHED", repeated("* VANISHED 1", ",3", 20000, "\r\n"), small, "", 2 * mega, false},
		{"COPYUID", repeated("* OK [COPYUID 1 1", ",3", 10000, " 1:10001] x\r\n"), small, "", 2 * mega, false},
		{"addresses", repeated("* 1 FETCH (ENVELOPE (NIL NIL (", `("" "" "" "")`, 4000, ") NIL NIL NIL NIL NIL NIL NIL))\r\n"), small, "items", 2 * mega, false},
		{"fields of ID", repeated("* ID (a b", " a b", 10000, ")\r\n"), small, "items", 2 * mega, false},
		{"sections", repeated("* 1 FETCH (UID 7", " BODY[1] NIL", 5000, ")\r\n"), small, "items", 2 * mega, false},
		{"items of FETCH", repeated("* 1 FETCH (UID 7", " A 1", 10000, ")\r\n"), small, "items", 2 * mega, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			r := NewReader(wire.NewReader(io.MultiReader(tt.in, strings.NewReader("* 5 EXISTS\r\n")), tt.lim))
			resp, err := r.Next()
			if err == nil {
				err = decodeFully(resp)
			}
			runtime.ReadMemStats(&after)
			var limit *wire.LimitError
			var syntax *wire.SyntaxError
			switch {
			case tt.what == "" && err != nil:
				t.Errorf("got error %v, want none", err)
			case tt.what == "syntax" && !errors.As(err, &syntax):
				t.Errorf("got error %v, want a SyntaxError", err)
			case tt.what != "" && tt.what != "syntax" && (!errors.As(err, &limit) || limit.What != tt.what):
				t.Errorf("got error %v, want a LimitError for %s", err, tt.what)
			}
			if err != nil && len(err.Error()) > 300 {
				t.Errorf("the text of the error has %d bytes, want at most 300", len(err.Error()))
			}
			if got := int(after.TotalAlloc - before.TotalAlloc); got > tt.most {
				t.Errorf("%d bytes allocated, want at most %d", got, tt.most)
			}
			resp, err = r.Next()
			if (err == nil && resp.Is("EXISTS") && resp.Num == 5) == tt.ends {
				t.Errorf("the next response is %+v, %v", resp, err)
			}
		})
	}
}

// decodeFully decodes a payload and returns the first error.
func decodeFully(r *Response) error {
	switch {
	case r.Name == "FETCH":
		m, err := r.Fetch()
		if err != nil {
			return err
		}
		for _, err := range m.Sections {
			if err != nil {
				return err
			}
		}
		if _, err := m.Envelope(new(Envelope)); err != nil {
			return err
		}
		_, err = m.BodyStructure(new(BodyStructure))
		return cmp.Or(err, m.Err())
	case r.Kind == Untagged && payloads[r.Name] != nil:
		return payloads[r.Name]().Decode(r.Decoder())
	case r.Code.Name == CodeCopyUID:
		_, _, _, ok := r.Code.CopyUID()
		if !ok {
			return errors.New("no COPYUID")
		}
	}
	return nil
}

// TestSearchOfTenMillion reads the search result of a mailbox with ten million messages. By default, the response
// exceeds the limit. With a higher limit, the result is one range, so only the line of the response takes much memory.
func TestSearchOfTenMillion(t *testing.T) {
	const n = 10_000_000
	read := func(lim wire.Limits) (x SearchRanges, alloc int, err error) {
		in := counting(1, n)
		defer in.(io.Closer).Close()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r := NewReader(wire.NewReader(io.MultiReader(strings.NewReader("* SEARCH"), in, strings.NewReader("\r\n")), lim))
		resp, err := r.Next()
		if err == nil {
			err = x.Decode(resp.Decoder())
		}
		runtime.ReadMemStats(&after)
		return x, int(after.TotalAlloc - before.TotalAlloc), err
	}
	_, alloc, err := read(wire.Limits{})
	var limit *wire.LimitError
	if !errors.As(err, &limit) || limit.What != "message" || alloc > 300<<20 {
		t.Errorf("with the default limits: error %v, %d bytes allocated", err, alloc)
	}
	x, alloc, err := read(wire.Limits{Message: 128 << 20})
	if err != nil || x.Count != n || len(x.Ranges) != 1 || alloc > 300<<20 {
		t.Errorf("error %v, %d numbers in %d ranges, %d bytes allocated", err, x.Count, len(x.Ranges), alloc)
	}
}

// TestRangesStayRanges checks that a range over a whole mailbox stays one range in every response.
func TestRangesStayRanges(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var e ESearch
	if err := e.Decode(next(t, "* ESEARCH (TAG \"a\") UID MIN 1 MAX 4294967295 ALL 1:4294967295 COUNT 4294967295\r\n", wire.Strict).Decoder()); err != nil {
		t.Fatal(err)
	}
	set := e.Set()
	if n, ok := set.Len(); len(e.All) != 1 || n != 4294967295 || !ok || set.String() != "1:4294967295" {
		t.Errorf("ESEARCH has the ranges %v, and its set has %d numbers", e.All, n)
	}
	var v Vanished
	if err := v.Decode(next(t, "* VANISHED (EARLIER) 1:4294967295\r\n", wire.Strict).Decoder()); err != nil || v.UIDs.String() != "1:4294967295" {
		t.Errorf("VANISHED: error %v, UIDs %v", err, v.UIDs)
	}
	c := next(t, "* OK [COPYUID 1 1:4294967295 1:4294967295] x\r\n", wire.Strict).Code
	if _, src, dst, ok := c.CopyUID(); !ok || len(src) != 1 || len(dst) != 1 {
		t.Errorf("CopyUID returns %v, %v, %v; want one range each", src, dst, ok)
	}
	c = next(t, "* OK [MODIFIED 1:4294967295] x\r\n", wire.Strict).Code
	if set, ok := c.Modified(numset.UID); !ok || set.String() != "1:4294967295" {
		t.Errorf("Modified returns %v, %v; want 1:4294967295", set, ok)
	}
	var b UIDBatches
	if err := b.Decode(next(t, "* UIDBATCHES (TAG \"a\") 4294967295:1\r\n", wire.Strict).Decoder()); err != nil || len(b.Ranges) != 1 {
		t.Errorf("UIDBATCHES: error %v, got %v, want one range", err, b)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
		t.Errorf("%d bytes allocated, want at most %d", n, 1<<20)
	}
}

// TestNoQuadraticResponses reads long responses that begin a list, a string or another element again and again. In some
// responses these elements never end; in others, each one ends. A reader that reads the same octets again and again
// would take minutes.
func TestNoQuadraticResponses(t *testing.T) {
	heads := []string{"* OK [X ", "A1 OK ", "* 1 FETCH (", "* 1 FETCH (UID 7 ENVELOPE (", "* 1 FETCH (BODYSTRUCTURE (", "* 1 FETCH (FLAGS (", "* LIST (",
		"* LIST () \"/\" a (", "* STATUS ", "* ESEARCH ", "* THREAD ", "* NAMESPACE (", "* ID (", "* X-NEW ", "* URLFETCH ", "* "}
	for _, s := range []string{"(", "[", `"`, `"a" `, "{0}\r\n ", "A[", "A[(] ", "BODY[1.X \"] ", "a(", "a (", "<", "\\", "1:", "() ", "((", "\\\"", "\x00", " ", "\t", "]", ")", "* ", "NIL ", "\xff"} {
		for _, head := range heads {
			text := head + strings.Repeat(s, 1<<18/len(s)) + "\r\n"
			for _, rules := range []wire.Rules{wire.AllRules, wire.Strict} {
				r := NewReader(wire.NewReader(strings.NewReader(text), wire.Limits{}))
				r.SetRules(rules)
				for {
					resp, err := r.Next()
					if err != nil {
						break
					}
					decodeQuietly(resp)
				}
			}
		}
	}
}
