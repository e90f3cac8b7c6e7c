package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// Namespace asks for the prefixes and delimiters of the names of mailboxes: the user's own, other users', and shared
// ones (RFC 2342, RFC 9051 §6.3.10). The result is the caller's.
func Namespace(s *session.Session) *session.Call[parser.Namespace] {
	out := new(parser.Namespace)
	got := false
	return session.Start(s, session.Command{
		Name: "NAMESPACE", In: loggedIn, Needs: "NAMESPACE", Answers: byPlace("NAMESPACE"), Claim: named("NAMESPACE"),
		Data: func(r *parser.Response) error {
			got = true
			var ns parser.Namespace
			err := ns.Decode(r.Decoder())
			*out = *ns.Clone() // after an error, this keeps what could be read
			return err
		},
		Done: func(*response) error { return answered(got, "NAMESPACE") },
	}, out)
}
