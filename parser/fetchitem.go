package parser

import (
	"bytes"
	"strconv"

	"github.com/imapstack/imapstack/wire"
)

// FetchItem is one item that FETCH asks for, with its arguments (RFC 9051 §6.4.5 fetch-att). The caller owns the
// strings. The next Decode into the same FetchArgs reuses the slices.
type FetchItem struct {
	// Name is in upper case: FLAGS, ENVELOPE, UID, INTERNALDATE, RFC822.SIZE, BODY, BODYSTRUCTURE, BODY.PEEK, BINARY,
	// BINARY.PEEK, BINARY.SIZE; of RFC 3501 only: RFC822, RFC822.HEADER, RFC822.TEXT; of extensions: MODSEQ (RFC 7162),
	// EMAILID, THREADID (RFC 8474), SAVEDATE (RFC 8514), PREVIEW (RFC 8970), ANNOTATION (RFC 5257), X-GM-MSGID,
	// X-GM-THRID, X-GM-LABELS; or an unknown name.
	Name string

	HasSection bool        // whether brackets follow the name: BODY[], not BODY
	Section    SectionSpec // what is in the brackets; valid until the next Decode

	Partial BytePartial // <offset.count>; zero if the client sent none

	Lazy    bool     // whether the client sent PREVIEW (LAZY) (RFC 8970 §3.1)
	Entries []string // arguments of ANNOTATION: names of entries, which may have wildcards; valid until the next Decode
	Attribs []string // arguments of ANNOTATION: names of attributes; valid until the next Decode
	// Open has what follows an unknown name if Section and Partial cannot hold it: the brackets and the partial,
	// undecoded, as in X-NEW[a b]<0.1>. It is valid until the next command is read.
	Open []byte
	// Args is the parenthesised list after an unknown name, undecoded; nil if there is none. It is also set for
	// PREVIEW with a list other than (LAZY). It is valid until the next command is read.
	Args []byte
}

// BytePartial is the part of a section that a client asks for (RFC 9051 §6.4.5 partial), in octets. The zero
// BytePartial means no partial.
type BytePartial struct {
	Offset uint64 // counted from 0
	Count  uint64 // not 0
}

// IsZero reports whether p is the zero BytePartial.
func (p BytePartial) IsZero() bool { return p == BytePartial{} }

// itemForm says what may follow the name of an item.
type itemForm uint8

const (
	itemUnknown  itemForm = iota
	itemPlain             // nothing
	itemBody              // a section or none
	itemSection           // a section
	itemBinary            // a part
	itemSize              // a part, but no partial
	itemPreview           // a list or none
	itemAnnotate          // entries and attributes
)

var itemForms = map[string]itemForm{
	"ENVELOPE": itemPlain, "FLAGS": itemPlain, "INTERNALDATE": itemPlain, "RFC822.SIZE": itemPlain,
	"BODYSTRUCTURE": itemPlain, "UID": itemPlain,
	"RFC822": itemPlain, "RFC822.HEADER": itemPlain, "RFC822.TEXT": itemPlain,
	"MODSEQ": itemPlain, "EMAILID": itemPlain, "THREADID": itemPlain, "SAVEDATE": itemPlain,
	"X-GM-MSGID": itemPlain, "X-GM-THRID": itemPlain, "X-GM-LABELS": itemPlain,
	"BODY": itemBody, "BODY.PEEK": itemSection,
	"BINARY": itemBinary, "BINARY.PEEK": itemBinary, "BINARY.SIZE": itemSize,
	"PREVIEW": itemPreview, "ANNOTATION": itemAnnotate,
}

// Known reports whether the item's name is in the list at FetchItem.Name.
func (i *FetchItem) Known() bool { return itemForms[i.Name] != itemUnknown }

// Peeks reports whether the item leaves \Seen unchanged (RFC 9051 §6.4.5).
func (i *FetchItem) Peeks() bool {
	switch i.Name {
	case "BODY", "BINARY":
		return !i.HasSection
	case "RFC822", "RFC822.TEXT":
		return false
	}
	return true
}

// reset empties i but keeps its memory.
func (i *FetchItem) reset() {
	s := i.Section
	s.Reset()
	*i = FetchItem{Section: s, Entries: reuse(i.Entries), Attribs: reuse(i.Attribs)}
}

// Decode reads one item as it is within the list of FETCH. A parenthesised list after the item belongs to the item. An
// unknown item may have a section, a partial and a list.
func (i *FetchItem) Decode(d *wire.Decoder) error {
	i.decode(d, true)
	return at("fetch-att", d.Err())
}

// decode reads one item. inList says whether the item is within the parentheses of FETCH. If not, a list after the item
// may be the modifiers of FETCH.
func (i *FetchItem) decode(d *wire.Decoder, inList bool) {
	i.reset()
	start := d.Pos()
	rest := d.Rest()
	n := 0
	for n < len(rest) && rest[n] > ' ' && rest[n] < 0x7f && rest[n] != '[' && rest[n] != '<' && rest[n] != '(' && rest[n] != ')' {
		n++
	}
	if n == 0 || d.Err() != nil || !wire.IsAtom(string(rest[:n])) {
		d.Expected("fetch-att")
		return
	}
	d.Seek(start + n)
	i.Name = d.InternUpper(rest[:n])
	form := itemForms[i.Name]
	if d.Is('[') {
		i.HasSection = true
		i.section(d, form, start)
	} else if form >= itemSection && form <= itemSize {
		d.Expected(`"["`)
	}
	if d.Is('<') {
		i.takePartial(d, form)
	}
	i.list(d, form, inList)
	if d.Err() == nil && !d.Is(' ') && !d.Is(')') && !d.AtEnd() {
		d.Expected("the end of the fetch-att")
	}
}

// section reads the brackets and checks their contents.
func (i *FetchItem) section(d *wire.Decoder, form itemForm, start int) {
	switch form {
	case itemBody, itemSection, itemBinary, itemSize, itemUnknown:
	default:
		d.Expected("fetch-att without a section")
		return
	}
	at := d.Pos()
	if i.Section.Decode(d) != nil {
		i.open(d, form, at)
		return
	}
	err := error(nil)
	switch form {
	case itemBody, itemSection:
		err = i.Section.Check()
	case itemBinary, itemSize:
		err = i.Section.CheckBinary()
	}
	if err != nil {
		d.Seek(at)
		d.Expected("section-spec")
	}
}

// open reads what follows an unknown item if Section.Decode cannot read it: the brackets and the partial. It stores
// their octets.
func (i *FetchItem) open(d *wire.Decoder, form itemForm, at int) {
	if form != itemUnknown || !isSyntax(d.Err()) {
		return
	}
	i.Section.Reset()
	d.Rewind(at)
	open := brackets(d)
	// Encode writes the item within a list. So the octets must not include the parenthesis that closes the list. To check
	// that, append one and read again: brackets must stop before it.
	again := wire.NewDecoder(append(bytes.Clone(open), ')'))
	again.SetRules(CommandRules)
	ends := len(brackets(again)) == len(open) && again.Is(')')
	e := wire.NewEncoder(wire.Mode{LiteralPlus: true, UTF8: true, Binary: true})
	if encodeValue(e, open); d.Err() == nil && (e.Err() != nil || !ends) {
		d.Seek(at)
		d.Expected("section")
		return
	}
	i.Open = open
}

func (i *FetchItem) takePartial(d *wire.Decoder, form itemForm) {
	if !i.HasSection || form == itemSize {
		d.Expected("fetch-att without a partial")
		return
	}
	d.Want('<')
	i.Partial.Offset = number63(d)
	d.Want('.')
	i.Partial.Count = nzNumber63(d)
	d.Want('>')
}

// list reads the list after the item if it belongs to the item.
func (i *FetchItem) list(d *wire.Decoder, form itemForm, inList bool) {
	switch form {
	case itemAnnotate:
		d.SP()
		d.Want('(')
		i.Entries = nameList(d, i.Entries, (*wire.Decoder).ListMailbox, "entry-match")
		d.SP()
		i.Attribs = nameList(d, i.Attribs, (*wire.Decoder).AString, "attrib")
		d.Want(')')
	case itemPreview, itemUnknown:
		rest := d.Rest()
		for len(rest) > 0 && rest[0] == ' ' {
			rest = rest[1:]
		}
		if len(rest) == len(d.Rest()) || len(rest) == 0 || rest[0] != '(' {
			return
		}
		lazy := form == itemPreview && len(rest) > 5 && wire.EqualFold(rest[1:5], "LAZY") && (rest[5] == ')' || rest[5] == ' ')
		if !inList && !lazy {
			return
		}
		d.SP()
		args := extValue(d)
		if form == itemPreview && wire.EqualFold(args, "(LAZY)") {
			i.Lazy = true
		} else {
			i.Args = args
		}
	}
}

// nameList reads one name, or a list of at least one name. It appends to dst.
func nameList(d *wire.Decoder, dst []string, one func(*wire.Decoder) []byte, what string) []string {
	oneOrList(d, what, func() { dst = append(dst, d.Intern(one(d))) })
	return dst
}

// encodeNames writes one name without parentheses, or several names within parentheses.
func encodeNames(e *wire.Encoder, names []string, one func(*wire.Encoder, string) *wire.Encoder) {
	if len(names) == 1 {
		one(e, names[0])
		return
	}
	if len(names) == 0 {
		e.Fail(&wire.ArgumentError{What: "list of names", Reason: "is empty"})
	}
	e.List(len(names), func(i int) { one(e, names[i]) })
}

// Encode writes the item. It makes e fail if the grammar does not allow the item.
func (i *FetchItem) Encode(e *wire.Encoder) {
	e.Atom(i.Name)
	form := itemForms[i.Name]
	if i.Open != nil {
		if form != itemUnknown || !i.HasSection {
			e.Fail(&wire.ArgumentError{What: "fetch-att", Value: i.Name, Reason: "has no such section"})
		}
		encodeValue(e, i.Open)
	} else if i.HasSection {
		err := error(nil)
		switch form {
		case itemBody, itemSection:
			err = i.Section.Check()
		case itemBinary, itemSize:
			err = i.Section.CheckBinary()
		case itemUnknown:
		default:
			err = &wire.ArgumentError{What: "fetch-att", Value: i.Name, Reason: "has no section"}
		}
		if err != nil {
			e.Fail(err)
		}
		i.Section.Encode(e)
	} else if form >= itemSection && form <= itemSize {
		e.Fail(&wire.ArgumentError{What: "fetch-att", Value: i.Name, Reason: "needs a section"})
	}
	if p := i.Partial; !p.IsZero() {
		if !i.HasSection || form == itemSize || p.Count == 0 {
			e.Fail(&wire.ArgumentError{What: "fetch-att", Value: i.Name, Reason: "has no such partial"})
		}
		e.Append(func(dst []byte) []byte {
			dst = strconv.AppendUint(append(dst, '<'), p.Offset, 10)
			dst = strconv.AppendUint(append(dst, '.'), p.Count, 10)
			return append(dst, '>')
		})
	}
	switch {
	case form == itemAnnotate:
		e.SP().Byte('(')
		encodeNames(e, i.Entries, (*wire.Encoder).ListMailbox)
		e.SP()
		encodeNames(e, i.Attribs, (*wire.Encoder).AString)
		e.Byte(')')
	case form == itemPreview && i.Lazy:
		e.SP().Byte('(').Atom("LAZY").Byte(')')
	case i.Args != nil:
		e.SP()
		encodeValue(e, i.Args)
	}
}

// String returns the item in the form of the protocol.
func (i *FetchItem) String() string {
	e := wire.NewEncoder(wire.Mode{Server: true, UTF8: true, Binary: true})
	i.Encode(e)
	return string(e.Bytes())
}

// nextItem adds one item to list. It reuses the memory of an earlier one.
func nextItem(list []FetchItem) []FetchItem {
	if len(list) < cap(list) {
		return list[:len(list)+1]
	}
	return append(list, FetchItem{})
}

// decodeItems reads a parenthesised list of items. If alone is true, it also accepts one item without parentheses.
func decodeItems(d *wire.Decoder, list []FetchItem, alone bool) []FetchItem {
	if alone && !d.Is('(') {
		list = nextItem(list)
		list[len(list)-1].decode(d, false)
		return list
	}
	for range d.List {
		if !room(d, len(list), maxNames, "items of FETCH") {
			break
		}
		list = nextItem(list)
		list[len(list)-1].decode(d, true)
	}
	if len(list) == 0 {
		d.Expected("fetch-att")
	}
	return list
}

func encodeItems(e *wire.Encoder, list []FetchItem) {
	if len(list) == 0 {
		e.Fail(&wire.ArgumentError{What: "list of fetch-att", Reason: "is empty"})
	}
	e.List(len(list), func(i int) { list[i].Encode(e) })
}
