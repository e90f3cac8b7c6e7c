package fetch

import (
	"strings"

	"github.com/imapstack/imapstack/commands/internal/arg"
	"github.com/imapstack/imapstack/wire"
)

// Item is what commands.Fetch asks for: an [Attr], a [Section], an [Ext] of an extension, or a modifier, such as
// [ChangedSince].
type Item interface {
	// Encode writes the item as it is asked for, without a space before it.
	Encode(*wire.Encoder)
	// Traits says what the item needs and does.
	Traits() Traits
}

// Traits are what has to be known of an item to send it.
type Traits struct {
	Needs    string // the capability; "A|B" means either, "" means no capability
	SetsSeen bool   // the server sets \Seen on the messages
	Modifier bool   // it is not an item, but stands after the items (RFC 4466 §2.4)
	Vanished bool   // messages that are gone are told too, as [Vanished] asks
}

// Attr is an item without arguments that parser.Fetch knows.
type Attr string

// The items of RFC 9051 §6.4.5 and RFC 3501 §6.4.5, and its macros, which stand alone.
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

// Items of RFC 1730 §6.4.5 that do not set \Seen, and that later versions name otherwise.
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

// macro reports whether the item stands for several, and so alone.
func (a Attr) macro() bool { return a == MacroFast || a == MacroAll || a == MacroFull }

// encodeName writes the name of an item; a bracket in it would begin a section, or a part of one.
func encodeName(e *wire.Encoder, name string) {
	if strings.ContainsAny(name, "[<") {
		e.Fail(arg.Invalid("item", name, "holds a bracket"))
		return
	}
	e.Atom(name)
}
