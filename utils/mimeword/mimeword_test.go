package mimeword_test

import (
	"fmt"
	"testing"
	"unicode/utf8"

	"github.com/imapstack/imapstack/utils/mimeword"
)

func TestDecode(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"plain", "plain"},
		{"=?ISO-8859-1?Q?a?=", "a"},                                     // RFC 2047 §8
		{"=?ISO-8859-1?Q?a?= b", "a b"},                                 // RFC 2047 §8
		{"=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"},                 // RFC 2047 §8
		{"=?ISO-8859-1?Q?a_b?=", "a b"},                                 // RFC 2047 §8
		{"=?iso-2022-jp?b?GyRCPEw/PxsoQg==?= of it", "写真 of it"},        //
		{"=?koi8-r?B?8NLJ18XU?=", "Привет"},                             //
		{"=?x-unknown?q?a?= =?utf-8?q?=C3=BC?=", "=?x-unknown?q?a?= ü"}, //
		{"=?utf-8?q?broken", "=?utf-8?q?broken"},                        //
		{"caf\xe9", "café"},                                             //
		{"=?utf-8*en?q?=C3=BC?=", "ü"},                                  // RFC 2231 §5
	} {
		if got := mimeword.Decode(c.in); got != c.want {
			t.Errorf("Decode(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestLookup(t *testing.T) {
	params := []mimeword.Param{
		{"title*0*", "us-ascii'en'This%20is%20even%20more%20"}, // RFC 2231 §4.1
		{"title*1*", "%2A%2A%2Afun%2A%2A%2A%20"},
		{"title*2", "isn't it!"},
		{"url*0", "ftp://"}, {"URL*1", "cs.utk.edu"},
		{"filename*", "utf-8''M%C3%A4rz.pdf"},
		{"name", "=?utf-8?q?M=C3=A4rz?="},
		{"shuffled*2", "c"}, {"shuffled*0", "a"}, {"shuffled*1", "b"}, {"shuffled*4", "behind a gap"}, {"shuffled*01", "no number"}, {"shuffled*0", "twice"},
		{"both", "whole"}, {"both*1", "the first is missing"}, {"both*x", "x"}, {"bothersome", "another"},
		{"either*0", "whole"}, {"either*0*", "utf-8''%C3%BC"}, {"either*1000", "too many"}, {"either*99999999999999999999", "too many"},
	}
	for _, c := range []struct{ name, want string }{
		{"title", "This is even more ***fun*** isn't it!"}, {"url", "ftp://cs.utk.edu"}, {"filename", "März.pdf"}, {"name", "März"},
		{"shuffled", "abc"}, {"both", "whole"}, {"either", "ü"},
	} {
		if got, ok := mimeword.Lookup(params, c.name); got != c.want || !ok {
			t.Errorf("Lookup(%q) = %q, %v, want %q", c.name, got, ok, c.want)
		}
	}
	if _, ok := mimeword.Lookup(params, "none"); ok {
		t.Error("Lookup finds a parameter that is missing")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("=?utf-8?q?=C3=BC?= =?x?b?QQ==?=")
	f.Fuzz(func(t *testing.T, s string) {
		if out := mimeword.Decode(s); !utf8.ValidString(out) {
			t.Errorf("Decode(%q) = %q, which is not UTF-8", s, out)
		}
		mimeword.Lookup([]mimeword.Param{{"a*", s}, {"a*0", s}, {"a*1*", s}}, "a")
	})
}

func ExampleDecode() {
	fmt.Println(mimeword.Decode("=?utf-8?q?Gr=C3=BC=C3=9Fe?="))
	// Output: Grüße
}

func TestEncodeString(t *testing.T) {
	for _, tt := range []struct{ charset, in, want string }{
		{"utf-8", "Zoë", "Zoë"}, {"US-ASCII", "Zoe", "Zoe"}, {"iso-8859-1", "Zoë", "Zo\xeb"}, {"koi8-r", "да", "\xc4\xc1"},
	} {
		if got, err := mimeword.EncodeString(tt.charset, tt.in); got != tt.want || err != nil {
			t.Errorf("%s: %q is %q, %v; want %q", tt.charset, tt.in, got, err, tt.want)
		}
	}
	for _, tt := range []struct{ charset, in string }{{"us-ascii", "Zoë"}, {"ASCII", "ë"}, {"iso-8859-1", "да"}, {"nothing", "x"}} {
		if got, err := mimeword.EncodeString(tt.charset, tt.in); err == nil {
			t.Errorf("%s: %q is %q, want an error", tt.charset, tt.in, got)
		}
	}
}
