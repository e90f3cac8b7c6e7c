package commands

import "github.com/imapstack/imapstack/session"

// Capability asks what the server can do (RFC 9051 §6.1.1). A session asks by itself where that is needed;
// what it knows is in session.Caps.
func Capability(s *session.Session) *session.Call[session.Caps] {
	out := new(session.Caps)
	cmd := session.Command{Name: "CAPABILITY", Answers: byPlace("CAPABILITY"), Claim: named("CAPABILITY")}
	cmd.Done = func(*response) error { *out = s.Caps(); return nil }
	return session.Start(s, cmd, out)
}
