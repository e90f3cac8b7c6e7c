package parser

import "github.com/imapstack/imapstack/wire"

// These are the rules for heads of responses and for FETCH.
const (
	// RuleBlankLine skips an empty line between two responses.
	RuleBlankLine wire.Rule = 44 + iota
	// RuleLeadingNUL skips NUL octets before a response.
	RuleLeadingNUL
	// RuleBareCode accepts a line that begins with a response code, with or without a "*" before it. The line
	// counts as an untagged OK.
	RuleBareCode
	// RuleCodeEnd accepts a response code with quotes or parentheses that are not closed. The code ends at its
	// first "]".
	RuleCodeEnd
	// RuleMissingValue accepts a FETCH item without a value, which counts as NIL, and a QUOTA without a root or
	// without a list.
	RuleMissingValue
	// RuleExtraValue accepts a value in FETCH that does not follow the name of an item. If the item before it has the
	// value "", the extra value replaces that value. Otherwise it is dropped.
	RuleExtraValue
	// RuleFloatSize accepts a size written as a decimal fraction or with an exponent.
	RuleFloatSize
	// RuleZeroUID accepts UID 0, and treats the UID as missing.
	RuleZeroUID
	// RuleOriginRange accepts <origin.length> in place of <origin>.
	RuleOriginRange
	// RuleTrailing drops what follows EXISTS, RECENT or EXPUNGE on the line.
	RuleTrailing
	// RuleDate accepts a date that is not in the form of the grammar. Such an INTERNALDATE is kept undecoded.
	RuleDate
	// RuleSectionName drops empty brackets after RFC822, and the suffix .PEEK of a section's name.
	RuleSectionName
)

// These are more rules for heads of responses.
const (
	// RuleNoText accepts a status response or a continuation request that lacks the space or the text.
	RuleNoText wire.Rule = 39 + iota
	// RuleTextOctets accepts text that is not UTF-8 or contains NUL.
	RuleTextOctets
	// RuleCodeArgs accepts a response code whose arguments are not in the form that its name requires. The methods
	// that return the arguments then report false.
	RuleCodeArgs
	// RuleCodeText accepts text that begins like a response code but is not one.
	RuleCodeText
	// RuleZeroSeq accepts message number 0. No message has this number.
	RuleZeroSeq
)

// These are the last rules. They use the highest bits of wire.Rules.
const (
	// RuleTaggedBye accepts a tagged BYE as the status of its command.
	RuleTaggedBye wire.Rule = 60 + iota
	// RuleBlankTail skips empty lines after a literal in FETCH, and spaces before them, if the response must continue.
	RuleBlankTail
	// RuleInvalidValue accepts a value that cannot be read, and treats the value as not known. In a list, it drops an
	// element that cannot be read.
	RuleInvalidValue
	// RuleExpunged accepts EXPUNGED as EXPUNGE.
	RuleExpunged
)
