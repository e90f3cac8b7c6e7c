package fetch

import (
	"strings"

	"github.com/imapstack/imapstack/commands/internal/arg"
	"github.com/imapstack/imapstack/wire"
)

// Item is what commands.Fetch asks for: an [Attr], a [Section], an [Ext] of an extension, or a modifier, such as
// [ChangedSince].
type Item interface {
	// Encode writes the item as the command sends it, without a space before it.
	Encode(*wire.Encoder)
	// Traits says what the item needs and does.
	Traits() Traits
}

// Traits are the properties of an item that commands.Fetch needs to know.
type Traits struct {
	Needs    string // the capability that it needs; "A|B" means either, "" means none
	SetsSeen bool   // the server sets \Seen on the messages
	Modifier bool   // it is a modifier, which is sent after the items (RFC 4466 §2.4)
	Vanished bool   // the server also reports messages that are gone; see the function Vanished
}

// Attr is an item without arguments. parser.Fetch has a field or method for its value.
type Attr string

// The items of RFC 9051 §6.4.5 and RFC 3501 §6.4.5, and the macros, which cannot be combined with other items.
const (
	UID           Attr = "UID"
	Flags         Attr = "FLAGS"
	InternalDate  Attr = "INTERNALDATE"
	Size          Attr = "RFC822.SIZE"
	Envelope      Attr = "ENVELOPE"
	BodyStructure Attr = "BODYSTRUCTURE"
	BodyBasic     Attr = "BODY"          // BODYSTRUCTURE without extension data
	RFC822        Attr = "RFC822"        // RFC 3501: all of the message, sets \Seen
	RFC822Header  Attr = "RFC822.HEADER" // RFC 3501
	RFC822Text    Attr = "RFC822.TEXT"   // RFC 3501, sets \Seen
	ModSeq        Attr = "MODSEQ"        // RFC 7162
	MacroFast     Attr = "FAST"          // FLAGS INTERNALDATE RFC822.SIZE
	MacroAll      Attr = "ALL"           // FAST ENVELOPE
	MacroFull     Attr = "FULL"          // ALL BODY
)

// Items of RFC 1730 §6.4.5 that do not set \Seen. Later versions of IMAP have BODY.PEEK[…] instead.
const (
	RFC822Peek     Attr = "RFC822.PEEK"
	RFC822TextPeek Attr = "RFC822.TEXT.PEEK"
)

// Encode writes the item's name.
func (a Attr) Encode(e *wire.Encoder) { encodeName(e, string(a)) }

// Traits says what the item needs, and whether it sets \Seen.
func (a Attr) Traits() Traits {
	switch a {
	case ModSeq:
		return Traits{Needs: "CONDSTORE|QRESYNC"}
	case RFC822, RFC822Text:
		return Traits{SetsSeen: true}
	}
	return Traits{}
}

// macro reports whether the item is a macro.
func (a Attr) macro() bool { return a == MacroFast || a == MacroAll || a == MacroFull }

// encodeName writes the name of an item. It refuses brackets, because they would begin a section or a partial.
func encodeName(e *wire.Encoder, name string) {
	if strings.ContainsAny(name, "[<") {
		e.Fail(arg.Invalid("item", name, "contains a bracket"))
		return
	}
	e.Atom(name)
}
