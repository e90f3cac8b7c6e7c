package parser

import "github.com/imapstack/imapstack/wire"

// InParts sets a function that says, by the name of a response, whether a list that is long is shown in parts. Next then returns what has come
// of it as a response of its own, with the same head; Response.More says that the rest follows, and Response.Continues that something came before. So the
// numbers that a search finds are taken in as they come, however many there are.
//
// The responses that can be divided are SEARCH, SORT, and ESEARCH within ALL. A part is of 32 KiB or more, but for the last.
func (p *Reader) InParts(want func(name string) bool) {
	p.r.OnLong(func(line []byte) wire.Parts { return longList(line, want) })
}

// More reports whether the response is a part of one whose rest is the next response.
func (r *Response) More() bool { return r.r.r.More() }

// Continues reports whether the response is a part of one, and not the first.
func (r *Response) Continues() bool { return r.r.r.Continues() }

// longList says how a line of which this has come is divided.
func longList(line []byte, want func(name string) bool) wire.Parts {
	name, numbered := dataName(line)
	at := len("* ") + len(name)
	if numbered || at >= len(line) || line[at] != ' ' {
		return wire.Parts{}
	}
	switch at++; {
	case wire.EqualFold(name, "SEARCH") && want("SEARCH"), wire.EqualFold(name, "SORT") && want("SORT"):
		return wire.Parts{Head: at, Sep: ' ', Stop: '('} // MODSEQ
	case wire.EqualFold(name, "ESEARCH") && want("ESEARCH"):
		return wire.Parts{Head: foundAt(line, at), Sep: ',', Stop: ' '}
	}
	return wire.Parts{}
}

// foundAt returns where the numbers of ALL begin in an ESEARCH whose payload begins at from, and 0 if they do not.
func foundAt(line []byte, from int) int {
	d := wire.NewDecoder(line)
	d.Seek(from)
	if d.Is('(') {
		if new(ESearch).Correlator(d) != nil {
			return 0
		}
		d.SP()
	}
	for d.Err() == nil {
		name := d.Name()
		if d.SP(); d.Err() != nil {
			break
		}
		switch name {
		case "UID":
		case "MIN", "MAX", "COUNT", "MODSEQ":
			d.Number64()
			d.SP()
		case "ALL":
			return d.Pos()
		default:
			return 0
		}
	}
	return 0
}
