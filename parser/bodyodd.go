package parser

import "github.com/imapstack/imapstack/wire"

// oddMedia reports whether a media type may be incomplete. Else d fails.
func oddMedia(d *wire.Decoder, what string) bool {
	if d.Tolerate(RuleMediaType) {
		return true
	}
	d.Expected(what)
	return false
}

// missing notes that a field is not there that the grammar wants.
func missing(d *wire.Decoder) {
	if !d.Tolerate(RuleBodyFields) {
		d.Expected("a field of the body")
	}
}

// stringNext reports whether a space and a string follow.
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
	return b[1]-'0' > 9 && !(len(b) > 5 && isNilWord(b[1:4]) && ends(b[4]))
}

// oddType reads the media type of a part that is not begun by two strings: of a multipart without parts,
// or of one whose server left out what the message did not say. t is the first string. Which it is,
// the number of values before the size tells. It reports whether the part has been read to its end.
func (x *BodyStructure) oddType(d *wire.Decoder, t []byte) bool {
	if !oddMedia(d, "media-type") {
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

// valuesBeforeNumber returns how many values stand before the next number of the part, at most six.
// It takes nothing.
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

// linesNext reports whether what follows is the number of lines. A NIL is, if as many values follow
// as extension data has.
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

// envelopeNext reports whether what follows is an envelope. A NIL is, if a structure or a number stands behind
// what follows it; else it is the Content-MD5 of a part whose server did not look into the message.
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
	// A disposition has two values, a structure more, or begins with another.
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
