package parser

import (
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// The macros of FETCH (RFC 9051 §6.4.5), each with the items it stands for.
const (
	MacroAll  = "ALL"  // FLAGS INTERNALDATE RFC822.SIZE ENVELOPE
	MacroFast = "FAST" // FLAGS INTERNALDATE RFC822.SIZE
	MacroFull = "FULL" // FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY
)

var macros = map[string][]string{
	MacroAll:  {"FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"},
	MacroFast: {"FLAGS", "INTERNALDATE", "RFC822.SIZE"},
	MacroFull: {"FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"},
}

// FetchArgs is the arguments of FETCH and UID FETCH (RFC 9051 §6.4.5). The items of RFC 3501 that RFC 9051 has
// dropped are known as well. Slices are used again by the next Decode.
type FetchArgs struct {
	UID   bool       // whether Set is of UIDs; CommandReader.Decode sets it
	Set   numset.Set // the caller's own
	Macro string     // if a macro was sent: then Items has what it stands for, and Encode writes the macro alone
	Items []FetchItem

	ChangedSince uint64       // RFC 7162 §3.1.4.1; 0 if it was not given
	SinceZero    bool         // CHANGEDSINCE 0 was given, which there is not, and which RuleZero takes
	Vanished     bool         // RFC 7162 §3.2.6: for UID FETCH with ChangedSince
	Partial      PartialRange // RFC 9394 §3.2: for UID FETCH
	Modifiers    []ExtData    // those that have no field; valid until the next command is read
}

func (a *FetchArgs) setUID(uid bool) { a.UID = uid }

// Decode takes the arguments. Items and modifiers that are not known are told by their names.
func (a *FetchArgs) Decode(d *wire.Decoder) error {
	*a = FetchArgs{UID: a.UID, Items: again(a.Items), Modifiers: again(a.Modifiers)}
	a.Set = sequenceSet(d, kindOf(a.UID))
	d.SP()
	if !a.macro(d) {
		a.Items = decodeItems(d, a.Items, true)
	}
	if d.GotSP() {
		a.Modifiers = options(d, a.Modifiers, func(name string) bool { return a.modifier(d, name) })
	}
	if a.Vanished && (a.ChangedSince == 0 && !a.SinceZero || !a.UID) {
		// RFC 7162 §3.2.6 wants BAD.
		d.Expected("VANISHED with CHANGEDSINCE, in UID FETCH")
	}
	return ended(d, "FETCH")
}

// macro takes a macro if one is there.
func (a *FetchArgs) macro(d *wire.Decoder) bool {
	rest := d.Rest()
	n := 0
	for n < len(rest) && n < 5 && rest[n] > ' ' {
		n++
	}
	for _, name := range [...]string{MacroAll, MacroFast, MacroFull} {
		if wire.EqualFold(rest[:n], name) && d.Err() == nil {
			d.Seek(d.Pos() + n)
			a.expand(name)
			return true
		}
	}
	return false
}

// expand fills in what a macro stands for.
func (a *FetchArgs) expand(name string) {
	a.Macro = name
	for _, n := range macros[name] {
		a.Items = nextItem(a.Items)
		i := &a.Items[len(a.Items)-1]
		i.reset()
		i.Name = n
	}
}

// modifier takes what follows the name of a modifier that has a field.
func (a *FetchArgs) modifier(d *wire.Decoder, name string) bool {
	switch name {
	case "CHANGEDSINCE":
		d.SP()
		if a.ChangedSince = zeroNumber63(d); a.ChangedSince == 0 {
			a.SinceZero = true
		}
	case "VANISHED":
		a.Vanished = true
	case "PARTIAL":
		d.SP()
		a.Partial.decode(d)
	default:
		return false
	}
	return true
}

// Encode writes the arguments: the macro if there is one, else one item alone or several in parentheses.
func (a *FetchArgs) Encode(e *wire.Encoder) {
	e.SP()
	encodeSet(e, a.Set, kindOf(a.UID))
	e.SP()
	modified := a.ChangedSince != 0 || a.Vanished || !a.Partial.IsZero() || len(a.Modifiers) > 0
	// What stands behind PREVIEW alone may be taken for its own (RFC 8970 §3.1).
	bare := len(a.Items) == 1 && a.Items[0].Known() && a.Items[0].Args == nil && !(modified && itemForms[a.Items[0].Name] == itemPreview)
	switch {
	case a.Macro != "":
		e.Atom(a.Macro)
	case bare:
		a.Items[0].Encode(e)
	default:
		encodeItems(e, a.Items)
	}
	if !modified {
		return
	}
	e.SP().Byte('(')
	var sep separator
	if a.ChangedSince != 0 {
		sep.word(e, "CHANGEDSINCE")
		e.SP().Number64(a.ChangedSince)
	}
	if a.Vanished {
		sep.word(e, "VANISHED")
	}
	if !a.Partial.IsZero() {
		sep.word(e, "PARTIAL")
		e.SP()
		a.Partial.encode(e)
	}
	encodeOptions(e, &sep, a.Modifiers)
	e.Byte(')')
}
