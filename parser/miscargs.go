package parser

import (
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// IDArgs is the argument of ID (RFC 2971 §3.1): what a client says of itself. What it holds is valid until the next
// command is read.
type IDArgs struct{ ID }

// Decode takes the argument.
func (a *IDArgs) Decode(d *wire.Decoder) error {
	a.ID.Decode(d)
	return ended(d, "ID")
}

// Encode writes the argument.
func (a *IDArgs) Encode(e *wire.Encoder) {
	e.SP()
	a.ID.Encode(e)
}

// WordsArgs is the arguments of a command that has any number of words: LANGUAGE with ranges of languages, COMPARATOR with
// names of collations (RFC 5255 §3.2 and §4.7). None at all asks for what there is.
type WordsArgs struct {
	Words []string // as they came; valid until the next Decode
}

// Decode takes the arguments.
func (a *WordsArgs) Decode(d *wire.Decoder) error {
	a.Words = a.Words[:0]
	for !d.AtEnd() && room(d, len(a.Words), maxNames, "words") {
		a.Words = append(a.Words, string(d.AString()))
		if !d.GotSP() {
			break
		}
	}
	return ended(d, "arguments")
}

// Encode writes the arguments.
func (a *WordsArgs) Encode(e *wire.Encoder) {
	for _, w := range a.Words {
		e.SP().AString(w)
	}
}

// CancelUpdateArgs is the arguments of CANCELUPDATE (RFC 5267 §4.3.3).
type CancelUpdateArgs struct {
	Tags []string // of the searches that are no longer to be kept up to date; valid until the next Decode
}

// Decode takes the arguments.
func (a *CancelUpdateArgs) Decode(d *wire.Decoder) error {
	a.Tags = a.Tags[:0]
	for room(d, len(a.Tags), maxNames, "tags") {
		a.Tags = append(a.Tags, quotedASCII(d, "quoted tag"))
		if !d.GotSP() {
			break
		}
	}
	return ended(d, "CANCELUPDATE")
}

// Encode writes the arguments.
func (a *CancelUpdateArgs) Encode(e *wire.Encoder) {
	if len(a.Tags) == 0 {
		e.Fail(&wire.ArgumentError{What: "tag", Reason: "is missing"})
	}
	for _, t := range a.Tags {
		e.SP().Quoted(t)
	}
}

// UIDBatchesArgs is the arguments of UIDBATCHES (RFC 10022 §3.1).
type UIDBatchesArgs struct {
	Size uint32 // how many messages a batch is to have
	// From and To say which batches are asked for, the first of which has the newest messages; both are 0 if all are.
	From, To uint32
}

// Decode takes the arguments.
func (a *UIDBatchesArgs) Decode(d *wire.Decoder) error {
	*a = UIDBatchesArgs{Size: d.NzNumber()}
	if d.GotSP() {
		a.From = d.NzNumber()
		d.Want(':')
		a.To = d.NzNumber()
	}
	return ended(d, "UIDBATCHES")
}

// Encode writes the arguments.
func (a *UIDBatchesArgs) Encode(e *wire.Encoder) {
	e.SP().Number(a.Size)
	if a.From != 0 || a.To != 0 {
		e.SP().Number(a.From).Byte(':').Number(a.To)
	}
}

// PartialArgs is the arguments of PARTIAL, which RFC 1730 had before FETCH had partials (RFC 1730 §6.4.6).
type PartialArgs struct {
	Num    uint32    // of the message
	Item   FetchItem // RFC822 and its kin, BODY and BODY.PEEK with a section, or one that is not known
	Offset uint32    // of the first octet, from 1
	Count  uint32    // of octets
}

// Decode takes the arguments.
func (a *PartialArgs) Decode(d *wire.Decoder) error {
	a.Num = d.NzNumber()
	d.SP()
	a.Item.decode(d, false)
	d.SP()
	a.Offset = d.Number()
	d.SP()
	a.Count = d.Number()
	return ended(d, "PARTIAL")
}

// Encode writes the arguments.
func (a *PartialArgs) Encode(e *wire.Encoder) {
	e.SP().Number(a.Num).SP()
	a.Item.Encode(e)
	e.SP().Number(a.Offset).SP().Number(a.Count)
}

// PushServiceArgs is the arguments of XAPPLEPUSHSERVICE, by which a client of Apple's asks for push notifications.
type PushServiceArgs struct {
	Fields    []PushField // valid until the next Decode
	Mailboxes [][]byte    // as they came; valid until the next command is read
}

// PushField is one argument of XAPPLEPUSHSERVICE.
type PushField struct {
	Name  string // in lower case: "aps-version", "aps-account-id", "aps-device-token", "aps-subtopic"
	Value string
}

// Decode takes the arguments.
func (a *PushServiceArgs) Decode(d *wire.Decoder) error {
	a.Fields, a.Mailboxes = a.Fields[:0], nil
	for {
		name := lower(d, d.AString())
		d.SP()
		if name == "mailboxes" {
			for range d.List {
				if !room(d, len(a.Mailboxes), maxNames, "mailboxes") {
					break
				}
				a.Mailboxes = append(a.Mailboxes, d.AString())
			}
		} else {
			if !room(d, len(a.Fields), maxOptions, "fields") {
				return ended(d, "XAPPLEPUSHSERVICE")
			}
			a.Fields = append(a.Fields, PushField{name, string(d.AString())})
		}
		if d.Err() != nil || !d.GotSP() {
			return ended(d, "XAPPLEPUSHSERVICE")
		}
	}
}

// Encode writes the arguments.
func (a *PushServiceArgs) Encode(e *wire.Encoder) {
	for _, f := range a.Fields {
		e.SP().AString(f.Name).SP().AString(f.Value)
	}
	if len(a.Mailboxes) > 0 {
		e.SP().Atom("mailboxes").SP().List(len(a.Mailboxes), func(i int) { e.AStringBytes(a.Mailboxes[i]) })
	}
}

// RawArgs is the arguments of a command that is not known, for who passes it on or keeps a record of it.
type RawArgs struct {
	// Raw is the arguments as they came, without the line's end; valid until the next command is read.
	Raw []byte
}

// Decode takes what there is, which must be values by their form (RFC 9051 §9 tagged-ext-val).
func (a *RawArgs) Decode(d *wire.Decoder) error {
	start, end := d.Pos(), d.Pos()
	for d.Err() == nil && !d.AtEnd() {
		extValue(d)
		end = d.Pos()
		if !d.GotSP() {
			break
		}
	}
	a.Raw = d.Raw()[start:end:end]
	return ended(d, "arguments")
}

// Encode writes the arguments, their strings anew.
func (a *RawArgs) Encode(e *wire.Encoder) {
	if len(a.Raw) > 0 {
		e.SP()
		encodeValue(e, a.Raw)
	}
}

// ConversionsArgs is the arguments of CONVERSIONS (RFC 5259 §6).
type ConversionsArgs struct {
	From, To string // media types, perhaps with "*"
}

// Decode takes the arguments.
func (a *ConversionsArgs) Decode(d *wire.Decoder) error {
	a.From = string(d.AString())
	d.SP()
	a.To = string(d.AString())
	return ended(d, "CONVERSIONS")
}

// Encode writes the arguments.
func (a *ConversionsArgs) Encode(e *wire.Encoder) { e.SP().AString(a.From).SP().AString(a.To) }

// ConvertArgs is the arguments of CONVERT and UID CONVERT (RFC 5259 §7).
type ConvertArgs struct {
	UID    bool           // whether Set is of UIDs; CommandReader.Decode sets it
	Set    numset.Set     // the caller's own
	Type   string         // the media type that is wanted; "" is NIL, the server's choice
	Params []ConvertParam // of the conversion; valid until the next Decode
	// Items is UID, BINARY[…], BINARY.SIZE[…], BODYPARTSTRUCTURE[…], AVAILABLECONVERSIONS[…], BODY[HEADER] and its kin;
	// valid until the next Decode.
	Items []FetchItem
}

// ConvertParam is a parameter of a conversion, such as "pix-x" (RFC 5259 §7).
type ConvertParam struct{ Name, Value string }

func (a *ConvertArgs) setUID(uid bool) { a.UID = uid }

// Decode takes the arguments.
func (a *ConvertArgs) Decode(d *wire.Decoder) error {
	*a = ConvertArgs{UID: a.UID, Params: a.Params[:0], Items: a.Items[:0]}
	a.Set = sequenceSet(d, kindOf(a.UID))
	d.SP()
	d.Want('(')
	if !d.Nil() {
		at := d.Pos()
		if a.Type = quotedASCII(d, "quoted-to-mime-type"); a.Type == "" {
			d.Seek(at)
			d.Expected("quoted-to-mime-type or NIL")
		}
	}
	if d.GotSP() {
		for range d.List {
			p := ConvertParam{Name: d.Intern(d.AString())}
			d.SP()
			p.Value = string(d.AString())
			if !room(d, len(a.Params), maxOptions, "parameters") {
				break
			}
			a.Params = append(a.Params, p)
		}
		if len(a.Params) == 0 {
			d.Expected("transcoding-param")
		}
	}
	d.Want(')')
	d.SP()
	a.Items = decodeItems(d, a.Items, true)
	return ended(d, "CONVERT")
}

// Encode writes the arguments.
func (a *ConvertArgs) Encode(e *wire.Encoder) {
	e.SP()
	encodeSet(e, a.Set)
	e.SP().Byte('(')
	if a.Type == "" {
		e.NIL()
	} else {
		e.Quoted(a.Type)
	}
	if len(a.Params) > 0 {
		e.SP().List(len(a.Params), func(i int) { e.AString(a.Params[i].Name).SP().AString(a.Params[i].Value) })
	}
	e.Byte(')').SP()
	encodeItems(e, a.Items)
}
