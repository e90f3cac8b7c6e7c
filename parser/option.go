package parser

import (
	"math"

	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// encodeExt writes a parameter, an option or a modifier of a command that has no field of its own: a name, and perhaps a
// value (RFC 9051 §9 tagged-ext-label and tagged-ext-val). Literals in the value become strings of the encoder's choice.
func encodeExt(e *wire.Encoder, x ExtData) {
	e.Atom(x.Name)
	if x.Value != nil {
		e.SP()
		encodeValue(e, x.Value)
	}
}

// encodeValue writes a value that Decoder.Value returned, its strings anew: a literal must be announced and waited for.
func encodeValue(e *wire.Encoder, raw []byte) {
	d := wire.NewDecoder(raw)
	for d.Err() == nil && len(d.Rest()) > 0 && e.Err() == nil {
		switch c := d.Peek(); c {
		case '(', ')', ' ':
			d.Got(c)
			e.Byte(c)
		case '"':
			e.StringBytes(d.Quoted())
		case '{', '~':
			e.StringBytes(d.String())
		default:
			e.RawBytes(d.Value())
		}
	}
	if d.Err() != nil {
		e.Fail(d.Err())
	}
}

// How many elements the lists of one command may have. In memory an element takes far more than its shortest text.
const (
	maxOptions = 1 << 8  // options, and what else an extension counts by tens
	maxNames   = 1 << 12 // names, flags, items
)

// room reports whether a list of n elements may have one more. Else d fails.
func room(d *wire.Decoder, n, limit int, what string) bool {
	if n < limit {
		return true
	}
	d.Fail(&wire.LimitError{What: what, Limit: int64(limit), Size: int64(n) + 1})
	return false
}

// label takes the name of a parameter, an option or a modifier.
func label(d *wire.Decoder) string {
	if c := d.Peek(); c-'0' <= 9 || c == ':' {
		d.Expected("tagged-ext-label")
		return ""
	}
	return d.Name()
}

// hasValue reports whether a value follows, and not the next label or the end of the list.
func hasValue(d *wire.Decoder) bool {
	rest := d.Rest()
	if d.Err() != nil || len(rest) == 0 || rest[0] != ' ' {
		return false
	}
	for len(rest) > 0 && rest[0] == ' ' {
		rest = rest[1:]
	}
	if len(rest) == 0 {
		return false
	}
	switch c := rest[0]; c {
	case '(', '*', '$', '"', '{', '~':
		return true
	case '-':
		return len(rest) > 1 && rest[1]-'0' <= 9
	default:
		return c-'0' <= 9
	}
}

// option takes what follows the label of an option that has no field, and appends it to list.
func option(d *wire.Decoder, list []ExtData, name string) []ExtData {
	if d.Err() != nil {
		return list
	}
	x := ExtData{Name: name}
	if hasValue(d) {
		d.SP()
		x.Value = d.Value()
	}
	if !room(d, len(list), maxOptions, "options") {
		return list
	}
	return append(list, x)
}

// options takes a parenthesised list of options, of which there must be one. known takes what follows a label it knows,
// and reports whether it does.
func options(d *wire.Decoder, list []ExtData, known func(name string) bool) []ExtData {
	n := 0
	for range d.List {
		n++
		if name := label(d); d.Err() == nil && !known(name) {
			list = option(d, list, name)
		}
	}
	if n == 0 {
		d.Expected("tagged-ext-label")
	}
	return list
}

// encodeOptions writes options behind others, each with the space before it unless it is the first of its list.
func encodeOptions(e *wire.Encoder, sep *separator, list []ExtData) {
	for _, x := range list {
		sep.next(e)
		encodeExt(e, x)
	}
}

// separator writes the spaces between the elements of a list.
type separator bool

func (s *separator) next(e *wire.Encoder) {
	if *s {
		e.SP()
	}
	*s = true
}

// word writes an element that is a word.
func (s *separator) word(e *wire.Encoder, word string) {
	s.next(e)
	e.Atom(word)
}

// number63 takes a number64, which has 63 bits (RFC 9051 §9).
func number63(d *wire.Decoder) uint64 {
	at := d.Pos()
	n := d.Number64()
	if n > math.MaxInt64 && d.Err() == nil {
		d.Seek(at)
		d.Expected("number64")
		return 0
	}
	return n
}

// nzNumber63 is number63 of a number that is not zero.
func nzNumber63(d *wire.Decoder) uint64 {
	at := d.Pos()
	n := number63(d)
	if n == 0 && d.Err() == nil {
		d.Seek(at)
		d.Expected("nz-number64")
	}
	return n
}

// sequenceSet takes a sequence-set, or "$" (RFC 9051 §9).
func sequenceSet(d *wire.Decoder, kind numset.Kind) numset.Set {
	b := setBytes(d)
	if d.Err() != nil {
		return numset.Set{}
	}
	set, err := numset.Parse(kind, b)
	if err != nil {
		d.Seek(d.Pos() - len(b))
		d.Expected("sequence-set")
	}
	return set
}

// fixedSet takes a sequence-set without "*" and "$".
func fixedSet(d *wire.Decoder, kind numset.Kind) numset.Set {
	at := d.Pos()
	set := sequenceSet(d, kind)
	if set.Dynamic() && d.Err() == nil {
		d.Seek(at)
		d.Expected(`sequence-set without "*"`)
	}
	return set
}

// encodeSet writes a set, which must not be empty.
func encodeSet(e *wire.Encoder, set numset.Set) {
	if set.Empty() {
		e.Fail(&wire.ArgumentError{What: "sequence-set", Reason: "is empty"})
		return
	}
	e.Append(set.AppendTo)
}

func kindOf(uid bool) numset.Kind {
	if uid {
		return numset.UID
	}
	return numset.Seq
}

// atom takes an atom; with RuleAtomString a quoted string that holds one does as well.
func atom(d *wire.Decoder) []byte {
	if d.Is('"') && d.Tolerate(RuleAtomString) {
		at := d.Pos()
		if b := d.Quoted(); wire.IsAtom(string(b)) {
			return b
		}
		d.Seek(at)
	}
	return d.Atom()
}

// list1 takes one element, or a parenthesised list of them that is not empty.
func list1(d *wire.Decoder, what string, one func()) (parens bool) {
	if !d.Is('(') {
		one()
		return false
	}
	n := 0
	for range d.List {
		if !room(d, n, maxNames, "names") {
			break
		}
		one()
		n++
	}
	if n == 0 {
		d.Expected(what)
	}
	return true
}

// ended takes the end of the line and returns the decoder's error under the command's name.
func ended(d *wire.Decoder, name string) error {
	d.CRLF()
	return at(name, d.Err())
}
