package store

import (
	"slices"
	"strings"
)

// The system flags, in the order in which they are listed.
const (
	Answered = `\Answered`
	Flagged  = `\Flagged`
	Deleted  = `\Deleted`
	Seen     = `\Seen`
	Draft    = `\Draft`
)

const (
	sysAnswered = 1 << iota
	sysFlagged
	sysDeleted
	sysSeen
	sysDraft
)

var systemFlags = [...]string{Answered, Flagged, Deleted, Seen, Draft}

// SystemFlags returns the flags that every mailbox has. The slice is the caller's.
func SystemFlags() []string { return slices.Clone(systemFlags[:]) }

// Flags is an immutable set of flags of a message. \Recent is not among them: it belongs to a session.
type Flags struct {
	names    []string
	keywords []uint16 // indices into the mailbox's keywords, sorted
	system   uint8
}

// Names returns the flags, the system flags first. The slice is valid until the program ends, and must not be changed.
func (f *Flags) Names() []string { return f.names }

// Has reports whether the flag is set; case does not matter.
func (f *Flags) Has(name string) bool {
	for _, n := range f.names {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// Seen reports whether \Seen is set.
func (f *Flags) Seen() bool { return f.system&sysSeen != 0 }

// Deleted reports whether \Deleted is set.
func (f *Flags) Deleted() bool { return f.system&sysDeleted != 0 }

// top returns how many keywords of the mailbox the server must announce to a client before it sends f: the highest
// index of a keyword in f, plus one.
func (f *Flags) top() int {
	if k := len(f.keywords); k > 0 {
		return int(f.keywords[k-1]) + 1
	}
	return 0
}

// parsed holds flags whose keywords are still names: no mailbox has replaced them with its numbers yet.
type parsed struct {
	system   uint8
	keywords []string
}

// parseFlags sorts flags into system flags and keywords. \Recent and \* cannot be stored and are dropped.
func parseFlags(names []string, lim Limits) (p parsed, err error) {
next:
	for _, n := range names {
		for i, s := range systemFlags {
			if strings.EqualFold(n, s) {
				p.system |= 1 << i
				continue next
			}
		}
		switch {
		case strings.EqualFold(n, `\Recent`), n == `\*`:
		case n == "" || n[0] == '\\':
			return p, fail(ErrClientBug, "%q is not a flag", n)
		case len(n) > lim.KeywordOctets:
			return p, fail(ErrLimit, "a keyword may have at most %d octets", lim.KeywordOctets)
		default:
			p.keywords = append(p.keywords, n)
		}
	}
	return p, nil
}

// flagTable holds the keywords of a mailbox, and the combinations of flags that its messages have.
type flagTable struct {
	keywords []string          // in the order and the case of their first use; it only grows
	index    map[string]uint16 // by keyword in lower case
	sets     map[string]*Flags // the Flags value of each combination, by the key that the method set makes
}

// resolve returns the numbers of keywords, sorted. If create is set, it gives new keywords a number, and fails if the
// mailbox would then have more keywords than limit. Otherwise it drops unknown keywords.
func (t *flagTable) resolve(keywords []string, create bool, limit int) ([]uint16, error) {
	if len(keywords) == 0 {
		return nil, nil
	}
	out := make([]uint16, 0, len(keywords))
	for _, k := range keywords {
		lower := strings.ToLower(k)
		i, ok := t.index[lower]
		if !ok && create {
			if len(t.keywords) >= limit {
				return nil, fail(ErrLimit, "the mailbox has %d keywords, and no more are allowed", limit)
			}
			if t.index == nil {
				t.index = map[string]uint16{}
			}
			i, ok = uint16(len(t.keywords)), true
			t.keywords = append(t.keywords, k)
			t.index[lower] = i
		}
		if ok {
			out = append(out, i)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// set returns the Flags value that messages with these system flags and these numbers of keywords share.
func (t *flagTable) set(system uint8, keywords []uint16) *Flags {
	var room [64]byte
	key := append(room[:0], system)
	for _, k := range keywords {
		key = append(key, byte(k), byte(k>>8))
	}
	if f := t.sets[string(key)]; f != nil {
		return f
	}
	f := &Flags{system: system, keywords: slices.Clip(slices.Clone(keywords))}
	for i, n := range systemFlags {
		if system&(1<<i) != 0 {
			f.names = append(f.names, n)
		}
	}
	for _, k := range keywords {
		f.names = append(f.names, t.keywords[k])
	}
	f.names = slices.Clip(f.names)
	// The table only saves memory, so replace it by an empty one when it has 16,384 combinations.
	if t.sets == nil || len(t.sets) >= 1<<14 {
		t.sets = map[string]*Flags{}
	}
	t.sets[string(key)] = f
	return f
}

// intern returns the Flags value that messages with the flags p share. It gives new keywords a number.
func (t *flagTable) intern(p parsed, limit int) (*Flags, error) {
	k, err := t.resolve(p.keywords, true, limit)
	if err != nil {
		return nil, err
	}
	return t.set(p.system, k), nil
}

// FlagOp says what a STORE command does to the flags of a message.
type FlagOp uint8

// The operations of STORE (RFC 9051 §6.4.6).
const (
	SetFlags    FlagOp = iota // FLAGS
	AddFlags                  // +FLAGS
	RemoveFlags               // -FLAGS
)

// A flagChange is what one STORE does to each message.
type flagChange struct {
	op       FlagOp
	system   uint8
	keywords []uint16
	mask     uint8 // system flags that may be changed
	fixed    bool  // keywords may not be changed
	report   bool  // Sync and News report the change even to the view that makes it
	done     map[*Flags]*Flags
}

// apply returns the flags of a message after the change c. Its flags before are old. It computes the result only once
// for all messages with the same flags.
func (t *flagTable) apply(old *Flags, c *flagChange) *Flags {
	if f := c.done[old]; f != nil {
		return f
	}
	system, keywords := c.system&c.mask, c.keywords
	switch c.op {
	case SetFlags:
		system |= old.system &^ c.mask
	case AddFlags:
		system |= old.system
		keywords = slices.Concat(old.keywords, keywords)
		slices.Sort(keywords)
		keywords = slices.Compact(keywords)
	default:
		system = old.system &^ system
		keywords = slices.DeleteFunc(slices.Clone(old.keywords), func(n uint16) bool {
			_, gone := slices.BinarySearch(c.keywords, n)
			return gone
		})
	}
	if c.fixed {
		keywords = old.keywords
	}
	f := t.set(system, keywords)
	if c.done == nil {
		c.done = map[*Flags]*Flags{}
	}
	c.done[old] = f
	return f
}
