package parser

import (
	"bytes"

	"github.com/imapstack/imapstack/wire"
)

// SearchArgs holds the arguments of SEARCH and UID SEARCH (RFC 9051 §6.4.4). RFC 3501 has no RETURN; otherwise its
// grammar is a part of this one. Key is the caller's, except for its Args; for the other fields see their comments.
type SearchArgs struct {
	Return  SearchReturn
	Charset string // "" if it was not given
	Key     SearchKey

	// Unknown, if set, is called for an unknown search key, such as an extension's. Its name has been read, and d is
	// after it. Unknown reads what belongs to the key into k's fields, and its octets into k.Args, and reports whether it
	// knows the key.
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

// OpenKey is a SearchArgs.Unknown for programs that pass keys on. It reads everything up to the end of the key's list as
// the key's Args, because nobody can tell which of it belongs to an unknown key.
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

// charset reads the name of a charset, in the case in which it came.
func charset(d *wire.Decoder) string {
	at := d.Pos()
	b := d.AString()
	if len(b) == 0 && d.Err() == nil {
		d.Seek(at)
		d.Expected("charset")
	}
	return d.Intern(b)
}
