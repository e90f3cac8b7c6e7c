package parser

import (
	"slices"
	"strings"
)

// loss is a kind of damage that must cost more than the damaged element. docs/quirks.md lists them.
type loss struct {
	name   string // of the kind
	why    string // in a sentence or two
	before bool   // what comes before the damage may be lost too
	is     func(m *mutant) bool
}

// covers reports whether m is of this kind.
func (l *loss) covers(m *mutant) bool { return (l.before || m.lostBefore == 0) && l.is(m) }

// among reports whether s is one of list.
func among(s string, list ...string) bool { return slices.Contains(list, s) }

// losesOnly reports whether all that m loses are facts that begin with one of these words.
func (m *mutant) losesOnly(words ...string) bool {
	return !slices.ContainsFunc(m.lost, func(fact string) bool {
		return !slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(fact, w) })
	})
}

// about reports whether the damage is in the name that an answer is about, or next to it.
func (m *mutant) about() bool {
	if m.name == "LIST" || m.name == "LSUB" {
		return m.depth == 0 && m.index == 2
	}
	return m.depth == 0 && m.index <= 1 && (m.index == 0 || m.name == "CONVERSION" || m.name == "QUOTA" && strings.Contains(m.base, "]"))
}

// oneResult reports whether the answer is correct only as a whole.
func oneResult(m *mutant) bool { return among(m.name, "SEARCH", "SORT", "ACL", "LISTRIGHTS") }

// losses are tried in this order.
var losses = []loss{
	{
		name: "No space after a literal",
		why:  "The announced size and the octets differ, so nothing that follows can be trusted. The error is ErrFraming, the Fetch has what came before it, and the connection ends.",
		is:   func(m *mutant) bool { return m.odd == "no space" && m.before.kind == 'l' },
	},
	{
		name: "No space after the response's name",
		why:  "It is the name of another response, an unknown one.",
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
		why:  "The data of a mailbox or a quota root is useless, and dangerous, under another name. So the answer is an error, or has the name as received.",
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
		why:    "A QUOTA without a readable resource is an error, because without resources it would say that there is no limit. A STATUS that ends where its list begins is also an error.",
		before: true,
		is: func(m *mutant) bool {
			return m.name == "QUOTA" && m.losesOnly("ROOT") || m.name == "STATUS" && m.odd == "no close" && m.losesOnly("MAILBOX")
		},
	},
	{
		name: "The name of a response code",
		why:  "Servers begin texts with brackets. If the brackets have no name in them, they are text, and are delivered as text.",
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
		why:  "The list includes what follows it, up to the next \")\" or the line's end, because nothing shows which \"(\" is not closed. It shows if an element cannot belong to the list, as in LIST's attributes and ESEARCH's correlator.",
		is:   func(m *mutant) bool { return m.odd == "no close" },
	},
	{
		name:   "One quote too many, in a word or at the end of a string, or an octet within an escape",
		why:    "The string ends before something that, by the grammar, can only follow a string. An unknown item has no grammar to tell. What looks like items within it is not taken for items, because the author of the subject could have put it there.",
		before: true,
		is: func(m *mutant) bool {
			escape := m.odd == "an 8-bit octet" && strings.Contains(m.base[m.at.from:m.at.to], `\`)
			return (m.odd == "a quote" || escape) && (m.lostBefore == 0 || m.losesOnly("BODY"))
		},
	},
	{
		name: "No space after a string",
		why:  "A quote is content if what comes after it cannot follow a string (QuoteInside). The string goes on to a quote that can end it.",
		is:   func(m *mutant) bool { return m.odd == "no space" && m.before.kind == 's' },
	},
	{
		name: "No space between two words",
		why:  "They become one word, and what follows is taken for its value, or moves by one place.",
		is: func(m *mutant) bool {
			return m.odd == "no space" && m.before.kind != '(' && m.base[m.at.from] != '('
		},
	},
	{
		name: "A part of a body structure",
		why:  "If one value is odd and the others fit their places, only that value is lost. If more are odd, or if the part is a multipart or a message, the part keeps the fields before the first odd value. Invalid has the fields after it as they came.",
		is:   func(m *mutant) bool { return m.name == "FETCH" && m.losesOnly("BODY") },
	},
	{
		name: "One value too many, or too few",
		why:  "In a structure that goes by position (an envelope, an address, a namespace, the pairs of ANNOTATION), the values after it move by one place. This shows if a different kind of value belongs there, and the values that fit are kept. It does not show if two strings have changed places.",
		is: func(m *mutant) bool {
			return m.odd == "empty parentheses" && (m.item == "ENVELOPE" && m.losesOnly("ENVELOPE") || among(m.name, "NAMESPACE", "ANNOTATION", "XAPPLEPUSHSERVICE", "CONVERTED"))
		},
	},
}
