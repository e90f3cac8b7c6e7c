package wire

import "encoding/binary"

// names keeps one string for each word that comes often: flags, capabilities, names of items, media types. It is
// direct-mapped, so a new word takes the place of an old one. It begins small, because many sessions get few words, and
// grows to mostNames when words take each other's places. A string that it has returned stays valid.
type names struct {
	table []string // a power of two
	shift uint     // a hash shifted right by it is the word's place
	lost  int      // words that have lost their place since the table has grown
}

const (
	fewNames  = 8
	mostNames = 512
)

func newNames() *names { return &names{table: make([]string, fewNames), shift: 64 - 3} }

// internMax is the length of the longest word that is kept, in octets. A longer one is copied.
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

// lowered keeps words as they came, together with their lower case. It is for the words of BODYSTRUCTURE, because each
// server writes them in a case of its own, and always in the same. Each word has two places.
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

// lower returns b with its ASCII letters in lower case.
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

// hash returns a hash of b, which must not be empty. Its upper bits are well mixed.
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
