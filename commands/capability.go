package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// Capability asks for the server's capabilities (RFC 9051 §6.1.1). A session asks by itself when it needs them;
// Session.Caps returns those that it knows. The result is the caller's.
func Capability(s *session.Session) *session.Call[session.Caps] {
	out := new(session.Caps)
	cmd, got := session.Command{Name: "CAPABILITY", Answers: byPlace("CAPABILITY")}, false
	cmd.Claim = func(r *response) bool {
		mine := r.Name == "CAPABILITY" && r.Status == 0
		got = got || mine
		return mine
	}
	cmd.Done = func(r *response) error {
		*out = s.Caps()
		return answered(got || r.Code.Name == parser.CodeCapability, cmd.Name)
	}
	return session.Start(s, cmd, out)
}
