package parser

import (
	"bytes"
	"math"

	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// encodeExt writes a parameter, option or modifier for which the type of the command has no field. It writes the
// name, and the unchanged value if there is one (RFC 9051 §9 tagged-ext-label and tagged-ext-val).
func encodeExt(e *wire.Encoder, x ExtData) {
	e.Atom(x.Name)
	if x.Value != nil {
		e.SP()
		encodeValue(e, x.Value)
	}
}

// extValue reads one value and returns its octets. A value is a word, a string, or a parenthesised list of values to
// any depth. Unlike Decoder.Value, it requires a space between two values. A proxy may pass the value on, and what it
// passes on must obey the grammar.
func extValue(d *wire.Decoder) []byte {
	start, depth := d.Pos(), 0
	for d.Err() == nil {
		switch {
		case d.Got('('):
			if depth++; !d.Is(')') {
				continue
			}
		case d.Is('"'):
			d.Quoted()
		case atLiteral(d):
			d.String()
		default:
			valueWord(d)
		}
		for depth > 0 && d.Got(')') {
			depth--
		}
		if d.Is(']') {
			// The "]" ends a section with a list in it, such as BODY[HEADER.FIELDS (DATE)].
			continue
		}
		if depth == 0 {
			break
		}
		d.SP()
	}
	if d.Err() != nil {
		return nil
	}
	return d.Raw()[start:d.Pos():d.Pos()]
}

func atLiteral(d *wire.Decoder) bool {
	rest := d.Rest()
	return len(rest) > 0 && rest[0] == '{' || len(rest) > 1 && rest[0] == '~' && rest[1] == '{'
}

// valueWord reads an atom, a number, a set, a flag, a pattern, or a piece of a section.
func valueWord(d *wire.Decoder) []byte {
	rest := d.Rest()
	i := 0
	for i < len(rest) && rest[i] > ' ' && rest[i] < 0x7f && rest[i] != '(' && rest[i] != ')' && rest[i] != '"' && rest[i] != '{' {
		i++
	}
	if i == 0 || d.Err() != nil {
		d.Expected("value")
		return nil
	}
	d.Seek(d.Pos() + i)
	return rest[:i:i]
}

// encodeValue writes a value that extValue has read. A literal stays a literal, and is announced in a form that the
// peer accepts. A quoted string with octets above 127 becomes a literal if the peer does not accept such octets in
// quotes.
func encodeValue(e *wire.Encoder, raw []byte) {
	d := wire.NewDecoder(raw)
	d.SetRules(CommandRules)
	for d.Err() == nil && len(d.Rest()) > 0 && e.Err() == nil {
		switch c := d.Peek(); {
		case c == ' ':
			d.SP()
			e.SP()
		case c == '(' || c == ')':
			d.Got(c)
			e.Byte(c)
		case c == '"':
			at := d.Pos()
			s := d.Quoted()
			if !e.Mode().UTF8 && bytes.ContainsFunc(s, func(r rune) bool { return r >= 0x80 }) {
				e.StringBytes(s)
			} else if d.Err() == nil {
				e.RawBytes(raw[at:d.Pos()])
			}
		case atLiteral(d):
			e.Forward(d.Literal())
		default:
			e.RawBytes(valueWord(d))
		}
	}
	if d.Err() != nil {
		e.Fail(d.Err())
	}
}

// These limits bound the numbers of elements in the lists of one command, because an element can take much more space
// in memory than in the protocol.
const (
	maxOptions = 1 << 8  // options, and other elements of which the extensions define only dozens
	maxNames   = 1 << 12 // names, flags, items
)

// room reports whether a list of n elements may get one more. If not, it makes d fail.
func room(d *wire.Decoder, n, limit int, what string) bool {
	if n < limit {
		return true
	}
	d.Fail(&wire.LimitError{What: what, Limit: int64(limit), Size: int64(n) + 1})
	return false
}

// label reads the name of a parameter, an option or a modifier (RFC 9051 §9 tagged-ext-label).
func label(d *wire.Decoder) string {
	rest := d.Rest()
	i := 0
	for i < len(rest) {
		c := rest[i]
		if (c|0x20)-'a' >= 26 && c != '-' && c != '_' && c != '.' && (i == 0 || c-'0' > 9 && c != ':') {
			break
		}
		i++
	}
	if i == 0 || d.Err() != nil || i < len(rest) && wire.IsAtom(string(rest[i:i+1])) {
		d.Expected("tagged-ext-label")
		return ""
	}
	d.Seek(d.Pos() + i)
	return d.InternUpper(rest[:i])
}

// hasValue reports whether a value comes next, rather than a label or the end of the list.
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

// option reads what follows the label of an option for which the type of the command has no field. It appends the
// option to list.
func option(d *wire.Decoder, list []ExtData, name string) []ExtData {
	if d.Err() != nil {
		return list
	}
	x := ExtData{Name: name}
	if hasValue(d) {
		d.SP()
		x.Value = extValue(d)
	}
	if !room(d, len(list), maxOptions, "options") {
		return list
	}
	return append(list, x)
}

// listOption reads what follows the name of an option of LIST for which ListArgs has no field. It appends the option to
// list. The value can only be a list (RFC 9051 §9 option-extension).
func listOption(d *wire.Decoder, list []ExtData, name string) []ExtData {
	if rest := d.Rest(); hasValue(d) && rest[len(rest)-len(bytes.TrimLeft(rest, " "))] != '(' {
		if room(d, len(list), maxOptions, "options") {
			list = append(list, ExtData{Name: name})
		}
		return list
	}
	return option(d, list, name)
}

// options reads a parenthesised list of at least one option. For each label it calls the function known. If known
// returns true, it has read what follows the label. If known returns false, it has read nothing, and the option is
// appended to list.
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

// encodeOptions writes options into a list. sep writes a space before each of them except the first element of the
// list.
func encodeOptions(e *wire.Encoder, sep *separator, list []ExtData) {
	for _, x := range list {
		sep.next(e)
		encodeExt(e, x)
	}
}

// separator writes the space between two elements of a list. Its value is true after the first element.
type separator bool

func (s *separator) next(e *wire.Encoder) {
	if *s {
		e.SP()
	}
	*s = true
}

// word writes an element that is one word.
func (s *separator) word(e *wire.Encoder, word string) {
	s.next(e)
	e.Atom(word)
}

// number63 reads a number64, which has only 63 bits (RFC 9051 §9).
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

// nzNumber63 reads a number of 63 bits that is not zero.
func nzNumber63(d *wire.Decoder) uint64 {
	at := d.Pos()
	n := number63(d)
	if n == 0 && d.Err() == nil {
		d.Seek(at)
		d.Expected("nz-number64")
	}
	return n
}

// toleratesZero reports whether d tolerates a zero that the grammar does not allow. It calls Tolerate for commands and
// for responses, because only one place in the code may ask for a rule.
func toleratesZero(d *wire.Decoder) bool { return d.Tolerate(RuleZero) }

// zeroNumber63 does what nzNumber63 does, but accepts a zero that RuleZero tolerates.
func zeroNumber63(d *wire.Decoder) uint64 {
	at := d.Pos()
	n := number63(d)
	if n == 0 && !toleratesZero(d) && d.Err() == nil {
		d.Seek(at)
		d.Expected("nz-number64")
	}
	return n
}

// sequenceSet reads a sequence-set, or "$" (RFC 9051 §9).
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

// fixedSet reads a sequence-set without "*" and "$".
func fixedSet(d *wire.Decoder, kind numset.Kind) numset.Set {
	at := d.Pos()
	set := sequenceSet(d, kind)
	if set.Dynamic() && d.Err() == nil {
		d.Seek(at)
		d.Expected(`sequence-set without "*"`)
	}
	return set
}

// encodeSet writes a set. If CheckSet returns an error for the set and the kind, e fails with that error.
func encodeSet(e *wire.Encoder, set numset.Set, kind numset.Kind) {
	if err := CheckSet(set, kind); err != nil {
		e.Fail(err)
		return
	}
	e.Append(set.AppendTo)
}

// CheckSet returns a *wire.ArgumentError if a command cannot have set as an argument, because set is empty, has unknown
// numbers, has UIDs in place of sequence numbers or the reverse, or has no kind, like the zero Set. kind is the kind of
// numbers that the command needs. If kind is [numset.NoKind], set may be of either kind.
func CheckSet(set numset.Set, kind numset.Kind) error {
	what := "sequence-set"
	if kind == numset.UID {
		what = "set of UIDs"
	}
	reason := ""
	switch {
	case set.Kind() == numset.NoKind:
		reason = "is neither of sequence numbers nor of UIDs"
	case set.IsSaved():
		return nil // "$" stands for messages, not for numbers of either kind
	case kind == numset.Seq && set.Kind() == numset.UID:
		reason = "is of UIDs"
	case kind == numset.UID && set.Kind() == numset.Seq:
		reason = "is of sequence numbers"
	case set.Empty():
		reason = "is empty"
	case set.Unknown():
		reason = "is not known"
	default:
		return nil
	}
	return &wire.ArgumentError{What: what, Value: set.String(), Reason: reason}
}

func kindOf(uid bool) numset.Kind {
	if uid {
		return numset.UID
	}
	return numset.Seq
}

// atom reads an atom. With RuleAtomString it also reads a quoted string whose content is an atom.
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

// quotedASCII reads a quoted string of printable ASCII.
func quotedASCII(d *wire.Decoder, what string) string {
	at := d.Pos()
	b := d.Quoted()
	for _, c := range b {
		if c < ' ' || c >= 0x7f {
			d.Seek(at)
			d.Expected(what)
			return ""
		}
	}
	return string(b)
}

// oneOrList reads one element without parentheses, or a parenthesised list of at least one element.
func oneOrList(d *wire.Decoder, what string, one func()) (parens bool) {
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

// ended reads the end of the line. It returns the error of d, with the name of the command as the path of the error.
func ended(d *wire.Decoder, name string) error {
	d.CRLF()
	return at(name, d.Err())
}
