package search

import (
	"github.com/imapstack/imapstack/commands/internal/arg"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// SortKey is a criterion by which commands.Sort puts messages in order (RFC 5256 §3). An extension defines its own as a
// value.
type SortKey struct {
	Name     string              // in upper case
	Needs    string              // the capability beside SORT; "A|B" means either
	Args     func(*wire.Encoder) // writes what follows the name; nil is nothing
	Reversed bool
}

// Reverse is the same criterion with the order turned round.
func (k SortKey) Reverse() SortKey { k.Reversed = !k.Reversed; return k }

// The criteria of RFC 5256 §3, and those of extensions. Messages that are equal by all criteria stay in the order of
// their numbers.
var (
	ByArrival = SortKey{Name: "ARRIVAL"} // the internal date
	ByCc      = SortKey{Name: "CC"}      // the first address's mailbox
	ByDate    = SortKey{Name: "DATE"}    // the Date field, and the internal date without one
	ByFrom    = SortKey{Name: "FROM"}    // the first address's mailbox
	BySize    = SortKey{Name: "SIZE"}
	BySubject = SortKey{Name: "SUBJECT"} // without "Re:" and its like
	ByTo      = SortKey{Name: "TO"}      // the first address's mailbox

	ByDisplayFrom = SortKey{Name: "DISPLAYFROM", Needs: "SORT=DISPLAY"} // the name as it is shown (RFC 5957)
	ByDisplayTo   = SortKey{Name: "DISPLAYTO", Needs: "SORT=DISPLAY"}   // the name as it is shown (RFC 5957)
	ByRelevancy   = SortKey{Name: "RELEVANCY", Needs: "SEARCH=FUZZY"}   // how well the message fits (RFC 6203 §4)
	ByModSeq      = SortKey{Name: "MODSEQ", Needs: "SORT=MODSEQ"}       // of Cyrus: when the message changed last
	ByUID         = SortKey{Name: "UID", Needs: "SORT=UID"}             // of Cyrus
	// Of Cyrus, which has no capability for them.
	ByFolder    = SortKey{Name: "FOLDER"}
	BySpamScore = SortKey{Name: "SPAMSCORE"}
	// ByScore is RELEVANCY by the name that Dovecot gave it first.
	ByScore = SortKey{Name: "X-SCORE"}
)

// ByHasFlag puts messages without a flag before those that have it (Cyrus).
func ByHasFlag(flag parser.Flag) SortKey {
	return SortKey{Name: "HASFLAG", Args: func(e *wire.Encoder) { e.SP().Flag(string(flag)) }}
}

// ByAnnotation sorts by the value of a message's annotation (RFC 5257 §4.7): attribute is "value.priv" or
// "value.shared".
func ByAnnotation(name, attribute string) SortKey {
	return SortKey{Name: "ANNOTATION", Needs: "ANNOTATE-EXPERIMENT-1", Args: func(e *wire.Encoder) {
		if attribute != "value.priv" && attribute != "value.shared" {
			e.Fail(arg.Invalid("att-sort", attribute, `is neither "value.priv" nor "value.shared"`))
		}
		if err := arg.CheckEntry(name); err != nil {
			e.Fail(err)
		}
		e.SP().AString(name).SP().Raw(attribute)
	}}
}
