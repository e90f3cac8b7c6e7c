package parser

import "github.com/imapstack/imapstack/wire"

// The methods in this file read the fields of a part in the form that nearly every server sends. They accept only
// fields that the methods in bodydecode.go and bodyfields.go read the same way. plainHead, plainTail and plainMultipart
// report whether they have read their fields. If not, x is unchanged, and the other methods read the fields again.
//
// The methods exist for speed: with them, decoding an attachment takes a third less time. They do not accept an
// attachment with a location. Such an attachment is read twice, and takes an eighth more time.

// plainHead reads the fields of a part without parts, up to the size.
func (x *BodyStructure) plainHead(d *wire.Decoder) bool {
	if d.Err() != nil {
		return false
	}
	m, b := x.mem, d.Raw()
	from := m.mark(d)
	kind, i := plainField(d, b, from.at, ' ')
	sub, i := plainField(d, b, i, ' ')
	params, i := m.plainParams(d, b, i, ' ')
	id, i := plainField(d, b, i, ' ')
	description, i := plainField(d, b, i, ' ')
	encoding, i := plainField(d, b, i, ' ')
	if len(kind) == 0 || len(sub) == 0 || encoding == nil || !digitAt(b, i) {
		return m.notPlain(d, from)
	}
	x.Type, x.Subtype, x.Encoding = d.InternLower(kind), d.InternLower(sub), d.InternLower(encoding)
	x.Params, x.ID, x.Description = params, id, description
	d.Seek(i)
	if id == nil && description == nil {
		x.learn(d, from.at)
	}
	return true
}

// plainTail reads a part that is not a message, from the size to the end.
func (x *BodyStructure) plainTail(d *wire.Decoder) bool {
	if d.Err() != nil || x.IsMessage() {
		return false
	}
	m, b := x.mem, d.Raw()
	from := m.mark(d)
	size, i := plainNumber(d, b, from.at)
	lines := uint64(0)
	if x.Type == "text" && startsAt(b, i, " ") {
		lines, i = plainNumber(d, b, i+1)
	} else if x.Type == "text" {
		i = 0
	}
	extended := startsAt(b, i, " ")
	switch {
	case startsAt(b, i, ")"):
		i++
	case startsAt(b, i, noExtData):
		i += len(noExtData)
	case extended:
		x.MD5, i = plainField(d, b, i+1, ' ')
		i = x.plainExt(d, b, i)
	default:
		i = 0
	}
	if i == 0 {
		x.MD5 = nil
		return m.notPlain(d, from)
	}
	x.Size, x.Lines, x.Extended = size, lines, extended
	d.Seek(i)
	return true
}

// plainMultipart reads the rest of a multipart after its parts. The rest begins with the space before the subtype.
func (x *BodyStructure) plainMultipart(d *wire.Decoder) bool {
	m, b := x.mem, d.Raw()
	from := m.mark(d)
	sub, i := plainField(d, b, from.at, ' ')
	params, i := m.plainParams(d, b, i, ' ')
	if len(sub) == 0 {
		i = 0
	}
	if i = x.plainExt(d, b, i); i == 0 {
		return m.notPlain(d, from)
	}
	x.Subtype, x.Extended, x.Params = d.InternLower(sub), true, params
	d.Seek(i)
	return true
}

// A plainMark is a state of the decoding to which notPlain can return.
type plainMark struct{ at, params, langs int }

// mark returns the current state of d and m.
func (m *bodyMemory) mark(d *wire.Decoder) plainMark {
	return plainMark{d.Pos(), len(m.params), len(m.langs)}
}

// notPlain puts d and m back into a state that mark has returned. The result is false.
func (m *bodyMemory) notPlain(d *wire.Decoder, to plainMark) bool {
	m.params, m.langs = m.params[:to.params], m.langs[:to.langs]
	d.Recover(to.at)
	return false
}

// noExtData has the octets with which most parts end: a NIL for each field of the extension data, and the closing
// parenthesis.
const noExtData = " NIL NIL NIL NIL)"

// plainExt reads a disposition, a language, NIL for the location, and the end of the part. It returns the offset after
// the end.
func (x *BodyStructure) plainExt(d *wire.Decoder, b []byte, i int) (next int) {
	const none, end = "NIL ", " NIL)"
	if startsAt(b, i, none+"NIL"+end) {
		return i + len(none+"NIL"+end)
	}
	var dsp Disposition
	switch {
	case startsAt(b, i, none):
		i += len(none)
	case startsAt(b, i, "("):
		kind, from := plainField(d, b, i+1, ' ')
		dsp.Params, i = x.mem.plainParams(d, b, from, ')')
		if kind == nil || !startsAt(b, i, " ") {
			return 0
		}
		dsp.Type = d.InternLower(kind)
		i++
	default:
		return 0
	}
	var langs []string
	if startsAt(b, i, "NIL") {
		i += len("NIL")
	} else {
		langs, i = x.mem.plainLanguage(d, b, i)
	}
	if !startsAt(b, i, end) {
		return 0
	}
	x.Disposition, x.Language = dsp, langs
	return i + len(end)
}

// plainLanguage reads a list of languages at b[i], with the same conventions as plainString.
func (m *bodyMemory) plainLanguage(d *wire.Decoder, b []byte, i int) (list []string, next int) {
	n := len(m.langs)
	for open, most := "(", min(maxList, d.MaxItems()); len(m.langs) < most && startsAt(b, i, open); open = " " {
		s, to := plainString(d, b, i+1)
		if s == nil {
			break
		}
		m.langs = append(m.langs, d.Intern(s))
		if i = to; startsAt(b, i, ")") {
			return m.langs[n:len(m.langs):len(m.langs)], i + 1
		}
	}
	m.langs = m.langs[:n]
	return nil, 0
}

// startsAt reports whether b[i:] begins with s. As in plainString, an offset of 0 means that an earlier field could not
// be read.
func startsAt(b []byte, i int, s string) bool {
	return i > 0 && len(b)-i >= len(s) && string(b[i:i+len(s)]) == s
}

// plainParams reads a list of parameters or NIL at b[i], with the same conventions as plainField.
func (m *bodyMemory) plainParams(d *wire.Decoder, b []byte, i int, delim byte) (list []Param, next int) {
	if startsAt(b, i, "NIL") {
		i += len("NIL")
	} else {
		list, i = m.plainList(d, b, i)
	}
	if i == 0 || i >= len(b) || b[i] != delim {
		return nil, 0
	}
	return list, i + 1
}

// plainList reads a list of parameters at b[i], with the same conventions as plainString.
func (m *bodyMemory) plainList(d *wire.Decoder, b []byte, i int) (list []Param, next int) {
	if i == 0 || i >= len(b) || b[i] != '(' {
		return nil, 0
	}
	for n := len(m.params); len(m.params) < maxParams; {
		name, from := plainField(d, b, i+1, ' ')
		value, to := plainString(d, b, from)
		if name == nil || value == nil || to >= len(b) || b[to] != ' ' && b[to] != ')' {
			m.params = m.params[:n]
			break
		}
		m.params = append(m.params, Param{d.InternLower(name), value})
		if i = to; b[i] == ')' {
			return m.params[n:len(m.params):len(m.params)], i + 1
		}
	}
	return nil, 0
}

// plainNumber reads a number at b[i], with the same conventions as plainString.
func plainNumber(d *wire.Decoder, b []byte, i int) (n uint64, next int) {
	if !digitAt(b, i) {
		return 0, 0
	}
	d.Seek(i)
	if n = d.Number64(); d.Err() != nil {
		return 0, 0
	}
	return n, d.Pos()
}

func digitAt(b []byte, i int) bool { return i > 0 && i < len(b) && b[i]-'0' <= 9 }
