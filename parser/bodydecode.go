package parser

import "github.com/imapstack/imapstack/wire"

// These are the limits of one structure. The number of parts needs a limit of its own, because a part takes some 400
// bytes of memory and can be sent in five octets.
const (
	maxParts   = 1 << 13
	maxParams  = 1 << 16
	keepParts  = 1 << 10 // memory for more parts is not kept for the next structure
	keepParams = 1 << 12 // memory for more parameters is not kept either
)

// bodyMemory has the state of decoding one tree of parts, and the memory that the next tree reuses. All parts of the
// tree share it.
type bodyMemory struct {
	params []Param
	langs  []string
	path   []uint32 // reused by Walk; nil during a walk
	parts  int      // number of parts in this structure
	held   int      // memory that the tree keeps, counted in parts; envelopes and addresses count, too
	depth  int      // how many parts are being read, each within the one before
	saved  int      // number of octets that were read again; if there are too many, child no longer reads parts again
	broken bool     // the end of the structure cannot be found, so nothing more can be read
	quoted bool     // the decoder reads a copy of the part in which requoted has corrected the quotes
	heads  *partHeads
	reused bool // an earlier structure has used this memory
}

// Decode reads a BODY or BODYSTRUCTURE from its opening parenthesis on. NIL and "()", which RuleNilBody tolerates,
// leave x empty.
//
// Decode does not rely on the positions of fields, because many servers leave out fields that the grammar requires. If
// it still cannot understand a part, and RuleInvalidPart is set, it stores the octets of the part in Invalid, keeps the
// fields that it could read, and reads the parts after it.
func (x *BodyStructure) Decode(d *wire.Decoder) error {
	m := x.mem
	if m == nil {
		m = new(bodyMemory)
	}
	if m.held > keepParts || cap(m.params) > keepParams {
		x.parts, x.env, x.body = nil, nil, nil
		*m = bodyMemory{}
	}
	*m = bodyMemory{params: reuse(m.params), langs: reuse(m.langs), path: m.path, held: m.held, heads: m.heads, reused: x.mem != nil}
	x.reset(m)
	switch {
	case noBody(d):
	case d.Is('('):
		x.child(d)
	default:
		d.Want('(')
	}
	return d.Err()
}

// reset empties x but keeps its memory.
func (x *BodyStructure) reset(m *bodyMemory) {
	parts, env, body := x.parts, x.env, x.body
	// A composite literal with these fields would cost 10 ns for each part, because the compiler builds it elsewhere
	// and copies it.
	*x = BodyStructure{}
	x.parts, x.env, x.body, x.mem = parts, env, body, m
}

// noBody reads NIL or "()" if one of them comes next, and reports whether it did. A server sends them if it does not
// know the structure.
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

// part reads a whole part, including its parentheses.
func (x *BodyStructure) part(d *wire.Decoder) {
	m := x.mem
	if m.parts++; m.parts > maxParts {
		d.Fail(&wire.LimitError{What: "items", Limit: maxParts, Size: int64(m.parts)})
	}
	if !d.Enter() {
		return
	}
	m.depth++
	openList(d)
	if d.Is('(') {
		x.multipart(d)
	} else {
		x.single(d)
	}
	m.depth--
	d.Leave()
}

// child reads a part. If it cannot understand the part, and RuleInvalidPart tolerates that, it stores the octets in
// Invalid, keeps the fields that it could read, and moves d after the part.
func (x *BodyStructure) child(d *wire.Decoder) {
	m, at := x.mem, d.Pos()
	depth := m.depth
	x.part(d)
	err := d.Err()
	if err == nil && x.odd {
		x.Invalid = d.Raw()[at:d.Pos():d.Pos()]
	}
	if err == nil || m.broken || m.saved > 2*len(d.Raw()) {
		return
	}
	if !isSyntax(err) {
		return
	}
	again := func() {
		d.Rewind(at)
		for m.depth = 0; m.depth < depth; m.depth++ {
			d.Enter()
		}
	}
	if again(); !m.quoted && d.Rules().Has(wire.RuleQuoteInside) && x.requoted(d, at) {
		return
	}
	again()
	if !d.Tolerate(RuleInvalidPart) {
		m.broken = true
		d.Fail(err)
		return
	}
	skipValue(d)
	end := d.Pos()
	m.saved += end - at
	if m.broken = d.Err() != nil; !m.broken {
		m.saved += end - at
		again := *x
		if !again.byPlaces(d, at) || !d.Recover(end) {
			d.Rewind(end)
			for m.depth = 0; m.depth < depth; m.depth++ {
				d.Enter()
			}
		} else {
			*x = again
		}
	}
	x.Invalid = d.Raw()[at:end:end]
}

// requoted reads a part that begins at d.Raw()[at] and may contain strings that are not correctly quoted. It reports
// whether wrong quoting was the only error.
func (x *BodyStructure) requoted(d *wire.Decoder, at int) bool {
	m := x.mem
	l := fieldReader{d: d, left: 4 * (len(d.Raw()) - at)}
	most := l.left
	text := l.requote()
	end := d.Pos()
	m.saved += end - at + most - l.left
	if text == nil {
		return false
	}
	var sub wire.Decoder
	d.Sub(&sub, text)
	for range m.depth {
		sub.Enter()
	}
	m.quoted = true
	y := BodyStructure{mem: m}
	y.part(&sub)
	m.quoted = false
	if sub.Err() != nil || len(sub.Rest()) > 0 || !d.Tolerate(wire.RuleQuoteInside) {
		return false
	}
	for rule := range wire.Rule(64) {
		if sub.Used().Has(rule) {
			d.Tolerate(rule)
		}
	}
	d.Seek(end)
	*x = y
	return true
}

// multipart reads a multipart after its opening parenthesis.
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
	switch {
	case d.Is(')') || d.Err() != nil:
		x.next(d)
	case !x.plainMultipart(d):
		x.subtype(d, d.NString(), "mixed")
		x.multipartExt(d)
	}
}

// multipartExt reads the extension data of a multipart, if any, and its closing parenthesis.
func (x *BodyStructure) multipartExt(d *wire.Decoder) {
	if x.more(d) {
		x.Extended = true
		x.Params = x.params(d)
		x.ext(d)
	}
}

// subtype sets x.Subtype to b, or to the parameter other if b is empty because the server sent no subtype.
func (x *BodyStructure) subtype(d *wire.Decoder, b []byte, other string) {
	if len(b) > 0 {
		x.Subtype = d.InternLower(b)
	} else if x.Subtype = other; d.Err() == nil {
		toleratesMedia(d, "media-subtype")
	}
}

// nilField reads a space and NIL if they come next and are a whole field. It reports whether it did. It saves time,
// because NIL is the most common field.
func nilField(d *wire.Decoder) bool {
	if b := d.Rest(); len(b) > 4 && string(b[:4]) == " NIL" && (b[4] == ' ' || b[4] == ')') && d.Err() == nil {
		d.Seek(d.Pos() + 4)
		return true
	}
	return false
}

// nilFields reads the text in the parameter fields if it comes next, and reports whether it did. The text is several
// NILs and the end of the part, because most parts end in this way.
func nilFields(d *wire.Decoder, fields string) bool {
	if b := d.Rest(); len(b) < len(fields) || string(b[:len(fields)]) != fields || d.Err() != nil {
		return false
	}
	d.Seek(d.Pos() + len(fields))
	return true
}

// more reads the space before another field and reports whether there was one. Otherwise it reads the end of the
// part.
func (x *BodyStructure) more(d *wire.Decoder) bool {
	if d.GotSP() {
		return d.Err() == nil
	}
	d.Want(')')
	return false
}

// next does what the method more does, but in a place where the grammar requires another field.
func (x *BodyStructure) next(d *wire.Decoder) bool {
	if d.GotSP() {
		return d.Err() == nil
	}
	if d.Is(')') {
		fieldMissing(d)
	}
	d.Want(')')
	return false
}

// single reads a part that is not a multipart, after its opening parenthesis.
func (x *BodyStructure) single(d *wire.Decoder) {
	if (x.head(d) || x.plainHead(d) || x.decodeHead(d)) && !x.plainTail(d) {
		x.Size = size(d)
		x.afterSize(d)
	}
}

// decodeHead reads the fields before the size, and the space after them. It reports whether the size follows.
func (x *BodyStructure) decodeHead(d *wire.Decoder) bool {
	if b := d.NString(); len(b) > 0 && stringNext(d) {
		d.SP()
		x.Type = d.InternLower(b)
		x.subtype(d, d.String(), defaultSubtype(x.Type))
	} else if x.oddType(d, b) {
		return false
	}
	if !x.next(d) {
		return false
	}
	x.Params = x.params(d)
	if !nilField(d) {
		if !x.next(d) {
			return false
		}
		x.ID = d.NString()
	}
	if !nilField(d) {
		if !x.next(d) {
			return false
		}
		x.Description = d.NString()
	}
	if !x.next(d) {
		return false
	}
	if d.Peek()-'0' <= 9 && x.Description != nil {
		// The server has sent one NIL too few. So the field that was read as the description is the encoding, and
		// the size comes next.
		fieldMissing(d)
		x.Encoding, x.Description = d.InternLower(x.Description), nil
		return true
	}
	if b := d.NString(); b != nil {
		x.Encoding = d.InternLower(b)
	} else if d.Err() == nil && !d.Tolerate(RuleNilEncoding) {
		d.Expected("body-fld-enc")
	}
	return x.next(d)
}

// afterSize reads what follows the size: lines, a message or extension data. The media type and the next tokens tell
// which of these come.
func (x *BodyStructure) afterSize(d *wire.Decoder) {
	sp, ok := false, true
	switch {
	case x.Type == "text":
		sp = x.lines(d)
	case x.IsMessage():
		sp, ok = x.message(d)
	}
	if !ok {
		return
	}
	if !sp {
		if nilFields(d, " NIL NIL NIL NIL)") {
			x.Extended = true
			return
		}
		if !x.more(d) {
			return
		}
	}
	x.Extended = true
	if d.Is('(') && !emptyNext(d) {
		// The Content-MD5 is missing.
		fieldMissing(d)
		x.extDisposition(d)
		return
	}
	x.MD5 = d.NString()
	x.ext(d)
}

// gotSP reads a space. It tolerates a missing space before a list.
func gotSP(d *wire.Decoder) bool { return d.GotSP() || d.Is('(') && d.Tolerate(wire.RuleSpaces) }

// lines reads the number of lines and returns false. If there is no number of lines, it reports whether it has read
// the space before the next field.
func (x *BodyStructure) lines(d *wire.Decoder) (sp bool) {
	if sp = d.GotSP() || d.Peek()-'0' <= 9 && d.Tolerate(wire.RuleSpaces); sp && linesNext(d) {
		x.Lines = d.Number64()
		return false
	}
	if d.Err() == nil && !d.Tolerate(RuleNoLines) {
		d.Expected("body-fld-lines")
	}
	return sp
}

// message reads the envelope, the structure and the lines of a message. sp says whether it has read the space before
// the next field. ok is false if the part has ended or d has failed.
func (x *BodyStructure) message(d *wire.Decoder) (sp, ok bool) {
	if sp = gotSP(d); !sp || !envelopeNext(d) {
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
	wrong := x.env.Decode(d)
	m.held += max(0, cap(x.env.addrs)-held) / 4
	if !(d.Is('(') && gotSP(d)) && !x.next(d) {
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
	x.odd = wrong != nil
	return x.lines(d), d.Err() == nil
}
