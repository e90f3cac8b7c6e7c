package search

import (
	"strings"
	"time"

	"github.com/imapstack/imapstack/commands/internal/arg"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// Keys of extensions. A server answers BAD to a key that it does not know.

// Fuzzy finds messages that match key exactly or approximately (RFC 6203, SEARCH=FUZZY).
func Fuzzy(key Key) Key {
	return func(e *wire.Encoder) { key(e.Raw("FUZZY").SP()) }
}

// Filter finds messages that match the filter of that name. The server keeps filters in its metadata (RFC 5466,
// FILTERS).
func Filter(name string) Key {
	return func(e *wire.Encoder) {
		if strings.Contains(name, "/") {
			e.Fail(arg.Invalid("filter", name, "contains a slash")) // RFC 5466 §3.1 filter-name
		}
		e.Raw("FILTER").SP().Atom(name)
	}
}

// SavedBefore finds messages that were put into the mailbox before the day (RFC 8514, SAVEDATE).
func SavedBefore(day time.Time) Key { return dateKey("SAVEDBEFORE", day) }

// SavedOn finds messages that were put into the mailbox on the day (RFC 8514, SAVEDATE).
func SavedOn(day time.Time) Key { return dateKey("SAVEDON", day) }

// SavedSince finds messages that were put into the mailbox on the day or later (RFC 8514, SAVEDATE).
func SavedSince(day time.Time) Key { return dateKey("SAVEDSINCE", day) }

// SaveDateSupported finds all messages if the mailbox keeps save dates, otherwise none (RFC 8514).
var SaveDateSupported = word("SAVEDATESUPPORTED")

// EmailID finds the messages with that EMAILID: all copies of one message (RFC 8474, OBJECTID).
func EmailID(id string) Key { return objectKey("EMAILID", id) }

// ThreadID finds the messages with that THREADID: those of one thread (RFC 8474, OBJECTID).
func ThreadID(id string) Key { return objectKey("THREADID", id) }

func isObjectID(c rune) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_'
}

func objectKey(name, id string) Key {
	return func(e *wire.Encoder) {
		if len(id) > 255 {
			e.Fail(arg.Invalid("objectid", id[:64], "has more than 255 octets"))
		}
		if strings.ContainsFunc(id, func(c rune) bool { return !isObjectID(c) }) {
			e.Fail(arg.Invalid("objectid", id, "contains a character that is not allowed in identifiers")) // RFC 8474 §7
		}
		e.Raw(name).SP().Atom(id)
	}
}

// UIDAfter finds messages whose UID is greater than uid (RFC 9738, MESSAGELIMIT).
func UIDAfter(uid uint32) Key { return uidKey("UIDAFTER", uid) }

// UIDBefore finds messages whose UID is smaller than uid (RFC 9738, MESSAGELIMIT).
func UIDBefore(uid uint32) Key { return uidKey("UIDBEFORE", uid) }

func uidKey(name string, uid uint32) Key {
	return func(e *wire.Encoder) {
		if uid == 0 {
			e.Fail(arg.Invalid("UID", "0", "is not a UID"))
		}
		e.Raw(name).SP().Number(uid)
	}
}

// FlagModSeq finds messages for which the mod-sequence of one flag is at least modseq. entry is "priv" for the user's
// own value of the flag, "shared" for the value that all users share, or "all" for both (RFC 7162 §3.1.5).
func FlagModSeq(flag parser.Flag, entry string, modseq uint64) Key {
	return func(e *wire.Encoder) {
		if entry != "priv" && entry != "shared" && entry != "all" {
			e.Fail(arg.Invalid("entry-type-req", entry, "is not priv, shared or all"))
		}
		probe := wire.NewEncoder(wire.Mode{}).Flag(string(flag))
		if err := probe.Err(); err != nil {
			e.Fail(err)
			return
		}
		arg.CheckModSeq(e, modseq)
		e.Raw("MODSEQ").SP().Quoted("/flags/" + string(flag)).SP().Raw(entry).SP().Number64(modseq)
	}
}

// GmailRaw finds messages by a query in the search language of Gmail's website (X-GM-EXT-1).
func GmailRaw(query string) Key { return textKey("X-GM-RAW", query) }

// GmailLabel finds messages that have the label (X-GM-EXT-1).
func GmailLabel(label string) Key {
	return func(e *wire.Encoder) { parser.EncodeMailbox(e.Raw("X-GM-LABELS").SP(), label) }
}

// GmailMessageID finds the message with that X-GM-MSGID.
func GmailMessageID(id uint64) Key { return numberKey("X-GM-MSGID", id) }

// GmailThreadID finds the messages with that X-GM-THRID.
func GmailThreadID(id uint64) Key { return numberKey("X-GM-THRID", id) }

// Annotation finds messages with text in an annotation. name is a pattern of the annotation's entry; attribute is
// "value", "value.priv" or "value.shared" (RFC 5257 §4.6).
func Annotation(name, attribute, text string) Key {
	return func(e *wire.Encoder) {
		switch attribute {
		case "value", "value.priv", "value.shared":
		default:
			e.Fail(arg.Invalid("att-search", attribute, "is not value, value.priv or value.shared"))
		}
		e.Raw("ANNOTATION").SP()
		arg.EncodePatterns(e, name)
		e.SP().Raw(attribute).SP().String(text)
	}
}
