package parser

import (
	"cmp"

	"github.com/imapstack/imapstack/wire"
)

// invalid reports whether a value may be one that cannot be read.
func invalid(d *wire.Decoder) bool { return d.Tolerate(RuleInvalidValue) }

// dropped goes on behind an element of a list that begins at an offset, if d has failed at it, that is tolerated, and its end can be
// found; it reports whether it did.
func dropped(d *wire.Decoder, at int) bool {
	err := d.Err()
	if err == nil || !isSyntax(err) {
		return false
	}
	end := d.Pos()
	if !d.Recover(at) {
		return false
	}
	if passValue(d); d.Err() == nil && (d.Is(' ') || d.Is(')') || d.Is('(') || d.AtEnd()) && invalid(d) {
		return true
	}
	if d.Recover(end) {
		d.Fail(err)
	}
	return false
}

// readValue takes a value by read, and reports whether it could be read. If not, d has gone on behind it, if that is tolerated and its
// end can be found.
func readValue(d *wire.Decoder, read func()) bool { return tryValue(d, read) == nil }

// tryValue is readValue that returns what was wrong.
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
	dropped(d, at)
	return err
}

// decodeNames reads a list of names into list. One that cannot be read is left out, if that is tolerated, and the error is of the first of them.
func decodeNames(d *wire.Decoder, list *[]string, name func([]byte) string) (bad error) {
	for range d.List {
		var s string
		if err := tryValue(d, func() { s = name(d.AString()) }); err == nil {
			*list = push(d, *list, s)
		} else {
			bad = cmp.Or(bad, err)
		}
	}
	return cmp.Or(d.Err(), bad)
}

// restInvalid passes over the rest of a response that d has failed at, of which enough has been read to be of use, if that is tolerated.
func restInvalid(d *wire.Decoder) {
	err, end := d.Err(), d.Pos()
	if !isSyntax(err) || !d.Recover(len(d.Raw())) {
		return
	}
	if !invalid(d) {
		d.Seek(end)
		d.Fail(err)
	}
}

// passValue takes what stands in the place of a value, up to the space, the ")" or the line end behind it, or to the list behind a list. Strings
// and lists in it must be closed, all else may be as it is.
func passValue(d *wire.Decoder) {
	if d.Nil() {
		return // whatever stands beside it
	}
	from := d.Pos()
	list := d.Is('(')
	for d.Err() == nil {
		switch c := d.Peek(); {
		case c == '(' && (!list || d.Pos() == from):
			passList(d)
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

// passList takes a list. A quote within a word is none.
func passList(d *wire.Decoder) {
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
