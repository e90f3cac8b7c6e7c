package parser

import (
	"testing"

	"github.com/imapstack/imapstack/wire"
)

func TestSectionSpec(t *testing.T) {
	for _, tt := range []struct {
		in, want  string
		body, bin bool // whether the section is allowed in BODY[…] and in BINARY[…]
	}{
		{"[]", "", true, true},
		{"[TEXT]", "TEXT", true, false},
		{"[header]", "HEADER", true, false},
		{"[1.2.3]", "1.2.3", true, true},
		{"[4294967295]", "4294967295", true, true},
		{"[1.MIME]", "1.MIME", true, false},
		{"[MIME]", "MIME", false, false},
		{"[1.2.HEADER.FIELDS (DATE FROM)]", "1.2.HEADER.FIELDS (DATE FROM)", true, false},
		{"[Header.Fields.Not (\"X Y\" {3}\r\na]b)]", "HEADER.FIELDS.NOT (X Y a]b)", true, false},
		{"[HEADER.FIELDS]", "HEADER.FIELDS", false, false},
		{"[TEXT (a)]", "TEXT (a)", false, false},
		{"[1.X-NEW]", "1.X-NEW", false, false},
	} {
		var s SectionSpec
		d := wire.NewDecoder([]byte(tt.in))
		d.SetRules(CommandRules)
		if err := s.Decode(d); err != nil || len(d.Rest()) > 0 || s.String() != tt.want {
			t.Errorf("%s: read as %s, error %v; want %s", tt.in, s, err, tt.want)
		}
		if (s.Check() == nil) != tt.body || (s.CheckBinary() == nil) != tt.bin {
			t.Errorf("%s: Check returns %v, CheckBinary returns %v; want no error %v and %v", tt.in, s.Check(), s.CheckBinary(), tt.body, tt.bin)
		}
		if s.IsAll() != (tt.want == "") {
			t.Errorf("%s: IsAll returns %v", tt.in, s.IsAll())
		}
	}
	for _, in := range []string{"", "[", "[1", "[1.]", "[1.2.]", "[1TEXT]", "[.TEXT]", "[0]", "[1..2]", "[TEXT", "[1.TEXT 5]", "[4294967296]",
		"[1 (a)]", "[-]1", "[TEXT]]"} {
		var s SectionSpec
		d := wire.NewDecoder([]byte(in))
		d.SetRules(CommandRules)
		if s.Decode(d) == nil && len(d.Rest()) == 0 {
			t.Errorf("%s: read as %s, want an error", in, s)
		}
	}
	a := SectionSpec{Part: []uint32{1}, Specifier: SpecHeaderFields, Fields: []string{"Date"}}
	b := a.Clone()
	if b.Fields[0] = "DATE"; !a.Equal(&b) || a.Fields[0] != "Date" {
		t.Error("the clone shares its fields with the original, or Equal does not ignore their case")
	}
	if b.Part[0] = 2; a.Equal(&b) || a.Part[0] != 1 {
		t.Error("the clone shares its path with the original, or Equal ignores the path")
	}
	if a.Reset(); !a.IsAll() {
		t.Error("after Reset, IsAll returns false")
	}
}
