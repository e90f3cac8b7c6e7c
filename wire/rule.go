package wire

// A Rule stands for one deviation from the grammar. Real servers or clients deviate in this way, and a Decoder can
// accept the deviation without guessing. Decoder.Used returns the rules that a message needed.
type Rule uint8

// These are the rules of the lexer. Packages that use this one define their own from RuleFirstFree on.
const (
	// RuleSpaces accepts several spaces instead of one, no space before or after a list, spaces after "(" and before
	// ")", and spaces and tabs before the end of a line.
	RuleSpaces Rule = iota
	// RuleQuoteInside accepts a DQUOTE without a backslash within a quoted string, if the octet after it cannot follow
	// a string.
	RuleQuoteInside
	// RuleEscape accepts a backslash before an octet other than DQUOTE and backslash. The string keeps that backslash,
	// unless Decoder.DropEscapes says otherwise.
	RuleEscape
	// RuleAtom8Bit accepts octets above 127 in an atom.
	RuleAtom8Bit
	// RuleBareLF accepts a line that ends in LF without CR. A Reader has no rules, and always ends a line at LF.
	RuleBareLF
	// RuleNilList accepts NIL for an empty list, and () for NIL.
	RuleNilList
	// RuleNumberString accepts a number that is sent as a quoted string or a literal.
	RuleNumberString
	// RuleNumberSign accepts a negative number, and reads it as zero, which means "unknown".
	RuleNumberSign
	// RuleNilNumber accepts NIL for a number, and reads it as zero.
	RuleNilNumber
	// RuleStringAtom accepts an atom instead of a string.
	RuleStringAtom
	// RuleQuoteBreak accepts CR, LF and NUL in a quoted string. If a quoted string goes on after a line end,
	// Reader.Join adds the next line.
	RuleQuoteBreak
	// RuleQuote8Bit accepts octets in a quoted string that are not UTF-8.
	RuleQuote8Bit
	// RuleFirstFree is the first rule that packages on top of this one may define.
	RuleFirstFree
)

// Rules is a set of rules.
type Rules uint64

// AllRules is the set of all rules. It is the default.
const AllRules Rules = 1<<64 - 1

// Strict is the empty set. With it, a Decoder accepts no deviation from the grammar.
const Strict Rules = 0

// Has reports whether r is in the set.
func (s Rules) Has(r Rule) bool { return s&(1<<r) != 0 }

// With returns the set with r in it.
func (s Rules) With(r Rule) Rules { return s | 1<<r }

// Without returns the set without r.
func (s Rules) Without(r Rule) Rules { return s &^ (1 << r) }
