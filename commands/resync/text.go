package resync

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// ErrState reports text that UnmarshalText cannot read.
var ErrState = errors.New("resync: not the text of a state")

// textHead is the first line of the text. The number is the version of the format.
const textHead = "resync 1"

// MarshalText returns the state as lines of text: "resync 1", then one line for each value, which begins with its
// name, then "end". Flags are sorted. The text is the caller's. MarshalText fails if a flag is not valid, or if a set
// contains "*", "$" or sequence numbers, which no pass produces.
func (s State) MarshalText() ([]byte, error) {
	b := fmt.Appendf(nil, "%s\nuidvalidity %d\nuidnext %d\nmodseq %d\n", textHead, s.UIDValidity, s.UIDNext, s.ModSeq)
	if s.MailboxID != "" {
		b = fmt.Appendf(b, "mailboxid %q\n", s.MailboxID)
	}
	line := func(name string, set numset.Set) error {
		if set.Empty() {
			return nil
		}
		if set.Kind() != numset.UID || set.Dynamic() {
			return fmt.Errorf("resync: %s is not a set of known UIDs: %v", name, set)
		}
		b = append(set.AppendTo(append(append(b, name...), ' ')), '\n')
		return nil
	}
	if err := line("uids", s.UIDs); err != nil {
		return nil, err
	}
	for _, f := range slices.Sorted(maps.Keys(s.Flags)) {
		if !f.Valid() {
			return nil, fmt.Errorf("resync: %q is not a flag", f)
		}
		if err := line("flag "+string(f), s.Flags[f]); err != nil {
			return nil, err
		}
	}
	return append(b, "end\n"...), nil
}

// UnmarshalText reads the text that MarshalText returns. It refuses text that is incomplete. Its errors wrap
// ErrState.
func (s *State) UnmarshalText(b []byte) error {
	out := State{UIDs: numset.Of(numset.UID)}
	text, ok := bytes.CutPrefix(b, []byte(textHead+"\n"))
	if !ok {
		return fmt.Errorf("%w: it begins with %.20q", ErrState, b)
	}
	if text, ok = bytes.CutSuffix(text, []byte("\nend\n")); !ok {
		return fmt.Errorf("%w: the last line is not \"end\"", ErrState)
	}
	seen := map[string]bool{}
	for raw := range bytes.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSuffix(string(raw), "\n"), " ")
		var err error
		switch name {
		case "uidvalidity":
			out.UIDValidity, err = number32(value)
		case "uidnext":
			out.UIDNext, err = number32(value)
		case "modseq":
			out.ModSeq, err = strconv.ParseUint(value, 10, 63)
		case "mailboxid":
			out.MailboxID, err = strconv.Unquote(value)
		case "uids":
			out.UIDs, err = parseUIDs(value)
		case "flag":
			f, uids, _ := strings.Cut(value, " ")
			name += " " + f
			var set numset.Set
			if set, err = parseUIDs(uids); err == nil && !parser.Flag(f).Valid() {
				err = fmt.Errorf("%q is not a flag", f)
			}
			if err == nil {
				out.put(parser.Flag(f), set)
			}
		default:
			err = errors.New("this name is not known")
		}
		if err == nil && seen[name] {
			err = errors.New("this name occurs twice")
		}
		if err != nil {
			return fmt.Errorf("%w: %.60q: %w", ErrState, name, err)
		}
		seen[name] = true
	}
	if !seen["uidvalidity"] || !seen["uidnext"] || !seen["modseq"] {
		return fmt.Errorf("%w: uidvalidity, uidnext or modseq is missing", ErrState)
	}
	*s = out
	return nil
}

func number32(text string) (uint32, error) {
	n, err := strconv.ParseUint(text, 10, 32)
	return uint32(n), err
}

// parseUIDs reads a set of UIDs that contains neither "*" nor "$".
func parseUIDs(text string) (numset.Set, error) {
	set, err := numset.ParseString(numset.UID, text)
	if err == nil && set.Dynamic() {
		err = numset.ErrSyntax
	}
	return set, err
}
