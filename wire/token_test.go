package wire_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// outcome describes the result of a method: NIL, the string in quotes, or the error.
func outcome(b []byte, d *wire.Decoder) string {
	var syn *wire.SyntaxError
	switch {
	case errors.As(d.Err(), &syn):
		return fmt.Sprintf("want %s at %d", syn.Want, syn.Offset)
	case d.Err() != nil:
		return d.Err().Error()
	case b == nil:
		return "NIL"
	}
	return fmt.Sprintf("%q then %q", b, d.Rest())
}

var methods = map[string]func(*wire.Decoder) []byte{
	"Atom":        (*wire.Decoder).Atom,
	"AString":     (*wire.Decoder).AString,
	"NString":     (*wire.Decoder).NString,
	"String":      (*wire.Decoder).String,
	"Quoted":      (*wire.Decoder).Quoted,
	"ListMailbox": (*wire.Decoder).ListMailbox,
	"Tag":         (*wire.Decoder).Tag,
	"Flag":        (*wire.Decoder).Flag,
	"Text":        (*wire.Decoder).Text,
	"Value":       (*wire.Decoder).Value,
	"Name":        func(d *wire.Decoder) []byte { return []byte(d.Name()) },
	"TextUntil ]": func(d *wire.Decoder) []byte { return d.TextUntil(']') },
	"Literal": func(d *wire.Decoder) []byte {
		l := d.Literal()
		if l == nil {
			return nil
		}
		b, _ := l.Bytes()
		return b
	},
	"NLiteral": func(d *wire.Decoder) []byte {
		l := d.NLiteral()
		if l == nil {
			return nil
		}
		b, _ := l.Bytes()
		return b
	},
}

func TestStrings(t *testing.T) {
	for _, tt := range []struct{ method, in, strict, rules string }{
		// The field strict is the outcome without rules. The field rules is the outcome with all rules, or "" if it is the
		// same.
		{"Atom", "INBOX\r\n", `"INBOX" then "\r\n"`, ""},
		{"Atom", "a b", `"a" then " b"`, ""},
		{"Atom", "a!#$&'+,-./:;<=>?@[^_`|}~", "\"a!#$&'+,-./:;<=>?@[^_`|}~\" then \"\"", ""},
		{"Atom", "a]b", `"a" then "]b"`, ""},
		{"Atom", `a"b`, `"a" then "\"b"`, ""},
		{"Atom", `a\b`, `"a" then "\\b"`, ""},
		{"Atom", "a{5}", `"a" then "{5}"`, ""},
		{"Atom", "a%", `"a" then "%"`, ""},
		{"Atom", "a*", `"a" then "*"`, ""},
		{"Atom", "a\x7f", `"a" then "\x7f"`, ""},
		{"Atom", "a\x00", `"a" then "\x00"`, ""},
		{"Atom", "", "want atom at 0", ""},
		{"Atom", "(", "want atom at 0", ""},
		{"Atom", "a\xc3\xa9b", `"a" then "éb"`, `"aéb" then ""`},
		{"Atom", "\xff", "want atom at 0", `"\xff" then ""`},
		{"Name", "bodyStructure x", `"BODYSTRUCTURE" then " x"`, ""},
		{"Name", strings.Repeat("x", 60), `"` + strings.Repeat("X", 60) + `" then ""`, ""},
		{"Name", "(", "want atom at 0", ""},

		{"Tag", "A001 ", `"A001" then " "`, ""},
		{"Tag", "a+1", `"a" then "+1"`, ""},
		{"Tag", "a]1", `"a]1" then ""`, ""},
		{"Tag", "+", "want tag at 0", ""},

		{"Flag", `\Seen)`, `"\\Seen" then ")"`, ""},
		{"Flag", `\*)`, `"\\*" then ")"`, ""},
		{"Flag", `$Forwarded `, `"$Forwarded" then " "`, ""},
		{"Flag", `\)`, "want flag at 1", ""},
		{"Flag", `\\x`, "want flag at 1", ""},
		{"Flag", "", "want flag at 0", ""},
		{"Flag", "\\Gel\xf6scht", `"\\Gel" then "\xf6scht"`, `"\\Gel\xf6scht" then ""`},

		{"Quoted", `"a b" c`, `"a b" then " c"`, ""},
		{"Quoted", `""`, `"" then ""`, ""},
		{"Quoted", `"" ""`, `"" then " \"\""`, ""},
		{"Quoted", `"a\"b\\c")`, `"a\"b\\c" then ")"`, ""},
		{"Quoted", `"\\"`, `"\\" then ""`, ""},
		{"Quoted", `"\""`, `"\"" then ""`, ""},
		{"Quoted", "\"a\tb\x7f\x01\"", `"a\tb\x7f\x01" then ""`, ""},
		{"Quoted", "\"\xc3\xa9\"", `"é" then ""`, ""},
		{"Quoted", "\"\xe9\"", "want UTF-8 in the string at 1", `"\xe9" then ""`},
		{"Quoted", "\"\xc3\xa9\"", `"é" then ""`, ""},
		{"Quoted", `"(NIL {5}"`, `"(NIL {5}" then ""`, ""},
		{"Quoted", `"abc`, "want DQUOTE that ends the string at 1", ""},
		{"Quoted", "\"abc\r\n", "want DQUOTE that ends the string at 1", ""},
		{"Quoted", "\"abc\n", "want DQUOTE that ends the string at 1", ""},
		{"Quoted", `"abc\"`, "want DQUOTE that ends the string at 1", ""},
		{"Quoted", `"abc\`, "want quoted-specials after the backslash at 4", "want DQUOTE that ends the string at 1"},
		{"Quoted", `"`, "want DQUOTE that ends the string at 1", ""},
		{"Quoted", `abc`, "want DQUOTE at 0", ""},
		{"Quoted", `"C:\dir\" x" y`, "want quoted-specials after the backslash at 3", `"C:\\dir\" x" then " y"`},
		{"Quoted", `"a"b" c`, `"a" then "b\" c"`, `"a\"b" then " c"`},
		{"Quoted", `"a"b\"c"d" e`, `"a" then "b\\\"c\"d\" e"`, `"a\"b\"c\"d" then " e"`},
		{"Quoted", `"=?UTF-8?Q?"Dummy"?=" NIL`, `"=?UTF-8?Q?" then "Dummy\"?=\" NIL"`, `"=?UTF-8?Q?\"Dummy\"?=" then " NIL"`},
		{"Quoted", `"""" "7bit"`, `"" then "\"\" \"7bit\""`, `"\"\"" then " \"7bit\""`},
		{"Quoted", `""x`, `"" then "x"`, "want DQUOTE that ends the string at 1"},
		{"Quoted", "\"a\r\nb\"", "want DQUOTE that ends the string at 1", `"a\r\nb" then ""`},
		{"Quoted", "\"a\x00b\"", "want DQUOTE that ends the string at 1", `"a\x00b" then ""`},
		{"Quoted", "\"a\rb\"", "want DQUOTE that ends the string at 1", `"a\rb" then ""`},
		{"Quoted", "\"a {3}\r\nb\"\"", "want DQUOTE that ends the string at 1", ""},

		{"String", `"x"`, `"x" then ""`, ""},
		{"String", "{3}\r\na\x00b)", `"a\x00b" then ")"`, ""},
		{"String", "{0}\r\n", `"" then ""`, ""},
		{"String", "{3+}\r\nabc", `"abc" then ""`, ""},
		{"String", "~{3}\r\n\r\n\x00x", `"\r\n\x00" then "x"`, ""},
		{"String", "~{3+}\r\nabc", `"abc" then ""`, ""},
		{"String", "{007}\r\n1234567", `"1234567" then ""`, ""},
		{"String", "{3}\nabc", "want CRLF at 3", `"abc" then ""`},
		{"String", "{4}\r\nabc", "want whole literal at 0", ""},
		{"String", "{18446744073709551616}\r\nabc", "want whole literal at 0", ""},
		{"String", "{99999999999999999999999999999999999999999999}\r\nabc", "want whole literal at 0", ""},
		{"String", "{}\r\n", "want string at 0", ""},
		{"String", "{3\r\nabc", "want string at 0", ""},
		{"String", "{3}abc", "want string at 0", ""},
		{"String", "{3}}\r\nabc", "want string at 0", ""},
		{"String", "{+3}\r\nabc", "want string at 0", ""},
		{"String", "{3-}\r\nabc", "want string at 0", ""},
		{"String", "{-3}\r\nabc", "want string at 0", ""},
		{"String", "{3++}\r\nabc", "want string at 0", ""},
		{"String", "{3\r}\nabc", "want string at 0", ""},
		{"String", "{ 3}\r\nabc", "want string at 0", ""},
		{"String", "NIL", "want string at 0", `"NIL" then ""`},
		{"String", "abc)", "want string at 0", `"abc" then ")"`},
		{"String", `\abc `, "want string at 0", `"\\abc" then " "`},
		{"String", "\xe9t\xe9 ", "want string at 0", `"\xe9t\xe9" then " "`},
		{"String", "~abc", "want string at 0", `"~abc" then ""`},
		{"String", "(", "want string at 0", ""},
		{"String", "", "want string at 0", ""},

		{"NString", "NIL", "NIL", ""},
		{"NString", "nil)", "NIL", ""},
		{"NString", "NIL]", "NIL", ""},
		{"NString", `"NIL"`, `"NIL" then ""`, ""},
		{"NString", `""`, `"" then ""`, ""},
		{"NString", "{0}\r\n", `"" then ""`, ""},
		{"NString", "NILS", "want string at 0", `"NILS" then ""`},
		{"NString", "NIL\xe9", "want string at 0", `"NIL\xe9" then ""`},
		{"NString", "()", "want string at 0", "NIL"},
		{"NString", "(a)", "want string at 0", ""},
		{"NString", "x", "want string at 0", `"x" then ""`},

		{"AString", "INBOX", `"INBOX" then ""`, ""},
		{"AString", "[Gmail] x", `"[Gmail]" then " x"`, ""},
		{"AString", "NIL", `"NIL" then ""`, ""},
		{"AString", "123", `"123" then ""`, ""},
		{"AString", "~peter", `"~peter" then ""`, ""},
		{"AString", `"a b"`, `"a b" then ""`, ""},
		{"AString", "{2}\r\n\r\n", `"\r\n" then ""`, ""},
		{"AString", "a%b", `"a" then "%b"`, ""},
		{"AString", "%", "want astring at 0", ""},
		{"AString", "{x", "want astring at 0", ""},
		{"AString", "Entw\xc3\xbcrfe", `"Entw" then "ürfe"`, `"Entwürfe" then ""`},

		{"ListMailbox", "INBOX.%*] x", `"INBOX.%*]" then " x"`, ""},
		{"ListMailbox", `"% *"`, `"% *" then ""`, ""},
		{"ListMailbox", "{1}\r\n%", `"%" then ""`, ""},
		{"ListMailbox", "(", "want list-mailbox at 0", ""},

		{"Text", "[ALERT] over {5}\r\n", `"[ALERT] over {5}" then "\r\n"`, ""},
		{"Text", "a\nb", `"a" then "\nb"`, ""},
		{"Text", "a\rb\r\n", `"a\rb" then "\r\n"`, ""},
		{"Text", "\r\n", `"" then "\r\n"`, ""},
		{"Text", "abc", `"abc" then ""`, ""},
		{"Text", "", `"" then ""`, ""},
		{"TextUntil ]", "abc] x\r\n", `"abc" then "] x\r\n"`, ""},
		{"TextUntil ]", "abc\r\n]", `want "]" at 0`, ""},
		{"TextUntil ]", "abc", `want "]" at 0`, ""},

		{"Literal", "{3}\r\nabc", `"abc" then ""`, ""},
		{"Literal", "~{0}\r\n", `"" then ""`, ""},
		{"Literal", `"abc"`, "want literal at 0", ""},
		{"Literal", "{4}\r\nabc", "want whole literal at 0", ""},
		{"Literal", "{3}\nabc", "want CRLF at 3", `"abc" then ""`},
		{"NLiteral", "{3}\r\nabc", `"abc" then ""`, ""},
		{"NLiteral", `"abc"`, `"abc" then ""`, ""},
		{"NLiteral", "NIL", "NIL", ""},
		{"NLiteral", "~x", "want string at 0", `"~x" then ""`},
		{"NLiteral", "(", "want string at 0", ""},
	} {
		for _, rules := range []wire.Rules{wire.Strict, wire.AllRules} {
			want := tt.strict
			if rules != wire.Strict && tt.rules != "" {
				want = tt.rules
			}
			in := []byte(tt.in)
			d := wire.NewDecoder(in)
			d.SetRules(rules)
			b := methods[tt.method](d)
			if got := outcome(b, d); got != want {
				t.Errorf("%s(%q), rules %x:\ngot  %s\nwant %s", tt.method, tt.in, rules, got, want)
			}
			if cap(b) != len(b) && tt.method != "Name" {
				t.Errorf("%s(%q): the capacity of the slice is larger than its length", tt.method, tt.in)
			}
			if string(in) != tt.in {
				t.Errorf("%s(%q) writes to its input", tt.method, tt.in)
			}
			// Correct input has the same outcome with all rules, and uses none of them.
			if used := d.Used() != 0; used != (rules != 0 && tt.rules != "") && tt.strict != want {
				t.Errorf("%s(%q), rules %x: used %x", tt.method, tt.in, rules, d.Used())
			}
			// A decoder that has failed takes nothing.
			if d.Err() != nil {
				pos, err := d.Pos(), d.Err()
				for name, f := range methods {
					if len(f(d)) != 0 || d.Pos() != pos || d.Err() != err {
						t.Errorf("%s takes octets, or changes the error, after a failure", name)
					}
				}
			}
		}
	}
}

func TestLiteralForms(t *testing.T) {
	for _, tt := range []struct {
		in           string
		binary, sync bool
	}{
		{"{3}\r\nabc", false, true},
		{"{3+}\r\nabc", false, false},
		{"~{3}\r\nabc", true, true},
		{"~{3+}\r\nabc", true, false},
	} {
		d := wire.NewDecoder([]byte(tt.in))
		l := d.Literal()
		if l.Binary() != tt.binary || l.Sync() != tt.sync || l.Size() != 3 || l.Left() != 3 {
			t.Errorf("%q: %+v", tt.in, l)
		}
	}
}

func TestNumbers(t *testing.T) {
	number := func(d *wire.Decoder) uint64 { return uint64(d.Number()) }
	nz := func(d *wire.Decoder) uint64 { return uint64(d.NzNumber()) }
	n64 := (*wire.Decoder).Number64
	for _, tt := range []struct {
		name   string
		f      func(*wire.Decoder) uint64
		in     string
		want   uint64
		err    string
		strict string // the error without rules, if that is different from err
	}{
		{"Number", number, "0", 0, "", ""},
		{"Number", number, "7 ", 7, "", ""},
		{"Number", number, "4294967295)", math.MaxUint32, "", ""},
		{"Number", number, "4294967296", 0, "want number of 32 bits at 0", ""},
		{"Number", number, "42949672950", 0, "want number of 32 bits at 0", ""},
		{"Number", number, "999999999", 999999999, "", ""},
		{"Number", number, "1000000000", 1000000000, "", ""},
		{"Number", number, "00000000001", 1, "", ""},
		{"Number", number, "18446744073709551615", 0, "want number of 32 bits at 0", ""},
		{"Number", number, "18446744073709551616", 0, "want number of 64 bits at 0", ""},
		{"Number", number, "", 0, "want number at 0", ""},
		{"Number", number, "x", 0, "want number at 0", ""},
		{"Number", number, "+1", 0, "want number at 0", ""},
		{"Number", number, "12x", 12, "", ""},
		{"Number", number, "-", 0, "want number at 0", ""},
		{"Number", number, "-1", 0, "", "want number at 0"},
		{"Number", number, "-99999999999999999999", 0, "want number of 64 bits at 1", "want number at 0"},
		{"Number", number, "NIL", 0, "", "want number at 0"},
		{"Number", number, "nil)", 0, "", "want number at 0"},
		{"Number", number, "NILS", 0, "want number at 0", ""},
		{"Number", number, `"12"`, 12, "", "want number at 0"},
		{"Number", number, `"4294967296"`, 0, "want number of 32 bits at 0", "want number at 0"},
		{"Number", number, `"12`, 0, "want DQUOTE at 3", "want number at 0"},
		{"Number", number, `"12 "`, 0, "want DQUOTE at 3", "want number at 0"},
		{"Number", number, `""`, 0, "want number at 0", ""},
		{"Number", number, `"x"`, 0, "want number at 0", ""},
		{"Number", number, "{2}\r\n12 x", 12, "", "want number at 0"},
		{"Number", number, "{2}\r\n1x", 0, "want number at 6", "want number at 0"},
		{"Number", number, "{2}\r\n123", 0, "want number at 8", "want number at 0"},
		{"Number", number, "{0}\r\n1", 0, "want number at 0", ""},
		{"Number", number, "{9}\r\n1", 0, "want whole literal at 0", "want number at 0"},
		{"Number", number, "{2}", 0, "want number at 0", ""},
		{"NzNumber", nz, "1", 1, "", ""},
		{"NzNumber", nz, "0", 0, "want nz-number at 0", ""},
		{"NzNumber", nz, "000", 0, "want nz-number at 0", ""},
		{"NzNumber", nz, "-1", 0, "want nz-number at 0", "want number at 0"},
		{"Number64", n64, "9223372036854775807", math.MaxInt64, "", ""},
		{"Number64", n64, "9223372036854775808", math.MaxInt64 + 1, "", ""},
		{"Number64", n64, "18446744073709551615", math.MaxUint64, "", ""},
		{"Number64", n64, "18446744073709551616", 0, "want number of 64 bits at 0", ""},
		{"Number64", n64, "18446744073709551620", 0, "want number of 64 bits at 0", ""},
		{"Number64", n64, "99999999999999999999999999", 0, "want number of 64 bits at 0", ""},
		{"Number64", n64, "0000000000000000000000000018446744073709551615", math.MaxUint64, "", ""},
		{"Number64", n64, "-5", 0, "", "want number at 0"},
	} {
		for _, rules := range []wire.Rules{wire.Strict, wire.AllRules} {
			d := wire.NewDecoder([]byte(tt.in))
			d.SetRules(rules)
			got, want, wantErr := tt.f(d), tt.want, tt.err
			if rules == wire.Strict && tt.strict != "" {
				want, wantErr = 0, tt.strict
			}
			gotErr := ""
			if d.Err() != nil {
				gotErr = outcome(nil, d)
			}
			if got != want || gotErr != wantErr {
				t.Errorf("%s(%q), rules %x = %d, %s; want %d, %s", tt.name, tt.in, rules, got, gotErr, want, wantErr)
			}
			if err, pos := d.Err(), d.Pos(); err != nil && (d.Number() != 0 || d.Number64() != 0 || d.NzNumber() != 0 || d.Err() != err || d.Pos() != pos) {
				t.Errorf("%s(%q): another method takes octets, or changes the error, after the failure", tt.name, tt.in)
			}
			if used := d.Used() != 0; d.Err() == nil && used != (tt.strict != "") {
				t.Errorf("%s(%q), rules %x: used %x", tt.name, tt.in, rules, d.Used())
			}
		}
	}
}

func TestNil(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want bool
		rest string
	}{
		{"NIL", true, ""}, {"nIl)", true, ")"}, {"NIL ", true, " "}, {"NIL]", true, "]"}, {"NIL\r\n", true, "\r\n"},
		{"NI", false, "NI"}, {"NILL", false, "NILL"}, {"NIL.", false, "NIL."}, {`"NIL"`, false, `"NIL"`}, {"", false, ""},
		{"NIL[", false, "NIL["}, {"NIL\x80", false, "NIL\x80"}, {"nkl", false, "nkl"}, {"N\tL", false, "N\tL"},
	} {
		d := wire.NewDecoder([]byte(tt.in))
		if got := d.Nil(); got != tt.want || string(d.Rest()) != tt.rest || d.Err() != nil {
			t.Errorf("Nil(%q) = %v, rest %q, %v", tt.in, got, d.Rest(), d.Err())
		}
	}
}

func TestClasses(t *testing.T) {
	// Compare the classes with the grammar of RFC 9051 §9, octet by octet.
	for c := range 256 {
		s := string([]byte{byte(c)})
		ctl := c < 0x20 || c == 0x7f
		special := strings.Contains(`(){ %*"\]`, s) || ctl || c >= 0x80
		if got, want := wire.IsAtom(s), !special; got != want {
			t.Errorf("IsAtom(%q) = %v", s, got)
		}
		if got, want := wire.IsAString(s), !special || s == "]"; got != want {
			t.Errorf("IsAString(%q) = %v", s, got)
		}
	}
	for _, s := range []string{"", "NIL", "nil", "NiL", "a b", "é"} {
		if wire.IsAString(s) {
			t.Errorf("IsAString(%q) = true", s)
		}
	}
	if !wire.IsAtom("NIL") || wire.IsAtom("") {
		t.Error(`IsAtom("NIL") = false, or IsAtom("") = true`)
	}
	if !wire.EqualFold([]byte("fLaGs"), "FlAgS") || wire.EqualFold([]byte("a"), "ab") || wire.EqualFold([]byte("@"), "`") ||
		wire.EqualFold([]byte("["), "{") || wire.EqualFold([]byte("\u212a"), "k") || !wire.EqualFold(nil, "") {
		t.Error("EqualFold returns a wrong result")
	}
}
