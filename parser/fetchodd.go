package parser

import (
	"bytes"
	"math"
	"strconv"

	"github.com/imapstack/imapstack/wire"
)

// valueSP reads the space before a value. It tolerates a missing space before a list or a string, which some
// servers send.
func valueSP(d *wire.Decoder) {
	if !d.Is(' ') {
		switch d.Peek() {
		case '(', '"', '{', '~':
			if d.Tolerate(wire.RuleSpaces) {
				return
			}
		}
	}
	d.SP()
}

// unwrap reads the opening parentheses that Domino puts before an item, and reports whether there were any.
func (f *Fetch) unwrap(d *wire.Decoder) bool {
	rest := d.Rest()
	n := 0
	for n < len(rest) && rest[n] == '(' {
		n++
	}
	if n == 0 || !isItem(rest[n:]) || !toleratesParens(d) {
		return false
	}
	d.Seek(d.Pos() + n)
	f.extra += n
	return true
}

// isItem reports whether b begins with the name of a known item, and a space or a bracket after it.
func isItem(b []byte) bool {
	n := nameLen(b)
	return n < len(b) && (b[n] == ' ' || b[n] == '[') && knownItem(string(bytes.ToUpper(b[:n])))
}

// knownItem reports whether name is an item of FETCH responses that an RFC defines, or an item of Gmail. The name is in
// upper case.
func knownItem(name string) bool {
	switch name {
	case "UID", "FLAGS", "INTERNALDATE", "RFC822.SIZE", "MODSEQ", "ENVELOPE", "BODYSTRUCTURE", "BODY", "BINARY", "BINARY.SIZE", "RFC822", "RFC822.HEADER", "RFC822.TEXT",
		"EMAILID", "THREADID", "SAVEDATE", "PREVIEW", "ANNOTATION", "X-GM-MSGID", "X-GM-THRID", "X-GM-LABELS":
		return true
	}
	return false
}

// nilFetch reads NIL in place of the list of items, and reports whether it did.
func nilFetch(d *wire.Decoder) bool { return d.Nil() && d.Tolerate(wire.RuleNilList) }

// itemNext reports whether d is at another item, although the value of the item with the given name should come. If so,
// it makes d fail. If the given name is that of a known item, itemNext always returns false.
func itemNext(d *wire.Decoder, name string) bool {
	if c := d.Peek() | 0x20; c-'a' > 25 || knownItem(name) || !isItem(d.Rest()) {
		return false
	}
	d.Expected("a value")
	return true
}

// toleratesParens reports whether d tolerates missing or superfluous parentheses.
func toleratesParens(d *wire.Decoder) bool { return d.Tolerate(RuleParens) }

// readNameless reads a value in place of the name of an item.
func (f *Fetch) readNameless(d *wire.Decoder) {
	if c := d.Peek(); len(f.items) == 0 || c != '(' && c != '"' || !d.Tolerate(RuleExtraValue) {
		d.Expected("msg-att")
		return
	}
	v := d.Value()
	if last := &f.items[len(f.items)-1]; string(last.raw) == `""` && d.Err() == nil {
		last.raw = v // v is the real value of the last item
	}
}

// lastItem reads the octets between the item at d.Raw()[at] and the next item. It reports whether no item follows.
func (f *Fetch) lastItem(d *wire.Decoder, at int) bool {
	for d.Err() == nil {
		switch {
		case d.Is('(') && len(f.items) > 0:
			next := d.Pos()
			if f.unwrap(d) {
				return false // an item follows without a space
			}
			if f.readNameless(d); d.Err() != nil && !f.skipItem(d, next) {
				return true
			}
			continue
		case d.Got(')'):
			if f.extra == 0 {
				return f.atResponseEnd(d)
			}
			f.extra--
			continue
		case d.Is(' '):
			if d.GotSP() {
				return false
			}
			if d.Is(')') {
				continue
			}
		}
		break
	}
	if d.Err() != nil {
		return true
	}
	last := d.Raw()[d.Pos()-1]
	switch {
	case d.AtEnd():
		if !toleratesParens(d) {
			d.Expected(`")"`)
		}
		return true
	case (last == ')' || last == '"') && nameLen(d.Rest()) > 0 && d.Rest()[0]-'0' > 9 && d.Tolerate(wire.RuleSpaces):
		return false
	}
	// The value was read, but more octets follow.
	d.Expected("SP")
	f.clearField(d.Raw()[at:])
	return !f.skipItem(d, at) || f.lastItem(d, d.Pos())
}

// atResponseEnd checks what follows the closing parenthesis of the response. If another item may follow, and the rules
// tolerate that, atResponseEnd moves d to the item and returns false. Otherwise it returns true.
func (f *Fetch) atResponseEnd(d *wire.Decoder) bool {
	if d.Is('\r') {
		return true
	}
	rest := bytes.TrimLeft(d.Rest(), ") ")
	if nameLen(rest) == 0 && (len(rest) == 0 || rest[0] != '(') || !toleratesParens(d) {
		return true
	}
	d.Seek(len(d.Raw()) - len(rest))
	return false
}

// skipItem skips the item at d.Raw()[at], which could not be read. It returns false if no rule tolerates an unreadable
// item, or if it cannot find the end of the item.
func (f *Fetch) skipItem(d *wire.Decoder, at int) bool {
	err, end := d.Err(), d.Pos()
	if !isSyntax(err) || !d.Recover(at) {
		return false
	}
	rest := d.Rest()
	n := nameLen(rest)
	name := string(rest[:n])
	switch {
	case n == 0 || rest[0]-'0' <= 9 || isNilWord(rest[:n]):
		name = ""
		skipValue(d)
	default:
		if d.Seek(at + n); d.Is('[') {
			name += string(brackets(d))
			d.Recover(d.Pos())
		}
		for c := d.Peek(); c > ' ' && c != '(' && c != ')' && c != '{'; c = d.Peek() {
			d.Got(c) // the rest of a malformed name
			name = ""
		}
		if d.Is(' ') && d.GotSP() && !isItem(d.Rest()) {
			skipValue(d)
		} else if d.Is('(') || d.Is('{') {
			skipValue(d)
		} else if d.Err() == nil && d.Pos() > at && d.Raw()[d.Pos()-1] == ' ' {
			d.Seek(d.Pos() - 1)
		}
	}
	if d.Err() == nil && (d.Is(' ') || d.Is(')') || d.AtEnd()) && toleratesInvalid(d) {
		f.keepItemError(name, err)
		return true
	}
	if d.Recover(end) {
		d.Fail(err)
	}
	return false
}

// clearField clears the field of the item at the beginning of b.
func (f *Fetch) clearField(b []byte) {
	switch string(bytes.ToUpper(b[:nameLen(b)])) {
	case "UID":
		f.UID, f.has = 0, f.has&^hasUID
	case "INTERNALDATE":
		f.Date, f.has = nil, f.has&^hasDate
	case "RFC822.SIZE":
		f.Size, f.has = 0, f.has&^hasSize
	case "MODSEQ":
		f.ModSeq, f.has = 0, f.has&^hasModSeq
	}
}

// oddValue reads the value at d.Raw()[from] again. The value was decoded before, but d is not at the end of the value.
// oddValue keeps the fields that could be read.
func (f *Fetch) oddValue(d *wire.Decoder, name string, from int, done decodedItems, wrong error) []byte {
	if d.Err() == nil {
		d.Expected("SP")
	}
	err, end := d.Err(), d.Pos()
	if wrong == nil {
		wrong = err
	}
	f.decoded |= done
	f.wrong[done>>1] = wrong
	f.keepItemError(name, wrong)
	d.Rewind(from)
	skipValue(d)
	raw := d.Raw()[from:d.Pos():d.Pos()]
	if d.Err() == nil && (d.Is(' ') || d.Is(')') || d.AtEnd()) && toleratesInvalid(d) {
		return raw
	}
	if d.Err() == nil || isSyntax(d.Err()) {
		d.Rewind(end)
		d.Fail(err)
	}
	return nil
}

// size reads a number of octets. It tolerates floating point: mail.ru has sent 9.3736e+06.
func size(d *wire.Decoder) uint64 {
	at := d.Pos()
	n := d.Number64()
	if c := d.Peek(); c != '.' && c != 'e' && c != 'E' || !d.Tolerate(RuleFloatSize) {
		return n
	}
	d.Seek(at)
	x, err := strconv.ParseFloat(string(d.Atom()), 64)
	if err != nil || x < 0 || x >= math.MaxInt64 {
		d.Expected("number64")
		return 0
	}
	return uint64(x)
}

// brackets reads the brackets and the partial after the name of an item.
func brackets(d *wire.Decoder) []byte {
	rest := d.Rest()
	end := closingBracket(rest, 1)
	if end < 0 {
		d.Expected(`"]"`)
		return nil
	}
	if end++; end < len(rest) && rest[end] == '<' {
		for end < len(rest) && rest[end] > ' ' && rest[end-1] != '>' {
			end++
		}
	}
	d.Seek(d.Pos() + end)
	return rest[:end]
}
