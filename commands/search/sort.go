package search

import (
	"github.com/imapstack/imapstack/commands/internal/arg"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// SortKey is a criterion by which commands.Sort sorts messages (RFC 5256 §3). An extension can define its own
// criteria as values of SortKey.
type SortKey struct {
	Name     string              // in upper case
	Needs    string              // the capability that it needs in addition to SORT; "A|B" means either
	Args     func(*wire.Encoder) // writes arguments after the name; nil if there are none
	Reversed bool
}

// Reverse returns the criterion for the opposite order.
func (k SortKey) Reverse() SortKey { k.Reversed = !k.Reversed; return k }

// The criteria of RFC 5256 §3, and those of extensions. Messages that are equal by all criteria are in the order of
// their sequence numbers.
var (
	ByArrival = SortKey{Name: "ARRIVAL"} // the internal date
	ByCc      = SortKey{Name: "CC"}      // the first address's mailbox
	ByDate    = SortKey{Name: "DATE"}    // the Date field, or the internal date if there is none
	ByFrom    = SortKey{Name: "FROM"}    // the first address's mailbox
	BySize    = SortKey{Name: "SIZE"}
	BySubject = SortKey{Name: "SUBJECT"} // without "Re:" and similar prefixes
	ByTo      = SortKey{Name: "TO"}      // the first address's mailbox

	ByDisplayFrom = SortKey{Name: "DISPLAYFROM", Needs: "SORT=DISPLAY"} // the first display name, or else the address (RFC 5957)
	ByDisplayTo   = SortKey{Name: "DISPLAYTO", Needs: "SORT=DISPLAY"}   // the first display name, or else the address (RFC 5957)
	ByRelevancy   = SortKey{Name: "RELEVANCY", Needs: "SEARCH=FUZZY"}   // how well the message matches (RFC 6203 §4)
	ByModSeq      = SortKey{Name: "MODSEQ", Needs: "SORT=MODSEQ"}       // Cyrus: the order of the last changes
	ByUID         = SortKey{Name: "UID", Needs: "SORT=UID"}             // Cyrus
	// Cyrus's own criteria. No capability announces them.
	ByFolder    = SortKey{Name: "FOLDER"}
	BySpamScore = SortKey{Name: "SPAMSCORE"}
	// ByScore is Dovecot's older name for ByRelevancy.
	ByScore = SortKey{Name: "X-SCORE"}
)

// ByHasFlag puts messages without a flag before those that have it (Cyrus).
func ByHasFlag(flag parser.Flag) SortKey {
	return SortKey{Name: "HASFLAG", Args: func(e *wire.Encoder) { e.SP().Flag(string(flag)) }}
}

// ByAnnotation sorts by the value of an annotation of each message (RFC 5257 §4.7). name is the annotation's entry;
// attribute is "value.priv" or "value.shared".
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
