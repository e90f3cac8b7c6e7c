package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// Namespace asks where mailboxes are: the user's own, other users', and shared ones (RFC 2342, RFC 9051 §6.3.10).
// The result is the caller's.
func Namespace(s *session.Session) *session.Call[parser.Namespace] {
	out := new(parser.Namespace)
	return session.Start(s, session.Command{
		Name: "NAMESPACE", In: loggedIn, Needs: "NAMESPACE", Answers: byPlace("NAMESPACE"), Claim: named("NAMESPACE"),
		Data: func(r *parser.Response) error {
			var ns parser.Namespace
			if err := ns.Decode(r.Decoder()); err != nil {
				return err
			}
			*out = *ns.Clone()
			return nil
		},
	}, out)
}
