package parser

import (
	"errors"

	"github.com/imapstack/imapstack/wire"
)

// These are the rules for data. Each rule tolerates one deviation that servers make, and only one place in the code
// asks for the rule.
const (
	// RuleFlagWord accepts any word between spaces as a flag, and drops a backslash that stands alone.
	RuleFlagWord wire.Rule = wire.RuleFirstFree + iota
	// RuleFlagString accepts a flag in quotes.
	RuleFlagString
	// RuleFlagNil drops NIL among flags.
	RuleFlagNil
	// RuleFlagWildcard accepts \* in a list of flags other than PERMANENTFLAGS.
	RuleFlagWildcard
	// RuleNilAddress drops NIL among addresses.
	RuleNilAddress
	// RuleAddressTokens accepts an address that does not have four tokens. Extra tokens belong to the name, and
	// missing ones are NIL.
	RuleAddressTokens
	// RuleNilEnvelope accepts NIL as an envelope without fields.
	RuleNilEnvelope
	// RuleEnvelopeFields accepts an envelope with fewer than ten fields, and drops extra ones.
	RuleEnvelopeFields
	// RuleNilBody accepts NIL or () for an unknown body structure.
	RuleNilBody
	// RuleInvalidPart accepts a part of a body structure that cannot be understood. The part is kept in Invalid.
	RuleInvalidPart
	// RuleMediaType accepts a part without type or subtype, and a multipart without parts.
	RuleMediaType
	// RuleNilEncoding accepts NIL for an unknown encoding.
	RuleNilEncoding
	// RuleBodyFields accepts a part that ends early or lacks the Content-MD5.
	RuleBodyFields
	// RuleNoLines accepts a text part or a message part that lacks its number of lines.
	RuleNoLines
	// RuleNoMessage accepts a part of type message/rfc822 or message/global for which the server has not parsed the
	// message: the envelope, the structure and the number of lines are missing.
	RuleNoMessage
	// RuleDisposition accepts NIL as the type of a disposition, and drops the disposition.
	RuleDisposition
	// RuleDispositionWord accepts a disposition without its parentheses. In a multipart, it reads a string other than
	// "attachment" and "inline" as the description.
	RuleDispositionWord
	// RuleParam accepts a parameter without a value, and drops one without a name.
	RuleParam
	// RuleListName accepts the name of a mailbox without the quotes that it needs, in LIST. The name is the rest of the
	// line.
	RuleListName
	// RuleDelimiter accepts an empty string as the hierarchy separator, which then counts as NIL.
	RuleDelimiter
	// RuleMailboxName accepts the name of a mailbox without the quotes that it needs, in STATUS, QUOTAROOT and ESEARCH.
	// The name ends before the token that must follow it.
	RuleMailboxName
	// RuleZero accepts a zero that the grammar does not allow. The zero means that the number is not known.
	RuleZero
	// RuleParens accepts an item of FETCH or ESEARCH, or resources of QUOTA, in parentheses of their own. In FETCH, it
	// drops a closing parenthesis without an opening one. It also accepts a FETCH without a closing parenthesis, which
	// then ends with the line.
	RuleParens
	// RuleIDValue accepts a field of ID without a value.
	RuleIDValue
	// RuleThreadList accepts a list of THREAD that ends in exactly one nested list. The nested list continues the chain
	// of messages before it.
	RuleThreadList
	// RuleRights accepts rights that are not lower-case letters or digits.
	RuleRights
	// RuleURLValues accepts several values of URLFETCH in one pair of parentheses.
	RuleURLValues
)

// isSyntax reports whether err is an error of syntax, as opposed to an exceeded limit.
func isSyntax(err error) bool {
	if err == nil {
		return false
	}
	var e *wire.SyntaxError
	return errors.As(err, &e)
}

// RuleName returns the name of a rule of this package or of package wire, without the prefix Rule, such as
// "QuoteInside". It returns "" for an unknown rule.
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
