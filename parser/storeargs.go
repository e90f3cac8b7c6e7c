package parser

import (
	"strings"

	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// StoreOp says what STORE does with its values.
type StoreOp uint8

// These are the operations of STORE (RFC 9051 §6.4.6).
const (
	StoreReplace StoreOp = iota // FLAGS
	StoreAdd                    // +FLAGS
	StoreRemove                 // -FLAGS
)

// String returns the sign before the name of the item: "", "+" or "-".
func (o StoreOp) String() string {
	switch o {
	case StoreAdd:
		return "+"
	case StoreRemove:
		return "-"
	}
	return ""
}

// StoreArgs holds the arguments of STORE and UID STORE (RFC 9051 §6.4.6). The next Decode reuses its slices.
type StoreArgs struct {
	UID bool       // whether Set holds UIDs; set by CommandReader.Decode
	Set numset.Set // owned by the caller

	Conditional    bool      // whether the client sent UNCHANGEDSINCE (RFC 7162 §3.1.3)
	UnchangedSince uint64    // value of UNCHANGEDSINCE, which may be 0
	Modifiers      []ExtData // options without a field of their own; valid until the next command is read

	Op     StoreOp
	Item   string // in upper case: "FLAGS", "X-GM-LABELS", "ANNOTATION" (RFC 5257 §4.4)
	Silent bool   // whether the name has the suffix .SILENT
	Flags  []Flag // for FLAGS; valid until the next Decode
	// Labels is for X-GM-LABELS: labels in modified UTF-7, undecoded. It is valid until the next Decode.
	Labels      []string
	Annotations []EntryAtt // for ANNOTATION; valid until the next command is read
	// Args has the undecoded values of an item that Unknown has read. It is valid until the next command is read.
	Args []byte

	// Unknown, if not nil, is called for an unknown item, such as that of an extension. Op, Item and Silent have
	// been read, and d is after the space that follows them. Unknown reads the values, stores their octets in
	// a.Args, and reports whether it knows the item.
	Unknown func(d *wire.Decoder, a *StoreArgs) bool
}

// OpenStore can be the function in StoreArgs.Unknown if a program, such as a proxy, passes items on. It accepts every
// item.
func OpenStore(d *wire.Decoder, a *StoreArgs) bool {
	at := d.Pos()
	for extValue(d) != nil && d.GotSP() {
	}
	a.Args = d.Raw()[at:d.Pos():d.Pos()]
	return d.Err() == nil
}

func (a *StoreArgs) setUID(uid bool) { a.UID = uid }

// Decode reads the arguments. If an item is not known, the error is an UnknownError.
func (a *StoreArgs) Decode(d *wire.Decoder) error {
	*a = StoreArgs{
		UID: a.UID, Modifiers: reuse(a.Modifiers), Flags: reuse(a.Flags), Labels: reuse(a.Labels), Annotations: reuse(a.Annotations),
		Unknown: a.Unknown,
	}
	a.Set = sequenceSet(d, kindOf(a.UID))
	d.SP()
	if d.Is('(') {
		a.modifiers(d)
		d.SP()
	}
	start := d.Pos()
	a.item(d)
	d.SP()
	switch a.Item {
	case "FLAGS":
		a.flags(d)
	case "X-GM-LABELS":
		oneOrList(d, "label", func() { a.Labels = append(a.Labels, string(gmailLabel(d))) })
	case "ANNOTATION":
		a.Annotations = entryAtts(d, a.Annotations)
	default:
		if d.Err() == nil && !a.Unknown(d, a) {
			d.Rewind(start)
			a.fail(d, start)
		}
	}
	if d.Is(' ') && len(d.Rest()) > 1 && d.Rest()[1] == '(' && !a.Conditional && d.Tolerate(RuleStoreModifierLast) {
		d.SP()
		a.modifiers(d)
	}
	return ended(d, "STORE")
}

func (a *StoreArgs) modifiers(d *wire.Decoder) {
	a.Modifiers = options(d, a.Modifiers, func(name string) bool {
		if name != "UNCHANGEDSINCE" {
			return false
		}
		if a.Conditional {
			d.Expected("one UNCHANGEDSINCE at most")
		}
		d.SP()
		a.Conditional, a.UnchangedSince = true, number63(d)
		return true
	})
}

// item reads the name of the item to store, with its sign and suffix.
func (a *StoreArgs) item(d *wire.Decoder) {
	start := d.Pos()
	switch {
	case d.Got('+'):
		a.Op = StoreAdd
	case d.Got('-'):
		a.Op = StoreRemove
	}
	name := d.Name()
	if d.Err() != nil {
		return
	}
	a.Item, a.Silent = strings.CutSuffix(name, ".SILENT")
	switch {
	case a.Item == "FLAGS" || a.Item == "X-GM-LABELS":
	case a.Item == "ANNOTATION" && a.Op == StoreReplace && !a.Silent:
	case a.Unknown == nil || a.Item == "" || a.Item == "ANNOTATION":
		a.fail(d, start)
	}
}

// fail makes d fail with an UnknownError for the item at d.Raw()[at].
func (a *StoreArgs) fail(d *wire.Decoder, at int) {
	name := a.Op.String() + a.Item
	if a.Silent {
		name += ".SILENT"
	}
	d.Seek(at)
	d.Fail(&UnknownError{What: "item of STORE", Name: name})
}

// flags reads a list of flags in parentheses, or flags without parentheses up to the end of the line.
func (a *StoreArgs) flags(d *wire.Decoder) {
	if d.Is('(') {
		a.Flags = takeFlags(d, a.Flags)
		return
	}
	for room(d, len(a.Flags), maxNames, "flags") {
		a.Flags = append(a.Flags, DecodeFlag(d))
		rest := d.Rest()
		if d.Err() != nil || len(rest) > 1 && rest[1] == '(' || !d.GotSP() {
			return
		}
	}
}

// takeFlags reads a parenthesised list of flags, and appends them to dst.
func takeFlags(d *wire.Decoder, dst []Flag) []Flag {
	for range d.List {
		if !room(d, len(dst), maxNames, "flags") {
			break
		}
		dst = append(dst, DecodeFlag(d))
	}
	return dst
}

// gmailLabel reads a Gmail label, which may begin with a backslash.
func gmailLabel(d *wire.Decoder) []byte {
	if d.Is('\\') {
		return d.Flag()
	}
	return d.AString()
}

// Encode writes the arguments.
func (a *StoreArgs) Encode(e *wire.Encoder) {
	e.SP()
	encodeSet(e, a.Set, kindOf(a.UID))
	if a.Conditional || len(a.Modifiers) > 0 {
		e.SP().Byte('(')
		var sep separator
		if a.Conditional {
			sep.word(e, "UNCHANGEDSINCE")
			e.SP().Number64(a.UnchangedSince)
		}
		encodeOptions(e, &sep, a.Modifiers)
		e.Byte(')')
	}
	e.SP().Raw(a.Op.String()).Atom(a.Item)
	if a.Silent {
		e.Atom(".SILENT")
	}
	e.SP()
	switch a.Item {
	case "FLAGS":
		EncodeFlags(e, a.Flags)
	case "X-GM-LABELS":
		e.List(len(a.Labels), func(i int) {
			if l := a.Labels[i]; strings.HasPrefix(l, `\`) && wire.IsAtom(l[1:]) {
				e.Flag(l)
			} else {
				e.AString(l)
			}
		})
	case "ANNOTATION":
		encodeEntryAtts(e, a.Annotations)
	default:
		if a.Args == nil {
			e.Fail(&wire.ArgumentError{What: "item of STORE", Value: a.Item, Reason: "is not known"})
		}
		encodeValue(e, a.Args)
	}
}
