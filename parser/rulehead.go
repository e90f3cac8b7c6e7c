package parser

import "github.com/imapstack/imapstack/wire"

// The rules for heads of responses and for FETCH.
const (
	// RuleBlankLine skips an empty line between two responses.
	RuleBlankLine wire.Rule = 44 + iota
	// RuleLeadingNUL skips octets of zero before a response.
	RuleLeadingNUL
	// RuleBareCode takes a line that begins with a response code for an untagged OK.
	RuleBareCode
	// RuleCodeEnd ends a response code at its first "]" where quotes or parentheses in it are not closed.
	RuleCodeEnd
	// RuleMissingValue takes a FETCH item without a value for NIL.
	RuleMissingValue
	// RuleExtraValue skips a value in FETCH that no item's name stands before.
	RuleExtraValue
	// RuleFloatSize takes a size written as a decimal fraction with an exponent.
	RuleFloatSize
	// RuleZeroUID takes UID 0 for no UID.
	RuleZeroUID
	// RuleOriginRange takes <origin.length> where <origin> is due.
	RuleOriginRange
)
