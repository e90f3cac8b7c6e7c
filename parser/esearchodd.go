package parser

import (
	"bytes"

	"github.com/imapstack/imapstack/wire"
)

// nameAndValue reads the name of an item and its value. It fails if the name is invalid, or if the next name comes in
// place of the value.
func (x *ESearch) nameAndValue(d *wire.Decoder) {
	if d.Is('(') && wrapped(d.Rest()) != nil && toleratesParens(d) {
		d.Got('(')
		x.item(d, d.Atom())
		endList(d)
		return
	}
	if c := d.Peek(); c-'0' <= 9 {
		d.Expected("search-modifier-name")
		return
	}
	name := d.Atom()
	if wire.EqualFold(name, "UID") {
		if x.Items != 0 || len(x.ext) > 0 || x.UID {
			d.Expected("search-modifier-name") // the numbers before UID were read as sequence numbers
		}
		x.UID = true
		return
	}
	if bitOf(name, esearchNames[:]) == 0 && d.Is(' ') {
		end := d.Pos()
		d.SP()
		next := bitOf(word(d), esearchNames[:]) != 0
		if d.Seek(end); next {
			d.Expected("a value")
			return
		}
	}
	x.item(d, name)
}

// wrapped returns the name of the item at the beginning of b if that item is in parentheses of its own. Otherwise
// it returns nil.
func wrapped(b []byte) []byte {
	b = bytes.TrimPrefix(b, []byte("("))
	n := 0
	for n < len(b) && wordChars[b[n]] {
		n++
	}
	if n == 0 || n == len(b) || b[n] != ' ' || b[0]-'0' <= 9 {
		return nil
	}
	return b[:n]
}

// knownWrapped reports whether b begins with a known item in parentheses of its own.
func knownWrapped(b []byte) bool { return bitOf(wrapped(b), esearchNames[:]) != 0 }

// skipElement moves d after an element that begins at d.Raw()[from] and could not be read. It does so only if a rule
// tolerates the error and it finds the end of the element. It stores the error.
func (x *ESearch) skipElement(d *wire.Decoder, from int) {
	err := d.Err()
	if skipInvalid(d, from) && x.bad == nil {
		x.bad = err
	}
}

// oddCorrelator moves d after a part of the correlator. The part begins at d.Raw()[from] and could not be read.
func (x *ESearch) oddCorrelator(d *wire.Decoder, from int) {
	if d.Err() == nil {
		d.Expected("the end of the value")
	}
	end := d.Pos()
	x.skipElement(d, from)
	if d.Err() == nil && d.Pos() < end && d.Is(' ') {
		d.SP() // only the name was skipped, and the value is next
		skipValue(d)
	}
}
