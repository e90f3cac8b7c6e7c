package parser

// itemOrder is the order in which items were received, so that Encode can write them in the same order. Only the order
// of the first 14 items is stored.
type itemOrder struct {
	n  uint8
	at [14]uint8 // for each item, the index of its bit (0 for the lowest bit), or orderExt
}

// In itemOrder.at, orderExt stands for an item that has no bit, such as that of an extension.
const orderExt = 0xff

// add adds an item to the order. item is its bit, or zero if it has none.
func (o *itemOrder) add(item uint16) {
	if int(o.n) == len(o.at) {
		return
	}
	bit := uint8(orderExt)
	for i := range uint8(16) {
		if item == 1<<i {
			bit = i
		}
	}
	o.at[o.n] = bit
	o.n++
}

// each calls the function item for each bit in items, and the function ext for each of n other items. It begins with
// the items whose order is known, in that order. For these, the argument came is true.
func (o *itemOrder) each(items uint16, n int, item func(bit int, came bool), ext func(i int)) {
	k := 0
	for _, bit := range o.at[:o.n] {
		switch {
		case bit == orderExt:
			if k < n {
				ext(k)
				k++
			}
		case items>>bit&1 != 0:
			items &^= 1 << bit
			item(int(bit), true)
		}
	}
	for bit := range 16 {
		if items>>bit&1 != 0 {
			item(bit, false)
		}
	}
	for ; k < n; k++ {
		ext(k)
	}
}
