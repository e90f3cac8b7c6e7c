package parser

import (
	"github.com/imapstack/imapstack/wire"
)

// SortCriterion is one criterion of SORT (RFC 5256 §3).
type SortCriterion struct {
	Reverse bool
	// Key is in upper case: ARRIVAL, CC, DATE, FROM, SIZE, SUBJECT, TO; DISPLAYFROM and DISPLAYTO (RFC 5957);
	// RELEVANCY (RFC 6203); ANNOTATION (RFC 5257); MODSEQ and UID of Cyrus; or an unknown key.
	Key   string
	Entry string // for ANNOTATION
	Attr  string // for ANNOTATION: "value.priv" or "value.shared"
}

// SortArgs holds the arguments of SORT and UID SORT (RFC 5256 §3, RFC 5267 §3).
type SortArgs struct {
	Return   SearchReturn
	Criteria []SortCriterion // valid until the next Decode
	Charset  string
	Key      SearchKey
	Unknown  func(d *wire.Decoder, k *SearchKey) bool // as in SearchArgs
}

// Decode reads the arguments. An unknown criterion must be a single word, and is returned in Criteria.
func (a *SortArgs) Decode(d *wire.Decoder) error {
	a.Return.decode(d)
	a.Criteria = reuse(a.Criteria)
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
		d.Expected("sort-key after REVERSE")
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

// ThreadArgs holds the arguments of THREAD and UID THREAD (RFC 5256 §3).
type ThreadArgs struct {
	Algorithm string // in upper case: ORDEREDSUBJECT, REFERENCES, REFS, or an unknown algorithm
	Charset   string
	Key       SearchKey
	Unknown   func(d *wire.Decoder, k *SearchKey) bool // as in SearchArgs
}

// Decode reads the arguments.
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
