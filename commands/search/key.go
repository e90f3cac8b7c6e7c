package search

import (
	"time"

	"github.com/imapstack/imapstack/commands/internal/arg"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/imapdate"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// A Key is one key of a search (RFC 9051 §6.4.4): a function that writes it, without a space before it. An extension
// can define its own keys.
type Key func(*wire.Encoder)

func word(name string) Key { return func(e *wire.Encoder) { e.Raw(name) } }

// The keys of RFC 9051 §6.4.4 without arguments. New, Old and Recent are only in RFC 3501 §6.4.4.
var (
	All        = word("ALL")
	Answered   = word("ANSWERED")
	Deleted    = word("DELETED")
	Draft      = word("DRAFT")
	Flagged    = word("FLAGGED")
	Seen       = word("SEEN")
	Unanswered = word("UNANSWERED")
	Undeleted  = word("UNDELETED")
	Undraft    = word("UNDRAFT")
	Unflagged  = word("UNFLAGGED")
	Unseen     = word("UNSEEN")
	New        = word("NEW")
	Old        = word("OLD")
	Recent     = word("RECENT")
)

func textKey(name, text string) Key {
	return func(e *wire.Encoder) { e.Raw(name).SP().AString(text) }
}

// From finds messages with the text in their From field.
func From(text string) Key { return textKey("FROM", text) }

// To finds messages with the text in their To field.
func To(text string) Key { return textKey("TO", text) }

// Cc finds messages with the text in their Cc field.
func Cc(text string) Key { return textKey("CC", text) }

// Bcc finds messages with the text in their Bcc field.
func Bcc(text string) Key { return textKey("BCC", text) }

// Subject finds messages with the text in their Subject field.
func Subject(text string) Key { return textKey("SUBJECT", text) }

// Body finds messages with the text in their body.
func Body(text string) Key { return textKey("BODY", text) }

// Text finds messages with the text in their header or body.
func Text(text string) Key { return textKey("TEXT", text) }

// Header finds messages that have the header field with the text in it. If text is "", any content of the field
// matches.
func Header(field, text string) Key {
	return func(e *wire.Encoder) { e.Raw("HEADER").SP().AString(field).SP().AString(text) }
}

// Keyword finds messages that have the flag. flag must not begin with a backslash; for system flags, use keys such as
// Seen.
func Keyword(flag parser.Flag) Key {
	return func(e *wire.Encoder) { e.Raw("KEYWORD").SP().Atom(string(flag)) }
}

// Unkeyword finds messages that do not have the flag. flag must not begin with a backslash.
func Unkeyword(flag parser.Flag) Key {
	return func(e *wire.Encoder) { e.Raw("UNKEYWORD").SP().Atom(string(flag)) }
}

// dateKey writes the day of t in t's own location, because the protocol's dates have no time zone.
func dateKey(name string, t time.Time) Key {
	return func(e *wire.Encoder) {
		if y := t.Year(); y < 0 || y > 9999 {
			e.Fail(&wire.ArgumentError{What: "date", Reason: "has a year of more than four digits"})
			return
		}
		e.Raw(name).SP().Append(func(dst []byte) []byte { return imapdate.AppendDate(dst, t) })
	}
}

// Before finds messages whose internal date is before the day.
func Before(day time.Time) Key { return dateKey("BEFORE", day) }

// On finds messages whose internal date is on the day.
func On(day time.Time) Key { return dateKey("ON", day) }

// Since finds messages whose internal date is on the day or later.
func Since(day time.Time) Key { return dateKey("SINCE", day) }

// SentBefore finds messages whose Date field is before the day.
func SentBefore(day time.Time) Key { return dateKey("SENTBEFORE", day) }

// SentOn finds messages whose Date field is on the day.
func SentOn(day time.Time) Key { return dateKey("SENTON", day) }

// SentSince finds messages whose Date field is on the day or later.
func SentSince(day time.Time) Key { return dateKey("SENTSINCE", day) }

func numberKey(name string, n uint64) Key {
	return func(e *wire.Encoder) { e.Raw(name).SP().Number64(n) }
}

// Larger finds messages of more than n octets.
func Larger(n uint64) Key { return numberKey("LARGER", n) }

// Smaller finds messages of fewer than n octets.
func Smaller(n uint64) Key { return numberKey("SMALLER", n) }

// Older finds messages whose internal date is at least d ago (RFC 5032, WITHIN). Fractions of seconds are dropped.
func Older(d time.Duration) Key { return within("OLDER", d) }

// Younger finds messages whose internal date is at most d ago (RFC 5032, WITHIN). Fractions of seconds are dropped.
func Younger(d time.Duration) Key { return within("YOUNGER", d) }

func within(name string, d time.Duration) Key {
	return func(e *wire.Encoder) {
		n := int64(d / time.Second)
		if n <= 0 || n > 1<<32-1 {
			e.Fail(&wire.ArgumentError{What: "interval", Value: d.String(), Reason: "is not a positive number of seconds that fits 32 bits"})
			return
		}
		e.Raw(name).SP().Number64(uint64(n))
	}
}

// ModSeq finds messages whose mod-sequence is at least modseq (RFC 7162 §3.1.5). commands.SearchResult.ModSeq is then
// the highest mod-sequence of the messages found.
func ModSeq(modseq uint64) Key { return numberKey("MODSEQ", modseq) }

// In finds the messages of a set of sequence numbers or of UIDs.
func In(messages numset.Set) Key {
	return func(e *wire.Encoder) {
		if messages.Kind() == numset.UID && !messages.IsSaved() {
			e.Raw("UID").SP()
		}
		arg.EncodeSet(e, messages, numset.NoKind)
	}
}

// Not finds messages that do not match key.
func Not(key Key) Key {
	return func(e *wire.Encoder) { key(e.Raw("NOT").SP()) }
}

// Or finds messages that match at least one of the keys. There must be at least one key.
func Or(keys ...Key) Key {
	return func(e *wire.Encoder) {
		if len(keys) == 0 {
			e.Fail(&wire.ArgumentError{What: "OR", Reason: "needs a key"})
			return
		}
		for i, k := range keys {
			if i > 0 {
				e.SP()
			}
			if i < len(keys)-1 {
				e.Raw("OR").SP()
			}
			k(e)
		}
	}
}

// And finds messages that match all of the keys. There must be at least one key.
func And(keys ...Key) Key {
	return func(e *wire.Encoder) {
		if len(keys) == 0 {
			e.Fail(&wire.ArgumentError{What: "search", Reason: "needs a key"})
			return
		}
		e.List(len(keys), func(i int) { keys[i](e) })
	}
}
