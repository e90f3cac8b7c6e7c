package parser

import "github.com/imapstack/imapstack/wire"

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
	if passValue(d); d.Err() == nil && (d.Is(' ') || d.Is(')') || d.AtEnd()) && invalid(d) {
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

// passValue takes what stands in the place of a value, up to the space, the ")" or the line end behind it. Strings and lists in it must
// be closed, all else may be as it is.
func passValue(d *wire.Decoder) {
	from := d.Pos()
	for d.Err() == nil {
		rest := d.Rest()
		i := 0
		for i < len(rest) && rest[i] != ' ' && rest[i] != '(' && rest[i] != ')' && rest[i] != '\r' && rest[i] != '\n' && rest[i] != '{' &&
			(rest[i] != '"' || d.Pos()+i > from) {
			i++
		}
		d.Seek(d.Pos() + i)
		if rest = rest[i:]; len(rest) == 0 || rest[0] != '(' && rest[0] != '"' && rest[0] != '{' {
			break
		}
		at := d.Pos()
		if d.Value(); d.Err() == nil && d.Pos() == at {
			break
		}
	}
	if d.Err() == nil && d.Pos() == from {
		d.Expected("value")
	}
}
