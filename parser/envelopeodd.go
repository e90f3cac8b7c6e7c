package parser

import (
	"bytes"

	"github.com/imapstack/imapstack/wire"
)

// fieldReader reads an envelope that has a malformed field, or strings that are not correctly quoted. It reads
// field by field. A field ends at the first place after which the grammar allows the next field.
type fieldReader struct {
	d    *wire.Decoder
	left int   // octets that may still be read; limits how much is read twice
	err  error // error of the first field that could not be read
	lost bool  // the start of the next field cannot be found

	quotes bool // whether a string is not correctly quoted
}

// fieldNames are the names of an envelope's fields, for errors.
var fieldNames = [...]string{"Date", "Subject", "From", "Sender", "ReplyTo", "To", "Cc", "Bcc", "InReplyTo", "MessageID"}

// oddFields reads the envelope at d.Raw()[from] again, field by field. It is called if decode has failed or has not
// found ten fields. It replaces the result of decode if it can read at least as much of the envelope.
func (x *Envelope) oddFields(d *wire.Decoder, from int) error {
	end, err := d.Pos(), d.Err()
	if !d.Rules().Has(RuleInvalidValue) || !d.Recover(from) {
		return err
	}
	y := Envelope{addrs: make([]Address, 0, len(x.addrs))}
	l := fieldReader{d: d, left: 8 * (len(d.Raw()) - from)}
	n := l.envelope(&y)
	if d.Err() != nil && !isSyntax(d.Err()) {
		return d.Err()
	}
	switch good := l.err == nil && !l.lost; {
	case err == nil && !(good && n == len(fieldNames)):
		d.Recover(end) // decode has read an envelope with fewer or more than ten fields, which is no error
		return nil
	case good && (n == len(fieldNames) || toleratesFields(d)), !good && !l.lost && toleratesInvalid(d):
		*x = y
		return l.err
	case l.lost && y.filled() >= x.filled():
		*x = y
	}
	d.Recover(end)
	d.Fail(err)
	if l.err != nil {
		err = l.err
	}
	return err
}

// filled returns how many fields of x are not empty.
func (x *Envelope) filled() (n int) {
	for _, b := range [...][]byte{x.Date, x.Subject, x.InReplyTo, x.MessageID} {
		if b != nil {
			n++
		}
	}
	for _, list := range [...][]Address{x.From, x.Sender, x.ReplyTo, x.To, x.Cc, x.Bcc} {
		if len(list) > 0 {
			n++
		}
	}
	return n
}

// envelope reads an envelope and returns how many fields it had.
func (l *fieldReader) envelope(x *Envelope) int {
	d := l.d
	openList(d)
	texts := [...]*[]byte{0: &x.Date, 1: &x.Subject, 8: &x.InReplyTo, 9: &x.MessageID}
	lists := [...]*[]Address{2: &x.From, 3: &x.Sender, 4: &x.ReplyTo, 5: &x.To, 6: &x.Cc, 7: &x.Bcc}
	for i, name := range fieldNames {
		if i > 0 && !l.nextField() {
			return i
		}
		at := d.Pos()
		switch i {
		case 0, 8:
			*texts[i] = l.text(stringFollows)
		case 1:
			*texts[i] = l.text(listFollows)
		case 9:
			*texts[i] = l.text(endFollows)
		default:
			n := len(x.addrs)
			if l.addresses(x); len(x.addrs) > n {
				*lists[i] = x.addrs[n:len(x.addrs):len(x.addrs)]
			}
		}
		if odd := d.Err() == nil && !l.atFieldEnd(); odd && i != 1 && texts[min(i, 9)] != nil {
			*texts[i] = nil
		}
		if !l.finishField(at, name) {
			return i
		}
	}
	if d.Is(' ') {
		d.GotSP()
	}
	if !d.Got(')') {
		l.keepError("MessageID", `")"`)
		l.lost = true
	}
	return len(fieldNames)
}

// atFieldEnd reports whether a field may end at the position of the decoder.
func (l *fieldReader) atFieldEnd() bool {
	c := l.d.Peek()
	b := l.d.Rest()
	return c == ' ' || c == ')' || c == '(' || c == '"' || nilNext(b)
}

// keepError stores the decoder's error if it is the first one. If the decoder has none, the error says that the value
// named by want was expected.
func (l *fieldReader) keepError(name, want string) {
	if l.d.Err() == nil {
		l.d.Expected(want)
	}
	if l.err == nil {
		l.err = at(name, l.d.Err())
	}
}

// finishField moves d after a field or an address that begins at d.Raw()[from], even if it could not be read. It
// returns false if it cannot find the end.
func (l *fieldReader) finishField(from int, name string) bool {
	d := l.d
	if d.Err() == nil && l.atFieldEnd() {
		return true
	}
	l.keepError(name, "the end of the field")
	if l.lost || !d.Recover(from) {
		l.lost = true
		return false
	}
	if skipValue(d); d.Err() != nil || !l.atFieldEnd() {
		l.lost = true
		return false
	}
	l.left -= d.Pos() - from
	return true
}

// nextField reads the separator between two fields, or the closing parenthesis. It reports whether another field
// comes.
func (l *fieldReader) nextField() bool {
	d := l.d
	if d.Is(' ') && d.GotSP() || (d.Is('(') || d.Is('"') || d.Peek()|0x20 == 'n') && d.Tolerate(wire.RuleSpaces) {
		return true
	}
	if !d.Got(')') {
		l.keepError("", "SP")
		l.lost = true
	}
	return false
}

// text reads a string or NIL. A string in quotes ends at the first quote for which isEnd returns true. text passes the
// octets after the quote to isEnd.
func (l *fieldReader) text(isEnd func(after []byte) bool) []byte {
	d := l.d
	from := d.Pos()
	if !d.Is('"') {
		return d.NString()
	}
	if l.left <= 0 {
		d.Expected("fewer strings with wrong quotes")
		l.lost = true
		return nil
	}
	b := d.NString() // this string ends at the first quote, whatever comes after it
	end, err := d.Pos(), d.Err()
	if l.left -= end - from; err != nil {
		l.left -= len(d.Rest())
	}
	whole := err == nil && isEnd(d.Rest())
	if err == nil && bytes.IndexByte(d.Raw()[from+1:end-1], '"') < 0 && (whole || goesOnAfter(d.Rest())) || !d.Recover(from) {
		return b
	}
	// The string has quotes in it, or continues after the quote. Look for the first quote for which isEnd returns
	// true.
	rest := d.Rest()
	if whole {
		rest = rest[:end-from]
	}
	for i := 1; i < len(rest) && rest[i] != '\r' && rest[i] != '\n' && l.left > 0; i++ {
		escaped := whole && rest[i] == '\\'
		if l.left--; rest[i] == '"' && isEnd(d.Rest()[i+1:]) && d.Tolerate(wire.RuleQuoteInside) {
			d.Seek(from + i + 1)
			l.quotes = true
			return rest[1:i:i]
		} else if escaped {
			i++
		}
	}
	if whole {
		d.Seek(end)
		return b
	}
	d.Expected("DQUOTE that ends the string")
	l.lost = true
	return nil
}

// addresses reads a list of addresses. It skips an address that it cannot read.
func (l *fieldReader) addresses(x *Envelope) {
	d := l.d
	if d.Nil() || nilList(d) {
		return
	}
	if !d.Is('(') {
		d.Expected("a list of addresses")
		return
	}
	openList(d)
	for d.Err() == nil {
		if d.Is(' ') {
			d.GotSP()
		}
		if d.Got(')') || nilAddress(d) {
			if d.Raw()[d.Pos()-1] == ')' {
				return
			}
			continue
		}
		from := d.Pos()
		a, ok := l.address()
		if ok && d.Err() == nil && l.atFieldEnd() {
			x.addrs = appendLimited(d, x.addrs, a)
		} else if !l.finishField(from, "an address") {
			return
		}
	}
}

// address reads an address with a name that may not be correctly quoted.
func (l *fieldReader) address() (a Address, ok bool) {
	d := l.d
	from := d.Pos()
	if a.Decode(d) == nil && (d.Is('(') || d.Is(')') || d.Is(' ')) || !d.Recover(from) {
		return a, true
	}
	a = Address{}
	openList(d)
	for i, t := range [...]*[]byte{&a.Name, &a.Route, &a.Mailbox, &a.Host} {
		isEnd := stringFollows
		if i == 3 {
			isEnd = endFollows
		} else if i > 0 {
			isEnd = anyFollows
		}
		if *t = l.text(isEnd); i < 3 && !d.GotSP() && !(d.Is('"') && d.Tolerate(wire.RuleSpaces)) {
			return a, false
		}
	}
	if d.Is(' ') {
		d.GotSP()
	}
	d.Want(')')
	return a, true
}

// requote reads the list at d, and returns a copy with correctly quoted strings. It returns nil if the strings are
// correct already, or if it cannot tell where a string ends.
func (l *fieldReader) requote() []byte {
	d := l.d
	var out []byte
	for depth := 0; d.Err() == nil && !d.AtEnd(); {
		from := d.Pos()
		c := d.Peek()
		if last := d.Raw()[max(from-1, 0)]; c == '"' && last != ' ' && last != '(' && last != ')' && last != '"' {
			c = 'x' // a quote within a word does not begin a string
		}
		switch c {
		case '"':
			b := l.text(fieldFollows)
			out = append(out, '"')
			for _, c := range b {
				if c == '"' || c == '\\' {
					out = append(out, '\\')
				}
				out = append(out, c)
			}
			out = append(out, '"')
			continue
		case '{':
			d.Value()
		case '(':
			depth++
			d.Got(c)
		case ')':
			depth--
			d.Got(c)
		default:
			d.Got(d.Peek())
		}
		out = append(out, d.Raw()[from:d.Pos()]...)
		if depth == 0 {
			break
		}
	}
	if d.Err() != nil || !l.quotes || len(out) == 0 || out[len(out)-1] != ')' {
		return nil
	}
	return out
}

// stringFollows reports whether b begins with a string or NIL, after any spaces. Only a quoted string or NIL may
// come without a space.
func stringFollows(b []byte) bool {
	c := bytes.TrimLeft(b, " ")
	return len(c) > 0 && (c[0] == '"' || c[0] == '{' && len(c) < len(b) || nilNext(c))
}

// listFollows reports whether b begins with a list or NIL, after any spaces.
func listFollows(b []byte) bool {
	c := bytes.TrimLeft(b, " ")
	return len(c) > 1 && (c[0] == '(' && (len(c) < len(b) || c[1] == '(' || c[1] == ')') || nilNext(c))
}

// nilNext reports whether b begins with NIL and then a space or the end of a list. NIL may also come directly
// before a string or a list.
func nilNext(b []byte) bool {
	return len(b) > 3 && isNilWord(b[:3]) && (endsValue(b[3]) || b[3] == '"' || b[3] == '(')
}

// endFollows reports whether b begins with a closing parenthesis, after any spaces.
func endFollows(b []byte) bool {
	c := bytes.TrimLeft(b, " ")
	return len(c) > 0 && c[0] == ')'
}

// fieldFollows reports whether b begins with a field of a body structure, or with its end, after any spaces.
func fieldFollows(b []byte) bool {
	c := bytes.TrimLeft(b, " ")
	return stringFollows(b) || listFollows(b) || endFollows(b) || len(c) > 0 && len(c) < len(b) && c[0]-'0' <= 9
}

func anyFollows(b []byte) bool { return stringFollows(b) || endFollows(b) }

// goesOnAfter decides whether a quote ends a string, although b, the octets after the quote, does not begin with what
// must come there. It returns true if b begins with another value or the end of a list, or if one atom comes before
// these. The string is then complete, and the error is in b. Otherwise the quote seems to be a part of the string, and
// the string continues in b.
func goesOnAfter(b []byte) bool {
	for range 2 {
		if len(b) > 0 && b[0] == ')' {
			return true
		}
		c := bytes.TrimLeft(b, " ")
		if len(c) == 0 || len(c) == len(b) {
			return len(c) > 0 && c[0] == '('
		}
		if c[0]-'0' <= 9 || bytes.IndexByte([]byte(`()"{~`), c[0]) >= 0 || len(c) > 3 && isNilWord(c[:3]) && endsValue(c[3]) {
			return true
		}
		i := bytes.IndexAny(c, ` ()"`)
		if i <= 0 || c[i] == '"' {
			return false
		}
		b = c[i:]
	}
	return false
}
