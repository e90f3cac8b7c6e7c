package wire_test

import (
	"testing"

	"github.com/imapstack/imapstack/wire"
)

func TestRuleSets(t *testing.T) {
	s := wire.Strict.With(wire.RuleEscape).With(wire.RuleSpaces)
	if !s.Has(wire.RuleEscape) || s.Has(wire.RuleBareLF) || s.Without(wire.RuleEscape).Has(wire.RuleEscape) || !wire.AllRules.Has(wire.RuleFirstFree) {
		t.Errorf("With, Without or Has returns a wrong result: %x", s)
	}
	d := wire.NewDecoder([]byte("x"))
	d.SetRules(s)
	if !d.Tolerate(wire.RuleEscape) || d.Tolerate(wire.RuleBareLF) || d.Used() != wire.Strict.With(wire.RuleEscape) {
		t.Errorf("used %x", d.Used())
	}
	d.Reset(nil)
	if d.Used() != 0 || d.Tolerate(wire.RuleBareLF) {
		t.Errorf("after Reset: used %x, or other rules than before", d.Used())
	}
	// A Decoder with only the given rule accepts the input. A Decoder with all other rules does not.
	for rule, in := range map[wire.Rule]string{
		wire.RuleSpaces: "a  b", wire.RuleQuoteInside: `"a"b"`, wire.RuleEscape: `"a\b"`, wire.RuleAtom8Bit: "\xe9",
		wire.RuleBareLF: "\n", wire.RuleNilList: "NIL", wire.RuleNumberString: `"1"`, wire.RuleNumberSign: "-1",
		wire.RuleNilNumber: "NIL", wire.RuleStringAtom: "abc", wire.RuleQuoteBreak: "\"a\r\nb\"",
	} {
		use := map[wire.Rule]func(d *wire.Decoder){
			wire.RuleSpaces: func(d *wire.Decoder) { d.Atom(); d.SP(); d.Atom() },
			wire.RuleQuoteInside: func(d *wire.Decoder) {
				if d.Quoted(); len(d.Rest()) > 0 {
					d.Expected("the end")
				}
			},
			wire.RuleEscape:       func(d *wire.Decoder) { d.Quoted() },
			wire.RuleAtom8Bit:     func(d *wire.Decoder) { d.AString() },
			wire.RuleBareLF:       func(d *wire.Decoder) { d.CRLF() },
			wire.RuleNilList:      func(d *wire.Decoder) { d.List(func() bool { return true }) },
			wire.RuleNumberString: func(d *wire.Decoder) { d.Number64() },
			wire.RuleNumberSign:   func(d *wire.Decoder) { d.Number() },
			wire.RuleNilNumber:    func(d *wire.Decoder) { d.Number() },
			wire.RuleStringAtom:   func(d *wire.Decoder) { d.String() },
			wire.RuleQuoteBreak:   func(d *wire.Decoder) { d.Quoted() },
		}[rule]
		for _, tt := range []struct {
			rules wire.Rules
			ok    bool
		}{{wire.Strict.With(rule), true}, {wire.AllRules.Without(rule), false}} {
			d := wire.NewDecoder([]byte(in))
			d.SetRules(tt.rules)
			use(d)
			if (d.Err() == nil) != tt.ok || tt.ok && d.Used() != tt.rules {
				t.Errorf("rule %d, %q, rules %x: used %x, %v", rule, in, tt.rules, d.Used(), d.Err())
			}
		}
	}
}
