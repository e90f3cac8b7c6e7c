package parser

import (
	"encoding/binary"

	"github.com/imapstack/imapstack/wire"
)

// partHeads is a cache of the heads of parts and of the fields that they decode to. A head is everything before the
// size of a part that has neither a Content-ID nor a description:
//
//	"text" "plain" ("charset" "utf-8") NIL NIL "quoted-printable"
//
// The messages of a mailbox have few different heads, except for heads that contain a file name. Comparing a head with
// those in the cache takes less time than decoding it.
type partHeads struct {
	list [16]partHead
	next uint // index in list of the entry to replace next
}

type partHead struct {
	mark     uint64 // result of markOf
	raw      [96]byte
	size     uint8 // length of the head in raw
	n        uint8 // number of params in use
	kind     [2]string
	encoding string
	params   [2]struct {
		name     string
		from, to uint8 // offsets of the value in raw
	}
}

// markOf returns eight octets of a head, which are usually not the same in two different heads. In most heads, they
// include the subtype or a part of it.
func markOf(b []byte) uint64 { return binary.LittleEndian.Uint64(b[8:]) }

// leastHead is the length of the shortest head that partHeads can look up.
const leastHead = 16

// find returns the entry for the head at the beginning of b, or nil if there is none.
func (t *partHeads) find(b []byte) *partHead {
	if t == nil || len(b) < leastHead {
		return nil
	}
	mark := markOf(b)
	for i := range t.list {
		h := &t.list[i]
		if n := int(h.size); h.mark == mark && n > 0 && n < len(b) && b[n]-'0' <= 9 && string(h.raw[:n]) == string(b[:n]) {
			return h
		}
	}
	return nil
}

// head reads the head of a part if partHeads has it, and reports whether it did.
func (x *BodyStructure) head(d *wire.Decoder) bool {
	m := x.mem
	h := m.heads.find(d.Rest())
	if h == nil || len(m.params)+int(h.n) > maxParams || d.Err() != nil {
		return false
	}
	x.Type, x.Subtype, x.Encoding = h.kind[0], h.kind[1], h.encoding
	at, from := d.Pos(), len(m.params)
	for _, p := range h.params[:h.n] {
		m.params = append(m.params, Param{p.name, d.Raw()[at+int(p.from) : at+int(p.to) : at+int(p.to)]})
	}
	if h.n > 0 {
		x.Params = m.params[from:len(m.params):len(m.params)]
	}
	d.Seek(at + int(h.size))
	return true
}

// learn stores the head of a part in partHeads, if the head obeys the grammar, fits into a partHead, and does not have
// the parameter "name". The head begins at d.Raw()[at], and d is after it. A head that does not obey the grammar is not
// stored, because its deviations must be reported each time.
func (x *BodyStructure) learn(d *wire.Decoder, at int) {
	m := x.mem
	if m.heads == nil {
		if !m.reused {
			return // do not allocate partHeads for a single structure
		}
		m.heads = new(partHeads)
	}
	raw := d.Raw()[at:]
	h := partHead{kind: [2]string{x.Type, x.Subtype}, encoding: x.Encoding, n: uint8(len(x.Params))}
	size := d.Pos() - at
	if d.Err() != nil || len(raw) < leastHead || size > len(h.raw) || len(x.Params) > len(h.params) || x.Param("name") != nil || !h.plain(raw[:size]) {
		return
	}
	for i := range x.Params {
		h.params[i].name = x.Params[i].Name
	}
	h.mark, h.size = markOf(raw), uint8(copy(h.raw[:], raw[:size]))
	m.heads.list[m.heads.next%uint(len(m.heads.list))] = h
	m.heads.next++
}

// plain reports whether b is a head that obeys the grammar and has no escapes. It sets the offsets of the values in
// h.params.
func (h *partHead) plain(b []byte) bool {
	t := plainText{b: b}
	text := func() bool { _, _, ok := t.quoted(); return ok }
	if !text() || !t.got(" ") || !text() || !t.got(" ") {
		return false
	}
	for n := range h.params[:h.n] {
		sep := " "
		if n == 0 {
			sep = "("
		}
		if !t.got(sep) || !text() || !t.got(" ") {
			return false
		}
		from, to, ok := t.quoted()
		if !ok {
			return false
		}
		h.params[n].from, h.params[n].to = uint8(from), uint8(to)
	}
	params := ")"
	if h.n == 0 {
		params = "NIL"
	}
	return t.got(params) && t.got(" NIL NIL ") && text() && t.got(" ") && t.ended()
}
