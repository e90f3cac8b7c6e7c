package parser

import (
	"errors"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

const someText = `("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 5 1 NIL NIL NIL NIL)`

// bodyQuirks has structures as servers sent them, and what Encode writes after decoding them. A key such as B01 names a
// row of docs/quirks.md.
var bodyQuirks = map[string]struct {
	in, want string
	legal    bool
}{
	"B01": {in: `("multipart" "digest" ("boundary" "x") NIL NIL "7BIT" -1 NIL NIL NIL NIL)`,
		want: `("multipart" "digest" ("boundary" "x") NIL NIL "7bit" 0 NIL NIL NIL NIL)`},
	"B02": {in: `("text" "plain" NIL NIL NIL "7bit" -2 0 NIL NIL NIL NIL)`,
		want: `("text" "plain" NIL NIL NIL "7bit" 0 0 NIL NIL NIL NIL)`},
	"B03": {in: `("TEXT" "PLAIN" NIL NIL NIL "7BIT" NIL 0)`,
		want: `("text" "plain" NIL NIL NIL "7bit" 0 0)`},
	"B05": {in: `(("ALTERNATIVE" ("BOUNDARY" "e7e3") NIL NIL)("APPLICATION" "PDF" NIL NIL NIL "BASE64" 1476806 NIL ("ATTACHMENT" ("FILENAME" "i.pdf")) NIL) "MIXED" ("BOUNDARY" "7b") NIL NIL)`,
		want: `(("multipart" "alternative" ("boundary" "e7e3") NIL NIL "7bit" 0 NIL NIL NIL NIL)("application" "pdf" NIL NIL NIL "base64" 1476806 NIL ("attachment" ("filename" "i.pdf")) NIL NIL) "mixed" ("boundary" "7b") NIL NIL NIL)`},
	"B06": {in: `(` + someText + `("RELATED" NIL ("ATTACHMENT" NIL) NIL) "MIXED" ("BOUNDARY" "x") NIL NIL)`,
		want: `(` + someText + `("multipart" "related" NIL NIL NIL "7bit" 0 NIL ("attachment" NIL) NIL NIL) "mixed" ("boundary" "x") NIL NIL NIL)`},
	"B07": {in: `(("TEXT" "PLAIN" NIL NIL NIL "7BIT" 211 5)("ALTERNATIVE") "REPORT")`,
		want: `(("text" "plain" NIL NIL NIL "7bit" 211 5)("multipart" "alternative" NIL NIL NIL "7bit" 0) "report")`},
	"B08": {in: `(` + someText + `(NIL "alternative" ("boundary" "x") NIL NIL NIL) "report" ("boundary" "y") NIL NIL NIL)`,
		want: `(` + someText + `("multipart" "alternative" ("boundary" "x") NIL NIL "7bit" 0 NIL NIL NIL NIL) "report" ("boundary" "y") NIL NIL NIL)`},
	"B09": {in: `((NIL NIL NIL NIL NIL "7BIT" 563 NIL NIL NIL NIL)` + someText + ` "report" ("boundary" "x") NIL NIL)`,
		want: `(("application" "octet-stream" NIL NIL NIL "7bit" 563 NIL NIL NIL NIL)` + someText + ` "report" ("boundary" "x") NIL NIL NIL)`},
	"B11": {in: `(("APPLICATION" NIL NIL NIL "base64" 356)("TEXT" ("CHARSET" "windows-1251") NIL NIL "base64" 356 5) "MIXED" ("BOUNDARY" "x") NIL NIL)`,
		want: `(("application" "octet-stream" NIL NIL NIL "base64" 356)("text" "plain" ("charset" "windows-1251") NIL NIL "base64" 356 5) "mixed" ("boundary" "x") NIL NIL NIL)`},
	"B12": {in: `(("text" "plain" ("charset" "utf-8") NIL NIL "8bit" 536 0 NIL NIL NIL NIL) "alternative" ("boundary" NIL))`,
		want: `(("text" "plain" ("charset" "utf-8") NIL NIL "8bit" 536 0 NIL NIL NIL NIL) "alternative" ("boundary" "") NIL NIL NIL)`},
	"B13": {in: `(("text" "plain" ("charset" "ISO-8859-1") NIL NIL "QUOTED-PRINTABLE" 850 31 NIL "inline" NIL NIL) "alternative" ("boundary" "x") NIL NIL)`,
		want: `(("text" "plain" ("charset" "ISO-8859-1") NIL NIL "quoted-printable" 850 31 NIL ("inline" NIL) NIL NIL) "alternative" ("boundary" "x") NIL NIL NIL)`},
	"B14": {in: `("application" "msword" NIL NIL NIL "base64" 50446 NIL (NIL NIL) NIL NIL)`,
		want: `("application" "msword" NIL NIL NIL "base64" 50446 NIL NIL NIL NIL)`},
	"B15": {in: `(` + someText + ` "mixed" ("boundary" "x") "Multipart message" NIL)`,
		want: `(` + someText + ` "mixed" ("boundary" "x") NIL NIL NIL)`},
	"B17": {in: `("message" "global" NIL NIL NIL "8bit" 100 NIL ("attachment" NIL) NIL NIL)`,
		want: `("message" "global" NIL NIL NIL "8bit" 100 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) ("text" "plain" NIL NIL NIL "7bit" 0 0) 0 NIL ("attachment" NIL) NIL NIL)`},
	"B18": {in: `("message" "rfc822" NIL NIL NIL "7BIT" 787 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) () 0 NIL NIL NIL)`,
		want: `("message" "rfc822" NIL NIL NIL "7bit" 787 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) ("text" "plain" NIL NIL NIL "7bit" 0 0) 0 NIL NIL NIL NIL)`},
	"B19": {in: `("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 5 NIL ("inline" NIL) NIL NIL)`,
		want: `("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 5 0 NIL ("inline" NIL) NIL NIL)`},
	"B20": {in: `("text" "plain" ("charset" "utf-8") NIL NIL NIL 5 1 NIL NIL NIL NIL)`, want: someText},
	"B21": {in: `("text" "html" ("charset" "utf-8") NIL NIL "base64" 38706 497 NIL NIL NIL ())`,
		want: `("text" "html" ("charset" "utf-8") NIL NIL "base64" 38706 497 NIL NIL NIL NIL)`},
	"B24": {in: `NIL`, want: `("text" "plain" NIL NIL NIL "7bit" 0 0)`},
	"B26": {in: `("text" "plain" ("charset") NIL NIL "7bit" 5 1 NIL NIL NIL NIL)`,
		want: `("text" "plain" ("charset" "") NIL NIL "7bit" 5 1 NIL NIL NIL NIL)`},
	"B29": {in: `("image" "jpeg" ("name" "x") "<x>" NIL "base64" 334384 NIL NIL NIL NIL "extension1" 123 ("extension2" ("n" "m")))`,
		want: `("image" "jpeg" ("name" "x") "<x>" NIL "base64" 334384 NIL NIL NIL NIL "extension1" 123 ("extension2" ("n" "m")))`, legal: true},
	"B30": {in: `("text" "plain" () NIL NIL "7bit" 5 1 NIL () () NIL)`,
		want: `("text" "plain" NIL NIL NIL "7bit" 5 1 NIL NIL NIL NIL)`},

	"lines NIL":                {in: `("text" "plain" NIL NIL NIL "7bit" 5 NIL NIL NIL NIL NIL)`, want: `("text" "plain" NIL NIL NIL "7bit" 5 0 NIL NIL NIL NIL)`},
	"no lines, no extension":   {in: `("text" "plain" NIL NIL NIL "7bit" 5)`, want: `("text" "plain" NIL NIL NIL "7bit" 5 0)`},
	"no Content-MD5":           {in: `("image" "png" NIL NIL NIL "7bit" 5 ("inline" NIL) NIL)`, want: `("image" "png" NIL NIL NIL "7bit" 5 NIL ("inline" NIL) NIL NIL)`},
	"no lines, no Content-MD5": {in: `("text" "plain" NIL NIL NIL "7bit" 5 ("inline" NIL))`, want: `("text" "plain" NIL NIL NIL "7bit" 5 0 NIL ("inline" NIL) NIL NIL)`},
	"ends early":               {in: `("image" "png" ("name" "x"))`, want: `("image" "png" ("name" "x") NIL NIL "7bit" 0)`},
	"message, nothing after the size": {in: `("message" "rfc822" NIL NIL NIL "7bit" 5)`,
		want: `("message" "rfc822" NIL NIL NIL "7bit" 5 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) ("text" "plain" NIL NIL NIL "7bit" 0 0) 0)`},
	"message, envelope NIL": {in: `("message" "rfc822" NIL NIL NIL "7bit" 5 NIL ("text" "plain" NIL NIL NIL "7bit" 6 7) 8)`,
		want: `("message" "rfc822" NIL NIL NIL "7bit" 5 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) ("text" "plain" NIL NIL NIL "7bit" 6 7) 8)`},
	"message, envelope NIL, multipart": {in: `("message" "rfc822" NIL NIL NIL "7bit" 5 NIL (("text" "plain" NIL NIL NIL "7bit" 6 7) "mixed") 8)`,
		want: `("message" "rfc822" NIL NIL NIL "7bit" 5 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) (("text" "plain" NIL NIL NIL "7bit" 6 7) "mixed") 8)`},
	"message, both NIL": {in: `("message" "rfc822" NIL NIL NIL "7bit" 5 NIL NIL 8)`,
		want: `("message" "rfc822" NIL NIL NIL "7bit" 5 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) ("text" "plain" NIL NIL NIL "7bit" 0 0) 8)`},
	"subtype NIL":                {in: `("image" NIL NIL NIL NIL "7bit" 5)`, want: `("image" "octet-stream" NIL NIL NIL "7bit" 5)`},
	"multipart, subtype NIL":     {in: `((` + someText[1:] + ` NIL ("boundary" "x"))`, want: `(` + someText + ` "mixed" ("boundary" "x") NIL NIL NIL)`},
	"no subtype after the parts": {in: `(` + someText + someText + `)`, want: `(` + someText + someText + ` "mixed")`},
	"spaces":                     {in: `( ` + someText + ` ` + someText + `  "mixed" )`, want: `(` + someText + someText + ` "mixed")`},
	"spaces between parts":       {in: `(` + someText + ` ` + someText + `  "mixed" )`, want: `(` + someText + someText + ` "mixed")`},
	"atoms":                      {in: `(text plain (charset utf-8) NIL NIL 7bit 5 1 NIL NIL NIL NIL)`, want: someText},
	"parameter without a name":   {in: `("image" "png" (NIL "x" "a" "b") NIL NIL "7bit" 5)`, want: `("image" "png" ("a" "b") NIL NIL "7bit" 5)`},
	"one bad part": {in: `((1 2 (3))("image" "png" NIL NIL NIL "7bit" 5)(("a" "b" "c") "x") "mixed")`,
		want: `((1 2 (3))("image" "png" NIL NIL NIL "7bit" 5)(("a" "b" "c") "x") "mixed")`},
}

func TestBodyQuirks(t *testing.T) {
	for id, test := range bodyQuirks {
		t.Run(id, func(t *testing.T) {
			strictly(t, new(BodyStructure), test.in, test.legal)
			var x BodyStructure
			switch id {
			case "one bad part":
				decoded(t, &x, test.in)
				if got := encoded(&x); got != test.want || string(x.Parts[0].Invalid) != `(1 2 (3))` || x.Parts[1].Type != "image" {
					t.Errorf("got %s, want %s with the first part in Invalid", got, test.want)
				}
				return
			}
			sameAgain[BodyStructure](t, test.in, test.want)
		})
	}
}

func TestBodyQuirkFields(t *testing.T) {
	var x BodyStructure
	decoded(t, &x, bodyQuirks["B15"].in)
	if string(x.Description) != "Multipart message" || x.Disposition.Type != "" {
		t.Errorf("B15: got %+v, want a description and no disposition", x)
	}
	decoded(t, &x, bodyQuirks["B08"].in)
	if p := x.Parts[1]; p.MediaType() != "multipart/alternative" || len(p.Parts) != 0 || string(p.Param("boundary")) != "x" {
		t.Errorf("B08: got %+v, want an empty multipart/alternative with the boundary x", p)
	}
	decoded(t, &x, bodyQuirks["B18"].in)
	if x.Envelope == nil || x.Body != nil {
		t.Errorf("B18: got %+v, want an envelope but no body", x)
	}
	decoded(t, &x, bodyQuirks["B17"].in)
	if x.Envelope != nil || x.Body != nil || x.Disposition.Type != "attachment" {
		t.Errorf("B17: got %+v, want an attachment without envelope and body", x)
	}
	decoded(t, &x, bodyQuirks["B20"].in)
	if x.Encoding != "" {
		t.Errorf("B20: got %+v, want no encoding", x)
	}
	// Row B25: the octets of a file name stay unchanged, whatever its charset is.
	decoded(t, &x, "(\"application\" \"pdf\" (\"name\" \"Rechnung \xe4\xf6.pdf\") NIL NIL \"base64\" 5 NIL (\"attachment\" (\"filename\" \"\xe8\xb4\xa6.pdf\")) NIL NIL)")
	if string(x.Param("name")) != "Rechnung \xe4\xf6.pdf" || string(x.Disposition.Param("filename")) != "账.pdf" {
		t.Errorf("B25: got %+v, want the octets of both file names unchanged", x)
	}
}

func TestBodyDepth(t *testing.T) {
	deep := func(n int) string {
		return strings.Repeat("(", n) + someText[1:] + strings.Repeat(` "mixed")`, n-1)
	}
	for _, n := range []int{1, 10, 64} {
		var x BodyStructure
		decoded(t, &x, deep(n))
	}
	for _, in := range []string{deep(65), strings.Repeat("(", 1e6), strings.Repeat(`("message" "rfc822" NIL NIL NIL "7bit" 1 NIL `, 1e5)} {
		var x BodyStructure
		err := x.Decode(wire.NewDecoder([]byte(in)))
		var limit *wire.LimitError
		if !errors.As(err, &limit) || limit.What != "depth" || len(err.Error()) > 200 {
			t.Errorf("%.20s…: error %v, want a short LimitError for the depth", in, err)
		}
	}
}

func TestBodyTooManyParts(t *testing.T) {
	var x BodyStructure
	err := x.Decode(wire.NewDecoder([]byte(`(` + strings.Repeat(`("x")`, 1e5) + ` "mixed")`)))
	var limit *wire.LimitError
	if !errors.As(err, &limit) || limit.What != "items" {
		t.Errorf("1e5 parts: error %v, want a LimitError for items", err)
	}
	decoded(t, &x, nested)
	if len(x.parts) > keepParts {
		t.Errorf("after 1e5 parts, x keeps memory for %d parts, want at most %d", len(x.parts), keepParts)
	}
	err = x.Decode(wire.NewDecoder([]byte(`("x" "y" (` + strings.Repeat(`"" "" `, 1e5) + `))`)))
	if !errors.As(err, &limit) {
		t.Errorf("1e5 parameters: error %v, want a LimitError", err)
	}
}

// TestBodyWorkIsLinear checks that the time for decoding a structure is proportional to its length, however deeply its
// parts are nested.
func TestBodyWorkIsLinear(t *testing.T) {
	rereads := func(n int) int {
		// Each multipart ends with an error. The innermost has n valid parts.
		in := []byte(strings.Repeat("(", 60) + strings.Repeat(`("a")`, n) + strings.Repeat(` "x" 1 2 3) `, 60))
		var x BodyStructure
		d := wire.NewDecoder(in)
		x.Decode(d)
		if x.mem == nil {
			return 0
		}
		return x.mem.saved / len(in)
	}
	if n := rereads(1000); n > 4 {
		t.Errorf("the structure was read %d more times, want at most 4", n)
	}
}

func TestBodyQuotesInDescription(t *testing.T) {
	const in = `("application" "octet-stream" ("name" "a.pdf") NIL """" "base64" 65322)`
	var x BodyStructure
	if err := x.Decode(wire.NewDecoder([]byte(in))); err != nil || string(x.Description) != `""` {
		t.Errorf("description %q, error %v, want two quotes", x.Description, err)
	}
	d := wire.NewDecoder([]byte(in))
	d.SetRules(wire.Strict)
	if err := x.Decode(d); err == nil {
		t.Error("Decode did not fail with wire.Strict")
	}
}

func TestBodyErrors(t *testing.T) {
	for _, in := range []string{"", "x", "(", "((", `("text"`, `(("text" "plain"`, `("text" "plain" NIL NIL NIL "7bit" x 1)`, `"text"`,
		`("text" "plain" NIL NIL NIL "7bit" 99999999999999999999 1)`, `("text" "plain" 5 NIL NIL "7bit" 5 1)`} {
		for _, rules := range []wire.Rules{wire.AllRules, wire.Strict} {
			d := wire.NewDecoder([]byte(in))
			d.SetRules(rules)
			if x := new(BodyStructure); x.Decode(d) == nil && (x.Invalid == nil || x.Type != "text" || x.Subtype != "plain" || rules == wire.Strict) {
				t.Errorf("Decode(%q) did not fail", in)
			}
		}
	}
	// Decode fails for every structure whose end is missing.
	for name, in := range bodies {
		for i := range in {
			if err := new(BodyStructure).Decode(wire.NewDecoder([]byte(in[:i]))); err == nil {
				t.Errorf("%s: Decode(%q) did not fail", name, in[:i])
			}
		}
	}
}
