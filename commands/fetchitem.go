package commands

import (
	"math"
	"strconv"
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// A FetchItem is what Fetch asks for: an Attr, a SectionItem, an Item of an extension, or a modifier.
type FetchItem interface {
	encode(*wire.Encoder)
	need() string   // the capability, "A|B" for either
	modifier() bool // goes behind the items
	writes() bool   // sets \Seen
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

func (a Attr) encode(e *wire.Encoder) { itemName(e, string(a)) }
func (a Attr) modifier() bool         { return false }
func (a Attr) writes() bool           { return a == RFC822 || a == RFC822Text }
func (a Attr) need() string {
	if a == ModSeq {
		return "CONDSTORE|QRESYNC"
	}
	return ""
}

// itemName writes the name of an item; a bracket in it would begin a section, or a part of one.
func itemName(e *wire.Encoder, name string) {
	if strings.ContainsAny(name, "[<") {
		e.Fail(invalid("item", name, "holds a bracket"))
		return
	}
	e.Atom(name)
}

// Item is an item of an extension, with a value of type T. It is defined where the extension is:
//
//	var EmailID = commands.Item[string]{Name: "EMAILID", Needs: "OBJECTID", Read: …}
type Item[T any] struct {
	Name  string                // in upper case, as it is sent and as the answer has it
	Needs string                // the capability; "A|B" is either
	Args  func(*wire.Encoder)   // writes what follows the name when it is asked for; nil is nothing
	Read  func(*wire.Decoder) T // takes the value
}

func (i Item[T]) encode(e *wire.Encoder) {
	itemName(e, i.Name)
	if i.Args != nil {
		i.Args(e)
	}
}
func (i Item[T]) need() string   { return i.Needs }
func (i Item[T]) modifier() bool { return false }
func (i Item[T]) writes() bool   { return false }

// Of returns the item's value in m, and false if the server did not tell it or it cannot be read.
func (i Item[T]) Of(m *parser.Fetch) (v T, ok bool) {
	ok, err := m.Read(i.Name, func(d *wire.Decoder) { v = i.Read(d) })
	return v, ok && err == nil
}

// SectionItem asks for octets of a message: BODY[…] or BINARY[…].
type SectionItem struct {
	name    string // "BODY", "BINARY", "BINARY.SIZE"
	spec    parser.SectionSpec
	err     error
	peek    bool
	partial bool
	origin  uint64
	count   uint64
}

// Body asks for a section of a message, named as RFC 9051 §6.4.5.1 has it: "" is all of it, "HEADER" its header,
// "1.2" the content of a part, "1.2.MIME" the part's header. It sets \Seen unless Peek is asked for.
func Body(section string) SectionItem {
	i := SectionItem{name: "BODY"}
	d := wire.NewDecoder([]byte("[" + section + "]"))
	err := i.spec.Decode(d)
	if err == nil && len(d.Rest()) > 0 {
		d.Expected("section-spec")
		err = d.Err()
	}
	if err == nil {
		err = i.spec.Check()
	}
	i.err = err
	return i
}

// HeaderFields asks for those header fields of the message, or of the message that is the part of that path.
func HeaderFields(part []uint32, fields ...string) SectionItem {
	return SectionItem{name: "BODY", spec: parser.SectionSpec{Part: part, Specifier: parser.SpecHeaderFields, Fields: fields}}
}

// HeaderFieldsNot asks for all header fields but those.
func HeaderFieldsNot(part []uint32, fields ...string) SectionItem {
	return SectionItem{name: "BODY", spec: parser.SectionSpec{Part: part, Specifier: parser.SpecHeaderFieldsNot, Fields: fields}}
}

// Binary asks for the content of a part with its transfer encoding undone (RFC 9051 §6.4.5, RFC 3516).
// No path is the whole message. It sets \Seen unless Peek is asked for.
func Binary(part ...uint32) SectionItem {
	return SectionItem{name: "BINARY", spec: parser.SectionSpec{Part: part}}
}

// BinarySize asks for the size that Binary's section has; parser.Fetch.BinarySize has the answer.
func BinarySize(part ...uint32) SectionItem {
	return SectionItem{name: "BINARY.SIZE", spec: parser.SectionSpec{Part: part}, peek: true}
}

// Peek is the same section without setting \Seen.
func (i SectionItem) Peek() SectionItem { i.peek = true; return i }

// Partial is count octets of the same section from origin on.
func (i SectionItem) Partial(origin, count uint64) SectionItem {
	i.partial, i.origin, i.count = true, origin, count
	return i
}

func (i SectionItem) encode(e *wire.Encoder) {
	if i.err != nil {
		e.Fail(i.err)
		return
	}
	e.Raw(i.name)
	if i.peek && i.name != "BINARY.SIZE" {
		e.Raw(".PEEK")
	}
	i.spec.Encode(e)
	if i.partial {
		if i.count == 0 || i.origin > 1<<63-1 || i.count > 1<<63-1 {
			e.Fail(&wire.ArgumentError{What: "partial", Value: strconv.FormatUint(i.count, 10), Reason: "is out of range"})
			return
		}
		e.Byte('<').Number64(i.origin).Byte('.').Number64(i.count).Byte('>')
	}
}

func (i SectionItem) modifier() bool { return false }
func (i SectionItem) writes() bool   { return !i.peek }
func (i SectionItem) need() string {
	if strings.HasPrefix(i.name, "BINARY") {
		return "BINARY|IMAP4REV2"
	}
	return ""
}

// fetchModifier goes behind the items (RFC 4466 §2.4).
type fetchModifier struct {
	write    func(*wire.Encoder)
	needs    string
	vanished bool
}

func (m fetchModifier) encode(e *wire.Encoder) { m.write(e) }
func (m fetchModifier) need() string           { return m.needs }
func (m fetchModifier) modifier() bool         { return true }
func (m fetchModifier) writes() bool           { return false }

// ChangedSince limits a Fetch to messages that have changed since, and asks for their MODSEQ (RFC 7162 §3.1.4.1).
func ChangedSince(modseq uint64) FetchItem {
	return fetchModifier{needs: "CONDSTORE|QRESYNC", write: func(e *wire.Encoder) {
		checkModSeq(e, modseq, true)
		e.Raw("CHANGEDSINCE").SP().Number64(modseq)
	}}
}

// Vanished asks a UID Fetch with ChangedSince to tell also which messages are gone (RFC 7162 §3.2.6): the
// session's handler is told, by Handler.Vanished. It needs Enable of QRESYNC. A "*" in the set is sent as the largest UID there can be, so that
// messages that were the newest are told of on every server.
func Vanished() FetchItem {
	return fetchModifier{func(e *wire.Encoder) { e.Raw("VANISHED") }, "QRESYNC", true}
}

// Modifier is a modifier of an extension, behind the items (RFC 4466 §2.4).
func Modifier(needs string, write func(*wire.Encoder)) FetchItem {
	return fetchModifier{write, needs, false}
}

// checkModSeq refuses what is no mod-sequence-value: it has 63 bits, and zero is one in some places only (RFC 7162 §7).
func checkModSeq(e *wire.Encoder, modseq uint64, zero bool) {
	if modseq > math.MaxInt64 || modseq == 0 && !zero {
		e.Fail(invalid("mod-sequence-value", strconv.FormatUint(modseq, 10), "is out of range"))
	}
}
