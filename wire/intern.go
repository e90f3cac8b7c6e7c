package wire

import "encoding/binary"

// names keeps one string for each of the words that come again and again: flags, capabilities,
// names of items, media types. It is direct-mapped, so a new word takes the place of an old one
// and the table never grows. A string handed out stays valid for ever.
type names [512]string

// internMax is the longest word kept, in octets. A longer one is copied.
const internMax = 48

func (t *names) get(b []byte) string {
	n := len(b)
	if n == 0 {
		return ""
	}
	if n > internMax {
		return string(b)
	}
	var h uint64
	switch {
	case n >= 8:
		h = binary.LittleEndian.Uint64(b) ^ binary.LittleEndian.Uint64(b[n-8:])*0x9E3779B97F4A7C15
	case n >= 4:
		h = uint64(binary.LittleEndian.Uint32(b))<<32 | uint64(binary.LittleEndian.Uint32(b[n-4:]))
	default:
		for _, c := range b {
			h = h<<8 | uint64(c)
		}
	}
	h = (h + uint64(n)) * 0x9E3779B97F4A7C15
	p := &t[h>>55]
	if *p != string(b) {
		*p = string(b)
	}
	return *p
}
