package parser

import "github.com/imapstack/imapstack/wire"

// The rules for heads of responses and for FETCH.
const (
	// RuleBlankLine skips an empty line between two responses.
	RuleBlankLine wire.Rule = 44 + iota
	// RuleLeadingNUL skips octets of zero before a response.
	RuleLeadingNUL
	// RuleBareCode takes a line that begins with a response code, behind "*" or without it, for an untagged OK.
	RuleBareCode
	// RuleCodeEnd ends a response code at its first "]" where quotes or parentheses in it are not closed.
	RuleCodeEnd
	// RuleMissingValue takes a FETCH item without a value for NIL, and a QUOTA without a root or without its list.
	RuleMissingValue
	// RuleExtraValue skips a value in FETCH that no item's name stands before.
	RuleExtraValue
	// RuleFloatSize takes a size written as a decimal fraction with an exponent.
	RuleFloatSize
	// RuleZeroUID takes UID 0 for no UID.
	RuleZeroUID
	// RuleOriginRange takes <origin.length> where <origin> is due.
	RuleOriginRange
	// RuleTrailing drops what stands behind EXISTS, RECENT and EXPUNGE.
	RuleTrailing
	// RuleDate keeps an INTERNALDATE that is not written as the grammar has it.
	RuleDate
	// RuleSectionName drops the empty brackets behind RFC822, and the .PEEK of a section's name.
	RuleSectionName
)

// More rules for heads of responses.
const (
	// RuleNoText takes a status or a continuation request without the space, or the text, that has to be behind it.
	RuleNoText wire.Rule = 39 + iota
	// RuleTextOctets takes text that is no UTF-8, or has NUL in it.
	RuleTextOctets
	// RuleCodeArgs keeps a response code whose arguments are not what its name calls for. Who asks for them gets none.
	RuleCodeArgs
	// RuleCodeText takes for text what begins as a response code and is none.
	RuleCodeText
	// RuleZeroSeq takes message number 0, which is none.
	RuleZeroSeq
)

// The last ones: there are no more bits.
const (
	// RuleTaggedBye takes a tagged BYE for the end of its command.
	RuleTaggedBye wire.Rule = 60 + iota
	// RuleBlankTail skips empty lines, and spaces before them, behind a literal in FETCH, where more has to follow.
	RuleBlankTail
	// RuleInvalidValue takes a value that cannot be read for one that is not known, and drops an element of a list that cannot be.
	RuleInvalidValue
	// RuleExpunged takes EXPUNGED for EXPUNGE.
	RuleExpunged
)
