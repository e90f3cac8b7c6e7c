package parser

import (
	"strconv"

	"github.com/imapstack/imapstack/wire"
)

// Fetch is the payload of a FETCH response (RFC 9051 §7.5.2), or of UIDFETCH (RFC 9586 §3.4).
//
// Scalars and flags are read at once. Of everything else, Fetch notes the octets and decodes them when a method asks for
// them. Sections reads streamed sections, and the items after them. A Fetch is valid until the next response is read;
// Clone returns a copy that the caller owns.
//
// A Fetch is in one of these states:
//
//	whole      all items have been read or noted; Streaming is false
//	streaming  the items up to a section too big to hold have been; the section is read from the peer within Sections, and
//	           what follows it is unknown until then
//	void       the next response has been read: nothing in it is valid
//	a copy     made by Clone: the caller's; sections that were streamed are not in it
//	built      filled by its setters, for a server or a proxy to Encode: the caller's
type Fetch struct {
	Seq    uint32 // the message's number; 0 in UIDFETCH
	UID    uint32 // 0 if the server did not send it
	Flags  []Flag // valid until the next response is read; nil if the server did not send them
	Size   uint64 // RFC822.SIZE, in octets
	ModSeq uint64 // RFC 7162; 0 if the server did not send it
	Date   []byte // INTERNALDATE, as it came; nil if the server did not send it; valid until the next response is read

	flags    []Flag // the array of Flags
	lists    *flagLists
	has      fetchHas
	items    []fetchItem
	env      Envelope      // decoded with the response; see decoded
	body     BodyStructure // of BODYSTRUCTURE
	decoded  decodedItems
	seen     decodedItems // those that have come, readable or not
	wrong    [2]error     // for each decoded item, the part that could not be read
	bad      error        // the first part that could not be read; see Err
	expect   *Expectation // what was asked for; nil is anything
	extra    int          // how many "(" around items have been read and are not closed
	sections []Section
	n        int  // how many of sections are in use
	stream   bool // the last of them is being streamed
	headed   bool // the UID came before the response's name
	order    fetchOrder
	resp     *Response // nil in a copy, and in one that is built
}

type fetchHas uint8

const (
	hasUID fetchHas = 1 << iota
	hasFlags
	hasSize
	hasModSeq
	hasDate
)

// decodedItems says which items have been decoded with the response.
type decodedItems uint8

const (
	decodedEnvelope decodedItems = 1 << iota
	decodedBody
)

// fetchItem is an item as it came.
type fetchItem struct {
	name string // in upper case, with the section of BINARY.SIZE
	raw  []byte
}

// reset makes f empty, and keeps its memory.
func (f *Fetch) reset(r *Response) {
	f.Seq, f.UID, f.Flags, f.Size, f.ModSeq, f.Date = 0, 0, nil, 0, 0, nil
	f.flags = again(f.flags)
	f.sections = spent(f.sections)
	f.has, f.items, f.n, f.stream, f.resp = 0, again(f.items), 0, false, r
	f.decoded, f.seen, f.wrong, f.bad, f.extra, f.expect = 0, 0, [2]error{}, nil, 0, nil
	f.headed, f.order.n = false, 0
}

// Decode reads the payload of r up to the first section that is streamed, or to the end.
//
// If bad values are tolerated, only what cannot be read is lost: Has tells what there is, and Err what is lost. Decode
// returns an error if it can read nothing, or if a limit is exceeded. After an error, f has what came before it.
func (f *Fetch) Decode(r *Response) error {
	f.reset(r)
	d := r.Decoder()
	if r.Name == "UIDFETCH" {
		f.UID, f.has, f.headed = r.Num, hasUID, true
	} else {
		f.Seq = r.Num
	}
	if !d.Is('(') && nilFetch(d) {
		return f.failed(d)
	}
	opens(d)
	if f.plainItems(d) {
		return nil
	}
	if d.Got(')') {
		return f.failed(d)
	}
	f.decodeItems(d)
	return f.failed(d)
}

// decodeItems reads items up to a streamed section or to the end of the list.
func (f *Fetch) decodeItems(d *wire.Decoder) {
	for d.Err() == nil {
		at := d.Pos()
		f.item(d)
		if f.stream {
			return
		}
		if d.Is(' ') && d.GotSP() {
			continue // the usual case
		}
		if d.Err() != nil && !f.pass(d, at) {
			return
		}
		if f.ended(d, at) {
			return
		}
	}
}

// item reads one item: its name and its value.
func (f *Fetch) item(d *wire.Decoder) {
	rest := d.Rest()
	i := 0
	switch {
	case len(rest) > 4 && string(rest[:4]) == "UID ": // the usual case
		i = 3
	case len(rest) > 6 && string(rest[:6]) == "FLAGS ":
		i = 5
	default:
		if i = nameLen(rest); i == 0 || rest[0]-'0' <= 9 || isNilWord(rest[:i]) {
			if !f.unwrap(d) {
				f.readNameless(d)
				return
			}
			rest = d.Rest()
			i = nameLen(rest)
		}
	}
	d.Seek(d.Pos() + i)
	if f.readField(d, rest[:i]) {
		return
	}
	name := itemName(d, rest[:i])
	if name != string(rest[:i]) && f.readField(d, []byte(name)) {
		return // in lower case
	}
	f.readOther(d, name)
}

// nameLen returns the length of the item's name at the beginning of b.
func nameLen(b []byte) (i int) {
	for i < len(b) && wordChars[b[i]] && b[i] != '<' {
		i++
	}
	return i
}

// itemName returns b in upper case, as a string that the caller owns.
func itemName(d *wire.Decoder, b []byte) string {
	switch string(b) {
	case "ENVELOPE":
		return "ENVELOPE"
	case "BODYSTRUCTURE":
		return "BODYSTRUCTURE"
	case "BODY":
		return "BODY"
	}
	return d.InternUpper(b)
}

// readField reads the value of an item that has a field, and reports whether name is such an item.
func (f *Fetch) readField(d *wire.Decoder, name []byte) bool {
	switch string(name) {
	case "UID":
		valueSP(d)
		n := d.Number()
		switch {
		case d.Err() != nil:
		case n != 0:
			f.UID = n
			f.told(hasUID)
		case !d.Tolerate(RuleZeroUID):
			d.Expected("uniqueid")
		}
	case "FLAGS":
		valueSP(d)
		if f.lists == nil {
			f.lists = new(flagLists)
		}
		flags := f.lists.decode(d, again(f.flags))
		if d.Err() != nil {
			f.flags = flags
			f.Flags, f.has = nil, f.has&^hasFlags
			break
		}
		f.setFlags(flags)
	case "INTERNALDATE":
		valueSP(d)
		date := d.NString()
		if d.Err() == nil && !isDateTime(date) && !oddDate(d) {
			d.Expected("date-time")
		}
		if d.Err() == nil {
			f.Date = date
			f.told(hasDate)
		}
	case "RFC822.SIZE":
		valueSP(d)
		if n := size(d); d.Err() == nil {
			f.Size = n
			f.told(hasSize)
		}
	case "MODSEQ":
		valueSP(d)
		opens(d)
		n := modSeq(d)
		endList(d)
		if n != 0 && d.Err() == nil {
			f.ModSeq = n
			f.told(hasModSeq)
		}
	default:
		return false
	}
	return true
}

// setFlags sets the flags to list, which uses the memory of f.flags.
func (f *Fetch) setFlags(list []Flag) {
	if f.flags = list; list == nil {
		list = []Flag{}
	}
	f.Flags = list
	f.told(hasFlags)
}

// noValue reads the space before a value, and reports whether the item ends without a value.
func (f *Fetch) noValue(d *wire.Decoder) bool {
	if !d.Is(')') {
		valueSP(d)
	}
	return valueMissing(d, d.Is(')'))
}

// valueMissing reports whether a value is missing where there must be one, and d tolerates that.
func valueMissing(d *wire.Decoder, none bool) bool { return none && d.Tolerate(RuleMissingValue) }

// readOther reads an item without a field: a section, or octets to note.
func (f *Fetch) readOther(d *wire.Decoder, name string) {
	if !f.fits(d) {
		return
	}
	switch name {
	case "RFC822", "RFC822.HEADER", "RFC822.TEXT":
		n := f.n
		if f.section(d, name); d.Err() != nil {
			f.n = n
		}
		return
	case "BODY", "BINARY", "BODY.PEEK", "BINARY.PEEK":
		if d.Is('[') {
			at, n, o := d.Pos(), f.n, f.order.n
			if f.section(d, name) {
				if isSyntax(d.Err()) {
					f.n = n
				}
				return
			}
			f.n, f.order.n = n, o
			d.Rewind(at)
		}
	}
	if d.Is('[') {
		name += string(brackets(d))
	}
	if d.Is('"') && !knownItem(name) {
		d.Expected("SP") // a quote within a name, not a value without a space before it
		return
	}
	if f.noValue(d) {
		f.note(fetchItem{name, nil})
		return
	}
	if itemNext(d, name) {
		return
	}
	if d.AtStreamed() {
		f.begin(name).stream(d)
		f.stream = true
		return
	}
	f.note(fetchItem{name, f.value(d, name)})
}

// value reads the value of an item. It decodes ENVELOPE and BODYSTRUCTURE at once: they are large, to find their end
// costs half as much, and a client that asks for them will look at them. If a name comes twice, the first one counts.
func (f *Fetch) value(d *wire.Decoder, name string) []byte {
	from := d.Pos()
	var err error
	var done decodedItems
	switch name {
	case "ENVELOPE":
		done = decodedEnvelope
	case "BODYSTRUCTURE":
		done = decodedBody
	default:
		return d.Value()
	}
	if f.seen&done != 0 || d.Is('"') {
		return d.Value()
	}
	f.seen |= done
	if done == decodedEnvelope {
		err = f.env.Decode(d)
	} else {
		err = f.body.Decode(d)
	}
	if err == nil && d.Is(' ') {
		f.decoded |= done // the usual case
		return d.Raw()[from:d.Pos():d.Pos()]
	}
	if d.Err() == nil && (d.Is(' ') || d.Is(')') || d.Is('(') || d.AtEnd()) {
		f.decoded |= done
		if err != nil {
			f.wrong[done>>1] = err
			f.blame(name, err)
		}
		return d.Raw()[from:d.Pos():d.Pos()]
	}
	return f.oddValue(d, name, from, done, err)
}

// Has reports whether the server sent an item, such as "FLAGS" or "X-GM-MSGID". It does not know sections.
func (f *Fetch) Has(name string) bool {
	switch name {
	case "UID":
		return f.has&hasUID != 0
	case "FLAGS":
		return f.has&hasFlags != 0
	case "RFC822.SIZE":
		return f.has&hasSize != 0
	case "MODSEQ":
		return f.has&hasModSeq != 0
	case "INTERNALDATE":
		return f.has&hasDate != 0
	}
	for i := range f.items {
		if f.items[i].name == name {
			return true
		}
	}
	return false
}

// Raw returns the value of an item that has no field, as it came, or nil if the server did not send it; valid until the
// next response is read. The name is in upper case: "ENVELOPE", "X-GM-LABELS", "BINARY.SIZE[1.2]".
func (f *Fetch) Raw(name string) []byte {
	for i := range f.items {
		if f.items[i].name == name {
			return f.items[i].raw
		}
	}
	return nil
}

// Items calls yield with each item that has no field and is not a section: its name in upper case, and its value as it
// came, valid until the next response is read.
func (f *Fetch) Items(yield func(name string, raw []byte) bool) {
	for _, it := range f.items {
		if !yield(it.name, it.raw) {
			return
		}
	}
}

// sub makes d a decoder of the value of an item, and reports whether there is one.
func (f *Fetch) sub(d *wire.Decoder, name string) bool {
	raw := f.Raw(name)
	if raw == nil {
		return false
	}
	if f.resp != nil {
		f.resp.used |= d.Used()
		f.resp.cuts = true
		f.resp.r.d.Sub(d, raw)
	} else {
		d.Reset(raw)
	}
	return true
}

// Envelope decodes ENVELOPE into dst and reports whether the server sent it. NIL leaves dst empty. The contents of dst
// are valid until the next response is read. After an error, dst has what could be read.
func (f *Fetch) Envelope(dst *Envelope) (ok bool, err error) {
	if f.decoded&decodedEnvelope != 0 {
		*dst = f.env
		return true, f.at("ENVELOPE", f.wrong[0])
	}
	d := f.scratch()
	if !f.sub(d, "ENVELOPE") {
		return false, nil
	}
	return true, f.at("ENVELOPE", dst.Decode(d))
}

// BodyStructure decodes BODYSTRUCTURE, or else BODY, into dst and reports whether the server sent either. The contents
// of dst are valid until the next response is read. After an error, dst has what could be read.
func (f *Fetch) BodyStructure(dst *BodyStructure) (ok bool, err error) {
	if f.decoded&decodedBody != 0 {
		*dst = f.body
		return true, f.at("BODYSTRUCTURE", f.wrong[1])
	}
	d := f.scratch()
	if f.sub(d, "BODYSTRUCTURE") {
		return true, f.at("BODYSTRUCTURE", dst.Decode(d))
	}
	if f.sub(d, "BODY") {
		return true, f.at("BODY", dst.Decode(d))
	}
	return false, nil
}

// scratch returns the decoder for the values of items.
func (f *Fetch) scratch() *wire.Decoder {
	if f.resp != nil {
		return &f.resp.r.sub
	}
	return new(wire.Decoder)
}

// BinarySize returns BINARY.SIZE of a part (RFC 9051 §7.5.2), in octets. Without a path, the part is the whole message.
func (f *Fetch) BinarySize(part ...uint32) (n uint64, ok bool) {
	name := append([]byte("BINARY.SIZE["), appendPart(nil, part)...)
	d := f.scratch()
	if !f.sub(d, string(append(name, ']'))) {
		return 0, false
	}
	n = size(d)
	return n, d.Err() == nil
}

func appendPart(dst []byte, part []uint32) []byte {
	for i, n := range part {
		if i > 0 {
			dst = append(dst, '.')
		}
		dst = strconv.AppendUint(dst, uint64(n), 10)
	}
	return dst
}

// Read decodes the value of an item that has no field with read, and reports whether the server sent it. The name is in
// upper case.
func (f *Fetch) Read(name string, read func(d *wire.Decoder)) (ok bool, err error) {
	d := f.scratch()
	if !f.sub(d, name) {
		return false, nil
	}
	read(d)
	return true, f.at(name, d.Err())
}
