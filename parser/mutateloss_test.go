package parser

import (
	"slices"
	"strings"
)

// loss is a kind of damage that is allowed to cost more than the damaged element. docs/quirks.md lists them.
type loss struct {
	name   string // name of the kind
	why    string // why it costs more, for docs/quirks.md
	before bool   // facts that come before the damage may also be lost
	is     func(m *mutant) bool
}

// covers reports whether l allows the losses of m.
func (l *loss) covers(m *mutant) bool { return (l.before || m.lostBefore == 0) && l.is(m) }

// isOneOf reports whether list contains s.
func isOneOf(s string, list ...string) bool { return slices.Contains(list, s) }

// losesOnly reports whether each string in m.lost begins with one of the strings in words.
func (m *mutant) losesOnly(words ...string) bool {
	return !slices.ContainsFunc(m.lost, func(fact string) bool {
		return !slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(fact, w) })
	})
}

// damagesName reports whether the damaged value is the name that a response is about, such as the name of a mailbox.
func (m *mutant) damagesName() bool {
	if m.name == "LIST" || m.name == "LSUB" {
		return m.depth == 0 && m.index == 2
	}
	return m.depth == 0 && m.index <= 1 && (m.index == 0 || m.name == "CONVERSION" || m.name == "QUOTA" && strings.Contains(m.base, "]"))
}

// oneResult reports whether the response is useful only if no part of it is missing.
func oneResult(m *mutant) bool { return isOneOf(m.name, "SEARCH", "SORT", "ACL", "LISTRIGHTS") }

// losses lists the kinds of damage. If several kinds cover a mutant, the first one counts.
var losses = []loss{
	{
		name: "No space after a literal",
		why:  "The announced size and the octets differ, so nothing that follows can be trusted. The error is ErrFraming, the Fetch keeps the items before the literal, and the session ends the connection.",
		is:   func(m *mutant) bool { return m.odd == "no space" && m.before.kind == 'l' },
	},
	{
		name: "No space after the response's name",
		why:  "The name and the octets after it are read together, as the name of an unknown response.",
		is:   func(m *mutant) bool { return m.odd == "no space" && m.before.kind == 0 },
	},
	{
		name:   "A result that is correct only as a whole: SEARCH, SORT, THREAD, VANISHED, UIDBATCHES, the ranges of ESEARCH, COPYUID, rights and GENURLAUTH",
		why:    "If one number cannot be read, the rest of the result is wrong and not just smaller. So decoding the response fails. ESEARCH keeps its other items, and COPYUID has no pairs.",
		before: true,
		is:     oneResult,
	},
	{
		name: "The name that a response is about",
		why:  "The data of a mailbox or a quota root is useless or even dangerous under another name. So decoding the response fails, or returns the name as received.",
		is: func(m *mutant) bool {
			return m.damagesName() && isOneOf(m.name, "LIST", "STATUS", "QUOTA", "QUOTAROOT", "METADATA", "ANNOTATION", "CONVERSION") ||
				m.name == "NAMESPACE" && m.losesOnly("EXT")
		},
	},
	{
		name:   "A name without quotes before damaged data",
		why:    "In LIST, such a name is the rest of the line, unless extended data follows it. Extended data begins with an opening parenthesis, and a quote or another parenthesis after it.",
		before: true,
		is:     func(m *mutant) bool { return m.name == "LIST" && m.index > 2 && m.losesOnly("MAILBOX", "EXT") },
	},
	{
		name:   "In QUOTA and STATUS, everything except the name",
		why:    "Decoding a QUOTA without a readable resource fails, because a QUOTA without resources means that there is no limit. Decoding a STATUS also fails if its list is not closed and has no readable item.",
		before: true,
		is: func(m *mutant) bool {
			return m.name == "QUOTA" && m.losesOnly("ROOT") || m.name == "STATUS" && m.odd == "no close" && m.losesOnly("MAILBOX")
		},
	},
	{
		name: "The name of a response code",
		why:  "Servers send texts that begin with brackets. So brackets without a name in them are delivered as text.",
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
		why:  "The list includes what follows it, up to the next \")\" or the end of the line, because nothing shows which \"(\" is not closed. Some lists end earlier, because the next element cannot belong to them: the attributes of LIST and the correlator of ESEARCH.",
		is:   func(m *mutant) bool { return m.odd == "no close" },
	},
	{
		name:   "One quote too many, in a word or at the end of a string, or an octet within an escape",
		why:    "A quote ends a string if the octets after it can, by the grammar, only follow a string. For an unknown item, the grammar does not say what can follow. Text within the string that looks like items is not read as items, because the author of the message could have put it there.",
		before: true,
		is: func(m *mutant) bool {
			escape := m.odd == "an 8-bit octet" && strings.Contains(m.base[m.at.from:m.at.to], `\`)
			return (m.odd == "a quote" || escape) && (m.lostBefore == 0 || m.losesOnly("BODY"))
		},
	},
	{
		name: "No space after a string",
		why:  "A quote is part of the string if what comes after it cannot follow a string (QuoteInside). So the string continues up to a quote that can end it.",
		is:   func(m *mutant) bool { return m.odd == "no space" && m.before.kind == 's' },
	},
	{
		name: "No space between two words",
		why:  "They become one word. The value after them is read as the value of that word, or moves by one position.",
		is: func(m *mutant) bool {
			return m.odd == "no space" && m.before.kind != '(' && m.base[m.at.from] != '('
		},
	},
	{
		name: "A part of a body structure",
		why:  "If one value is malformed, and every other value is of the kind that belongs in its position, only the malformed value is lost. If more values are malformed, or if the part is a multipart or a message, the part keeps the fields before the first malformed value. The field Invalid has the octets of the whole part.",
		is:   func(m *mutant) bool { return m.name == "FETCH" && m.losesOnly("BODY") },
	},
	{
		name: "One value too many, or too few",
		why:  "In a structure whose values are identified by position, the values after the damage move by one position. Such structures are envelopes, addresses, namespaces and the pairs of ANNOTATION. The parser detects a value in a position where another kind of value belongs, and keeps the others. It cannot detect a string in the position of another string.",
		is: func(m *mutant) bool {
			return m.odd == "empty parentheses" && (m.item == "ENVELOPE" && m.losesOnly("ENVELOPE") || isOneOf(m.name, "NAMESPACE", "ANNOTATION", "XAPPLEPUSHSERVICE", "CONVERTED"))
		},
	},
}
