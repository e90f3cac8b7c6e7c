package session

import (
	"bytes"
	"hash/maphash"
	"sync/atomic"
)

// A server tells its capabilities three times while a client signs in, in the same one or two texts, and tells all clients the same. As a Caps does not
// change, sessions share the sets that they have read last: each has some 100 octets for a small server, and 1 KB for a large one.
var (
	lately   [64]atomic.Pointer[capsText] // by hash
	capsSeed = maphash.MakeSeed()
)

// capsText is a text and the set of its words.
type capsText struct {
	text []byte
	caps Caps
}

// readCaps is parseCaps for a text that may have come lately.
func readCaps(text []byte, most int) (Caps, error) {
	if len(text) > maxCapsText {
		return parseCaps(text, most)
	}
	place := &lately[maphash.Bytes(capsSeed, text)%uint64(len(lately))]
	if t := place.Load(); t != nil && bytes.Equal(t.text, text) && len(t.caps.names) <= most {
		return t.caps, nil
	}
	caps, err := parseCaps(text, most)
	if err == nil {
		place.Store(&capsText{bytes.Clone(text), caps})
	}
	return caps, err
}
