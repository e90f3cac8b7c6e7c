package parser

import (
	"encoding/binary"
	"math/bits"

	"github.com/imapstack/imapstack/wire"
)

// addressLists keeps lists of addresses as they came, and where in them their parts are: most messages of a mailbox go to one of a few, and many come from one
// of a few. A list is kept when it comes for the second time. One that is known takes 30 ns instead of 80 for each address; to find out that one is not
// known takes 10.
type addressLists struct {
	list  [16]addressList
	next  uint       // of list, to be replaced
	once  [16]uint64 // marks of lists that have come once, perhaps
	later uint       // of once, to be replaced
}

type addressList struct {
	mark uint64 // some octets of raw
	raw  [120]byte
	size uint8 // of what raw holds, in octets
	n    uint8
	at   [3][4]struct{ from, to uint8 } // of name, route, mailbox and host of each; zero is NIL
}

// leastAddresses is how much must be there of a list for it to be looked for, in octets. None has less.
const leastAddresses = len(`((NIL NIL "a" "b"))`)

// markOfAddresses mixes those octets of the list that b begins with which tell most of them apart: a part of the name and of what follows it.
func markOfAddresses(b []byte) uint64 {
	return binary.LittleEndian.Uint64(b[3:]) ^ bits.RotateLeft64(binary.LittleEndian.Uint64(b[11:]), 29)
}

// decode reads the list that comes next, if it is known, and appends it to dst.
func (t *addressLists) decode(d *wire.Decoder, dst []Address) (list []Address, ok bool) {
	b := d.Rest()
	if len(b) < leastAddresses || b[0] != '(' || b[1] != '(' || d.Err() != nil {
		return dst, false
	}
	mark := markOfAddresses(b)
	for i := range t.list {
		l := &t.list[i]
		n := int(l.size)
		if l.mark != mark || n == 0 || n >= len(b) || b[n] != ' ' || string(l.raw[:n]) != string(b[:n]) {
			continue
		}
		if len(dst)+int(l.n) > min(maxList, d.MaxItems()) {
			return dst, false
		}
		for _, at := range l.at[:l.n] {
			var a Address
			for k, part := range [...]*[]byte{&a.Name, &a.Route, &a.Mailbox, &a.Host} {
				if at[k].from > 0 {
					*part = b[at[k].from:at[k].to:at[k].to]
				}
			}
			dst = append(dst, a)
		}
		d.Seek(d.Pos() + n)
		return dst, true
	}
	return dst, false
}

// learn keeps the list raw, which has been read, if it is as the grammar has it and has come before: what is odd is to be seen, and to be tolerated, each time.
func (t *addressLists) learn(raw []byte) {
	l := addressList{}
	if len(raw) < leastAddresses || len(raw) > len(l.raw) {
		return
	}
	mark, known := markOfAddresses(raw), false
	for _, m := range t.once {
		known = known || m == mark
	}
	if !known {
		t.once[t.later%uint(len(t.once))] = mark
		t.later++
		return
	}
	if !l.plain(raw) {
		return
	}
	l.mark, l.size = mark, uint8(copy(l.raw[:], raw))
	t.list[t.next%uint(len(t.list))] = l
	t.next++
}

// plain reports whether b is a list by the grammar, without anything escaped, and notes where its parts are.
func (l *addressList) plain(b []byte) bool {
	t := plainText{b: b}
	if !t.got("(") {
		return false
	}
	for !t.got(")") {
		if int(l.n) == len(l.at) || !t.got("(") {
			return false
		}
		for k := range l.at[l.n] {
			if k > 0 && !t.got(" ") {
				return false
			}
			if t.got("NIL") {
				continue
			}
			from, to, ok := t.quoted()
			if !ok {
				return false
			}
			l.at[l.n][k].from, l.at[l.n][k].to = uint8(from), uint8(to)
		}
		if l.n++; !t.got(")") {
			return false
		}
	}
	return t.ended()
}
