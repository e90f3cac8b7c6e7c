package parser

import (
	"github.com/imapstack/imapstack/wire"
)

// ExtData is a name and a value for which the type of the response or command has no field (RFC 9051 §9
// tagged-ext-label and tagged-ext-val).
type ExtData struct {
	Name  string // in upper case
	Value []byte // undecoded, with strings in their quotes; valid until the next response or command is read
}

// Read calls read to decode the value. It returns an error if the value cannot be read or if something follows it.
func (x ExtData) Read(read func(d *wire.Decoder)) error {
	d := wire.NewDecoder(x.Value)
	read(d)
	if d.Err() == nil && !d.AtEnd() {
		d.Expected("the end of the value")
	}
	return at(x.Name, d.Err())
}

// FindExt returns the value of the first element of list that is called name, or nil if there is none. The name is in
// upper case. The value is valid until the next response or command is read.
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

// maxList is the largest number of elements in a list whose elements take more space in memory than in the protocol. It
// limits the memory that a malicious peer can make a program use. Real mail does not come near it.
const maxList = 1 << 16

// appendLimited appends v to list. If list is already as long as it may be, it makes d fail.
func appendLimited[T any](d *wire.Decoder, list []T, v T) []T {
	if most := min(maxList, d.MaxItems()); len(list) >= most {
		d.Fail(&wire.LimitError{What: "items", Limit: int64(most), Size: int64(most) + 1})
		return list
	}
	return append(list, v)
}

// appendExt reads the value of an item whose name has been read. It appends name and value to list. If it cannot read
// the value, it appends nothing.
func appendExt(d *wire.Decoder, list []ExtData, name string) []ExtData {
	if v := d.Value(); d.Err() == nil {
		list = appendLimited(d, list, ExtData{name, v})
	}
	return list
}

// endList reads a closing parenthesis, and spaces before it if a rule tolerates them.
func endList(d *wire.Decoder) {
	if d.Is(' ') && d.GotSP() {
		d.Expected(`")"`)
	}
	d.Want(')')
}

// clip returns list with its capacity cut to its length. It returns nil if list is empty.
func clip[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list[:len(list):len(list)]
}

// bitOf returns the bit that stands for name: 1, shifted left by the index of name in names. It ignores case, and
// returns zero if names does not have it.
func bitOf(name []byte, names []string) uint {
	for i, s := range names {
		if wire.EqualFold(name, s) {
			return 1 << i
		}
	}
	return 0
}

// zeroTolerated reports whether d tolerates a 0 that the grammar does not allow. A tolerated 0 means that the number is
// not known. If d does not tolerate it, zeroTolerated makes d fail.
func zeroTolerated(d *wire.Decoder, what string) bool {
	if d.Err() != nil || toleratesZero(d) {
		return true
	}
	d.Expected(what)
	return false
}

// nzNumber reads a number that is not zero. If a rule tolerates it, nzNumber also accepts zero, which means that the
// number is not known.
func nzNumber(d *wire.Decoder) uint32 {
	n := d.Number()
	if n == 0 {
		zeroTolerated(d, "nz-number")
	}
	return n
}

// modSeq reads a mod-sequence-value, which has 63 bits and is not zero (RFC 7162 §7). If a rule tolerates it, modSeq
// also accepts zero, which means that the value is not known.
func modSeq(d *wire.Decoder) uint64 {
	at := d.Pos()
	n := d.Number64()
	if n == 0 {
		zeroTolerated(d, "mod-sequence-value")
	} else if n > 1<<63-1 {
		d.Seek(at)
		d.Expected("mod-sequence-value")
		return 0
	}
	return n
}

// openList reads the opening parenthesis of a structure, and spaces after it if a rule tolerates them.
func openList(d *wire.Decoder) {
	if d.Want('('); d.Is(' ') && d.Tolerate(wire.RuleSpaces) {
		d.SP()
	}
}
