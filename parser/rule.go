package parser

import (
	"errors"

	"github.com/imapstack/imapstack/wire"
)

// The rules for data. Each names one deviation that servers make, and is asked about in one place.
const (
	// RuleFlagWord accepts as a flag whatever is between blanks, and drops a backslash alone.
	RuleFlagWord wire.Rule = wire.RuleFirstFree + iota
	// RuleFlagString accepts a flag in quotes.
	RuleFlagString
	// RuleFlagNil drops NIL among flags.
	RuleFlagNil
	// RuleFlagWildcard accepts \* in a list of flags other than PERMANENTFLAGS.
	RuleFlagWildcard
	// RuleNilAddress drops NIL among addresses.
	RuleNilAddress
	// RuleAddressTokens reads an address with other than four tokens: extra ones are part of the name, missing ones NIL.
	RuleAddressTokens
	// RuleNilEnvelope accepts NIL as an envelope without fields.
	RuleNilEnvelope
	// RuleEnvelopeFields accepts an envelope with fewer than ten fields, and drops extra ones.
	RuleEnvelopeFields
	// RuleNilBody accepts NIL or () as a body structure that is not known.
	RuleNilBody
	// RuleInvalidPart keeps a part of a body structure that cannot be understood, as Invalid.
	RuleInvalidPart
	// RuleMediaType accepts a part without type or subtype, and a multipart without parts.
	RuleMediaType
	// RuleNilEncoding accepts NIL as an encoding that is not known.
	RuleNilEncoding
	// RuleBodyFields accepts a part that ends early, or has no Content-MD5.
	RuleBodyFields
	// RuleNoLines accepts a text or a message without its number of lines.
	RuleNoLines
	// RuleNoMessage accepts a message/rfc822 or message/global that the server has not parsed.
	RuleNoMessage
	// RuleDisposition accepts NIL as the type of a disposition, which means that there is none.
	RuleDisposition
	// RuleDispositionWord accepts a disposition without its parentheses, or a description in its place.
	RuleDispositionWord
	// RuleParam accepts a parameter without a value, and drops one without a name.
	RuleParam
	// RuleListName accepts the rest of the line as a mailbox's name, if the name has no quotes and needs them.
	RuleListName
	// RuleDelimiter accepts an empty string as no hierarchy separator.
	RuleDelimiter
	// RuleMailboxName accepts, in STATUS, QUOTAROOT and ESEARCH, a mailbox's name that has no quotes and needs them. The
	// name goes up to what must follow it.
	RuleMailboxName
	// RuleZero accepts zero, where the grammar has none, as a number that is not known.
	RuleZero
	// RuleParens accepts an item of FETCH or ESEARCH in parentheses of its own, and the line's end as the end of a FETCH
	// that is not closed. It drops a ")" there that closes nothing.
	RuleParens
	// RuleIDValue accepts a field of ID without a value.
	RuleIDValue
	// RuleThreadList accepts a list of THREAD that ends in a single list, which continues what comes before it.
	RuleThreadList
	// RuleRights accepts letters that are not rights.
	RuleRights
	// RuleURLValues accepts several values of URLFETCH in one pair of parentheses.
	RuleURLValues
)

// isSyntax reports whether err says that the grammar demands something else, and not that a limit was exceeded.
func isSyntax(err error) bool {
	if err == nil {
		return false
	}
	var e *wire.SyntaxError
	return errors.As(err, &e)
}

// RuleName returns the name of a rule of this package or of package wire, without the word Rule, as in "QuoteInside". It
// returns "" for an unknown rule.
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
