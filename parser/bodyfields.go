package parser

import (
	"bytes"

	"github.com/imapstack/imapstack/wire"
)

// ext reads the extension data after its first field, which is the parameters in a multipart and the Content-MD5 in
// any other part.
func (x *BodyStructure) ext(d *wire.Decoder) {
	if nilFields(d, " NIL NIL NIL)") {
		return
	}
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
		openList(d)
		var dsp Disposition
		b := d.NString()
		if b != nil {
			dsp.Type = d.InternLower(b)
		} else if d.Err() == nil && !d.Tolerate(RuleDisposition) {
			d.Expected("string")
		}
		if x.next(d) {
			p := x.params(d)
			if b != nil {
				dsp.Params = p
			}
			endList(d)
		}
		if d.Err() == nil {
			x.Disposition = dsp
		}
		return
	}
	b := d.String()
	if d.Err() != nil || !d.Tolerate(RuleDispositionWord) {
		d.Expected("body-fld-dsp")
		return
	}
	s := d.InternLower(b)
	if x.Type == "multipart" && s != "attachment" && s != "inline" {
		// Exchange has sent a description in place of the disposition.
		x.Description = b
		return
	}
	x.Disposition.Type = s
}

// language reads a Content-Language: one or more tags.
func (x *BodyStructure) language(d *wire.Decoder) {
	m := x.mem
	from := len(m.langs)
	if d.Is('(') {
		if nilList(d) {
			return
		}
		for range d.List {
			m.langs = appendLimited(d, m.langs, d.Intern(d.String()))
		}
	} else if b := d.NString(); b != nil {
		m.langs = appendLimited(d, m.langs, d.Intern(b))
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
	if at := d.Pos(); d.Err() == nil {
		if list, next := x.mem.plainList(d, d.Raw(), at); next > 0 {
			d.Seek(next)
			return list
		}
		if !d.Recover(at) {
			return nil
		}
	}
	return x.decodeParams(d)
}

// decodeParams reads a list of parameters in any form. It is called if plainList cannot read the list.
func (x *BodyStructure) decodeParams(d *wire.Decoder) []Param {
	m := x.mem
	openList(d)
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
			m.params = append(m.params, Param{d.InternLower(name), value})
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

// nilList reads "()" in place of NIL, and reports whether it did.
func nilList(d *wire.Decoder) bool {
	return emptyNext(d) && d.Tolerate(wire.RuleNilList) && emptyList(d)
}

func emptyNext(d *wire.Decoder) bool {
	b := d.Rest()
	return len(b) > 1 && b[0] == '(' && b[1] == ')'
}

// emptyList reads "()" if it comes next, and reports whether it did.
func emptyList(d *wire.Decoder) bool {
	if d.Err() != nil || !emptyNext(d) {
		return false
	}
	d.Seek(d.Pos() + 2)
	return true
}
