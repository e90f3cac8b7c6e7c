package parser

import (
	"bytes"

	"github.com/imapstack/imapstack/wire"
)

// DepthInfinity is a Depth of GETMETADATA that asks for all entries below the given ones (RFC 5464 §4.2.2).
const DepthInfinity = -1

// GetMetadataArgs holds the arguments of GETMETADATA (RFC 5464 §4.2).
type GetMetadataArgs struct {
	Mailbox []byte   // as received; empty means the server itself; valid until the next command is read
	Entries []string // names; valid until the next Decode

	HasMaxSize bool      // whether the client sent MAXSIZE
	MaxSize    uint32    // in octets
	Depth      int       // 0, 1 or DepthInfinity
	Options    []ExtData // options without a field of their own; valid until the next command is read
}

// Decode reads the arguments. Options may come before the mailbox, as in the grammar of RFC 5464, or after it, as
// in the examples of RFC 5464.
func (a *GetMetadataArgs) Decode(d *wire.Decoder) error {
	*a = GetMetadataArgs{Entries: reuse(a.Entries), Options: reuse(a.Options)}
	given := d.Is('(')
	if given {
		a.options(d)
		d.SP()
	}
	a.Mailbox = d.AString()
	d.SP()
	if rest := d.Rest(); !given && len(rest) > 1 && rest[0] == '(' && (rest[1]|0x20 >= 'a' && rest[1]|0x20 <= 'z' || bytes.IndexByte([]byte("-_."), rest[1]) >= 0) {
		// An entry begins with a slash. An option does not, because it is a tagged-ext-label.
		a.options(d)
		d.SP()
	}
	list := oneOrList(d, "entry", func() { a.entry(d) })
	for !list && d.Is(' ') && d.Tolerate(RuleMetadataEntries) && d.GotSP() && room(d, len(a.Entries), maxNames, "entries") {
		a.entry(d)
	}
	return ended(d, "GETMETADATA")
}

func (a *GetMetadataArgs) entry(d *wire.Decoder) {
	a.Entries = append(a.Entries, d.Intern(entryName(d)))
}

// entryName reads the name of an entry, which is a path that begins with a slash and has no wildcards (RFC 5464
// §5).
func entryName(d *wire.Decoder) []byte {
	at := d.Pos()
	b := d.AString()
	if d.Err() == nil && (len(b) < 2 || b[0] != '/' || bytes.ContainsAny(b, "*%")) {
		d.Seek(at)
		d.Expected("entry")
	}
	return b
}

func (a *GetMetadataArgs) options(d *wire.Decoder) {
	a.Options = options(d, a.Options, func(name string) bool {
		switch name {
		case "MAXSIZE":
			d.SP()
			a.HasMaxSize, a.MaxSize = true, d.Number()
		case "DEPTH":
			d.SP()
			switch oneOf(d, `"0", "1" or "infinity"`, "0", "1", "infinity") {
			case "1":
				a.Depth = 1
			case "infinity":
				a.Depth = DepthInfinity
			}
		default:
			return false
		}
		return true
	})
}

// Encode writes the arguments. It puts the options before the mailbox, because Dovecot 2.3 does not accept them
// after it.
func (a *GetMetadataArgs) Encode(e *wire.Encoder) {
	e.SP()
	if a.HasMaxSize || a.Depth != 0 || len(a.Options) > 0 {
		e.Byte('(')
		var sep separator
		if a.HasMaxSize {
			sep.word(e, "MAXSIZE")
			e.SP().Number(a.MaxSize)
		}
		switch a.Depth {
		case 0:
		case 1:
			sep.word(e, "DEPTH")
			e.SP().Atom("1")
		case DepthInfinity:
			sep.word(e, "DEPTH")
			e.SP().Atom("infinity")
		default:
			e.Fail(&wire.ArgumentError{What: "DEPTH", Reason: "is not 0, 1 or infinity"})
		}
		encodeOptions(e, &sep, a.Options)
		e.Byte(')').SP()
	}
	e.AStringBytes(a.Mailbox).SP()
	encodeNames(e, a.Entries, (*wire.Encoder).AString)
}

// SetMetadataArgs holds the arguments of SETMETADATA (RFC 5464 §4.3).
type SetMetadataArgs struct {
	Mailbox []byte       // as received; empty means the server itself; valid until the next command is read
	Entries []EntryValue // at least one; valid until the next Decode
}

// EntryValue is an entry of metadata and its value.
type EntryValue struct {
	Entry string
	// Value is nil for NIL, which removes the entry in SETMETADATA. It is valid until the next command or response is
	// read.
	Value []byte
}

// Decode reads the arguments.
func (a *SetMetadataArgs) Decode(d *wire.Decoder) error {
	a.Entries = reuse(a.Entries)
	a.Mailbox = d.AString()
	d.SP()
	for range d.List {
		v := EntryValue{Entry: d.Intern(entryName(d))}
		d.SP()
		v.Value = d.NString()
		if !room(d, len(a.Entries), maxNames, "entries") {
			break
		}
		a.Entries = append(a.Entries, v)
	}
	if len(a.Entries) == 0 {
		d.Expected("entry-value")
	}
	return ended(d, "SETMETADATA")
}

// Encode writes the arguments.
func (a *SetMetadataArgs) Encode(e *wire.Encoder) {
	if len(a.Entries) == 0 {
		e.Fail(&wire.ArgumentError{What: "entry-value", Reason: "is missing"})
	}
	e.SP().AStringBytes(a.Mailbox).SP().List(len(a.Entries), func(i int) {
		e.AString(a.Entries[i].Entry).SP().NString(a.Entries[i].Value)
	})
}
