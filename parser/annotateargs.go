package parser

import (
	"github.com/imapstack/imapstack/wire"
)

// GetAnnotationArgs holds the arguments of GETANNOTATION. The command is from the draft that became METADATA
// (draft-daboo-imap-annotatemore-08 §4.2).
type GetAnnotationArgs struct {
	// Mailbox is a name or a pattern, as received. Empty means the server itself. It is valid until the next command
	// is read.
	Mailbox []byte
	Entries []string // names, which may have wildcards; valid until the next Decode
	Attribs []string // names, which may have wildcards; valid until the next Decode
}

// Decode reads the arguments.
func (a *GetAnnotationArgs) Decode(d *wire.Decoder) error {
	a.Mailbox = d.ListMailbox()
	d.SP()
	a.Entries = nameList(d, reuse(a.Entries), (*wire.Decoder).ListMailbox, "entry-match")
	d.SP()
	a.Attribs = nameList(d, reuse(a.Attribs), (*wire.Decoder).ListMailbox, "attrib-match")
	return ended(d, "GETANNOTATION")
}

// Encode writes the arguments. It puts names in quotes, because all versions of the draft except the last require that.
func (a *GetAnnotationArgs) Encode(e *wire.Encoder) {
	e.SP().ListMailbox(string(a.Mailbox)).SP()
	encodeNames(e, a.Entries, (*wire.Encoder).String)
	e.SP()
	encodeNames(e, a.Attribs, (*wire.Encoder).String)
}

// SetAnnotationArgs holds the arguments of SETANNOTATION (draft-daboo-imap-annotatemore-08 §4.3).
type SetAnnotationArgs struct {
	// Mailbox is a name or a pattern, as received. Empty means the server itself. It is valid until the next command
	// is read.
	Mailbox []byte
	Entries []EntryAtt // at least one; valid until the next command is read
}

// Decode reads the arguments.
func (a *SetAnnotationArgs) Decode(d *wire.Decoder) error {
	a.Entries = nil
	a.Mailbox = d.ListMailbox()
	d.SP()
	if d.Is('(') {
		a.Entries = entryAtts(d, nil)
	} else {
		a.Entries = make([]EntryAtt, 1)
		a.Entries[0].decode(d)
	}
	return ended(d, "SETANNOTATION")
}

// Encode writes the arguments. It puts names in quotes, because all versions of the draft except the last require that.
func (a *SetAnnotationArgs) Encode(e *wire.Encoder) {
	e.SP().ListMailbox(string(a.Mailbox)).SP()
	one := func(i int) {
		x := &a.Entries[i]
		e.String(x.Entry).SP().List(len(x.Values), func(j int) { e.String(x.Values[j].Name).SP().NString(x.Values[j].Value) })
	}
	switch len(a.Entries) {
	case 0:
		e.Fail(&wire.ArgumentError{What: "entry-att", Reason: "is missing"})
	case 1:
		one(0)
	default:
		e.List(len(a.Entries), one)
	}
}
