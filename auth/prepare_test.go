package auth_test

import (
	"testing"

	"github.com/imapstack/imapstack/auth"
)

func TestPrepare(t *testing.T) {
	const no = "\x00error"
	for _, c := range []struct{ in, saslprep, opaque, username string }{
		{"user", "user", "user", "user"},
		{"USER", "USER", "USER", "USER"},
		{"I\u00adX", "IX", no, no},                           // RFC 4013 §3: soft hyphen
		{"\u00aa", "a", "\u00aa", no},                        // RFC 4013 §3: NFKC
		{"\u2168", "IX", "\u2168", no},                       // RFC 4013 §3: NFKC
		{"\u0007", no, no, no},                               // RFC 4013 §3: control character
		{"\u0627\u0031", no, "\u0627\u0031", "\u0627\u0031"}, // RFC 4013 §3 forbids it (bidi), RFC 5893 allows it
		{"\u0627\u0031\u0628", "\u0627\u0031\u0628", "\u0627\u0031\u0628", "\u0627\u0031\u0628"},
		{"\u0627a\u0628", no, "\u0627a\u0628", no},
		{"", no, no, ""},
		{"correct horse battery staple", "correct horse battery staple", "correct horse battery staple", "correct horse battery staple"}, // RFC 8265 §4.3
		{"Correct Horse Battery Staple", "Correct Horse Battery Staple", "Correct Horse Battery Staple", "Correct Horse Battery Staple"},
		{"\u03c0\u00df\u00e5", "\u03c0\u00df\u00e5", "\u03c0\u00df\u00e5", "\u03c0\u00df\u00e5"},
		{"Jack of \u2666s", "Jack of \u2666s", "Jack of \u2666s", no},
		{"foo\u1680bar", "foo bar", "foo bar", no},
		{"my cat is a \u0009by", no, no, no},
		{"juliet@example.com", "juliet@example.com", "juliet@example.com", "juliet@example.com"}, // RFC 8265 §3.5
		{"fussball", "fussball", "fussball", "fussball"},
		{"\u03a3", "\u03a3", "\u03a3", "\u03a3"},
		{"henry\u2163", "henryIV", "henry\u2163", no},
		{"\u265a", "\u265a", "\u265a", no},
		{"e\u0301", "\u00e9", "\u00e9", "\u00e9"},
		{"\u00bd", "1\u20442", "\u00bd", no}, // RFC 5802 §3
		{"\u00b4", " \u0301", "\u00b4", no},  // RFC 5802 §3
		{"\uff21", "A", "\uff21", "A"},
		{"\u200b", " ", no, no},
		{"\ufeff", no, no, no},
		{"\xff", no, no, no},
		{"a\ufffd", no, "a\ufffd", no},
		{"\U000e0001", no, no, no},
		{"\ue000", no, no, no},
		{"\U0001fffe", no, no, no},
		{"\U0001f600", "\U0001f600", "\U0001f600", no},
	} {
		for name, f := range map[string]struct {
			f    func(string) (string, error)
			want string
		}{
			"SASLprep": {auth.SASLprep, c.saslprep}, "OpaqueString": {auth.OpaqueString, c.opaque}, "Username": {auth.Username, c.username},
		} {
			got, err := f.f(c.in)
			if err != nil {
				got = no + got
			}
			if got != f.want {
				t.Errorf("%s(%q) = %q, %v, want %q", name, c.in, got, err, f.want)
			}
		}
	}
}
