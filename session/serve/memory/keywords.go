package memory

import (
	"fmt"
	"slices"
	"strings"

	"github.com/imapstack/imapstack/parser"
)

// Limits for keywords.
const (
	maxKeywords = 1000 // in a mailbox
	maxKeyword  = 255  // octets in a keyword
)

var system = []string{`\Answered`, `\Flagged`, `\Deleted`, `\Seen`, `\Draft`}

// flagSets has the flags of the messages in a mailbox.
type flagSets struct {
	// all has the system flags, followed by the keywords of all messages, and perhaps keywords that no message has any
	// longer. Its elements never change, because Mailbox.Changes returns the slice.
	all    []string
	byKey  map[string][]string // for each list of flags that messages have or had, joined by spaces, the slice that they share
	tidyAt int                 // the length of byKey at which it is time to forget the lists that no message has
}

func newFlagSets() flagSets { return flagSets{all: system, byKey: map[string][]string{}, tidyAt: 64} }

// set returns a slice with these flags, which all messages with the same flags share. The caller holds the lock, and
// has called admit with the flags.
func (b *box) set(flags []string) []string {
	s := &b.sets
	key := strings.Join(flags, " ")
	if shared, ok := s.byKey[key]; ok {
		return shared
	}
	if len(s.byKey) >= s.tidyAt {
		b.tidyFlags()
	}
	for _, f := range flags {
		if !has(s.all, f) {
			s.all = append(slices.Clip(s.all), f)
		}
	}
	shared := slices.Clone(flags)
	s.byKey[key] = shared
	return shared
}

// admit returns an error if the mailbox would have more than maxKeywords keywords together with these flags, or if one
// of these has more than maxKeyword octets. The caller holds the lock.
func (b *box) admit(flags []string) error {
	for _, f := range flags {
		if len(f) > maxKeyword {
			return fmt.Errorf("%w: a keyword has at most %d octets", parser.CodeLimit, maxKeyword)
		}
	}
	if b.exceeds(flags) {
		b.tidyFlags()
		if b.exceeds(flags) {
			return fmt.Errorf("%w: a mailbox has at most %d keywords", parser.CodeLimit, maxKeywords)
		}
	}
	return nil
}

// exceeds reports whether sets.all would have more than maxKeywords keywords together with these flags.
func (b *box) exceeds(flags []string) bool {
	fresh := 0
	for _, f := range flags {
		if !has(b.sets.all, f) {
			fresh++
		}
	}
	return fresh > 0 && len(b.sets.all)+fresh > len(system)+maxKeywords
}

// tidyFlags forgets the keywords and the lists of flags that no message has. The caller holds the lock.
func (b *box) tidyFlags() {
	kept := newFlagSets()
	kept.all = slices.Clone(system)
	done := map[*string]bool{} // the shared lists that kept has already, by their first elements
	known := map[string]bool{} // the flags in kept.all, in lower case
	for _, f := range system {
		known[strings.ToLower(f)] = true
	}
	for i := range b.msgs {
		flags := b.msgs[i].flags
		if len(flags) == 0 || done[&flags[0]] {
			continue
		}
		done[&flags[0]] = true
		kept.byKey[strings.Join(flags, " ")] = flags
		for _, f := range flags {
			if lower := strings.ToLower(f); !known[lower] {
				known[lower] = true
				kept.all = append(kept.all, f)
			}
		}
	}
	kept.tidyAt = max(kept.tidyAt, 2*len(kept.byKey), len(b.msgs))
	b.sets = kept
}

// flagsOf returns the flags of all messages in list, each once.
func flagsOf(list []*msg) (flags []string) {
	for _, m := range list {
		for _, f := range m.flags {
			if !has(flags, f) {
				flags = append(flags, f)
			}
		}
	}
	return flags
}
