package parser

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestEnvelopeTime(t *testing.T) {
	for in, want := range map[string]string{
		"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)":        "1996-07-17T02:23:25-07:00",
		"17 Jul 1996 02:23:25 -0700":                   "1996-07-17T02:23:25-07:00",
		"Wed, 7 Aug 2013 16:44:13 +0800":               "2013-08-07T16:44:13+08:00",
		"Wed,7 Aug 2013 16:44 GMT":                     "2013-08-07T16:44:00Z",
		"Fri, 21 Nov 97 09:55:06 -0600":                "1997-11-21T09:55:06-06:00",
		"1 Jan 03 00:00:00 EST":                        "2003-01-01T00:00:00-05:00",
		"1 Jan 103 00:00:00 PDT":                       "2003-01-01T00:00:00-07:00",
		"Sat, 01 Feb 2020 10.11.12 +0000":              "2020-02-01T10:11:12Z",
		"Mon, 2 Mar 2020 10:11:12":                     "2020-03-02T10:11:12Z",
		"Mon,\r\n 2 Mar (March (really)) 2020 10:11 Z": "2020-03-02T10:11:00Z",
		"Thursday, 31 December 1998 23:59:60 +0000":    "1998-12-31T23:59:59Z",
		"Mon, 2 Mar 2020 10:11:12 +9999":               "2020-03-02T10:11:12Z",
		"6/31/2005":                                    "", // row E10
		"":                                             "",
		"Wed":                                          "",
		"Wed, 31 Jun 2005 10:00:00 GMT":                "",
		"1 Jan 2005 25:00:00 GMT":                      "",
		"1 Jan 2005 10:60:00 GMT":                      "",
		"1 Foo 2005 10:00:00 GMT":                      "",
		"1 Ja 2005 10:00:00 GMT":                       "",
		"0 Jan 2005 10:00:00 GMT":                      "",
		"1 Jan 99999 10:00:00 GMT":                     "",
		"1 Jan -5 10:00:00 GMT":                        "",
		"1 Jan 2005 x:y GMT":                           "",
		"1 Jan 2005 10 GMT":                            "",
		"((((":                                         "",
	} {
		x := Envelope{Date: []byte(in)}
		got := x.Time()
		if want == "" {
			if !got.IsZero() {
				t.Errorf("%q is read as %v, want no date", in, got)
			}
			continue
		}
		if got.Format(time.RFC3339) != want {
			t.Errorf("%q: %v, want %s", in, got.Format(time.RFC3339), want)
		}
	}
	if x := (Envelope{Date: []byte(strings.Repeat("1 ", 1e6))}); !x.Time().IsZero() {
		t.Error("a text of a megabyte is read as a date")
	}
}

func FuzzEnvelopeTime(f *testing.F) {
	f.Add("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)")
	f.Fuzz(func(t *testing.T, s string) { (&Envelope{Date: []byte(s)}).Time() })
}

func TestEnvelopeText(t *testing.T) {
	var x Envelope
	decoded(t, &x, `(NIL "=?utf-8?B?R3LDvMOfZQ==?= an alle" (("=?iso-8859-1?Q?J=FCrgen?=" NIL "j" "x.org")(NIL NIL "a" "b.c")("Only" NIL NIL ".MISSING")) NIL NIL NIL NIL NIL NIL NIL)`)
	if x.SubjectText() != "Grüße an alle" {
		t.Errorf("SubjectText returns %q, want Grüße an alle", x.SubjectText())
	}
	for i, want := range []string{"Jürgen <j@x.org>", "a@b.c", "Only"} {
		if got := x.From[i].String(); got != want {
			t.Errorf("String returns %q, want %q", got, want)
		}
	}
}

func TestFilename(t *testing.T) {
	for params, want := range map[string]string{
		`("name" "a.pdf") NIL NIL "base64" 1 NIL ("attachment" ("filename" "b.pdf")) NIL NIL`:                                    "b.pdf",
		`("NAME" "a.pdf") NIL NIL "base64" 1 NIL ("attachment" NIL) NIL NIL`:                                                     "a.pdf",
		`NIL NIL NIL "base64" 1 NIL ("attachment" ("filename" "=?utf-8?Q?=C3=A4.pdf?=")) NIL NIL`:                                "ä.pdf",
		`NIL NIL NIL "base64" 1 NIL ("attachment" ("filename*" "iso-8859-1'de'%E4.pdf")) NIL NIL`:                                "ä.pdf",
		`NIL NIL NIL "base64" 1 NIL ("attachment" ("filename*1*" "%20plan.pdf" "FILENAME*0*" "utf-8''Mein" "size" "5")) NIL NIL`: "Mein plan.pdf",
		`("name*" "utf-8''%e2%82%ac.txt") NIL NIL "base64" 1`:                                                                    "€.txt",
		`NIL NIL NIL "base64" 1`:                                "",
		"(\"name\" \"Rechnung \xe4.pdf\") NIL NIL \"base64\" 1": "Rechnung ä.pdf",
	} {
		var x BodyStructure
		decoded(t, &x, `("application" "pdf" `+params+`)`)
		if got := x.Filename(); got != want {
			t.Errorf("the file name of %s is %q, want %q", params, got, want)
		}
	}
	var x BodyStructure
	decoded(t, &x, `("text" "plain" ("Charset" "UTF-8") NIL NIL "7bit" 1 1)`)
	if x.Charset() != "utf-8" {
		t.Errorf("Charset = %q, want utf-8", x.Charset())
	}
	decoded(t, &x, `("text" "plain" (`+strings.Repeat(`"filename*5" "a" "name*0" "b" `, 30000)+`"x" "y") NIL NIL "7bit" 1 1)`)
	if len(x.Filename()) > maxPieces {
		t.Errorf("a file name in pieces has %d octets, want at most %d", len(x.Filename()), maxPieces)
	}
}

// TestHeaderDateAsInternal reads a Date field that a server has rewritten in the form of INTERNALDATE, as pymap does.
func TestHeaderDateAsInternal(t *testing.T) {
	for in, want := range map[string]string{"02-Mar-2026 09:30:00 +0000": "2026-03-02T09:30:00Z", "2-Mar-2026 09:30:00 +0100": "2026-03-02T09:30:00+01:00", "2-Mar 09:30:00": "0001-01-01T00:00:00Z"} {
		x := Envelope{Date: []byte(in)}
		if got := x.Time().Format(time.RFC3339); got != want {
			t.Errorf("%s is read as %s, want %s", in, got, want)
		}
	}
}

func TestCodesOfMailboxes(t *testing.T) {
	for args, want := range map[string]string{
		"BADEVENT (FlagChange MessageNew)":          "[FLAGCHANGE MESSAGENEW] true",
		"BADEVENT FlagChange":                       "[] false",
		"URLMECH INTERNAL XSAMPLE=P34OKhO7VEkCbsiY": "map[INTERNAL: XSAMPLE:P34OKhO7VEkCbsiY] true",
		"ANNOTATIONS 20480 NOPRIVATE":               "{false false 20480 true} true",
		"ANNOTATIONS NONE":                          "{true false 0 false} true",
		"ANNOTATIONS READ-ONLY":                     "{false true 0 false} true",
	} {
		name, rest, _ := strings.Cut(args, " ")
		c := Code{CodeName(name), []byte(rest)}
		got := ""
		switch c.Name {
		case CodeBadEvent:
			got = fmt.Sprint(c.BadEvent())
		case CodeURLMech:
			got = fmt.Sprint(c.URLMech())
		default:
			got = fmt.Sprint(c.Annotations())
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", args, got, want)
		}
	}
}
