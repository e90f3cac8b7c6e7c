package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// ClaimFetch claims the FETCH responses of messages in a set, for session.Command.Claim of a command that they answer: FETCH, STORE, or one of an
// extension's. By sequence numbers it claims those of the set. By UIDs it claims those that tell a UID of the set; a FETCH without one is the
// server's own news and goes to the handler, unless a section is being streamed, whose UID may follow.
func ClaimFetch(messages numset.Set) func(*parser.Response) bool {
	if messages.Kind() == numset.Seq {
		all := messages.Dynamic()
		return func(r *parser.Response) bool {
			return r.Name == "FETCH" && (all || messages.Contains(r.Num))
		}
	}
	all := messages.Dynamic()
	return func(r *parser.Response) bool {
		switch r.Name {
		case "FETCH":
		case "UIDFETCH":
			return all || messages.Contains(r.Num)
		default:
			return false
		}
		m, err := r.Fetch()
		if err != nil {
			// Whose it is cannot be told any more: the first that fetches gets the error.
			return true
		}
		if m.UID == 0 && m.Err() != nil && m.Flags == nil {
			return true // its UID may be what could not be read
		}
		if m.UID == 0 {
			// A UID behind a streamed section is not known yet, and who asked for a section is known.
			return m.Streaming()
		}
		return all || messages.Contains(m.UID)
	}
}
