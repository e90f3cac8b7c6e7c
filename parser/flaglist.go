package parser

import (
	"bytes"

	"github.com/imapstack/imapstack/wire"
)

// flagLists keeps lists of flags as they came and what they hold: the messages of a mailbox have few
// different ones. A list has two places that it may be in, and the table never grows.
type flagLists [32]struct {
	raw   [40]byte
	size  uint8 // of what raw holds, in octets
	count uint8
	flags [5]Flag
}

// decode is DecodeFlags.
func (t *flagLists) decode(d *wire.Decoder, dst []Flag) []Flag {
	rest := d.Rest()
	n := 1 + bytes.IndexByte(rest[:min(len(rest), len(t[0].raw))], ')')
	if n < 2 || rest[0] != '(' || d.Err() != nil {
		return DecodeFlags(d, dst)
	}
	// Lists differ in their length, and flags in their first letters and their last.
	h := uint32(n)
	h = h*31 + uint32(rest[1])
	h = h*31 + uint32(rest[n/4])
	h = h*31 + uint32(rest[n/2])
	h = h*31 + uint32(rest[n-2])
	i := h * 0x9E3779B1 >> 27
	l := &t[i]
	if string(l.raw[:l.size]) != string(rest[:n]) {
		l = &t[i^1]
	}
	if string(l.raw[:l.size]) == string(rest[:n]) {
		d.Seek(d.Pos() + n)
		return append(dst, l.flags[:l.count]...)
	}
	from, at := len(dst), d.Pos()
	if dst = DecodeFlags(d, dst); d.Pos() != at+n || len(dst)-from > len(l.flags) || !plainFlags(rest[1:n-1]) {
		return dst // what is odd is to be seen, and to be tolerated, each time
	}
	t[i^1] = t[i]
	l = &t[i]
	l.size, l.count = uint8(copy(l.raw[:], rest[:n])), uint8(copy(l.flags[:], dst[from:]))
	return dst
}

// plainFlags reports whether b is flags as the grammar has them, with one space between each two.
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
