package parser

import (
	"slices"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

func TestFlags(t *testing.T) {
	for _, test := range []struct {
		name, in string
		want     []Flag
		strict   bool
	}{
		{"none", `()`, nil, true},
		{"one", `(\Seen)`, []Flag{FlagSeen}, true},
		{"system flags in any case", `(\ANSWERED \flagged \deLeted \seen \DRAFT \recent)`,
			[]Flag{FlagAnswered, FlagFlagged, FlagDeleted, FlagSeen, FlagDraft, FlagRecent}, true},
		{"keywords keep their case", `($Forwarded $MDNSENT Work)`, []Flag{FlagForwarded, "$MDNSENT", "Work"}, true},
		{"an extension", `(\X-Ext)`, []Flag{`\X-Ext`}, true},
		{"names like system flags", `(\See \Seenx \Flaggex \Answerex \x)`, []Flag{`\See`, `\Seenx`, `\Flaggex`, `\Answerex`, `\x`}, true},
		{"F11", `(+ TAG $X-ME-Annot-2 \Seen)`, []Flag{"+", "TAG", "$X-ME-Annot-2", FlagSeen}, true},
		{"a bracket that opens", `(OIB-Seen-[Google)`, []Flag{"OIB-Seen-[Google"}, true},
		{"F01", `(\Answered \Seen $Forwarded OIB-Seen-INBOX OIB-Seen-[Google Mail]/Alle Nachrichten)`,
			[]Flag{FlagAnswered, FlagSeen, FlagForwarded, "OIB-Seen-INBOX", "OIB-Seen-[Google", "Mail]/Alle", "Nachrichten"}, false},
		{"F03", `(\Answered \Deleted \*)`, []Flag{FlagAnswered, FlagDeleted, FlagWildcard}, false},
		{"F04", `("\\Seen" NIL "\\Answered")`, []Flag{FlagSeen, FlagAnswered}, false},
		{"F10", `(\Answered  \Seen )`, []Flag{FlagAnswered, FlagSeen}, false},
		{"L08", `(\HasChildren \)`, []Flag{`\HasChildren`}, false},
		{"NIL", `NIL`, nil, false},
		{"octets above 127", "(\xc3\xa9t\xc3\xa9 \\Seen)", []Flag{"été", FlagSeen}, false},
		{"an empty string", `("" \Seen)`, []Flag{FlagSeen}, false},
		{"a wildcard in a word", `(a* b%c)`, []Flag{"a*", "b%c"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := wire.NewDecoder([]byte(test.in))
			got := DecodeFlags(d, nil)
			if d.Err() != nil || !slices.Equal(got, test.want) || !d.AtEnd() {
				t.Errorf("DecodeFlags(%s) = %q, error %v, want %q", test.in, got, d.Err(), test.want)
			}
			d.SetRules(wire.Strict)
			d.Reset([]byte(test.in))
			DecodeFlags(d, nil)
			if (d.Err() == nil) != test.strict {
				t.Errorf("with wire.Strict: error %v, want none: %t", d.Err(), test.strict)
			}
		})
	}
}

func TestFlagsFail(t *testing.T) {
	for _, in := range []string{``, `(`, `(\Seen`, `(\Seen (x)`, `\Seen`, `("a`, `(a ("b)`} {
		d := wire.NewDecoder([]byte(in))
		if DecodeFlags(d, nil); d.Err() == nil {
			t.Errorf("DecodeFlags(%s) did not fail", in)
		}
	}
}

func TestFlagNil(t *testing.T) {
	// The grammar allows NIL as a keyword.
	d := wire.NewDecoder([]byte(`(NIL nil Nils)`))
	d.SetRules(wire.Strict)
	if got := DecodeFlags(d, nil); d.Err() != nil || !slices.Equal(got, []Flag{"NIL", "nil", "Nils"}) {
		t.Errorf("with wire.Strict, got %q, error %v, want all three keywords", got, d.Err())
	}
}

func TestPermanentFlags(t *testing.T) {
	d := wire.NewDecoder([]byte(`(\Deleted \Seen \*)`))
	d.SetRules(wire.Strict)
	got := DecodePermanentFlags(d, nil)
	if d.Err() != nil || !slices.Equal(got, []Flag{FlagDeleted, FlagSeen, FlagWildcard}) {
		t.Errorf("got %q, error %v, want \\Deleted, \\Seen and \\*", got, d.Err())
	}
	if !HasFlag(got, `\SEEN`) || HasFlag(got, FlagDraft) {
		t.Errorf(`HasFlag(%q) must be true for \SEEN and false for \Draft`, got)
	}
	e := wire.NewEncoder(wire.Mode{})
	if EncodeFlags(e, got); string(e.Bytes()) != `(\Deleted \Seen \*)` {
		t.Errorf("EncodeFlags wrote %s, error %v", e.Bytes(), e.Err())
	}
}

func TestFlagArgument(t *testing.T) {
	for f, ok := range map[Flag]bool{FlagSeen: true, FlagWildcard: true, "$X": true, "": false, `\`: false, "a b": false,
		"a\r\nb": false, "a]": true, `\\x`: false, `\Seen x`: false, "(": false, "été": false} {
		if f.Valid() != ok {
			t.Errorf("Flag(%q).Valid() = %t, want %t", f, !ok, ok)
		}
		e := wire.NewEncoder(wire.Mode{})
		if EncodeFlags(e, []Flag{f}); (e.Err() == nil) != ok {
			t.Errorf("EncodeFlags(%q): error %v, want none: %t", f, e.Err(), ok)
		}
	}
	if FlagSeen.IsKeyword() || !FlagJunk.IsKeyword() || Flag("").IsKeyword() {
		t.Error(`IsKeyword must be true for $Junk, and false for \Seen and ""`)
	}
}

func TestParseFlags(t *testing.T) {
	for in, want := range map[string][]Flag{
		`1 (FLAGS (\Seen $Junk) UID 4)`: {FlagSeen, FlagJunk},
		`(FLAGS ())`:                    nil,
		`* FLAGS (\Answered \*)`:        {FlagAnswered, FlagWildcard},
		`1 (flags (a)) 2 (FLAGS (b))`:   {"b"},
		`1 (UID 4)`:                     nil,
		``:                              nil,
		`1 (FLAGS (OIB-Seen-[Google Mail]/Alle) UID 4`: {"OIB-Seen-[Google", "Mail]/Alle"},
	} {
		if got, err := ParseFlags([]byte(in)); err != nil || !slices.Equal(got, want) {
			t.Errorf("ParseFlags(%s) = %q, error %v, want %q", in, got, err, want)
		}
	}
	if _, err := ParseFlags([]byte(`1 (FLAGS (\Seen`)); err == nil {
		t.Error("ParseFlags did not fail for a list without its end")
	}
}

func TestFlagsAllocs(t *testing.T) {
	d := wire.NewDecoder(nil)
	in := []byte(`(\Seen \Answered $Forwarded Work \X-Other)`)
	var list []Flag
	if n := testing.AllocsPerRun(100, func() {
		d.Reset(in)
		list = DecodeFlags(d, list[:0])
	}); n != 0 {
		t.Errorf("%v allocations in decoding flags again, want 0", n)
	}
}

func FuzzFlags(f *testing.F) {
	f.Add([]byte(`(\Seen $Junk NIL "\\x" a] \* \ )`))
	f.Fuzz(func(t *testing.T, b []byte) {
		d := wire.NewDecoder(b)
		list := DecodeFlags(d, nil)
		if d.Err() != nil {
			return
		}
		for _, f := range list {
			if f == "" || strings.ContainsAny(string(f), " ()\r\n") && !strings.ContainsRune(string(b), '"') && !strings.ContainsRune(string(b), '{') {
				t.Errorf("%q is decoded as the flag %q, which is empty or has a space or a parenthesis", b, f)
			}
		}
		ParseFlags(b)
	})
}

func BenchmarkFlags(b *testing.B) {
	d := wire.NewDecoder(nil)
	in := []byte(`(\Seen \Answered $Forwarded)`)
	var list []Flag
	b.ReportAllocs()
	for b.Loop() {
		d.Reset(in)
		list = DecodeFlags(d, list[:0])
	}
}
