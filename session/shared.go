package session

import (
	"bytes"
	"hash/maphash"
	"slices"
	"sync/atomic"

	"github.com/imapstack/imapstack/parser"
)

// A server often sends its capabilities three times while a client logs in, and it usually sends the same one or two
// texts to all clients. Most mailboxes of a server have the same flags. A Caps or a list of flags is never changed, so
// all sessions share those that were read recently. A set of capabilities takes some 100 bytes for a small server, and
// 1 KB for a large one; two lists of ten flags take 0.4 KB.
var (
	recentCaps  [64]atomic.Pointer[capsText]      // by hash
	recentFlags [64]atomic.Pointer[[]parser.Flag] // by hash
	recentSeed  = maphash.MakeSeed()
)

// maxFlagsText is the longest list of flags, in octets, that is shared.
const maxFlagsText = 8 << 10

// capsText is a text and the set of its words.
type capsText struct {
	text []byte
	caps Caps
}

// readCaps does what parseCaps does, with a cache of recent texts.
func readCaps(text []byte, limit int) (Caps, error) {
	if len(text) > maxCapsText {
		return parseCaps(text, limit)
	}
	place := &recentCaps[maphash.Bytes(recentSeed, text)%uint64(len(recentCaps))]
	if t := place.Load(); t != nil && bytes.Equal(t.text, text) && len(t.caps.names) <= limit {
		return t.caps, nil
	}
	caps, err := parseCaps(text, limit)
	if err == nil {
		place.Store(&capsText{bytes.Clone(text), caps})
	}
	return caps, err
}

// shareFlags returns a list of flags that is equal to flags and has no spare capacity.
func shareFlags(flags []parser.Flag) []parser.Flag {
	var h maphash.Hash
	h.SetSeed(recentSeed)
	size := 0
	for _, f := range flags {
		h.WriteString(string(f))
		h.WriteByte(' ')
		size += len(f) + 1
	}
	place := &recentFlags[h.Sum64()%uint64(len(recentFlags))]
	if list := place.Load(); list != nil && slices.Equal(*list, flags) {
		return *list
	}
	own := slices.Clip(slices.Clone(flags)) // so that an append does not write to memory of another session
	if size <= maxFlagsText {
		place.Store(&own)
	}
	return own
}
