package parser

import (
	"github.com/imapstack/imapstack/wire"
)

// ExtData is an item of a response for which its type has no field: a name and a value (RFC 9051 §9 tagged-ext-label and
// tagged-ext-val).
type ExtData struct {
	Name  string // in upper case
	Value []byte // as it came, strings in their quotes; valid until the next response is read
}

// Read decodes the value with read, and returns what is wrong with it or follows it.
func (x ExtData) Read(read func(d *wire.Decoder)) error {
	d := wire.NewDecoder(x.Value)
	read(d)
	if d.Err() == nil && !d.AtEnd() {
		d.Expected("the end of the value")
	}
	return at(x.Name, d.Err())
}

// FindExt returns the value of the first element of list that has the name, which is given in upper case, or nil. It is
// valid until the next response is read.
func FindExt(list []ExtData, name string) []byte {
	for _, x := range list {
		if x.Name == name {
			return x.Value
		}
	}
	return nil
}

func (k *keeper) ext(list []ExtData) []ExtData {
	if list == nil {
		return nil
	}
	c := make([]ExtData, len(list))
	for i, x := range list {
		c[i] = ExtData{x.Name, k.bytes(x.Value)}
	}
	return c
}

// maxList is the most elements of a list whose elements are larger in memory than on the wire. It is a bound on
// malicious peers; real mail never comes near it.
const maxList = 1 << 16

// push appends v to list. If the list already has as many elements as it may have, d fails.
func push[T any](d *wire.Decoder, list []T, v T) []T {
	if most := min(maxList, d.MaxItems()); len(list) >= most {
		d.Fail(&wire.LimitError{What: "items", Limit: int64(most), Size: int64(most) + 1})
		return list
	}
	return append(list, v)
}

// pushExt reads the value of an item whose name has been read, and appends both to list. If it cannot read the value, it
// appends nothing.
func pushExt(d *wire.Decoder, list []ExtData, name string) []ExtData {
	if v := d.Value(); d.Err() == nil {
		list = push(d, list, ExtData{name, v})
	}
	return list
}

// endList reads ")", and tolerated spaces before it.
func endList(d *wire.Decoder) {
	if d.Is(' ') && d.GotSP() {
		d.Expected(`")"`)
	}
	d.Want(')')
}

// kept returns list with its capacity cut to its length, and nil if it is empty.
func kept[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list[:len(list):len(list)]
}

// bitOf returns the bit of name in a table of names, ignoring case, or zero if the table does not have it.
func bitOf(name []byte, names []string) uint {
	for i, s := range names {
		if wire.EqualFold(name, s) {
			return 1 << i
		}
	}
	return 0
}

// zero reports whether d tolerates a 0 where the grammar has none, which means that the number is not known. If not, d
// fails.
func zero(d *wire.Decoder, what string) bool {
	if d.Err() != nil || oddZero(d) {
		return true
	}
	d.Expected(what)
	return false
}

// nzNumber reads a number that is not zero, or a tolerated zero for one that is not known.
func nzNumber(d *wire.Decoder) uint32 {
	n := d.Number()
	if n == 0 {
		zero(d, "nz-number")
	}
	return n
}

// modSeq reads a number of 63 bits that is not zero (RFC 7162 §7 mod-sequence-value), or a tolerated zero for one that
// is not known.
func modSeq(d *wire.Decoder) uint64 {
	at := d.Pos()
	n := d.Number64()
	if n == 0 {
		zero(d, "mod-sequence-value")
	} else if n > 1<<63-1 {
		d.Seek(at)
		d.Expected("mod-sequence-value")
		return 0
	}
	return n
}

// opens reads the "(" of a structure, and tolerated spaces after it.
func opens(d *wire.Decoder) {
	if d.Want('('); d.Is(' ') && d.Tolerate(wire.RuleSpaces) {
		d.SP()
	}
}
