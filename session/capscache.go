package session

import (
	"bytes"
	"hash/maphash"
	"sync/atomic"
)

// A server sends its capabilities three times while a client logs in, and it sends the same one or two texts to all
// clients. A Caps does not change, so all sessions share the sets that were read recently. A set takes some 100 bytes
// for a small server, and 1 KB for a large one.
var (
	recentCaps [64]atomic.Pointer[capsText] // by hash
	capsSeed   = maphash.MakeSeed()
)

// capsText is a text and the set of its words.
type capsText struct {
	text []byte
	caps Caps
}

// readCaps is parseCaps with a cache of recent texts.
func readCaps(text []byte, most int) (Caps, error) {
	if len(text) > maxCapsText {
		return parseCaps(text, most)
	}
	place := &recentCaps[maphash.Bytes(capsSeed, text)%uint64(len(recentCaps))]
	if t := place.Load(); t != nil && bytes.Equal(t.text, text) && len(t.caps.names) <= most {
		return t.caps, nil
	}
	caps, err := parseCaps(text, most)
	if err == nil {
		place.Store(&capsText{bytes.Clone(text), caps})
	}
	return caps, err
}
