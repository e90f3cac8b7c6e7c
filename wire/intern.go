package wire

import "encoding/binary"

// names keeps one string for each of the words that come again and again: flags, capabilities,
// names of items, media types. It is direct-mapped, so a new word takes the place of an old one
// and the table never grows. A string handed out stays valid for ever.
type names [512]string

// internMax is the longest word kept, in octets. A longer one is copied.
const internMax = 48

func (t *names) get(b []byte) string {
	switch n := len(b); {
	case n == 0:
		return ""
	case n > internMax:
		return string(b)
	}
	p := &t[hash(b)>>55]
	if *p != string(b) {
		*p = string(b)
	}
	return *p
}

// lowered keeps words as they come and as they are in lower case: those of BODYSTRUCTURE, where every server has a case of
// its own and keeps to it. Each word has two places.
type lowered [128][2]struct{ raw, low string }

func (t *lowered) get(b []byte) string {
	switch n := len(b); {
	case n == 0:
		return ""
	case n > internMax:
		return lower(b)
	}
	p := &t[hash(b)>>57]
	if p[0].raw == string(b) {
		return p[0].low
	}
	p[0], p[1] = p[1], p[0]
	if p[0].raw != string(b) {
		p[0].raw, p[0].low = string(b), lower(b)
	}
	return p[0].low
}

// lower is strings.ToLower for ASCII alone.
func lower(b []byte) string {
	l := make([]byte, len(b))
	for i, c := range b {
		if c-'A' < 26 {
			c += 'a' - 'A'
		}
		l[i] = c
	}
	return string(l)
}

// hash mixes a word that is not empty. Its upper bits are the good ones.
func hash(b []byte) uint64 {
	n := len(b)
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
	return (h + uint64(n)) * 0x9E3779B97F4A7C15
}
