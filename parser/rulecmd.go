package parser

import "github.com/imapstack/imapstack/wire"

// These are the rules for commands. All of them except RuleAtomString are in CommandRules.
const (
	// RuleStoreModifierLast accepts a modifier of STORE after the flags, as imapflow has sent it.
	RuleStoreModifierLast wire.Rule = 56 + iota
	// RuleNotifyEvents accepts the events of NOTIFY without their parentheses, as in examples of RFC 5465.
	RuleNotifyEvents
	// RuleMetadataEntries accepts several entries of GETMETADATA without their parentheses, as in examples of RFC 5464.
	RuleMetadataEntries
	// RuleAtomString accepts a quoted string in place of an atom, for the name of a mechanism, a capability or an
	// algorithm.
	RuleAtomString
)

// CommandRules are the rules that a CommandReader uses unless SetRules sets others. They tolerate only deviations
// that have one possible meaning. A server that guesses what an ambiguous command means may do something that the
// user did not ask for.
const CommandRules = wire.Rules(1<<wire.RuleSpaces | 1<<wire.RuleBareLF | 1<<wire.RuleStringAtom |
	1<<RuleStoreModifierLast | 1<<RuleNotifyEvents | 1<<RuleMetadataEntries)
