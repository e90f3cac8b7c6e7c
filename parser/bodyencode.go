package parser

import (
	"slices"

	"github.com/imapstack/imapstack/wire"
)

// Encode writes the structure. It writes extension data for each part with Extended set.
//
// A multipart without parts is written in the form of a single part, because the grammar has no other form for it.
// Invalid and Extensions are written unchanged and unchecked.
func (x *BodyStructure) Encode(e *wire.Encoder) { x.encode(e, true) }

// EncodeBody writes the structure without extension data, as the value of BODY.
func (x *BodyStructure) EncodeBody(e *wire.Encoder) { x.encode(e, false) }

func (x *BodyStructure) encode(e *wire.Encoder, ext bool) {
	switch {
	case x.Invalid != nil:
		e.Verbatim(x.Invalid)
	case x.Type == "":
		e.Raw(`("text" "plain" NIL NIL NIL "7bit" 0 0)`)
	case len(x.Parts) > 0:
		e.Byte('(')
		for i := range x.Parts {
			x.Parts[i].encode(e, ext)
		}
		e.SP().String(x.Subtype)
		if ext && x.Extended {
			e.SP()
			encodeParams(e, x.Params)
			x.encodeExt(e)
		}
		e.Byte(')')
	default:
		x.encodeSingle(e, ext)
	}
}

func (x *BodyStructure) encodeSingle(e *wire.Encoder, ext bool) {
	e.Byte('(').String(x.Type).SP().String(x.Subtype).SP()
	encodeParams(e, x.Params)
	e.SP().NString(x.ID).SP().NString(x.Description).SP()
	if x.Encoding == "" {
		e.String("7bit")
	} else {
		e.String(x.Encoding)
	}
	e.SP().Number64(x.Size)
	switch {
	case x.Type == "text":
		e.SP().Number64(x.Lines)
	case x.IsMessage():
		e.SP()
		env, body := x.Envelope, x.Body
		if env == nil {
			env = new(Envelope)
		}
		if body == nil {
			body = new(BodyStructure)
		}
		env.Encode(e)
		e.SP()
		body.encode(e, ext)
		e.SP().Number64(x.Lines)
	}
	if ext && x.Extended {
		e.SP().NString(x.MD5)
		x.encodeExt(e)
	}
	e.Byte(')')
}

// encodeExt writes the extension data without its first field.
func (x *BodyStructure) encodeExt(e *wire.Encoder) {
	if e.SP(); x.Disposition.Type == "" {
		e.NIL()
	} else {
		e.Byte('(').String(x.Disposition.Type).SP()
		encodeParams(e, x.Disposition.Params)
		e.Byte(')')
	}
	switch e.SP(); len(x.Language) {
	case 0:
		e.NIL()
	case 1:
		e.String(x.Language[0])
	default:
		e.List(len(x.Language), func(i int) { e.String(x.Language[i]) })
	}
	e.SP().NString(x.Location)
	if len(x.Extensions) > 0 {
		e.SP().Verbatim(x.Extensions)
	}
}

func encodeParams(e *wire.Encoder, list []Param) {
	if len(list) == 0 {
		e.NIL()
		return
	}
	e.List(len(list), func(i int) { e.String(list[i].Name).SP().StringBytes(list[i].Value) })
}

// Clone returns a copy that the caller owns.
func (x *BodyStructure) Clone() *BodyStructure {
	var k keeper
	c := k.body(x)
	return &c
}

func (k *keeper) body(x *BodyStructure) BodyStructure {
	c := BodyStructure{
		Type:        x.Type,
		Subtype:     x.Subtype,
		Params:      k.params(x.Params),
		ID:          k.bytes(x.ID),
		Description: k.bytes(x.Description),
		Encoding:    x.Encoding,
		Size:        x.Size,
		Lines:       x.Lines,
		Extended:    x.Extended,
		MD5:         k.bytes(x.MD5),
		Disposition: Disposition{x.Disposition.Type, k.params(x.Disposition.Params)},
		Language:    slices.Clone(x.Language),
		Location:    k.bytes(x.Location),
		Extensions:  k.bytes(x.Extensions),
		Invalid:     k.bytes(x.Invalid),
	}
	if x.Parts != nil {
		c.Parts = make([]BodyStructure, len(x.Parts))
		for i := range x.Parts {
			c.Parts[i] = k.body(&x.Parts[i])
		}
	}
	if x.Envelope != nil {
		c.Envelope = k.envelope(x.Envelope)
	}
	if x.Body != nil {
		b := k.body(x.Body)
		c.Body = &b
	}
	return c
}
