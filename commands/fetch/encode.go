package fetch

import "github.com/imapstack/imapstack/wire"

// Encode writes the arguments of a FETCH after its set: the items, in a list if there are several, and the modifiers
// after them.
func Encode(e *wire.Encoder, items []Item) {
	plain, modifiers := 0, 0
	var macro Attr
	for _, it := range items {
		if it.Traits().Modifier {
			modifiers++
			continue
		}
		plain++
		if a, ok := it.(Attr); ok && a.macro() {
			macro = a
		}
	}
	switch {
	case plain == 0:
		e.Fail(&wire.ArgumentError{What: "FETCH", Reason: "needs an item"})
		return
	case plain > 1 && macro != "":
		e.Fail(&wire.ArgumentError{What: "FETCH", Value: string(macro), Reason: "is a macro, which stands alone"})
		return
	}
	// A list after one item alone may be taken for the item's own (RFC 8970 §3.1).
	encodeThose(e, items, false, plain > 1 || modifiers > 0 && macro == "")
	if modifiers > 0 {
		encodeThose(e.SP(), items, true, true)
	}
}

// encodeThose writes either the items that are modifiers, or the others.
func encodeThose(e *wire.Encoder, items []Item, modifiers, list bool) {
	if list {
		e.Byte('(')
	}
	first := true
	for _, it := range items {
		if it.Traits().Modifier != modifiers {
			continue
		}
		if !first {
			e.SP()
		}
		first = false
		it.Encode(e)
	}
	if list {
		e.Byte(')')
	}
}
