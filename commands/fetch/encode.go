package fetch

import "github.com/imapstack/imapstack/wire"

// Encode writes the arguments of a FETCH that follow the set: the items, in a list if there are several, and then the
// modifiers. Encode fails if items contains only modifiers, or a macro together with other items.
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
		e.Fail(&wire.ArgumentError{What: "FETCH", Value: string(macro), Reason: "is a macro, which cannot be combined with other items"})
		return
	}
	// After a single item without parentheses, a server may take a list of modifiers for arguments of the item (RFC
	// 8970 §3.1), so a single item with modifiers gets parentheses.
	encodeSome(e, items, false, plain > 1 || modifiers > 0 && macro == "")
	if modifiers > 0 {
		encodeSome(e.SP(), items, true, true)
	}
}

// encodeSome writes either the modifiers among items, or the other items.
func encodeSome(e *wire.Encoder, items []Item, modifiers, list bool) {
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
