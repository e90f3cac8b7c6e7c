package parser

import (
	"slices"
	"strings"
)

// loss is a kind of damage by which more is lost than what is damaged, because it must be. docs/quirks.md has them.
type loss struct {
	name   string // of the kind
	why    string // in a sentence or two
	before bool   // what stood before the damage may be lost too
	is     func(m *mutant) bool
}

// covers reports whether m is of the kind.
func (l *loss) covers(m *mutant) bool { return (l.before || m.lostBefore == 0) && l.is(m) }

// among reports whether s is one of list.
func among(s string, list ...string) bool { return slices.Contains(list, s) }

// losesOnly reports whether all that m loses are facts that begin with one of these words.
func (m *mutant) losesOnly(words ...string) bool {
	return !slices.ContainsFunc(m.lost, func(fact string) bool {
		return !slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(fact, w) })
	})
}

// about reports whether the damage is in the name that an answer is about, or beside it.
func (m *mutant) about() bool {
	if m.name == "LIST" || m.name == "LSUB" {
		return m.depth == 0 && m.index == 2
	}
	return m.depth == 0 && m.index <= 1 && (m.index == 0 || m.name == "CONVERSION" || m.name == "QUOTA" && strings.Contains(m.base, "]"))
}

// oneResult reports whether the answer is right only as a whole.
func oneResult(m *mutant) bool { return among(m.name, "SEARCH", "SORT", "ACL", "LISTRIGHTS") }

// losses are tried one after the other.
var losses = []loss{
	{
		name: "No space after a literal",
		why:  "The count and what was sent differ, so nothing that follows can be trusted: ErrFraming, with what stood before it in the Fetch, and the connection ends.",
		is:   func(m *mutant) bool { return m.odd == "no space" && m.before.kind == 'l' },
	},
	{
		name: "No space after the response's name",
		why:  "It is the name of another response, which nobody knows.",
		is:   func(m *mutant) bool { return m.odd == "no space" && m.before.kind == 0 },
	},
	{
		name:   "One result: SEARCH, SORT, THREAD, VANISHED, UIDBATCHES, ESEARCH's ranges, COPYUID, rights and GENURLAUTH",
		why:    "A number that cannot be read makes another result, not a smaller one, so the answer is an error. ESEARCH keeps its other items; COPYUID has no pairs.",
		before: true,
		is:     oneResult,
	},
	{
		name: "The name that an answer is about",
		why:  "What a mailbox or a quota root has is of no use, and is dangerous, under another name: the answer is an error, or of the name as it came.",
		is: func(m *mutant) bool {
			return m.about() && among(m.name, "LIST", "STATUS", "QUOTA", "QUOTAROOT", "METADATA", "ANNOTATION", "CONVERSION") ||
				m.name == "NAMESPACE" && m.losesOnly("EXT")
		},
	},
	{
		name:   "A name without quotes before damaged data",
		why:    "In LIST it may be the rest of the line, unless what follows begins as extended data does, with a quote or two parentheses.",
		before: true,
		is:     func(m *mutant) bool { return m.name == "LIST" && m.index > 2 && m.losesOnly("MAILBOX", "EXT") },
	},
	{
		name:   "Nothing left but the name",
		why:    "QUOTA without a resource that can be read is an error: without any it would say that there is no limit. So is a STATUS that ends where its list begins.",
		before: true,
		is: func(m *mutant) bool {
			return m.name == "QUOTA" && m.losesOnly("ROOT") || m.name == "STATUS" && m.odd == "no close" && m.losesOnly("MAILBOX")
		},
	},
	{
		name: "The name of a response code",
		why:  "Servers begin their texts with brackets: what has no name in its brackets is text, and is delivered as text.",
		is: func(m *mutant) bool {
			at := m.at.from
			if m.odd == "no space" {
				at = m.before.from
			}
			return m.name == "status" && m.base[at-1] == '[' && m.losesOnly("TEXT", "ARGS")
		},
	},
	{
		name: "A list that is not closed",
		why:  "It takes what follows it for its own, up to where the next \")\" or the line ends: which \"(\" is meant cannot be seen. Where no element can be one of the list's, as in LIST's attributes and ESEARCH's correlator, it is seen.",
		is:   func(m *mutant) bool { return m.odd == "no close" },
	},
	{
		name:   "A quote too many, in a word or at the end of a string, or an octet within an escape",
		why:    "The string ends where the grammar has something follow that can only follow a string. In an item that is not known there is no grammar to say so, and what looks like items within it is not taken for items: whoever wrote the subject could have put it there.",
		before: true,
		is: func(m *mutant) bool {
			escape := m.odd == "an 8-bit octet" && strings.Contains(m.base[m.at.from:m.at.to], `\`)
			return (m.odd == "a quote" || escape) && (m.lostBefore == 0 || m.losesOnly("BODY"))
		},
	},
	{
		name: "No space after a string",
		why:  "A quote that nothing stands after which can follow a string is content (QuoteInside): the string goes on to one that can end it.",
		is:   func(m *mutant) bool { return m.odd == "no space" && m.before.kind == 's' },
	},
	{
		name: "No space between two words",
		why:  "They are one word, and what follows is taken for its value, or stands one place off.",
		is: func(m *mutant) bool {
			return m.odd == "no space" && m.before.kind != '(' && m.base[m.at.from] != '('
		},
	},
	{
		name: "A part of a body structure",
		why:  "One odd value among values that fit their places costs itself alone. If more are odd, or if the part is a multipart or a message, it keeps what stands before the first of them. What stands after it in the same part is in Invalid as it came.",
		is:   func(m *mutant) bool { return m.name == "FETCH" && m.losesOnly("BODY") },
	},
	{
		name: "A value too many, or too few",
		why:  "In a structure that goes by places (an envelope, an address, a namespace, the pairs of ANNOTATION) the values after it stand one place off. Where another kind of value is due there it is seen, and those that fit are kept; two strings that have changed places are not seen.",
		is: func(m *mutant) bool {
			return m.odd == "empty parentheses" && (m.item == "ENVELOPE" && m.losesOnly("ENVELOPE") || among(m.name, "NAMESPACE", "ANNOTATION", "XAPPLEPUSHSERVICE", "CONVERTED"))
		},
	},
}
