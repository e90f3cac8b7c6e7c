package parser

import (
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// The macros of FETCH (RFC 9051 §6.4.5), and their items.
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

// FetchArgs holds the arguments of FETCH and UID FETCH (RFC 9051 §6.4.5). It also knows the items of RFC 3501 that RFC
// 9051 has dropped. The next Decode uses the slices again.
type FetchArgs struct {
	UID   bool       // whether Set holds UIDs; CommandReader.Decode sets it
	Set   numset.Set // owned by the caller
	Macro string     // a macro, if the client sent one: then Items has its items, and Encode writes only the macro
	Items []FetchItem

	ChangedSince uint64       // RFC 7162 §3.1.4.1; 0 if it was not given
	SinceZero    bool         // CHANGEDSINCE 0 was given, which the grammar does not have and RuleZero accepts
	Vanished     bool         // RFC 7162 §3.2.6: for UID FETCH with ChangedSince
	Partial      PartialRange // RFC 9394 §3.2: for UID FETCH
	Modifiers    []ExtData    // options without a field of their own; valid until the next command is read
}

func (a *FetchArgs) setUID(uid bool) { a.UID = uid }

// Decode reads the arguments. It reports unknown items and modifiers by their names.
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
		// RFC 7162 §3.2.6 demands BAD.
		d.Expected("VANISHED with CHANGEDSINCE, in UID FETCH")
	}
	return ended(d, "FETCH")
}

// macro reads a macro if one comes next.
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

// expand sets Items to those of a macro.
func (a *FetchArgs) expand(name string) {
	a.Macro = name
	for _, n := range macros[name] {
		a.Items = nextItem(a.Items)
		i := &a.Items[len(a.Items)-1]
		i.reset()
		i.Name = n
	}
}

// modifier reads what follows the name of a modifier that has a field.
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

// Encode writes the arguments: the macro if there is one; otherwise one item by itself, or several in parentheses.
func (a *FetchArgs) Encode(e *wire.Encoder) {
	e.SP()
	encodeSet(e, a.Set, kindOf(a.UID))
	e.SP()
	modified := a.ChangedSince != 0 || a.Vanished || !a.Partial.IsZero() || len(a.Modifiers) > 0
	// A list after PREVIEW by itself may be taken for PREVIEW's own (RFC 8970 §3.1).
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
