package imaptest

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/mutf7"
	"github.com/imapstack/imapstack/wire"
)

// Strict makes the server accept only what the RFCs allow. Without this option it is as tolerant as most servers. Such
// a server accepts a modification sequence number of 0, a day of one digit instead of two columns, and a day that its
// month does not have. It also accepts a backslash before any character, and spaces and quotes in the wrong place. In
// both modes, Received.Wrong and Server.ExpectCorrect report what a client did wrong.
func Strict() Option { return func(o *options) { o.strict = true } }

// tolerated holds the rules by which a server is as tolerant as most servers.
var tolerated = parser.CommandRules.With(parser.RuleZero).With(parser.RuleDate).With(wire.RuleEscape).With(parser.RuleAtomString)

// tolerance sets the rules that the server uses for the connection's commands.
func (c *conn) tolerance() {
	c.cmds.Decoder().DropEscapes(true)
	if c.srv.opt.strict {
		c.cmds.SetRules(wire.Strict)
	} else {
		c.cmds.SetRules(tolerated)
	}
}

// slip records a mistake of the client in the current command. It returns an error only if the server is strict.
func (c *conn) slip(format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	c.slips = append(c.slips, text)
	if c.srv.opt.strict {
		c.slipped = true
		return &reply{Status: parser.BAD, Text: text}
	}
	return nil
}

// takeSlips returns what the client did wrong in the current command, and forgets it. r is the command's answer.
func (c *conn) takeSlips(name string, r *reply) (slips []string) {
	used := c.cmds.Used()
	for rule := range wire.Rule(64) {
		if used.Has(rule) {
			slips = append(slips, ruleSlips[rule])
			if ruleSlips[rule] == "" {
				slips[len(slips)-1] = "accepted only by the rule " + parser.RuleName(rule)
			}
		}
	}
	slips = append(slips, c.slips...)
	if r.Status == parser.BAD && !c.slipped && (c.faults == nil || c.faults.reply != r) {
		if text := r.Text; (name == "LOGIN" || name == "AUTHENTICATE") && !c.srv.opt.guard.secrets {
			slips = append(slips, "it cannot be read") // r.Text may contain a secret
		} else {
			slips = append(slips, text)
		}
	}
	c.slips, c.slipped = nil, false
	return slips
}

// ruleSlips describes, for each rule, the mistake that it accepts.
var ruleSlips = map[wire.Rule]string{
	parser.RuleZero:              "zero for a number that must not be zero",
	parser.RuleDate:              "a date in the wrong form, or a day that does not exist",
	wire.RuleEscape:              "a backslash in quotes before a character other than \" and \\",
	wire.RuleSpaces:              "several spaces or none instead of one",
	wire.RuleBareLF:              "a line that ends without CR",
	wire.RuleStringAtom:          "an atom instead of a string",
	parser.RuleAtomString:        "a string instead of an atom",
	parser.RuleStoreModifierLast: "a modifier of STORE after the flags",
	parser.RuleNotifyEvents:      "events of NOTIFY without parentheses",
	parser.RuleMetadataEntries:   "entries of GETMETADATA without parentheses",
}

// decode decodes the arguments of the current command. Like Args, it refuses malformed names of mailboxes.
func (c *conn) decode(a parser.Args) error { return c.m.Decode(a) }

// checkNames refuses malformed names of mailboxes, because servers do not guess what they mean.
func (c *conn) checkNames(a any) error {
	for name, use := range parser.MailboxNames(a) {
		if use == parser.NameMailbox {
			if why := c.badName(*name); why != "" {
				c.slips = append(c.slips, why)
				return &reply{Status: parser.NO, Code: parser.Code{Name: parser.CodeCannot}, Text: why}
			}
		}
	}
	return nil
}

// badName returns a text that says what is wrong with the octets of a name, or "" if nothing is.
func (c *conn) badName(raw []byte) string {
	switch eight := slices.ContainsFunc(raw, func(b byte) bool { return b >= 0x80 }); {
	case c.utf8() && !utf8.Valid(raw):
		return "the name of a mailbox is not UTF-8"
	case c.utf8():
		return ""
	case eight:
		return "the name of a mailbox is UTF-8 before that is enabled, and not modified UTF-7"
	}
	if _, err := mutf7.Decode(string(raw)); err != nil {
		return "the name of a mailbox is not modified UTF-7"
	}
	return ""
}

// box returns the name of a mailbox that a client has sent, in Unicode's normal form C (RFC 9051 §5.1).
func (c *conn) box(raw []byte) string { return norm.NFC.String(parser.DecodeMailbox(raw, c.utf8())) }
