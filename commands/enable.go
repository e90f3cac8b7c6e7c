package commands

import (
	"slices"
	"strings"

	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// Enable enables extensions (RFC 9051 §6.3.1). The result is all extensions that are enabled now, as Session.Enabled
// returns them; it does not contain those that the server does not know. Only an IMAP4rev2 server accepts ENABLE
// while a mailbox is selected (RFC 5161 §3.1). The result is the caller's.
func Enable(s *session.Session, extensions ...string) *session.Call[session.Caps] {
	out, in := new(session.Caps), session.Authenticated
	if s.Caps().Has("IMAP4REV2") {
		in = loggedIn
	}
	// Most extensions may change how strings are sent, so no other command may be in flight.
	flow := session.Alone
	if !slices.ContainsFunc(extensions, func(x string) bool { return !strings.EqualFold(x, "QRESYNC") && !strings.EqualFold(x, "CONDSTORE") }) {
		flow = session.Barrier | session.Leads
	}
	return session.Start(s, session.Command{
		Name: "ENABLE", In: in, Needs: "ENABLE", Flow: flow,
		Args: func(e *wire.Encoder) {
			for _, x := range extensions {
				e.SP().Atom(x)
			}
			if len(extensions) == 0 {
				e.Fail(&wire.ArgumentError{What: "ENABLE", Reason: "needs an extension"})
			}
		},
		Answers: byPlace("ENABLED"), Claim: named("ENABLED"),
		Done: func(*response) error { *out = s.Enabled(); return nil },
	}, out)
}
