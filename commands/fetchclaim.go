package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// ClaimFetch claims the FETCH responses for messages in a set. It is for session.Command.Claim of a command that they
// answer: FETCH, STORE, or a command of an extension. With sequence numbers it claims the responses for those numbers.
// With UIDs it claims the responses that contain a UID of the set. A FETCH without a UID is unsolicited and goes to the
// handler, unless a section is being streamed, because the UID may follow the section.
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
			// It cannot be told any more which command it answers: the first that fetches gets the error.
			return true
		}
		if m.UID == 0 && m.Err() != nil && m.Flags == nil {
			return true // what could not be read may be its UID
		}
		if m.UID == 0 {
			// The UID after a streamed section is not known yet, but it is known which command asked for a section.
			return m.Streaming()
		}
		return all || messages.Contains(m.UID)
	}
}
