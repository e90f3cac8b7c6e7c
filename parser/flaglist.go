package parser

import (
	"bytes"
	"encoding/binary"

	"github.com/imapstack/imapstack/wire"
)

// flagLists maps lists of flags, as they came, to their flags: the messages of a mailbox have few different lists. A
// list has two possible places, and the table never grows.
type flagLists [32]knownFlags

type knownFlags struct {
	raw   [40]byte
	size  uint8 // octets in raw
	count uint8
	flags [5]Flag
}

// find returns the flags of the list at the beginning of b, and its size in octets, or 0 if the list is not known.
func (t *flagLists) find(b []byte) (flags []Flag, size int) {
	// If FLAGS is the response's last item, the list ends before the line's end.
	if n := len(b) - len(")\r\n"); n > 1 && n <= len(t[0].raw) && b[n-1] == ')' {
		if l := t.lookUp(b[:n]); l != nil {
			return l.flags[:l.count], n
		}
	}
	if n := 1 + bytes.IndexByte(b[:min(len(b), len(t[0].raw))], ')'); n > 1 {
		if l := t.lookUp(b[:n]); l != nil {
			return l.flags[:l.count], n
		}
	}
	return nil, 0
}

func (t *flagLists) lookUp(raw []byte) *knownFlags {
	i := place(raw)
	for range 2 {
		if l := &t[i]; string(l.raw[:l.size]) == string(raw) {
			return l
		}
		i ^= 1
	}
	return nil
}

// place returns the first of the two places of a list.
func place(raw []byte) uint64 {
	n := len(raw)
	h := uint64(n)
	if n >= 8 {
		h += binary.LittleEndian.Uint64(raw) ^ binary.LittleEndian.Uint64(raw[n-8:])*0x9E3779B97F4A7C15
	} else {
		h += uint64(raw[n/2]) << 8
	}
	return h * 0x9E3779B97F4A7C15 >> 59
}

// decode does what DecodeFlags does.
func (t *flagLists) decode(d *wire.Decoder, dst []Flag) []Flag {
	rest := d.Rest()
	n := 1 + bytes.IndexByte(rest[:min(len(rest), len(t[0].raw))], ')')
	if n < 2 || rest[0] != '(' || d.Err() != nil {
		return DecodeFlags(d, dst)
	}
	if l := t.lookUp(rest[:n]); l != nil {
		d.Seek(d.Pos() + n)
		return append(dst, l.flags[:l.count]...)
	}
	from, at := len(dst), d.Pos()
	if dst = DecodeFlags(d, dst); d.Pos() != at+n || len(dst)-from > len(t[0].flags) || !plainFlags(rest[1:n-1]) {
		return dst // what is odd must be noticed, and tolerated, each time
	}
	i := place(rest[:n])
	t[i^1] = t[i]
	l := &t[i]
	l.size, l.count = uint8(copy(l.raw[:], rest[:n])), uint8(copy(l.flags[:], dst[from:]))
	return dst
}

// plainFlags reports whether b has flags by the grammar, with one space between each two.
func plainFlags(b []byte) bool {
	for f := range bytes.SplitSeq(b, []byte(" ")) {
		f = bytes.TrimPrefix(f, []byte(`\`))
		if len(f) == 0 || isNilWord(f) {
			return len(b) == 0
		}
		for _, c := range f {
			if !flagChars[c] {
				return false
			}
		}
	}
	return true
}
