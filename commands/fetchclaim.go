package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// ClaimFetch returns a function for session.Command.Claim, for commands that FETCH responses answer: FETCH, STORE, or a
// command of an extension. It claims the responses for messages in the set. If the set contains UIDs, these are the
// responses that contain a UID of the set. In that case, a FETCH without a UID is unsolicited, and goes to the handler.
// But if a section is being streamed, the UID may follow it, so ClaimFetch claims the response.
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
			// Which command the response answers is not known: the first command that asks for FETCH responses gets
			// the error.
			return true
		}
		if m.UID == 0 && m.Err() != nil && m.Flags == nil {
			return true // the data that could not be read may include its UID
		}
		if m.UID == 0 {
			// The UID may follow the section that is being streamed.
			return m.Streaming()
		}
		return all || messages.Contains(m.UID)
	}
}
