package parser

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// ESearchItems is a set of items of ESEARCH.
type ESearchItems uint16

// These are the items of ESEARCH.
const (
	ESearchMin        ESearchItems = 1 << iota
	ESearchMax                     //
	ESearchAll                     //
	ESearchCount                   //
	ESearchModSeq                  // RFC 7162 §3.1.10
	ESearchPartial                 // RFC 9394, RFC 5267
	ESearchAddTo                   // RFC 5267 §4.3
	ESearchRemoveFrom              // RFC 5267 §4.3
	ESearchRelevancy               // RFC 6203
)

var esearchNames = [...]string{"MIN", "MAX", "ALL", "COUNT", "MODSEQ", "PARTIAL", "ADDTO", "REMOVEFROM", "RELEVANCY"}

// ESearch is the payload of ESEARCH (RFC 9051 §7.3.4), the result of a search. A field is zero if its item is not in
// Items. The ranges are as the server sent them, in the order of the response. In the response to a SORT, this order is
// the sort order. RangesSet turns ranges into a set.
//
// An ESearch is valid until the next response is read; Clone returns a copy that the caller owns.
type ESearch struct {
	Tag []byte // tag of the command; nil if the server did not send it; valid until the next response is read
	// Mailbox is for MULTISEARCH (RFC 7377): the name as received, or nil if the server did not send it. It is valid
	// until the next response is read.
	Mailbox     []byte
	UIDValidity uint32 // for MULTISEARCH
	UID         bool   // whether the numbers are UIDs
	Items       ESearchItems
	Min         uint32
	Max         uint32
	Count       uint32
	All         []numset.Range // valid until the next response is read
	ModSeq      uint64
	Partial     PartialRange    // the window that the client asked for: positions in the results
	Window      []numset.Range  // the results in the window; valid until the next response is read
	AddTo       []ContextUpdate // valid until the next response is read
	RemoveFrom  []ContextUpdate // valid until the next response is read
	Relevancy   []uint8         // score of each result, 1 to 100; valid until the next response is read
	Ext         []ExtData       // other return data; valid until the next response is read

	ranges  [3][]numset.Range // backing arrays of All, of Window and of the ranges in updates
	updates [2][]ContextUpdate
	scores  []uint8
	ext     []ExtData
	order   itemOrder

	utf8 bool  // whether Mailbox is in UTF-8
	bad  error // error of the first item that could not be read
}

// ContextUpdate is a change to the results of a search that the server keeps up to date (RFC 5267 §4.3).
type ContextUpdate struct {
	// Pos is the position in the results of the first number in Ranges, counted from 1. It is 0 if the results have no
	// order.
	Pos    uint32
	Ranges []numset.Range // in the order of the results; valid until the next response is read
}

// Has reports whether the server sent all of items.
func (x *ESearch) Has(items ESearchItems) bool { return x.Items&items == items }

// Kind returns the kind of the numbers: numset.UID or numset.Seq.
func (x *ESearch) Kind() numset.Kind {
	if x.UID {
		return numset.UID
	}
	return numset.Seq
}

// Set returns All as a set, which the caller owns.
func (x *ESearch) Set() numset.Set { return RangesSet(x.Kind(), x.All) }

// Name returns the name of the mailbox in the form that commands take; see DecodeMailbox.
func (x *ESearch) Name() string { return DecodeMailbox(x.Mailbox, x.utf8) }

// Decode reads what follows the response's name. If invalid values are tolerated, it leaves out each item that it
// cannot read, and returns the first error. If it has left out an item, the result of the search is incomplete.
func (x *ESearch) Decode(d *wire.Decoder) error {
	*x = ESearch{
		ranges:  [...][]numset.Range{reuse(x.ranges[0]), reuse(x.ranges[1]), reuse(x.ranges[2])},
		updates: [...][]ContextUpdate{reuse(x.updates[0]), reuse(x.updates[1])},
		scores:  reuse(x.scores), ext: reuse(x.ext),
		utf8: d.UTF8(),
	}
	skipEmptyList(d)
	if d.Is('(') && !knownWrapped(d.Rest()) {
		at := d.Pos()
		if x.correlator(d); d.Err() != nil {
			x.skipElement(d, at)
		}
		if d.AtEnd() {
			return cmp.Or(d.Err(), x.bad)
		}
		if d.Is(' ') || d.Raw()[d.Pos()-1] != ' ' && !d.Tolerate(wire.RuleSpaces) {
			d.SP()
		}
	} else if d.Nil() && d.Tolerate(wire.RuleNilList) && !d.AtEnd() {
		d.SP()
	}
	for !d.AtEnd() {
		at := d.Pos()
		if x.nameAndValue(d); d.Err() != nil {
			x.skipElement(d, at)
		}
		if d.AtEnd() {
			break
		}
		if d.Is(' ') || d.Raw()[d.Pos()-1] != ')' || !d.Tolerate(wire.RuleSpaces) {
			d.SP()
		}
	}
	x.Ext = clip(x.ext)
	if d.Err() == nil {
		return x.bad
	}
	return d.Err()
}

// Correlator reads only the correlator, if the response has one, and leaves d after it. The correlator is the tag
// of the command that the response belongs to, and the mailbox.
func (x *ESearch) Correlator(d *wire.Decoder) error {
	*x = ESearch{utf8: d.UTF8()}
	if d.Is('(') {
		x.correlator(d)
	}
	return cmp.Or(d.Err(), x.bad)
}

// correlator reads the tag of the command that the response belongs to, and the mailbox.
func (x *ESearch) correlator(d *wire.Decoder) {
	for range d.List {
		at := d.Pos()
		switch name := d.Name(); name {
		case "TAG":
			d.SP()
			x.Tag = d.AString()
		case "MAILBOX":
			d.SP()
			x.Mailbox = oddMailbox(d, d.AString())
		case "UIDVALIDITY":
			d.SP()
			x.UIDValidity = nzNumber(d)
		default:
			if (name == "UID" || bitOf([]byte(name), esearchNames[:]) != 0) && !d.Is(')') && toleratesInvalid(d) {
				d.Seek(at) // the results begin here: the parenthesis of the correlator was not closed
				return
			}
			d.Expected("search-correlator")
		}
		if c := d.Peek(); c != ' ' && c != ')' && c != '\r' {
			x.oddCorrelator(d, at)
		}
	}
}

// oddMailbox returns the name of a mailbox. The parameter name is its first word, which d has already read. If the
// server left out quotes that the mailbox's name needs, that name goes on up to the word UIDVALIDITY.
func oddMailbox(d *wire.Decoder, name []byte) []byte {
	if d.Err() != nil || d.Is(')') {
		return name
	}
	i := bytes.Index(d.Rest(), []byte(" UIDVALIDITY "))
	last := d.Raw()[d.Pos()-1]
	if i <= 0 || last == '"' || !mailboxName(d) {
		return name
	}
	from := d.Pos() - len(name)
	d.Seek(d.Pos() + i)
	return d.Raw()[from:d.Pos():d.Pos()]
}

// item reads the value of the item called name. If it cannot read the value, it clears the item's field and keeps the
// error.
func (x *ESearch) item(d *wire.Decoder, name []byte) {
	item := ESearchItems(bitOf(name, esearchNames[:]))
	d.SP()
	err := tryValue(d, func() { x.value(d, item, name) })
	if err == nil {
		x.Items |= item
		x.order.add(uint16(item))
		return
	}
	if x.drop(item); x.bad == nil {
		x.bad = at(string(name), err)
	}
}

// drop clears the field of an item that could not be read completely.
func (x *ESearch) drop(item ESearchItems) {
	switch item {
	case ESearchMin:
		x.Min = 0
	case ESearchMax:
		x.Max = 0
	case ESearchCount:
		x.Count = 0
	case ESearchAll:
		x.All = nil
	case ESearchModSeq:
		x.ModSeq = 0
	case ESearchPartial:
		x.Partial, x.Window = PartialRange{}, nil
	case ESearchAddTo:
		x.AddTo = nil
	case ESearchRemoveFrom:
		x.RemoveFrom = nil
	case ESearchRelevancy:
		x.Relevancy = nil
	}
}

func (x *ESearch) value(d *wire.Decoder, item ESearchItems, name []byte) {
	switch item {
	case ESearchMin:
		x.Min = nzNumber(d)
	case ESearchMax:
		x.Max = nzNumber(d)
	case ESearchCount:
		x.Count = d.Number()
	case ESearchAll:
		x.ranges[0] = appendRanges(d, x.ranges[0])
		x.All = clip(x.ranges[0])
	case ESearchModSeq:
		x.ModSeq = modSeq(d)
	case ESearchPartial:
		d.Want('(')
		x.Partial.decode(d)
		if d.SP(); !d.Nil() {
			x.ranges[1] = appendRanges(d, x.ranges[1])
		}
		x.Window = clip(x.ranges[1])
		endList(d)
	case ESearchAddTo:
		x.AddTo = x.update(d, 0)
	case ESearchRemoveFrom:
		x.RemoveFrom = x.update(d, 1)
	case ESearchRelevancy:
		for range d.List {
			n := d.Number()
			if n > 100 {
				d.Expected("score")
			}
			x.scores = appendLimited(d, x.scores, uint8(n))
		}
		x.Relevancy = clip(x.scores)
	default:
		x.ext = appendExt(d, x.ext, d.InternUpper(name))
	}
}

// update reads changes to the results of a search, and appends them to those already read.
func (x *ESearch) update(d *wire.Decoder, which int) []ContextUpdate {
	for range d.List {
		u, from := ContextUpdate{Pos: d.Number()}, len(x.ranges[2])
		d.SP()
		x.ranges[2] = appendRanges(d, x.ranges[2])
		u.Ranges = clip(x.ranges[2][from:])
		x.updates[which] = appendLimited(d, x.updates[which], u)
	}
	return clip(x.updates[which])
}

// Encode writes what Decode reads. The items are in the order in which they were read. It writes the values in Ext
// unchanged and unchecked.
func (x *ESearch) Encode(e *wire.Encoder) {
	sep := new(separator)
	if x.Tag != nil {
		sep.next(e)
		e.Raw("(TAG ").StringBytes(x.Tag)
		if x.Mailbox != nil {
			e.Raw(" MAILBOX ").AStringBytes(x.Mailbox).Raw(" UIDVALIDITY ").Number(x.UIDValidity)
		}
		e.Byte(')')
	}
	if x.UID {
		sep.word(e, "UID")
	}
	x.order.each(uint16(x.Items), len(x.Ext), func(bit int, _ bool) {
		if item := ESearchItems(1) << bit; bit < len(esearchNames) && x.sends(item) {
			x.encodeItem(e, sep, item, esearchNames[bit])
		}
	}, func(i int) {
		sep.next(e)
		e.Atom(x.Ext[i].Name).SP().Verbatim(x.Ext[i].Value)
	})
}

// sends reports whether Encode writes an item. Encode omits some items of a search without results (RFC 4731 §3.1).
func (x *ESearch) sends(item ESearchItems) bool {
	switch item {
	case ESearchMin:
		return x.Min != 0
	case ESearchMax:
		return x.Max != 0
	case ESearchAll:
		return len(x.All) > 0
	case ESearchModSeq:
		return x.ModSeq != 0
	case ESearchAddTo:
		return len(x.AddTo) > 0
	case ESearchRemoveFrom:
		return len(x.RemoveFrom) > 0
	}
	return true
}

func (x *ESearch) encodeItem(e *wire.Encoder, sep *separator, item ESearchItems, name string) {
	sep.word(e, name)
	e.SP()
	switch item {
	case ESearchMin:
		e.Number(x.Min)
	case ESearchMax:
		e.Number(x.Max)
	case ESearchAll:
		encodeRanges(e, x.All)
	case ESearchCount:
		e.Number(x.Count)
	case ESearchModSeq:
		e.Number64(x.ModSeq)
	case ESearchPartial:
		e.Byte('(')
		x.Partial.encode(e)
		if e.SP(); len(x.Window) == 0 {
			e.NIL()
		} else {
			encodeRanges(e, x.Window)
		}
		e.Byte(')')
	case ESearchAddTo:
		encodeUpdates(e, x.AddTo)
	case ESearchRemoveFrom:
		encodeUpdates(e, x.RemoveFrom)
	case ESearchRelevancy:
		e.List(len(x.Relevancy), func(i int) { e.Number(uint32(x.Relevancy[i])) })
	}
}

func encodeUpdates(e *wire.Encoder, list []ContextUpdate) {
	e.List(len(list), func(i int) {
		e.Number(list[i].Pos).SP()
		encodeRanges(e, list[i].Ranges)
	})
}

// Clone returns a copy that the caller owns.
func (x *ESearch) Clone() *ESearch {
	var k keeper
	c := *x
	c.ranges, c.updates, c.scores, c.ext = [3][]numset.Range{}, [2][]ContextUpdate{}, nil, nil
	c.Tag, c.Mailbox, c.Ext = k.bytes(x.Tag), k.bytes(x.Mailbox), k.ext(x.Ext)
	c.All, c.Window, c.Relevancy = slices.Clone(x.All), slices.Clone(x.Window), slices.Clone(x.Relevancy)
	c.AddTo, c.RemoveFrom = cloneUpdates(x.AddTo), cloneUpdates(x.RemoveFrom)
	return &c
}

func cloneUpdates(list []ContextUpdate) []ContextUpdate {
	c := slices.Clone(list)
	for i := range c {
		c[i].Ranges = slices.Clone(c[i].Ranges)
	}
	return c
}
