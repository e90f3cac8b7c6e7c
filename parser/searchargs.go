package parser

import (
	"bytes"

	"github.com/imapstack/imapstack/wire"
)

// SearchArgs is the arguments of SEARCH and UID SEARCH (RFC 9051 §6.4.4). RFC 3501 has no RETURN; otherwise its
// grammar is a part of this. Key is the caller's own; for the rest see its fields.
type SearchArgs struct {
	Return  SearchReturn
	Charset string // "" if it was not said
	Key     SearchKey

	// Unknown, if set, is asked for a search key that is not known, an extension's: with its name read already and
	// d behind it. It takes what belongs to the key into k's fields, and its octets into k.Args, and reports whether
	// it knows the key.
	Unknown func(d *wire.Decoder, k *SearchKey) bool
}

// Decode reads the arguments.
func (a *SearchArgs) Decode(d *wire.Decoder) error {
	a.decode(d)
	return ended(d, "SEARCH")
}

func (a *SearchArgs) decode(d *wire.Decoder) {
	a.Return.decode(d)
	a.Charset = ""
	if gotWord(d, "CHARSET") {
		d.SP()
		a.Charset = charset(d)
		d.SP()
	}
	r := keyReader{left: maxKeys, unknown: a.Unknown}
	r.program(d, &a.Key)
}

// Encode writes the arguments.
func (a *SearchArgs) Encode(e *wire.Encoder) {
	a.Return.encode(e)
	if a.Charset != "" {
		e.SP().Atom("CHARSET").SP().AString(a.Charset)
	}
	e.SP()
	a.Key.EncodeProgram(e)
}

// OpenKey is a SearchArgs.Unknown for whoever passes keys on: it takes all that follows, up to the end of the list that the key is in, as the
// key's Args, since nobody can tell what of it belongs to a key that is not known.
func OpenKey(d *wire.Decoder, k *SearchKey) bool {
	at := d.Pos()
	for d.Err() == nil && d.Is(' ') && d.GotSP() {
		extValue(d)
	}
	if args := d.Raw()[at:d.Pos()]; d.Err() == nil && len(args) > 0 {
		k.Args = bytes.TrimLeft(args, " ")
	}
	return d.Err() == nil
}

// charset takes the name of a charset, in the case in which it came.
func charset(d *wire.Decoder) string {
	at := d.Pos()
	b := d.AString()
	if len(b) == 0 && d.Err() == nil {
		d.Seek(at)
		d.Expected("charset")
	}
	return d.Intern(b)
}
