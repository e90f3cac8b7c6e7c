package parser

import (
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// These are the macros of FETCH (RFC 9051 §6.4.5). Each comment lists the items that the macro stands for.
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

// FetchArgs holds the arguments of FETCH and UID FETCH (RFC 9051 §6.4.5), including the items of RFC 3501 that RFC 9051
// has removed. The next Decode reuses its slices.
type FetchArgs struct {
	UID bool       // whether Set holds UIDs; set by CommandReader.Decode
	Set numset.Set // owned by the caller
	// Macro is the macro that the client sent, if any. If it is set, Items has the items of the macro, and Encode
	// writes only the macro.
	Macro string
	Items []FetchItem

	ChangedSince uint64       // 0 if the client sent no CHANGEDSINCE (RFC 7162 §3.1.4.1)
	SinceZero    bool         // the client sent CHANGEDSINCE 0, which the grammar does not allow and RuleZero accepts
	Vanished     bool         // whether the client sent VANISHED; only in UID FETCH with CHANGEDSINCE (RFC 7162 §3.2.6)
	Partial      PartialRange // zero if the client sent no PARTIAL; only in UID FETCH (RFC 9394 §3.3)
	Modifiers    []ExtData    // options that have no field here; valid until the next command is read
}

func (a *FetchArgs) setUID(uid bool) { a.UID = uid }

// Decode reads the arguments. It keeps unknown items and modifiers under their names, in upper case.
func (a *FetchArgs) Decode(d *wire.Decoder) error {
	*a = FetchArgs{UID: a.UID, Items: reuse(a.Items), Modifiers: reuse(a.Modifiers)}
	a.Set = sequenceSet(d, kindOf(a.UID))
	d.SP()
	if !a.macro(d) {
		a.Items = decodeItems(d, a.Items, true)
	}
	if d.GotSP() {
		a.Modifiers = options(d, a.Modifiers, func(name string) bool { return a.modifier(d, name) })
	}
	if a.Vanished && (a.ChangedSince == 0 && !a.SinceZero || !a.UID) {
		// RFC 7162 §3.2.6 requires the response BAD.
		d.Expected("VANISHED with CHANGEDSINCE, in UID FETCH")
	}
	return ended(d, "FETCH")
}

// macro reads a macro if one comes next, and reports whether it did.
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

// expand sets Items to the items of a macro.
func (a *FetchArgs) expand(name string) {
	a.Macro = name
	for _, n := range macros[name] {
		a.Items = nextItem(a.Items)
		i := &a.Items[len(a.Items)-1]
		i.reset()
		i.Name = n
	}
}

// modifier reads the arguments of a modifier if a has a field for the modifier, and reports whether it did.
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

// Encode writes the arguments. It writes the macro if Macro is set. Otherwise it writes one item without
// parentheses, or several items within parentheses.
func (a *FetchArgs) Encode(e *wire.Encoder) {
	e.SP()
	encodeSet(e, a.Set, kindOf(a.UID))
	e.SP()
	modified := a.ChangedSince != 0 || a.Vanished || !a.Partial.IsZero() || len(a.Modifiers) > 0
	// Write PREVIEW in parentheses if modifiers follow. Otherwise the server may mistake their list for the argument of
	// PREVIEW (RFC 8970 §3.1).
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
