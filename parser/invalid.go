package parser

import (
	"cmp"

	"github.com/imapstack/imapstack/wire"
)

// toleratesInvalid reports whether d tolerates a value that it cannot read.
func toleratesInvalid(d *wire.Decoder) bool { return d.Tolerate(RuleInvalidValue) }

// skipInvalid moves d after an element of a list. The element begins at d.Raw()[at]. It moves d only if reading the
// element has failed with a syntax error, RuleInvalidValue tolerates the error, and the end of the element can be
// found. It reports whether it has moved d.
func skipInvalid(d *wire.Decoder, at int) bool {
	err := d.Err()
	if err == nil || !isSyntax(err) {
		return false
	}
	end := d.Pos()
	if !d.Recover(at) {
		return false
	}
	if skipValue(d); d.Err() == nil && (d.Is(' ') || d.Is(')') || d.Is('(') || d.AtEnd()) && toleratesInvalid(d) {
		return true
	}
	if d.Recover(end) {
		d.Fail(err)
	}
	return false
}

// readValue calls read to read a value, and reports whether it could be read. If reading has failed, readValue moves d
// after the value, provided that RuleInvalidValue tolerates the error and the end of the value can be found.
func readValue(d *wire.Decoder, read func()) bool { return tryValue(d, read) == nil }

// tryValue does what readValue does, but returns the error.
func tryValue(d *wire.Decoder, read func()) error {
	at := d.Pos()
	if d.Err() != nil {
		return d.Err()
	}
	if read(); d.Err() == nil {
		if c := d.Peek(); c == ' ' || c == ')' || d.AtEnd() {
			return nil
		}
		d.Expected("the end of the value")
	}
	err := d.Err()
	skipInvalid(d, at)
	return err
}

// decodeNames reads a list of names into list. If invalid values are tolerated, it leaves out each name that it
// cannot read, and returns the first error.
func decodeNames(d *wire.Decoder, list *[]string, name func([]byte) string) (bad error) {
	for range d.List {
		var s string
		if err := tryValue(d, func() { s = name(d.AString()) }); err == nil {
			*list = appendLimited(d, *list, s)
		} else {
			bad = cmp.Or(bad, err)
		}
	}
	return cmp.Or(d.Err(), bad)
}

// skipRest skips the rest of a response in which d has failed, if RuleInvalidValue tolerates the error. Its callers
// have already read something that is useful without the rest.
func skipRest(d *wire.Decoder) {
	err, end := d.Err(), d.Pos()
	if !isSyntax(err) || !d.Recover(len(d.Raw())) {
		return
	}
	if !toleratesInvalid(d) {
		d.Seek(end)
		d.Fail(err)
	}
}

// skipValue skips whatever is in the place of a value. The value ends before a space, a closing parenthesis or the line
// end; a list also ends before the next list. Strings and lists in the value must be closed. Apart from that, the value
// may have any octets.
func skipValue(d *wire.Decoder) {
	if d.Nil() {
		return // NIL is a whole value, whatever follows it
	}
	from := d.Pos()
	list := d.Is('(')
	for d.Err() == nil {
		switch c := d.Peek(); {
		case c == '(' && (!list || d.Pos() == from):
			skipList(d)
		case c == '"' && d.Pos() == from, c == '{':
			d.Value()
		case c == 0 && len(d.Rest()) == 0, c == ' ', c == '(', c == ')', c == '\r', c == '\n':
			if d.Pos() == from {
				d.Expected("value")
			}
			return
		default:
			d.Got(c)
		}
	}
}

// skipList skips a list. A quote within a word does not begin a string.
func skipList(d *wire.Decoder) {
	depth := 0
	for d.Err() == nil {
		c := d.Peek()
		last := byte('(')
		if d.Pos() > 0 {
			last = d.Raw()[d.Pos()-1]
		}
		switch {
		case c == '"' && (last == ' ' || last == '(' || last == ')'), c == '{':
			d.Value()
			continue
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == '\r', c == '\n', c == 0 && len(d.Rest()) == 0:
			d.Expected(`")"`)
			return
		}
		if d.Got(c); depth == 0 {
			return
		}
	}
}
