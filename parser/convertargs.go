package parser

import (
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// ConversionsArgs holds the arguments of CONVERSIONS (RFC 5259 §5.1).
type ConversionsArgs struct {
	From, To string // media types, which may have "*"
}

// Decode reads the arguments.
func (a *ConversionsArgs) Decode(d *wire.Decoder) error {
	a.From = string(d.AString())
	d.SP()
	a.To = string(d.AString())
	return ended(d, "CONVERSIONS")
}

// Encode writes the arguments.
func (a *ConversionsArgs) Encode(e *wire.Encoder) { e.SP().AString(a.From).SP().AString(a.To) }

// ConvertArgs holds the arguments of CONVERT and UID CONVERT (RFC 5259 §6).
type ConvertArgs struct {
	UID    bool           // whether Set holds UIDs; set by CommandReader.Decode
	Set    numset.Set     // owned by the caller
	Type   string         // the target media type; "" means NIL, which leaves the choice to the server
	Params []ConvertParam // parameters of the conversion; valid until the next Decode
	// Items may have UID, BINARY[…], BINARY.SIZE[…], BODYPARTSTRUCTURE[…], AVAILABLECONVERSIONS[…], BODY[HEADER]
	// and similar items. It is valid until the next Decode.
	Items []FetchItem
}

// ConvertParam is a parameter of a conversion, such as "pix-x" (RFC 5259 §7).
type ConvertParam struct{ Name, Value string }

func (a *ConvertArgs) setUID(uid bool) { a.UID = uid }

// Decode reads the arguments.
func (a *ConvertArgs) Decode(d *wire.Decoder) error {
	*a = ConvertArgs{UID: a.UID, Params: reuse(a.Params), Items: reuse(a.Items)}
	a.Set = sequenceSet(d, kindOf(a.UID))
	d.SP()
	d.Want('(')
	if !d.Nil() {
		at := d.Pos()
		if a.Type = quotedASCII(d, "quoted-to-mime-type"); a.Type == "" {
			d.Seek(at)
			d.Expected("quoted-to-mime-type or NIL")
		}
	}
	if d.GotSP() {
		for range d.List {
			p := ConvertParam{Name: d.Intern(d.AString())}
			d.SP()
			p.Value = string(d.AString())
			if !room(d, len(a.Params), maxOptions, "parameters") {
				break
			}
			a.Params = append(a.Params, p)
		}
		if len(a.Params) == 0 {
			d.Expected("transcoding-param")
		}
	}
	d.Want(')')
	d.SP()
	a.Items = decodeItems(d, a.Items, true)
	return ended(d, "CONVERT")
}

// Encode writes the arguments.
func (a *ConvertArgs) Encode(e *wire.Encoder) {
	e.SP()
	encodeSet(e, a.Set, kindOf(a.UID))
	e.SP().Byte('(')
	if a.Type == "" {
		e.NIL()
	} else {
		e.Quoted(a.Type)
	}
	if len(a.Params) > 0 {
		e.SP().List(len(a.Params), func(i int) { e.AString(a.Params[i].Name).SP().AString(a.Params[i].Value) })
	}
	e.Byte(')').SP()
	encodeItems(e, a.Items)
}
