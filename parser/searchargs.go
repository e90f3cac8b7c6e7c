package parser

import (
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

// Decode takes the arguments.
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

// MultiSearchArgs is the arguments of ESEARCH, which searches several mailboxes (RFC 7377 §2.1).
// In names of mailboxes it is the caller's own; for the rest see SearchArgs.
type MultiSearchArgs struct {
	In    []MailboxFilter // empty is the mailbox that is selected; valid until the next Decode
	Scope []ExtData       // none are defined; valid until the next command is read
	SearchArgs
}

// Decode takes the arguments.
func (a *MultiSearchArgs) Decode(d *wire.Decoder) error {
	a.In, a.Scope = a.In[:0], a.Scope[:0]
	if gotWord(d, "IN") {
		d.SP()
		for range d.List {
			if d.Is('(') && len(a.In) > 0 && len(a.Scope) == 0 {
				a.Scope = options(d, a.Scope, func(string) bool { return false })
				break
			}
			var f MailboxFilter
			if !room(d, len(a.In), maxNames, "filters") {
				break
			}
			f.decode(d, false)
			a.In = append(a.In, f)
		}
		if len(a.Scope) > 0 {
			d.Want(')')
			d.Leave()
		}
		if len(a.In) == 0 {
			d.Expected("filter-mailboxes")
		}
		d.SP()
	}
	a.SearchArgs.decode(d)
	return ended(d, "ESEARCH")
}

// Encode writes the arguments.
func (a *MultiSearchArgs) Encode(e *wire.Encoder) {
	if len(a.In) > 0 {
		e.SP().Atom("IN").SP().Byte('(')
		for i := range a.In {
			if i > 0 {
				e.SP()
			}
			a.In[i].encode(e)
		}
		if len(a.Scope) > 0 {
			e.SP().List(len(a.Scope), func(i int) { encodeExt(e, a.Scope[i]) })
		}
		e.Byte(')')
	}
	a.SearchArgs.Encode(e)
}

// SortCriterion is one criterion of SORT (RFC 5256 §3).
type SortCriterion struct {
	Reverse bool
	// Key is in upper case: ARRIVAL, CC, DATE, FROM, SIZE, SUBJECT, TO; DISPLAYFROM and DISPLAYTO (RFC 5957),
	// RELEVANCY (RFC 6203), ANNOTATION (RFC 5257), MODSEQ and UID, which are Cyrus's, or one that is not known.
	Key   string
	Entry string // of ANNOTATION
	Attr  string // of ANNOTATION: "value.priv" or "value.shared"
}

// SortArgs is the arguments of SORT and UID SORT (RFC 5256 §3, RFC 5267 §3).
type SortArgs struct {
	Return   SearchReturn
	Criteria []SortCriterion // valid until the next Decode
	Charset  string
	Key      SearchKey
	Unknown  func(d *wire.Decoder, k *SearchKey) bool // as in SearchArgs
}

// Decode takes the arguments. A criterion that is not known is told by its name, and taken for a word alone.
func (a *SortArgs) Decode(d *wire.Decoder) error {
	a.Return.decode(d)
	a.Criteria = a.Criteria[:0]
	for range d.List {
		var c SortCriterion
		c.decode(d)
		if !room(d, len(a.Criteria), maxOptions, "sort criteria") {
			break
		}
		a.Criteria = append(a.Criteria, c)
	}
	if len(a.Criteria) == 0 {
		d.Expected("sort-criterion")
	}
	d.SP()
	a.Charset = charset(d)
	d.SP()
	r := keyReader{left: maxKeys, unknown: a.Unknown}
	r.program(d, &a.Key)
	return ended(d, "SORT")
}

func (c *SortCriterion) decode(d *wire.Decoder) {
	c.Key = d.Name()
	if c.Key == "REVERSE" {
		d.SP()
		c.Reverse = true
		c.Key = d.Name()
	}
	switch c.Key {
	case "REVERSE":
		d.Expected("sort-key behind REVERSE")
	case "ANNOTATION":
		d.SP()
		c.Entry = d.Intern(d.AString())
		d.SP()
		c.Attr = oneOf(d, "att-sort", "value.priv", "value.shared")
	}
}

// Encode writes the arguments.
func (a *SortArgs) Encode(e *wire.Encoder) {
	a.Return.encode(e)
	e.SP().List(len(a.Criteria), func(i int) {
		c := &a.Criteria[i]
		if c.Reverse {
			e.Atom("REVERSE").SP()
		}
		e.Atom(c.Key)
		if c.Key == "ANNOTATION" {
			e.SP().AString(c.Entry).SP().Atom(c.Attr)
		}
	})
	e.SP().AString(a.Charset).SP()
	a.Key.EncodeProgram(e)
}

// ThreadArgs is the arguments of THREAD and UID THREAD (RFC 5256 §3).
type ThreadArgs struct {
	Algorithm string // in upper case: ORDEREDSUBJECT, REFERENCES, REFS, or one that is not known
	Charset   string
	Key       SearchKey
	Unknown   func(d *wire.Decoder, k *SearchKey) bool // as in SearchArgs
}

// Decode takes the arguments.
func (a *ThreadArgs) Decode(d *wire.Decoder) error {
	a.Algorithm = d.Name()
	d.SP()
	a.Charset = charset(d)
	d.SP()
	r := keyReader{left: maxKeys, unknown: a.Unknown}
	r.program(d, &a.Key)
	return ended(d, "THREAD")
}

// Encode writes the arguments.
func (a *ThreadArgs) Encode(e *wire.Encoder) {
	e.SP().Atom(a.Algorithm).SP().AString(a.Charset).SP()
	a.Key.EncodeProgram(e)
}
