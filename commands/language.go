package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// Languages asks which languages the server can speak (RFC 5255 §3.2). The result is the caller's.
func Languages(s *session.Session) *session.Call[[]string] {
	return one(s, session.Command{Name: "LANGUAGE", Needs: "LANGUAGE"}, "LANGUAGE", nil, func(d *wire.Decoder) (*[]string, error) {
		var x parser.Language
		err := x.Decode(d)
		return &x.Clone().Tags, err
	})
}

// Spoken is the language that a server speaks from now on. It is the caller's.
type Spoken struct {
	Tag        string            // a language tag of RFC 5646
	Namespaces *parser.Namespace // with their names in that language, if the server sent them (RFC 5255 §3.4)
}

// SetLanguage asks the server to speak the first of these languages that it knows (RFC 5255 §3.2): ranges such as
// "de-AT", or "default". The language is that of the texts in errors and alerts.
func SetLanguage(s *session.Session, ranges ...string) *session.Call[Spoken] {
	const name = "LANGUAGE"
	fail := func(err error) *session.Call[Spoken] { return session.Failed[Spoken](s, name, err) }
	if len(ranges) == 0 {
		return fail(invalid("language", "", "is missing"))
	}
	for _, x := range ranges {
		if !wire.IsAtom(x) && x != "*" {
			return fail(invalid("language", x, "is not a language range"))
		}
	}
	out, got := new(Spoken), false
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

// Comparator chooses how SEARCH, SORT and THREAD compare text (RFC 5255 §4.7): by the first of these collations that
// the server knows. They are names of RFC 4790, patterns such as "cz;*", or "default". Without arguments, Comparator
// asks which collation is in force. The result is the caller's.
func Comparator(s *session.Session, collations ...string) *session.Call[parser.Comparator] {
	const name = "COMPARATOR"
	for _, x := range collations {
		if x == "" {
			return session.Failed[parser.Comparator](s, name, invalid("collation", x, "is empty"))
		}
	}
	return one(s, session.Command{
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
