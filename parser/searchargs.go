package parser

import (
	"bytes"

	"github.com/imapstack/imapstack/wire"
)

// SearchArgs holds the arguments of SEARCH and UID SEARCH (RFC 9051 §6.4.4). The grammar of RFC 3501, which has no
// RETURN, is a subset of this grammar. The caller owns Key, except for its Args. The comments on the other fields say
// how long they are valid.
type SearchArgs struct {
	Return  SearchReturn
	Charset string // "" if the client did not send it
	Key     SearchKey

	// Unknown, if not nil, is called for an unknown search key, such as that of an extension. The name of the key
	// has been read, and d is after it. Unknown reads the arguments of the key into the fields of k, and their
	// octets into k.Args. It reports whether it knows the key.
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

// OpenKey can be the function in SearchArgs.Unknown if a program, such as a proxy, passes search keys on. OpenKey
// cannot tell where the arguments of an unknown key end and the next key begins. So it stores in k.Args everything up
// to the end of the list that contains the key.
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

// charset reads the name of a charset, and keeps its case.
func charset(d *wire.Decoder) string {
	at := d.Pos()
	b := d.AString()
	if len(b) == 0 && d.Err() == nil {
		d.Seek(at)
		d.Expected("charset")
	}
	return d.Intern(b)
}
