package wire

import "encoding/binary"

// names is a cache with one string for each word that comes often, such as flags, capabilities, names of items and
// media types. Each word has one place in the table, and a new word replaces the old one at its place. The table begins
// small, because many sessions receive few different words, and grows up to mostNames if words often replace each
// other. A string that the method get has returned stays valid after another word has replaced it in the table.
type names struct {
	table []string // its length is a power of two
	shift uint     // a word's place is its hash, shifted right by shift
	lost  int      // words that were replaced since the table last grew
}

const (
	fewNames  = 8
	mostNames = 512
)

func newNames() *names { return &names{table: make([]string, fewNames), shift: 64 - 3} }

// internMax is the length in octets of the longest word in the cache. A longer word gets a string of its own.
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

// add puts a word into the table.
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

// lowered is a cache of words together with their lower case. It is for the words of BODYSTRUCTURE. Some servers write
// them in upper case, and others in lower case. One server usually does not mix the two for the same word, so the cache
// rarely holds a word in both forms. A hash of the word selects an element of the table, and each element has room for
// two words.
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
