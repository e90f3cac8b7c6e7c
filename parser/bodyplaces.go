package parser

import "github.com/imapstack/imapstack/wire"

// partPlace describes one position in a part that is not a multipart, and the kind of value that belongs there (RFC
// 9051 §9 body-type-1part).
type partPlace struct {
	kind byte // '"' means a string or NIL, '(' a list or NIL, '0' a number, '*' anything
	read func(x *BodyStructure, d *wire.Decoder)
}

// partPlaces has the positions that come first in every part, linesPlace is the position of the number of lines in a
// text, and extPlaces has the positions of the extension data.
var (
	partPlaces = []partPlace{
		{'"', func(x *BodyStructure, d *wire.Decoder) { x.Type = d.InternLower(d.String()) }},
		{'"', func(x *BodyStructure, d *wire.Decoder) { x.Subtype = d.InternLower(d.String()) }},
		{'(', func(x *BodyStructure, d *wire.Decoder) { x.Params = x.params(d) }},
		{'"', func(x *BodyStructure, d *wire.Decoder) { x.ID = d.NString() }},
		{'"', func(x *BodyStructure, d *wire.Decoder) { x.Description = d.NString() }},
		{'"', func(x *BodyStructure, d *wire.Decoder) { x.Encoding = d.InternLower(d.String()) }},
		{'0', func(x *BodyStructure, d *wire.Decoder) { x.Size = size(d) }},
	}
	linesPlace = partPlace{'0', func(x *BodyStructure, d *wire.Decoder) { x.Lines = d.Number64() }}
	extPlaces  = []partPlace{
		{'"', func(x *BodyStructure, d *wire.Decoder) { x.MD5 = d.NString() }},
		{'(', func(x *BodyStructure, d *wire.Decoder) { x.disposition(d) }},
		{'*', func(x *BodyStructure, d *wire.Decoder) { x.language(d) }},
		{'"', func(x *BodyStructure, d *wire.Decoder) { x.Location = d.NString() }},
	}
)

// maxPlaces is the largest number of values in a part that byPlaces can read.
const maxPlaces = 32

// byPlaces reads the part at d.Raw()[at] again, if only one of its values is not of the kind that belongs in its
// position. It leaves out that value, and sets the fields of all other values. It returns false if it cannot read the
// part in this way, for example if two values are of the wrong kind.
func (x *BodyStructure) byPlaces(d *wire.Decoder, at int) bool {
	from, end := partValues(d, at)
	if len(from) < len(partPlaces) {
		return false
	}
	places := partPlaces
	b := d.Raw()
	if d.Seek(from[0]); d.Is('"') {
		switch d.InternLower(d.String()) {
		case "text":
			places = append(append(places[:len(places):len(places)], linesPlace), extPlaces...)
		case "message", "multipart":
			return false // the subtype decides what belongs in the next position
		default:
			places = append(places[:len(places):len(places)], extPlaces...)
		}
	}
	odd := -1
	for i, p := range places[:min(len(places), len(from))] {
		if p.fits(b[from[i]:]) {
			continue
		}
		if odd >= 0 || i == 0 {
			return false
		}
		odd = i
	}
	m := x.mem
	x.reset(m)
	for i, p := range places[:min(len(places), len(from))] {
		if i == odd || !d.Recover(from[i]) {
			continue
		}
		if p.read(x, d); d.Err() != nil && !isSyntax(d.Err()) {
			return false
		}
	}
	if x.Subtype == "" {
		x.Subtype = defaultSubtype(x.Type)
	}
	if n := len(places); len(from) > n && d.Recover(from[n]) {
		x.Extensions = b[from[n]:end:end]
	}
	x.Extended = len(from) > len(places)-len(extPlaces)
	return d.Recover(end)
}

// partValues returns the offsets of the values in the part at d.Raw()[at], and the offset of its closing parenthesis.
// It returns none if it cannot find them.
func partValues(d *wire.Decoder, at int) (from []int, end int) {
	if !d.Recover(at) {
		return nil, 0
	}
	openList(d)
	for d.Err() == nil && len(from) < maxPlaces {
		from = append(from, d.Pos())
		skipValue(d)
		if end = d.Pos(); d.Is(')') {
			return from, end
		}
		if !d.GotSP() {
			if d.Is(')') {
				return from, end
			}
			break
		}
	}
	return nil, 0
}

// fits reports whether b begins with a value of the kind that belongs in p.
func (p partPlace) fits(b []byte) bool {
	null := len(b) > 3 && isNilWord(b[:3]) && endsValue(b[3])
	switch p.kind {
	case '"':
		return b[0] == '"' || b[0] == '{' || b[0] == '~' || null
	case '(':
		return b[0] == '(' || null
	case '0':
		n := 0
		for n < len(b) && b[n]-'0' <= 9 {
			n++
		}
		return n > 0 && n < len(b) && endsValue(b[n])
	}
	return true
}
