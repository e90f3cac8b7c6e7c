package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// Languages asks in which languages the server can write texts (RFC 5255 §3.2). The result is language tags; it is
// the caller's.
func Languages(s *session.Session) *session.Call[[]string] {
	return oneResponse(s, session.Command{Name: "LANGUAGE", Needs: "LANGUAGE"}, "LANGUAGE", nil, func(d *wire.Decoder) (*[]string, error) {
		var x parser.Language
		err := x.Decode(d)
		return &x.Clone().Tags, err
	})
}

// SpokenLanguage is the result of SetLanguage: the language in which the server now writes texts. It is the caller's.
type SpokenLanguage struct {
	Tag        string            // a language tag of RFC 5646
	Namespaces *parser.Namespace // the namespaces with names in that language; nil if the server did not send them (RFC 5255 §3.4)
}

// SetLanguage sets the language of the texts in the server's errors and alerts (RFC 5255 §3.2). The server uses the
// first of the ranges that it supports. A range is a language tag such as "de-AT", or "default".
func SetLanguage(s *session.Session, ranges ...string) *session.Call[SpokenLanguage] {
	const name = "LANGUAGE"
	fail := func(err error) *session.Call[SpokenLanguage] { return session.Failed[SpokenLanguage](s, name, err) }
	if len(ranges) == 0 {
		return fail(invalid("language", "", "is missing"))
	}
	for _, x := range ranges {
		if !wire.IsAtom(x) && x != "*" {
			return fail(invalid("language", x, "is not a language range"))
		}
	}
	out, got := new(SpokenLanguage), false
	return session.Start(s, session.Command{
		Name: name, Needs: name,
		Args: func(e *wire.Encoder) {
			for _, x := range ranges {
				e.SP().AString(x)
			}
		},
		Answers: byPlace("LANGUAGE", "NAMESPACE"),
		Claim:   func(r *response) bool { return r.Name == "LANGUAGE" || r.Name == "NAMESPACE" && got },
		Data: func(r *response) error {
			if r.Name == "NAMESPACE" {
				var ns parser.Namespace
				err := ns.Decode(r.Decoder())
				out.Namespaces = ns.Clone()
				return err
			}
			got = true
			var x parser.Language
			err := x.Decode(r.Decoder())
			if len(x.Tags) > 0 {
				out.Tag = x.Tags[0]
			}
			return err
		},
		Done: func(*response) error { return answered(got, name) },
	}, out)
}

// Comparator sets the collation by which SEARCH, SORT and THREAD compare text (RFC 5255 §4.7). The server uses the
// first of the collations that it supports. Each is a name as in RFC 4790, a pattern such as "cz;*", or "default".
// Without arguments, Comparator only asks for the current collation. The result is the caller's.
func Comparator(s *session.Session, collations ...string) *session.Call[parser.Comparator] {
	const name = "COMPARATOR"
	for _, x := range collations {
		if x == "" {
			return session.Failed[parser.Comparator](s, name, invalid("collation", x, "is empty"))
		}
	}
	return oneResponse(s, session.Command{
		Name: name, In: loggedIn, Needs: "I18NLEVEL=2", Flow: session.Barrier,
		Args: func(e *wire.Encoder) {
			for _, x := range collations {
				e.SP().AString(x)
			}
		},
	}, name, nil, func(d *wire.Decoder) (*parser.Comparator, error) {
		var x parser.Comparator
		err := x.Decode(d)
		return x.Clone(), err
	})
}
