package parser

import (
	"bytes"
	"encoding/binary"

	"github.com/imapstack/imapstack/wire"
)

// flagCache is a table that maps the octets of lists of flags to the flags. It saves time, because the messages of a
// mailbox have few different lists. Each list has two possible places in the table, and the table never grows.
type flagCache [32]knownFlags

type knownFlags struct {
	raw   [40]byte
	size  uint8 // length of the list in raw
	count uint8
	flags [5]Flag
}

// find returns the flags of the list at the beginning of b, and the length of the list in octets. If the table does
// not have the list, the length is 0.
func (t *flagCache) find(b []byte) (flags []Flag, size int) {
	// If FLAGS is the last item of the response, the list ends before ")\r\n".
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

func (t *flagCache) lookUp(raw []byte) *knownFlags {
	i := firstPlace(raw)
	for range 2 {
		if l := &t[i]; string(l.raw[:l.size]) == string(raw) {
			return l
		}
		i ^= 1
	}
	return nil
}

// firstPlace returns the first of the two places that a list can have.
func firstPlace(raw []byte) uint64 {
	n := len(raw)
	h := uint64(n)
	if n >= 8 {
		h += binary.LittleEndian.Uint64(raw) ^ binary.LittleEndian.Uint64(raw[n-8:])*0x9E3779B97F4A7C15
	} else {
		h += uint64(raw[n/2]) << 8
	}
	return h * 0x9E3779B97F4A7C15 >> 59
}

// decode does what DecodeFlags does, but looks the list up in the table first.
func (t *flagCache) decode(d *wire.Decoder, dst []Flag) []Flag {
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
		// A list that breaks the grammar is not stored, because its deviations must be reported each time.
		return dst
	}
	i := firstPlace(rest[:n])
	t[i^1] = t[i]
	l := &t[i]
	l.size, l.count = uint8(copy(l.raw[:], rest[:n])), uint8(copy(l.flags[:], dst[from:]))
	return dst
}

// plainFlags reports whether b consists of flags that obey the grammar, with one space between them.
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
