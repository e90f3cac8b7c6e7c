package commands

import (
	"slices"

	"github.com/imapstack/imapstack/commands/internal/arg"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

const annotateMore = "ANNOTATEMORE|ANNOTATEMORE2"

// GetAnnotation asks for annotations of mailboxes, or of the server itself if mailbox is ""
// (draft-daboo-imap-annotatemore-08 §4.2). It is for older Cyrus servers; its successor is [GetMetadata]. mailbox,
// entries and attributes may contain the wildcards "*" and "%". Attributes are names such as "value.shared" and
// "size.priv". The result is the caller's.
func GetAnnotation(s *session.Session, mailbox string, entries, attributes []string) *session.Call[[]parser.Annotation] {
	const name = "GETANNOTATION"
	fail := func(err error) *session.Call[[]parser.Annotation] {
		return session.Failed[[]parser.Annotation](s, name, err)
	}
	if len(entries) == 0 || len(attributes) == 0 {
		return fail(invalid("entry or attribute", "", "is missing"))
	}
	for _, x := range slices.Concat(entries, attributes) {
		if err := arg.CheckAnnotation(x, true); err != nil {
			return fail(err)
		}
	}
	out := new([]parser.Annotation)
	return session.Start(s, session.Command{
		Name: name, In: loggedIn, Needs: annotateMore,
		Args: func(e *wire.Encoder) {
			parser.EncodeListMailbox(e.SP(), mailbox)
			encodeAnnotationNames(e.SP(), entries)
			encodeAnnotationNames(e.SP(), attributes)
		},
		Answers: byPlace("ANNOTATION"),
		Claim:   func(r *response) bool { return r.Name == "ANNOTATION" && hasValues(r) },
		Data: func(r *response) error {
			var x parser.Annotation
			err := x.Decode(r.Decoder())
			*out = append(*out, *x.Clone()) // after an error, this keeps what could be read
			return err
		},
	}, out)
}

// hasValues reports whether an ANNOTATION response has values. A response without values is unsolicited: it reports a
// change.
func hasValues(r *response) bool {
	d := r.Decoder()
	d.AString()
	d.SP()
	return d.Err() != nil || !d.Is('(')
}

// encodeAnnotationNames writes names as strings and never as atoms, because earlier drafts of ANNOTATEMORE require
// quotes.
func encodeAnnotationNames(e *wire.Encoder, names []string) {
	if len(names) == 1 {
		e.String(names[0])
		return
	}
	e.List(len(names), func(i int) { e.String(names[i]) })
}

// SetAnnotation sets annotations of a mailbox (draft-daboo-imap-annotatemore-08 §4.3). If mailbox is a pattern, it
// sets annotations of all mailboxes that match; if mailbox is "", it sets annotations of the server itself. Its
// successor is [SetMetadata]. A nil value removes an attribute.
//
//	commands.SetAnnotation(s, "INBOX", parser.EntryAtt{Entry: "/comment",
//		Values: []parser.AttValue{{Name: "value.shared", Value: []byte("hello")}}})
func SetAnnotation(s *session.Session, mailbox string, entries ...parser.EntryAtt) *session.Call[struct{}] {
	const name = "SETANNOTATION"
	if len(entries) == 0 {
		return session.Failed[struct{}](s, name, invalid("entry", "", "is missing"))
	}
	entries = slices.Clone(entries)
	for i := range entries {
		x := &entries[i]
		err := arg.CheckAnnotation(x.Entry, false)
		if err == nil && len(x.Values) == 0 {
			err = invalid("entry", x.Entry, "has no attributes")
		}
		for _, v := range x.Values {
			if err == nil {
				err = arg.CheckAnnotation(v.Name, false)
			}
		}
		if err != nil {
			return session.Failed[struct{}](s, name, err)
		}
	}
	one := func(e *wire.Encoder, x *parser.EntryAtt) {
		e.String(x.Entry).SP().List(len(x.Values), func(i int) { e.String(x.Values[i].Name).SP().NString(x.Values[i].Value) })
	}
	return plain(s, session.Command{
		Name: name, In: loggedIn, Needs: annotateMore,
		Args: func(e *wire.Encoder) {
			parser.EncodeListMailbox(e.SP(), mailbox)
			e.SP()
			if len(entries) == 1 {
				one(e, &entries[0])
			} else {
				e.List(len(entries), func(i int) { one(e, &entries[i]) })
			}
		},
	})
}
