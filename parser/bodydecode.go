package parser

import (
	"bytes"

	"github.com/imapstack/imapstack/wire"
)

// What one structure may hold. A part takes some 400 octets of memory and can be sent in five, so what
// a peer can make us hold must have a limit of its own.
const (
	maxParts   = 1 << 14
	maxParams  = 1 << 16
	keepParts  = 1 << 10 // parts that are kept to be used again
	keepParams = 1 << 12
)

// bodyMemory is what the parts of one tree share while they are decoded, and what is used again.
type bodyMemory struct {
	params []Param
	langs  []string
	parts  int  // in this structure
	held   int  // in the tree's arrays, used or not
	depth  int  // entered by parts
	saved  int  // octets of invalid parts: what is read twice has a bound
	broken bool // not even the shape is right: nothing can be saved
}

// Decode reads a structure, from its "(" on, of either form. NIL leaves x empty.
//
// It is read by its tokens rather than by their places, as many servers leave out fields that the grammar
// wants. A part that cannot be understood all the same becomes Invalid, and the rest is read.
func (x *BodyStructure) Decode(d *wire.Decoder) error {
	m := x.mem
	if m == nil {
		m = new(bodyMemory)
	}
	if m.held > keepParts || cap(m.params) > keepParams {
		x.parts, x.env, x.body = nil, nil, nil
		*m = bodyMemory{}
	}
	*m = bodyMemory{params: m.params[:0], langs: m.langs[:0], held: m.held}
	x.reset(m)
	if !noBody(d) {
		x.part(d)
	}
	return d.Err()
}

// reset makes x empty and keeps its memory.
func (x *BodyStructure) reset(m *bodyMemory) {
	*x = BodyStructure{parts: x.parts, env: x.env, body: x.body, mem: m}
}

// noBody takes what stands for a structure that the server does not know, and reports whether it did.
func noBody(d *wire.Decoder) bool {
	if c := d.Peek(); c|0x20 != 'n' && c != '(' {
		return false
	}
	at := d.Pos()
	if !d.Nil() && !emptyList(d) {
		return false
	}
	if !d.Tolerate(RuleNilBody) {
		d.Seek(at)
		d.Expected("body")
	}
	return true
}

// part reads a part, from "(" to ")".
func (x *BodyStructure) part(d *wire.Decoder) {
	m := x.mem
	if m.parts++; m.parts > maxParts {
		d.Fail(&wire.LimitError{What: "items", Limit: maxParts, Size: int64(m.parts)})
	}
	if !d.Enter() {
		return
	}
	m.depth++
	d.Want('(')
	if d.Is('(') {
		x.multipart(d)
	} else {
		x.single(d)
	}
	m.depth--
	d.Leave()
}

// child reads a part of another. If it cannot be understood it becomes Invalid, and d goes on behind it.
func (x *BodyStructure) child(d *wire.Decoder) {
	m, at := x.mem, d.Pos()
	depth := m.depth
	x.part(d)
	err := d.Err()
	if err == nil || m.broken || m.saved > 2*len(d.Raw()) {
		return
	}
	if !isSyntax(err) {
		return
	}
	d.Rewind(at)
	for m.depth = 0; m.depth < depth; m.depth++ {
		d.Enter()
	}
	if !d.Tolerate(RuleInvalidPart) {
		m.broken = true
		d.Fail(err)
		return
	}
	raw := d.Value()
	m.saved += len(raw)
	m.broken = d.Err() != nil
	x.reset(m)
	x.Invalid = raw
}

// multipart reads what stands behind the "(" of a multipart.
func (x *BodyStructure) multipart(d *wire.Decoder) {
	x.Type, x.Subtype = "multipart", "mixed"
	n, more := 0, true
	for more && d.Err() == nil {
		if n == len(x.parts) {
			x.parts = append(x.parts, BodyStructure{})
			x.mem.held++
		}
		x.parts[n].reset(x.mem)
		x.parts[n].child(d)
		n++
		if more = d.Is('('); !more && d.Is(' ') {
			if more = d.GotSP() && d.Is('('); more && !d.Tolerate(wire.RuleSpaces) {
				d.Expected("media-subtype")
			}
		}
	}
	x.Parts = x.parts[:n:n]
	if d.Is(')') || d.Err() != nil {
		x.next(d)
		return
	}
	x.subtype(d, d.NString(), "mixed")
	x.multipartExt(d)
}

// multipartExt reads the extension data of a multipart, if there is any, and its end.
func (x *BodyStructure) multipartExt(d *wire.Decoder) {
	if x.more(d) {
		x.Extended = true
		x.Params = x.params(d)
		x.ext(d)
	}
}

// subtype sets the subtype, or one that fits if the server did not say.
func (x *BodyStructure) subtype(d *wire.Decoder, b []byte, other string) {
	if len(b) > 0 {
		x.Subtype = lower(d, b)
	} else if x.Subtype = other; d.Err() == nil {
		oddMedia(d, "media-subtype")
	}
}

// oddMedia reports whether a media type may be incomplete. Else d fails.
func oddMedia(d *wire.Decoder, what string) bool {
	if d.Tolerate(RuleMediaType) {
		return true
	}
	d.Expected(what)
	return false
}

// nilField takes a space and NIL behind it, if they are there and end a field: the commonest field of all.
func nilField(d *wire.Decoder) bool {
	if b := d.Rest(); len(b) > 4 && string(b[:4]) == " NIL" && (b[4] == ' ' || b[4] == ')') && d.Err() == nil {
		d.Seek(d.Pos() + 4)
		return true
	}
	return false
}

// more takes a space and reports whether there was one. If not, it takes the end of the part.
func (x *BodyStructure) more(d *wire.Decoder) bool {
	if d.GotSP() {
		return d.Err() == nil
	}
	d.Want(')')
	return false
}

// next is more where the grammar wants something.
func (x *BodyStructure) next(d *wire.Decoder) bool {
	if d.GotSP() {
		return d.Err() == nil
	}
	if d.Is(')') {
		missing(d)
	}
	d.Want(')')
	return false
}

// single reads what stands behind the "(" of a part without parts.
func (x *BodyStructure) single(d *wire.Decoder) {
	if b := d.NString(); len(b) > 0 && stringNext(d) {
		d.SP()
		x.Type = lower(d, b)
		x.subtype(d, d.String(), defaultSubtype(x.Type))
	} else if x.oddType(d, b) {
		return
	}
	if !x.next(d) {
		return
	}
	x.Params = x.params(d)
	if !nilField(d) {
		if !x.next(d) {
			return
		}
		x.ID = d.NString()
	}
	if !nilField(d) {
		if !x.next(d) {
			return
		}
		x.Description = d.NString()
	}
	if !x.next(d) {
		return
	}
	if b := d.NString(); b != nil {
		x.Encoding = lower(d, b)
	} else if d.Err() == nil && !d.Tolerate(RuleNilEncoding) {
		d.Expected("body-fld-enc")
	}
	if !x.next(d) {
		return
	}
	x.Size = d.Number64()
	x.behindSize(d)
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
	name := lower(d, t)
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

// behindSize reads what stands behind the size: lines, a message, extension data. Which of them is there
// the next token tells.
func (x *BodyStructure) behindSize(d *wire.Decoder) {
	sp, ok := false, true
	switch {
	case x.Type == "text":
		sp = x.lines(d)
	case x.IsMessage():
		sp, ok = x.message(d)
	}
	if !ok || !sp && !x.more(d) {
		return
	}
	x.Extended = true
	if d.Is('(') && !emptyNext(d) {
		// There is no Content-MD5.
		missing(d)
		x.extDisposition(d)
		return
	}
	x.MD5 = d.NString()
	x.ext(d)
}

// lines reads the number of lines. If there is none, it reports whether it has taken the space before something else.
func (x *BodyStructure) lines(d *wire.Decoder) (sp bool) {
	if sp = d.GotSP(); sp && linesNext(d) {
		x.Lines = d.Number64()
		return false
	}
	if d.Err() == nil && !d.Tolerate(RuleNoLines) {
		d.Expected("body-fld-lines")
	}
	return sp
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

// message reads the envelope, the structure and the lines of a message. It reports whether it has taken the
// space before something else, and whether the part goes on.
func (x *BodyStructure) message(d *wire.Decoder) (sp, ok bool) {
	if sp = d.GotSP(); !sp || !envelopeNext(d) {
		if d.Err() == nil && !d.Tolerate(RuleNoMessage) {
			d.Expected("envelope")
		}
		return sp, d.Err() == nil
	}
	m := x.mem
	if x.env == nil {
		x.env = new(Envelope)
		m.held++
	}
	if d.Is('(') {
		x.Envelope = x.env
	}
	held := cap(x.env.addrs)
	x.env.Decode(d)
	m.held += max(0, cap(x.env.addrs)-held) / 4
	if !x.next(d) {
		return false, false
	}
	if !noBody(d) {
		if x.body == nil {
			x.body = new(BodyStructure)
			m.held++
		}
		x.body.reset(m)
		x.body.child(d)
		x.Body = x.body
	}
	return x.lines(d), d.Err() == nil
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

// ext reads the extension data behind the first field, which the two kinds of part do not share.
func (x *BodyStructure) ext(d *wire.Decoder) {
	if nilField(d) {
		x.extLanguage(d)
	} else if x.more(d) {
		x.extDisposition(d)
	}
}

func (x *BodyStructure) extDisposition(d *wire.Decoder) {
	x.disposition(d)
	x.extLanguage(d)
}

func (x *BodyStructure) extLanguage(d *wire.Decoder) {
	if !nilField(d) {
		if !x.more(d) {
			return
		}
		x.language(d)
	}
	if !nilField(d) {
		if !x.more(d) {
			return
		}
		x.Location = d.NString()
	}
	if !x.more(d) {
		return
	}
	at := d.Pos()
	d.SkipValues()
	if d.Err() == nil {
		b := bytes.TrimRight(d.Raw()[at:d.Pos()], " ")
		x.Extensions = b[:len(b):len(b)]
	}
	d.Want(')')
}

// disposition reads a Content-Disposition.
func (x *BodyStructure) disposition(d *wire.Decoder) {
	if d.Peek()|0x20 == 'n' && d.Nil() {
		return
	}
	if d.Is('(') {
		if nilList(d) {
			return
		}
		d.Got('(')
		b := d.NString()
		if b != nil {
			x.Disposition.Type = lower(d, b)
		} else if d.Err() == nil && !d.Tolerate(RuleDisposition) {
			d.Expected("string")
		}
		if x.next(d) {
			p := x.params(d)
			if b != nil {
				x.Disposition.Params = p
			}
			d.Want(')')
		}
		return
	}
	b := d.String()
	if d.Err() != nil || !d.Tolerate(RuleDispositionWord) {
		d.Expected("body-fld-dsp")
		return
	}
	s := lower(d, b)
	if x.Type == "multipart" && s != "attachment" && s != "inline" {
		// Exchange has sent a description in this place.
		x.Description = b
		return
	}
	x.Disposition.Type = s
}

// language reads a Content-Language: one or several tags.
func (x *BodyStructure) language(d *wire.Decoder) {
	m := x.mem
	from := len(m.langs)
	if d.Is('(') {
		if nilList(d) {
			return
		}
		for range d.List {
			m.langs = append(m.langs, d.Intern(d.String()))
		}
	} else if b := d.NString(); b != nil {
		m.langs = append(m.langs, d.Intern(b))
	}
	if len(m.langs) > from {
		x.Language = m.langs[from:len(m.langs):len(m.langs)]
	}
}

// params reads parameters.
func (x *BodyStructure) params(d *wire.Decoder) []Param {
	if d.Peek()|0x20 == 'n' && d.Nil() {
		return nil
	}
	if nilList(d) {
		return nil
	}
	d.Want('(')
	m := x.mem
	from := len(m.params)
	for d.Err() == nil {
		name, value := d.NString(), []byte(nil)
		if d.GotSP() {
			value = d.NString()
		}
		if d.Err() != nil {
			break
		}
		if (name == nil || value == nil) && !d.Tolerate(RuleParam) {
			d.Expected("string")
			break
		}
		if value == nil {
			value = []byte{}
		}
		if name != nil {
			if len(m.params) == maxParams {
				d.Fail(&wire.LimitError{What: "items", Limit: maxParams, Size: maxParams + 1})
			}
			m.params = append(m.params, Param{lower(d, name), value})
		}
		if d.Got(')') {
			break
		}
		if !d.GotSP() {
			d.Want(')')
			break
		}
	}
	return m.params[from:len(m.params):len(m.params)]
}

// missing notes that a field is not there that the grammar wants.
func missing(d *wire.Decoder) {
	if !d.Tolerate(RuleBodyFields) {
		d.Expected("a field of the body")
	}
}

// nilList takes "()" where the grammar wants NIL, and reports whether it did.
func nilList(d *wire.Decoder) bool {
	return emptyNext(d) && d.Tolerate(wire.RuleNilList) && emptyList(d)
}

func emptyNext(d *wire.Decoder) bool {
	b := d.Rest()
	return len(b) > 1 && b[0] == '(' && b[1] == ')'
}

// emptyList takes "()" if it is there, and reports whether it was.
func emptyList(d *wire.Decoder) bool {
	if d.Err() != nil || !emptyNext(d) {
		return false
	}
	d.Seek(d.Pos() + 2)
	return true
}

// lower returns b in lower case as an interned string.
func lower(d *wire.Decoder, b []byte) string {
	var a [48]byte
	if len(b) > len(a) {
		return string(bytes.ToLower(b))
	}
	for i, c := range b {
		if c-'A' < 26 {
			c += 'a' - 'A'
		}
		a[i] = c
	}
	return d.Intern(a[:len(b)])
}
