package parser

import "github.com/imapstack/imapstack/wire"

// InParts sets the function want. If a response has a long list and want returns true for its name, Next divides the
// response: it returns each part as a response of its own, with the same head. Response.More reports whether another
// part follows, and Response.Continues whether one came before. So a program can process any number of search results
// while they arrive.
//
// SEARCH, SORT and the ALL of ESEARCH can be divided. Every part except the last has at least 32 KiB.
func (p *Reader) InParts(want func(name string) bool) {
	p.in.OnLong(func(line []byte) wire.Parts { return longList(line, want) })
}

// More reports whether the response is a part of a longer one that the next response continues.
func (r *Response) More() bool { return r.reader.in.More() }

// Continues reports whether the response is a part of a longer one, and not the first part.
func (r *Response) Continues() bool { return r.reader.in.Continues() }

// longList returns how to divide a response. line has the beginning of the response.
func longList(line []byte, want func(name string) bool) wire.Parts {
	name, numbered := dataName(line)
	at := len("* ") + len(name)
	if numbered || at >= len(line) || line[at] != ' ' {
		return wire.Parts{}
	}
	switch at++; {
	case wire.EqualFold(name, "SEARCH") && want("SEARCH"), wire.EqualFold(name, "SORT") && want("SORT"):
		return wire.Parts{Head: at, Sep: ' ', Stop: '('} // stop before MODSEQ
	case wire.EqualFold(name, "ESEARCH") && want("ESEARCH"):
		return wire.Parts{Head: foundAt(line, at), Sep: ',', Stop: ' '}
	}
	return wire.Parts{}
}

// foundAt returns the offset of the numbers of ALL in an ESEARCH whose payload begins at line[from]. It returns 0 if an
// item other than MIN, MAX, COUNT and MODSEQ comes before them.
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
