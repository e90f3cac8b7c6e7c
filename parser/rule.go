package parser

import (
	"errors"

	"github.com/imapstack/imapstack/wire"
)

// The rules for data. Each names one deviation that servers make, and is asked for in one place.
const (
	// RuleFlagWord takes for a flag whatever stands between blanks, and drops a lone backslash.
	RuleFlagWord wire.Rule = wire.RuleFirstFree + iota
	// RuleFlagString takes a flag in quotes.
	RuleFlagString
	// RuleFlagNil drops NIL among flags.
	RuleFlagNil
	// RuleFlagWildcard takes \* in a list of flags that is not PERMANENTFLAGS.
	RuleFlagWildcard
	// RuleNilAddress drops NIL among addresses.
	RuleNilAddress
	// RuleAddressTokens takes for parts of the name what an address has beyond four tokens, and for NIL what it has too few.
	RuleAddressTokens
	// RuleNilEnvelope takes NIL for an envelope without fields.
	RuleNilEnvelope
	// RuleEnvelopeFields takes an envelope with fewer than ten fields, and drops more.
	RuleEnvelopeFields
	// RuleNilBody takes NIL or () for a body structure that is not known.
	RuleNilBody
	// RuleInvalidPart keeps as Invalid a part of a body structure that cannot be understood.
	RuleInvalidPart
	// RuleMediaType takes a part without type or subtype, and a multipart without parts.
	RuleMediaType
	// RuleNilEncoding takes NIL for an encoding that was not said.
	RuleNilEncoding
	// RuleBodyFields takes a part that ends early, or lacks its Content-MD5.
	RuleBodyFields
	// RuleNoLines takes a text or a message without its number of lines.
	RuleNoLines
	// RuleNoMessage takes a message/rfc822 or message/global whose server did not look into it.
	RuleNoMessage
	// RuleDisposition takes NIL for the type of a disposition that there is not.
	RuleDisposition
	// RuleDispositionWord takes a disposition without its parentheses, or a description in its place.
	RuleDispositionWord
	// RuleParam takes a parameter without a value, and drops one without a name.
	RuleParam
	// RuleListName takes for a mailbox's name all that is left of the line, where it has no quotes and needs some.
	RuleListName
	// RuleDelimiter takes an empty string for no hierarchy separator.
	RuleDelimiter
	// RuleMailboxName takes for a mailbox's name all that stands before what has to follow it, in STATUS, QUOTAROOT and ESEARCH, where it
	// has no quotes and needs some.
	RuleMailboxName
	// RuleZero takes zero, where the grammar has none, for a number that is not known.
	RuleZero
	// RuleParens takes an item of FETCH or ESEARCH in parentheses of its own, the end of the line for the end of a FETCH that is not
	// closed, and drops a ")" there that closes nothing.
	RuleParens
	// RuleIDValue takes a field of ID without a value.
	RuleIDValue
	// RuleThreadList takes a list of THREAD that ends in a single list, which goes on what stands before it.
	RuleThreadList
	// RuleRights takes for rights letters that are none.
	RuleRights
	// RuleURLValues takes several values of URLFETCH in one pair of parentheses.
	RuleURLValues
)

// isSyntax reports whether err says that something is not what the grammar wants, and not that a limit was reached.
func isSyntax(err error) bool {
	if err == nil {
		return false
	}
	var e *wire.SyntaxError
	return errors.As(err, &e)
}

// RuleName returns the name of a rule of this package or of package wire, without the word Rule, as in "QuoteInside".
// It is empty for one that neither has.
func RuleName(r wire.Rule) string {
	if int(r) < len(ruleNames) {
		return ruleNames[r]
	}
	return ""
}

var ruleNames = [64]string{
	wire.RuleSpaces:       "Spaces",
	wire.RuleQuoteInside:  "QuoteInside",
	wire.RuleEscape:       "Escape",
	wire.RuleAtom8Bit:     "Atom8Bit",
	wire.RuleBareLF:       "BareLF",
	wire.RuleNilList:      "NilList",
	wire.RuleNumberString: "NumberString",
	wire.RuleNumberSign:   "NumberSign",
	wire.RuleNilNumber:    "NilNumber",
	wire.RuleStringAtom:   "StringAtom",
	wire.RuleQuoteBreak:   "QuoteBreak",
	wire.RuleQuote8Bit:    "Quote8Bit",

	RuleFlagWord:        "FlagWord",
	RuleFlagString:      "FlagString",
	RuleFlagNil:         "FlagNil",
	RuleFlagWildcard:    "FlagWildcard",
	RuleNilAddress:      "NilAddress",
	RuleAddressTokens:   "AddressTokens",
	RuleNilEnvelope:     "NilEnvelope",
	RuleEnvelopeFields:  "EnvelopeFields",
	RuleNilBody:         "NilBody",
	RuleInvalidPart:     "InvalidPart",
	RuleMediaType:       "MediaType",
	RuleNilEncoding:     "NilEncoding",
	RuleBodyFields:      "BodyFields",
	RuleNoLines:         "NoLines",
	RuleNoMessage:       "NoMessage",
	RuleDisposition:     "Disposition",
	RuleDispositionWord: "DispositionWord",
	RuleParam:           "Param",
	RuleListName:        "ListName",
	RuleDelimiter:       "Delimiter",
	RuleMailboxName:     "MailboxName",
	RuleZero:            "Zero",
	RuleParens:          "Parens",
	RuleIDValue:         "IDValue",
	RuleThreadList:      "ThreadList",
	RuleRights:          "Rights",
	RuleURLValues:       "URLValues",

	RuleNoText:     "NoText",
	RuleTextOctets: "TextOctets",
	RuleCodeArgs:   "CodeArgs",
	RuleCodeText:   "CodeText",
	RuleZeroSeq:    "ZeroSeq",
	RuleTrailing:   "Trailing",

	RuleBlankLine:    "BlankLine",
	RuleLeadingNUL:   "LeadingNUL",
	RuleBareCode:     "BareCode",
	RuleCodeEnd:      "CodeEnd",
	RuleMissingValue: "MissingValue",
	RuleExtraValue:   "ExtraValue",
	RuleFloatSize:    "FloatSize",
	RuleZeroUID:      "ZeroUID",
	RuleOriginRange:  "OriginRange",

	RuleDate:         "Date",
	RuleSectionName:  "SectionName",
	RuleTaggedBye:    "TaggedBye",
	RuleBlankTail:    "BlankTail",
	RuleInvalidValue: "InvalidValue",
	RuleExpunged:     "Expunged",

	RuleStoreModifierLast: "StoreModifierLast",
	RuleNotifyEvents:      "NotifyEvents",
	RuleMetadataEntries:   "MetadataEntries",
	RuleAtomString:        "AtomString",
}
