package parser

import "github.com/imapstack/imapstack/wire"

// The rules for heads of responses and for FETCH.
const (
	// RuleBlankLine skips an empty line between two responses.
	RuleBlankLine wire.Rule = 44 + iota
	// RuleLeadingNUL skips octets of zero before a response.
	RuleLeadingNUL
	// RuleBareCode accepts a line that begins with a response code, with or without "*" before it, as an untagged OK.
	RuleBareCode
	// RuleCodeEnd ends a response code at its first "]" if quotes or parentheses in it are not closed.
	RuleCodeEnd
	// RuleMissingValue accepts a FETCH item without a value as NIL, and a QUOTA without a root or without its list.
	RuleMissingValue
	// RuleExtraValue skips a value in FETCH that has no item's name before it.
	RuleExtraValue
	// RuleFloatSize accepts a size written as a decimal fraction with an exponent.
	RuleFloatSize
	// RuleZeroUID accepts UID 0 as no UID.
	RuleZeroUID
	// RuleOriginRange accepts <origin.length> in the place of <origin>.
	RuleOriginRange
	// RuleTrailing drops what follows EXISTS, RECENT and EXPUNGE.
	RuleTrailing
	// RuleDate accepts a date that is not in the form of the grammar, such as an INTERNALDATE, which is kept as it came.
	RuleDate
	// RuleSectionName drops empty brackets after RFC822, and the .PEEK of a section's name.
	RuleSectionName
)

// More rules for heads of responses.
const (
	// RuleNoText accepts a status or a continuation request without the space, or the text, that must follow.
	RuleNoText wire.Rule = 39 + iota
	// RuleTextOctets accepts text that is not UTF-8, or has NUL in it.
	RuleTextOctets
	// RuleCodeArgs keeps a response code whose arguments do not have the form that its name demands. The methods that
	// return arguments then report false.
	RuleCodeArgs
	// RuleCodeText reads as text what begins like a response code but is not one.
	RuleCodeText
	// RuleZeroSeq accepts message number 0, which does not exist.
	RuleZeroSeq
)

// The last rules. They use the last bits.
const (
	// RuleTaggedBye accepts a tagged BYE as the end of its command.
	RuleTaggedBye wire.Rule = 60 + iota
	// RuleBlankTail skips empty lines, and spaces before them, after a literal in FETCH, if more must follow.
	RuleBlankTail
	// RuleInvalidValue accepts a value that cannot be read as one that is not known, and drops an element of a list that
	// cannot be read.
	RuleInvalidValue
	// RuleExpunged accepts EXPUNGED as EXPUNGE.
	RuleExpunged
)
