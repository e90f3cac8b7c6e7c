package wire

import "encoding/binary"

// names keeps one string for each of the words that come again and again: flags, capabilities,
// names of items, media types. It is direct-mapped, so a new word takes the place of an old one. It begins small, as many sessions hear few
// words, and grows to mostNames when words are in each other's way. A string handed out stays valid for ever.
type names struct {
	table []string // a power of two
	shift uint     // of a hash, to the word's place
	lost  int      // how many words have lost their place since the table has grown
}

const (
	fewNames  = 8
	mostNames = 512
)

func newNames() *names { return &names{table: make([]string, fewNames), shift: 64 - 3} }

// internMax is the longest word kept, in octets. A longer one is copied.
const internMax = 48

func (t *names) get(b []byte) string {
	switch n := len(b); {
	case n == 0:
		return ""
	case n > internMax:
		return string(b)
	}
	if w := t.table[hash(b)>>t.shift]; w == string(b) {
		return w
	}
	return t.add(b)
}

// add gives a word a place.
func (t *names) add(b []byte) string {
	p := &t.table[hash(b)>>t.shift]
	if *p != "" {
		t.lost++
	}
	if t.lost > len(t.table)/4 && len(t.table) < mostNames {
		old := t.table
		*t = names{table: make([]string, 4*len(old)), shift: t.shift - 2}
		for _, w := range old {
			if w != "" {
				t.table[hash([]byte(w))>>t.shift] = w
			}
		}
		p = &t.table[hash(b)>>t.shift]
	}
	*p = string(b)
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
