package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// IDField is a field of ID, such as "name", "version" or "vendor". A Value of "" is sent as NIL.
type IDField struct{ Name, Value string }

// ID sends a description of the program, and returns the server's description of itself (RFC 2971). Without fields it
// sends NIL. Some servers do not allow a client to select a mailbox before it has sent ID. The result is the
// caller's.
func ID(s *session.Session, fields ...IDField) *session.Call[parser.ID] {
	if err := checkID(fields); err != nil {
		return session.Failed[parser.ID](s, "ID", err)
	}
	out, got := new(parser.ID), false
	return session.Start(s, session.Command{
		Name: "ID", Needs: "ID", Flow: session.Leads, Answers: byPlace("ID"), Claim: named("ID"),
		Args: func(e *wire.Encoder) {
			if len(fields) == 0 {
				e.SP().NIL()
				return
			}
			e.SP().List(len(fields), func(i int) {
				e.String(fields[i].Name).SP()
				if fields[i].Value == "" {
					e.NIL()
				} else {
					e.String(fields[i].Value)
				}
			})
		},
		Data: func(r *parser.Response) error {
			got = true
			var id parser.ID
			if err := id.Decode(r.Decoder()); err != nil {
				return err
			}
			*out = *id.Clone()
			return nil
		},
		Done: func(*response) error { return answered(got, "ID") },
	}, out)
}

// checkID returns an error if the fields exceed the limits of RFC 2971 §3.3.
func checkID(fields []IDField) error {
	if len(fields) > 30 {
		return &wire.ArgumentError{What: "ID", Reason: "has more than 30 fields"}
	}
	for _, f := range fields {
		if f.Name == "" || len(f.Name) > 30 {
			return &wire.ArgumentError{What: "ID field's name", Value: f.Name, Reason: "does not have 1 to 30 octets"}
		}
		if len(f.Value) > 1024 {
			return &wire.ArgumentError{What: "ID field's value", Value: f.Value[:64], Reason: "has more than 1024 octets"}
		}
	}
	return nil
}
