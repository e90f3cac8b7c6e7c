package commands

import (
	"slices"

	"github.com/imapstack/imapstack/commands/internal/arg"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

const annotate = "ANNOTATE-EXPERIMENT-1"

// Annotated opens a mailbox so that annotations of its messages can be read and changed (RFC 5257 §4.1).
func Annotated() SelectOption {
	return SelectOption{Needs: annotate, Write: func(e *wire.Encoder) { e.Raw("ANNOTATE") }}
}

// encodeAnnotations writes entries with their attributes and values.
func encodeAnnotations(e *wire.Encoder, entries []parser.EntryAtt) {
	e.List(len(entries), func(i int) {
		x := &entries[i]
		if err := arg.CheckEntry(x.Entry); err != nil {
			e.Fail(err)
		}
		if len(x.Values) == 0 {
			e.Fail(invalid("entry", x.Entry, "has no attributes"))
		}
		e.AString(x.Entry).SP().List(len(x.Values), func(j int) {
			v := &x.Values[j]
			if v.Name != "value.priv" && v.Name != "value.shared" {
				e.Fail(invalid("attribute", v.Name, `is neither "value.priv" nor "value.shared"`))
			}
			e.AString(v.Name).SP().NString(v.Value)
		})
	})
}

// StoreAnnotations sets annotations of messages. It sends STORE or, for a set of UIDs, UID STORE (RFC 5257 §4.4).
// Attributes are "value.priv" and "value.shared"; a nil Value removes an attribute. If the server sends the new
// values, the stream yields them; each value is valid until the next turn of the loop.
func StoreAnnotations(s *session.Session, messages numset.Set, entries ...parser.EntryAtt) *session.Stream[parser.Fetch] {
	entries = slices.Clone(entries)
	return StoreExt(s, messages, SetFlags, StoreItem{Name: "ANNOTATION", Needs: annotate, Args: func(e *wire.Encoder) {
		if len(entries) == 0 {
			e.Fail(invalid("entry", "", "is missing"))
		}
		encodeAnnotations(e, entries)
	}})
}
