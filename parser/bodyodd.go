package parser

import "github.com/imapstack/imapstack/wire"

// toleratesMedia reports whether d tolerates an incomplete media type. If not, d fails.
func toleratesMedia(d *wire.Decoder, what string) bool {
	if d.Tolerate(RuleMediaType) {
		return true
	}
	d.Expected(what)
	return false
}

// fieldMissing is called if a field that the grammar requires is missing. If d does not tolerate that, d fails.
func fieldMissing(d *wire.Decoder) {
	if !d.Tolerate(RuleBodyFields) {
		d.Expected("a field of the body")
	}
}

// stringNext reports whether a space and a string come next. An atom counts as a string, but NIL does not.
func stringNext(d *wire.Decoder) bool {
	b := d.Rest()
	if len(b) < 2 || b[0] != ' ' {
		return false
	}
	switch b[1] {
	case '"', '{':
		return true
	case '(', ')', ' ', '-':
		return false
	}
	return b[1]-'0' > 9 && !(len(b) > 5 && isNilWord(b[1:4]) && endsValue(b[4]))
}

// oddType reads the media type of a part that begins with the string t, and not with two strings. Either the part
// is a multipart without parts, or the server left out the type or the subtype because the message had none. The
// number of values before the size tells which of the two it is. oddType reports whether it has read the whole part.
func (x *BodyStructure) oddType(d *wire.Decoder, t []byte) bool {
	if !toleratesMedia(d, "media-type") {
		return true
	}
	if !d.Is(' ') {
		// ("ALTERNATIVE")
		x.Type = "multipart"
		x.subtype(d, t, "mixed")
		d.Want(')')
		return true
	}
	name := d.InternLower(t)
	n := valuesBeforeNumber(d)
	if t == nil {
		name = "application"
	}
	switch {
	case n == 5:
		// ("application" NIL params …), (NIL NIL params …)
		d.SP()
		x.Type = name
		x.subtype(d, d.NString(), defaultSubtype(name))
	case n == 4 || t != nil && isTopLevel(name):
		// ("application" params …)
		x.Type, x.Subtype = name, defaultSubtype(name)
	default:
		// ("alternative" params …), (NIL "alternative" params …)
		x.Type = "multipart"
		if t == nil {
			d.SP()
			t = d.NString()
		}
		x.subtype(d, t, "mixed")
		x.multipartExt(d)
		return true
	}
	return false
}

// valuesBeforeNumber returns how many values come before the next number of the part. It returns -1 if none of the next
// six values is a number. It does not move d.
func valuesBeforeNumber(d *wire.Decoder) int {
	at := d.Pos()
	n := 0
	for n < 6 && d.GotSP() {
		if c := d.Peek(); c == '-' || c-'0' <= 9 {
			d.Seek(at)
			return n
		}
		d.Value()
		n++
	}
	d.Seek(at)
	return -1
}

func isTopLevel(s string) bool {
	switch s {
	case "application", "audio", "font", "image", "message", "model", "text", "video":
		return true
	}
	return false
}

func defaultSubtype(t string) string {
	switch t {
	case "text":
		return "plain"
	case "multipart":
		return "mixed"
	}
	return "octet-stream"
}

// linesNext reports whether the number of lines comes next. NIL counts as the number of lines if four values follow,
// because extension data has four values.
func linesNext(d *wire.Decoder) bool {
	if c := d.Peek(); c-'0' <= 9 || c == '-' {
		return true
	}
	at, n := d.Pos(), 0
	if !d.Nil() {
		return false
	}
	for n < 4 && d.GotSP() {
		d.Value()
		n++
	}
	d.Seek(at)
	return n == 4
}

// envelopeNext reports whether an envelope comes next. A NIL is the envelope if a structure follows it, or one other
// value and then a number. Otherwise the NIL is the Content-MD5 of a message that the server has not parsed.
func envelopeNext(d *wire.Decoder) bool {
	if d.Is('(') {
		return true
	}
	at := d.Pos()
	defer d.Seek(at)
	if !d.Nil() || !d.GotSP() {
		return false
	}
	if !d.Is('(') || emptyNext(d) {
		d.Value()
		return d.GotSP() && d.Peek()-'0' <= 9
	}
	// A disposition has two values. A structure has more, or begins with another structure.
	d.Got('(')
	if d.Is('(') {
		return true
	}
	n := 1
	for d.Value(); n < 3 && d.GotSP(); n++ {
		d.Value()
	}
	return n == 3
}
