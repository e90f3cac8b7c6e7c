package parser

import "github.com/imapstack/imapstack/wire"

// The rules for commands. All of them but RuleAtomString are among CommandRules.
const (
	// RuleStoreModifierLast takes a modifier of STORE behind the flags, where imapflow has sent it.
	RuleStoreModifierLast wire.Rule = 56 + iota
	// RuleNotifyEvents takes the events of NOTIFY without their parentheses, as examples of RFC 5465 have them.
	RuleNotifyEvents
	// RuleMetadataEntries takes several entries of GETMETADATA without their parentheses, as examples of RFC 5464 have them.
	RuleMetadataEntries
	// RuleAtomString takes a quoted string where an atom is due: the name of a mechanism, a capability, an algorithm.
	RuleAtomString
)

// CommandRules is what a CommandReader tolerates unless SetRules says otherwise: only what cannot be taken for
// anything else. A server that guesses at an ambiguous command does what its user did not ask for.
const CommandRules = wire.Rules(1<<wire.RuleSpaces | 1<<wire.RuleBareLF | 1<<wire.RuleStringAtom |
	1<<RuleStoreModifierLast | 1<<RuleNotifyEvents | 1<<RuleMetadataEntries)
