package wire

// A Rule names one deviation from the grammar that real servers make and that can be understood without guessing. Every
// tolerance has a rule, and one place in the code. Decoder.Used tells which rules a message needed.
type Rule uint8

// The rules of the lexer. Packages that build on this one define theirs from RuleFirstFree on.
const (
	// RuleSpaces takes several spaces where one is due, no space before or after a list, spaces after "(" and before
	// ")", and spaces and tabs before the end of a line.
	RuleSpaces Rule = iota
	// RuleQuoteInside takes a DQUOTE for content if what follows cannot follow the end of a string.
	RuleQuoteInside
	// RuleEscape keeps the backslash of an escape that is neither \" nor \\.
	RuleEscape
	// RuleAtom8Bit takes octets above 127 in an atom.
	RuleAtom8Bit
	// RuleBareLF takes a line that ends in LF without CR. A Reader ends lines there whatever the rules are.
	RuleBareLF
	// RuleNilList takes NIL for an empty list and () for NIL.
	RuleNilList
	// RuleNumberString takes a number written as a quoted string or literal.
	RuleNumberString
	// RuleNumberSign takes a negative number for zero, which means "unknown".
	RuleNumberSign
	// RuleNilNumber takes NIL for the number zero.
	RuleNilNumber
	// RuleStringAtom takes an atom where a string is due.
	RuleStringAtom
	// RuleQuoteBreak takes CR, LF and NUL in a quoted string. Reader.Join puts a line end there.
	RuleQuoteBreak
	// RuleQuote8Bit takes octets in a quoted string that are not UTF-8.
	RuleQuote8Bit
	// RuleFirstFree is the first rule that packages above may define.
	RuleFirstFree
)

// Rules is a set of rules.
type Rules uint64

// AllRules tolerates everything that has a rule. It is the default.
const AllRules Rules = 1<<64 - 1

// Strict tolerates nothing.
const Strict Rules = 0

// Has reports whether r is in the set.
func (s Rules) Has(r Rule) bool { return s&(1<<r) != 0 }

// With returns the set with r in it.
func (s Rules) With(r Rule) Rules { return s | 1<<r }

// Without returns the set without r.
func (s Rules) Without(r Rule) Rules { return s &^ (1 << r) }
