package parser

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// Most of these structures are from RFC 3501 §7.4.2 and §8 and from RFC 9051 §7.5.2. One uses every field.
var bodies = map[string]string{
	"text":                       `("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 3028 92)`,
	"two texts":                  `(("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 1152 23)("TEXT" "PLAIN" ("CHARSET" "US-ASCII" "NAME" "cc.diff") "<960723163407.20117h@cac.washington.edu>" "Compiler diff" "BASE64" 4554 73) "MIXED")`,
	"every field of a part":      `("text" "plain" ("charset" "utf-8") "<id>" "desc" "quoted-printable" 12 3 "md5==" ("attachment" ("filename" "a b.txt")) ("de" "en-GB") "http://x/" "extension1" 123 ("extension2" ("n" "m")))`,
	"every field of a multipart": `(("text" "plain" NIL NIL NIL "7bit" 1 1 NIL NIL NIL NIL)("image" "png" NIL NIL NIL "base64" 99 NIL NIL "fr" NIL) "mixed" ("boundary" "x") ("inline" NIL) ("de" "en") "loc" (1 2) "x")`,
	"message":                    `("message" "rfc822" NIL NIL NIL "7bit" 500 (NIL "s" NIL NIL NIL NIL NIL NIL NIL NIL) ("text" "plain" NIL NIL NIL "7bit" 10 1 NIL NIL NIL NIL) 12 NIL NIL NIL NIL)`,
	"global message":             `("message" "global" NIL NIL NIL "8bit" 500 (NIL "s" NIL NIL NIL NIL NIL NIL NIL NIL) (("text" "plain" NIL NIL NIL "7bit" 10 1)("text" "html" NIL NIL NIL "7bit" 10 1) "alternative") 12)`,
	"delivery report":            `("message" "delivery-status" NIL NIL NIL "7bit" 500 NIL ("inline" NIL) NIL NIL)`,
	"partial extension data":     `("application" "pdf" ("name" "a") NIL NIL "base64" 5 "md5" ("attachment" NIL))`,
	"multipart, no children":     `("multipart" "digest" ("boundary" "x") NIL NIL "7bit" 0)`,
	"empty strings":              `("text" "plain" ("charset" "") "" "" "" 0 0 "" ("inline" ("filename" "")) "" "")`,
}

// lowered converts the strings in s that Decode converts to lower case.
func lowered(s string) string {
	for _, w := range []string{`"TEXT"`, `"PLAIN"`, `"CHARSET"`, `"NAME"`, `"7BIT"`, `"BASE64"`, `"MIXED"`} {
		s = strings.ReplaceAll(s, w, strings.ToLower(w))
	}
	return s
}

func TestBodyStructure(t *testing.T) {
	for name, in := range bodies {
		t.Run(name, func(t *testing.T) {
			want := lowered(in)
			switch name {
			case "partial extension data":
				want = `("application" "pdf" ("name" "a") NIL NIL "base64" 5 "md5" ("attachment" NIL) NIL NIL)`
			case "empty strings":
				want = strings.Replace(in, `"" "" "" 0`, `"" "" "7bit" 0`, 1)
			}
			sameAgain[BodyStructure](t, in, want)
			strictly(t, new(BodyStructure), in, true)
		})
	}
}

func TestBodyStructureFields(t *testing.T) {
	var x BodyStructure
	decoded(t, &x, bodies["every field of a part"])
	if x.MediaType() != "text/plain" || string(x.Param("charset")) != "utf-8" || x.Param("name") != nil || x.Size != 12 || x.Lines != 3 ||
		string(x.MD5) != "md5==" || x.Disposition.Type != "attachment" || string(x.Disposition.Param("filename")) != "a b.txt" ||
		len(x.Language) != 2 || x.Language[1] != "en-GB" || string(x.Location) != "http://x/" || !x.Extended ||
		string(x.Extensions) != `"extension1" 123 ("extension2" ("n" "m"))` || string(x.Description) != "desc" {
		t.Errorf("every field of a part: got %+v, want the fields of the structure", x)
	}
	decoded(t, &x, bodies["message"])
	if !x.IsMessage() || string(x.Envelope.Subject) != "s" || x.Body.Type != "text" || x.Lines != 12 || x.Language != nil || x.Disposition.Type != "" {
		t.Errorf("message: got %+v, want the fields of the structure", x)
	}
	decoded(t, &x, bodies["text"])
	if x.Extended || x.Envelope != nil || x.Body != nil || x.Parts != nil || x.IsMultipart() {
		t.Errorf("text: got %+v, want no extension data, message and parts", x)
	}
	if (&BodyStructure{}).MediaType() != "" {
		t.Error("an unknown structure has a media type")
	}
}

func TestBodyWithoutExtensionData(t *testing.T) {
	var x BodyStructure
	decoded(t, &x, bodies["every field of a multipart"])
	e := wire.NewEncoder(wire.Mode{Server: true})
	x.EncodeBody(e)
	want := `(("text" "plain" NIL NIL NIL "7bit" 1 1)("image" "png" NIL NIL NIL "base64" 99) "mixed")`
	if got := string(e.Bytes()); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// This is a message with an alternative, a forwarded message of two parts and a forwarded text.
const nested = `((("text" "plain" NIL NIL NIL "7bit" 1 1)("text" "html" NIL NIL NIL "7bit" 2 1) "alternative")` +
	`("message" "rfc822" NIL NIL NIL "7bit" 500 (NIL "two" NIL NIL NIL NIL NIL NIL NIL NIL) (("text" "plain" NIL NIL NIL "7bit" 3 1)("image" "png" NIL NIL NIL "base64" 4) "mixed") 12)` +
	`("message" "rfc822" NIL NIL NIL "7bit" 500 (NIL "one" NIL NIL NIL NIL NIL NIL NIL NIL) ("text" "plain" NIL NIL NIL "7bit" 5 1) 12) "mixed")`

func TestWalk(t *testing.T) {
	var x BodyStructure
	decoded(t, &x, nested)
	var got []string
	x.Walk(func(path []uint32, p *BodyStructure) bool {
		got = append(got, fmt.Sprint(path, " ", p.MediaType()))
		if q := x.Part(path...); q != p && !(q.Body == p && p.IsMultipart()) {
			t.Errorf("Part(%v) is %s, want the part that Walk visits with this path", path, q.MediaType())
		}
		return true
	})
	want := "[] multipart/mixed, [1] multipart/alternative, [1 1] text/plain, [1 2] text/html, [2] message/rfc822, " +
		"[2] multipart/mixed, [2 1] text/plain, [2 2] image/png, [3] message/rfc822, [3 1] text/plain"
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
	for _, path := range [][]uint32{{0}, {4}, {1, 3}, {1, 1, 1, 1}, {2, 3}, {3, 2}, {2, 1, 2}} {
		if p := x.Part(path...); p != nil {
			t.Errorf("Part(%v) is %s, want nil", path, p.MediaType())
		}
	}
	n := 0
	x.Walk(func([]uint32, *BodyStructure) bool { n++; return n == 1 })
	if n != 4 {
		t.Errorf("Walk visited %d parts, want 4", n)
	}
}

func TestWalkSinglePart(t *testing.T) {
	var x BodyStructure
	decoded(t, &x, bodies["global message"])
	var got []string
	x.Walk(func(path []uint32, p *BodyStructure) bool {
		got = append(got, fmt.Sprint(path, " ", p.MediaType()))
		return true
	})
	want := "[1] message/global, [1] multipart/alternative, [1 1] text/plain, [1 2] text/html"
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
	if x.Part(1) != &x || x.Part() != &x || x.Part(2) != nil || x.Part(1, 2).Subtype != "html" {
		t.Error("Part returns a wrong part for 1, for no path, for 2 or for 1.2")
	}
}

func TestBodyClone(t *testing.T) {
	for name, in := range bodies {
		b := []byte(in)
		var x BodyStructure
		if err := x.Decode(wire.NewDecoder(b)); err != nil {
			t.Fatal(err)
		}
		want, c := encoded(&x), x.Clone()
		for i := range b {
			b[i] = '#'
		}
		decoded(t, &x, nested)
		if got := encoded(c); got != want {
			t.Errorf("%s: the clone shares memory: %s", name, got)
		}
	}
}

func TestBodyAllocs(t *testing.T) {
	for _, in := range []string{nested, bodies["every field of a part"], bodies["every field of a multipart"], bodies["global message"]} {
		noAllocs(t, new(BodyStructure), in)
	}
}

func FuzzBodyStructure(f *testing.F) {
	for _, in := range bodies {
		f.Add([]byte(in))
	}
	f.Add([]byte(nested))
	for _, q := range bodyQuirks {
		f.Add([]byte(q.in))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var x BodyStructure
		if x.Decode(wire.NewDecoder(b)) == nil && quotesInvalid(&x) {
			// If a part cannot be read, Encode writes its original octets. If a string in the part is not correctly
			// quoted, its end depends on what comes after the part. So decoding the output of Encode may give a
			// different structure, and the test compares only the clone.
			if c := x.Clone(); encoded(c) != encoded(&x) {
				t.Fatalf("the clone of %q is %q, want %q", b, encoded(c), encoded(&x))
			}
			return
		}
		fuzzed[BodyStructure](t, b)
	})
}

// quotesInvalid reports whether x has a part that could not be understood and contains quotes.
func quotesInvalid(x *BodyStructure) bool {
	if bytes.ContainsRune(x.Invalid, '"') || x.Body != nil && quotesInvalid(x.Body) {
		return true
	}
	return slices.ContainsFunc(x.Parts, func(p BodyStructure) bool { return quotesInvalid(&p) })
}

// typicalBody is the structure of a newsletter with an attachment.
const typicalBody = `((("text" "plain" ("charset" "utf-8") NIL NIL "quoted-printable" 1342 41 NIL NIL NIL NIL)` +
	`("text" "html" ("charset" "utf-8") NIL NIL "quoted-printable" 8721 211 NIL NIL NIL NIL) "alternative" ("boundary" "0000000000001a2b3c") NIL NIL NIL)` +
	`("application" "pdf" ("name" "invoice.pdf") "<f_kx1>" NIL "base64" 143210 NIL ("attachment" ("filename" "invoice.pdf")) NIL NIL) ` +
	`"mixed" ("boundary" "0000000000001a2b3d") NIL NIL NIL)`

func BenchmarkBodyStructure(b *testing.B) {
	var x BodyStructure
	d := wire.NewDecoder(nil)
	in := []byte(typicalBody)
	b.ReportAllocs()
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		d.Reset(in)
		if x.Decode(d) != nil {
			b.Fatal(d.Err())
		}
	}
}
