package parser

import (
	"bytes"
	"strings"

	"github.com/imapstack/imapstack/wire"
)

// fetchDecoder is the part of a Fetch that reads items from a response. It stores an item for which Fetch has a field
// in that field, a section in the fetchCursor, and any other item in the fetchCache. The methods in fetchplain.go read
// items in the usual form, and those in fetchodd.go handle the deviations of servers.
type fetchDecoder struct {
	lists  *flagCache   // lists of flags from earlier responses
	flags  []Flag       // backing array of Flags
	extra  int          // number of open parentheses that were sent around items
	expect *Expectation // what the client asked for; nil accepts anything
	bad    error        // the error that Err returns
}

func (p *fetchDecoder) reset() { p.flags, p.extra, p.expect, p.bad = reuse(p.flags), 0, nil, nil }

// decodeItems reads items up to the end of the list, or up to a streamed section.
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
		if d.Err() != nil && !f.skipItem(d, at) {
			return
		}
		if f.lastItem(d, at) {
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
		return // the name was in lower case
	}
	f.readOther(d, name)
}

// nameLen returns the length of the item name at the beginning of b.
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

// readField reads the value of an item if f has a field for the item, and reports whether it did.
func (f *Fetch) readField(d *wire.Decoder, name []byte) bool {
	switch string(name) {
	case "UID":
		valueSP(d)
		n := d.Number()
		switch {
		case d.Err() != nil:
		case n != 0:
			f.UID = n
			f.received(hasUID)
		case !d.Tolerate(RuleZeroUID):
			d.Expected("uniqueid")
		}
	case "FLAGS":
		f.readFlags(d)
	case "INTERNALDATE":
		valueSP(d)
		date := d.NString()
		if d.Err() == nil && !isDateTime(date) && !toleratesDate(d) {
			d.Expected("date-time")
		}
		if d.Err() == nil {
			f.Date = date
			f.received(hasDate)
		}
	case "RFC822.SIZE":
		valueSP(d)
		if n := size(d); d.Err() == nil {
			f.Size = n
			f.received(hasSize)
		}
	case "MODSEQ":
		valueSP(d)
		openList(d)
		n := modSeq(d)
		endList(d)
		if n != 0 && d.Err() == nil {
			f.ModSeq = n
			f.received(hasModSeq)
		}
	default:
		return false
	}
	return true
}

// readFlags reads the value of FLAGS.
func (f *Fetch) readFlags(d *wire.Decoder) {
	valueSP(d)
	if f.lists == nil {
		f.lists = new(flagCache)
	}
	flags := f.lists.decode(d, reuse(f.flags))
	if d.Err() != nil {
		f.flags = flags
		f.Flags, f.has = nil, f.has&^hasFlags
		return
	}
	f.setFlags(flags)
}

// setFlags sets the flags to list, whose backing array is that of f.flags.
func (f *Fetch) setFlags(list []Flag) {
	if f.flags = list; list == nil {
		list = []Flag{}
	}
	f.Flags = list
	f.received(hasFlags)
}

// noValue reads the space before a value. It reports whether the item ends without a value.
func (f *Fetch) noValue(d *wire.Decoder) bool {
	if !d.Is(')') {
		valueSP(d)
	}
	return toleratesMissing(d, d.Is(')'))
}

// toleratesMissing reports whether missing is true and d tolerates a missing value.
func toleratesMissing(d *wire.Decoder, missing bool) bool {
	return missing && d.Tolerate(RuleMissingValue)
}

// readOther reads an item for which Fetch has no field: a section, or an item whose octets it stores in fetchCache.
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
		d.Expected("SP") // the quote belongs to the name, and does not begin a value
		return
	}
	if f.noValue(d) {
		f.addItem(fetchItem{name, nil})
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
	f.addItem(fetchItem{name, f.value(d, name)})
}

// section reads an item that is a section: brackets, an origin, and a string. It reports whether it understood what is
// in the brackets. If it returns false, the caller must read the item again, as one that is not a section.
func (f *Fetch) section(d *wire.Decoder, name string) bool {
	bare, peeked := strings.CutSuffix(name, ".PEEK")
	empty := name[0] == 'R' && d.Is('[')
	if (peeked || empty) && (empty && !bytes.HasPrefix(d.Rest(), []byte("[]")) || !d.Tolerate(RuleSectionName)) {
		d.Expected("SP")
		return true
	}
	s := f.begin(bare)
	if d.Is('[') {
		if err := s.Spec.Decode(d); isSyntax(err) {
			return false
		}
		if d.Got('<') {
			s.Partial = true
			s.Origin = d.Number64()
			if d.Is('.') && d.Tolerate(RuleOriginRange) {
				d.Got('.')
				d.Number64()
			}
			d.Want('>')
		}
	}
	switch {
	case f.noValue(d):
		s.null = true
	case d.AtStreamed():
		s.stream(d)
		f.stream = true
	default:
		literal := d.Is('{') || d.Is('~')
		s.form = d.Peek()
		s.data = d.NString()
		s.null = s.data == nil
		s.size = int64(len(s.data))
		if literal && d.Err() == nil && !d.Is(')') && !(d.Is(' ') && d.Rest()[1] > ' ') {
			if afterLiteral(d); !d.Is(')') && !d.Is(' ') && !d.AtEnd() {
				d.Fail(ErrFraming)
			}
		}
	}
	return true
}

// fits reports whether the limit allows one more item or section. If not, it makes d fail.
func (f *Fetch) fits(d *wire.Decoder) bool {
	most := min(maxList, d.MaxItems())
	if n := len(f.items) + f.n; n >= most {
		d.Fail(&wire.LimitError{What: "items", Limit: int64(most), Size: int64(n) + 1})
		return false
	}
	return true
}
