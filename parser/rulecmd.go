package parser

import "github.com/imapstack/imapstack/wire"

// The rules for commands. All but RuleAtomString are in CommandRules.
const (
	// RuleStoreModifierLast accepts a modifier of STORE after the flags, where imapflow has sent it.
	RuleStoreModifierLast wire.Rule = 56 + iota
	// RuleNotifyEvents accepts the events of NOTIFY without their parentheses, as in examples of RFC 5465.
	RuleNotifyEvents
	// RuleMetadataEntries accepts several entries of GETMETADATA without their parentheses, as in examples of RFC 5464.
	RuleMetadataEntries
	// RuleAtomString accepts a quoted string in the place of an atom: the name of a mechanism, a capability or an
	// algorithm.
	RuleAtomString
)

// CommandRules are the deviations that a CommandReader tolerates unless SetRules sets others. They have only one
// possible meaning: a server that guesses at an ambiguous command may do what its user did not ask for.
const CommandRules = wire.Rules(1<<wire.RuleSpaces | 1<<wire.RuleBareLF | 1<<wire.RuleStringAtom |
	1<<RuleStoreModifierLast | 1<<RuleNotifyEvents | 1<<RuleMetadataEntries)
