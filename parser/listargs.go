package parser

import (
	"github.com/imapstack/imapstack/wire"
)

// ListArgs holds the arguments of LIST (RFC 9051 §6.3.9, RFC 5258). LSUB, XLIST, RLIST and RLSUB have the same
// arguments, but no options. Extended tells whether the client used the extended syntax. A server responds differently
// to a command in the extended syntax.
type ListArgs struct {
	Select    ListSelect
	Reference []byte   // as received; valid until the next command is read
	Patterns  [][]byte // at least one, as received; valid until the next command is read
	Multiple  bool     // whether the patterns are in parentheses
	Return    ListReturn
}

// ListSelect holds the selection options of LIST, which say which mailboxes the client wants (RFC 9051 §6.3.9.1).
type ListSelect struct {
	Given          bool // whether the client sent a list of selection options, even an empty one
	Subscribed     bool
	Remote         bool
	RecursiveMatch bool
	SpecialUse     bool      // RFC 6154
	Options        []ExtData // options without a field of their own; valid until the next command is read
}

// ListReturn holds the return options of LIST, which say what the client wants to know about the mailboxes (RFC
// 9051 §6.3.9.2).
type ListReturn struct {
	Given      bool // whether the client sent RETURN, even with an empty list
	Subscribed bool
	Children   bool
	SpecialUse bool      // RFC 6154
	MyRights   bool      // RFC 8440
	Status     []string  // RFC 9051 §6.3.9.2: names of STATUS items in upper case; valid until the next command is read
	Metadata   []string  // RFC 9590: names of metadata entries; valid until the next command is read
	Options    []ExtData // options without a field of their own; valid until the next command is read
}

// Extended reports whether the command uses the extended syntax (RFC 5258 §3).
func (a *ListArgs) Extended() bool { return a.Select.Given || a.Multiple || a.Return.Given }

// Decode reads the arguments.
func (a *ListArgs) Decode(d *wire.Decoder) error {
	*a = ListArgs{Patterns: reuse(a.Patterns)}
	if d.Is('(') {
		a.Select.decode(d)
		d.SP()
	}
	a.Reference = d.AString()
	d.SP()
	a.Multiple = oneOrList(d, "list-mailbox", func() { a.Patterns = append(a.Patterns, d.ListMailbox()) })
	if d.GotSP() {
		if !gotWord(d, "RETURN") {
			d.Expected("RETURN")
		}
		d.SP()
		a.Return.decode(d)
	}
	return ended(d, "LIST")
}

func (s *ListSelect) decode(d *wire.Decoder) {
	s.Given = true
	at := d.Pos()
	for range d.List {
		switch name := d.Name(); name {
		case "SUBSCRIBED":
			s.Subscribed = true
		case "REMOTE":
			s.Remote = true
		case "RECURSIVEMATCH":
			s.RecursiveMatch = true
		case "SPECIAL-USE":
			s.SpecialUse = true
		default:
			s.Options = listOption(d, s.Options, name)
		}
	}
	if s.RecursiveMatch && !s.Subscribed && len(s.Options) == 0 && d.Err() == nil {
		// RFC 5258 §3.1 requires BAD if the command has RECURSIVEMATCH without an option that RECURSIVEMATCH modifies.
		// An unknown option may be such an option.
		d.Seek(at)
		d.Expected("an option that RECURSIVEMATCH can modify")
	}
}

func (r *ListReturn) decode(d *wire.Decoder) {
	r.Given = true
	for range d.List {
		switch name := d.Name(); name {
		case "SUBSCRIBED":
			r.Subscribed = true
		case "CHILDREN":
			r.Children = true
		case "SPECIAL-USE":
			r.SpecialUse = true
		case "MYRIGHTS":
			r.MyRights = true
		case "STATUS":
			d.SP()
			r.Status = statusAtts(d, reuse(r.Status))
		case "METADATA":
			d.SP()
			if !d.Is('(') {
				d.Want('(')
			}
			r.Metadata = nameList(d, reuse(r.Metadata), entryName, "entry")
		default:
			r.Options = listOption(d, r.Options, name)
		}
	}
}

// Encode writes the arguments.
func (a *ListArgs) Encode(e *wire.Encoder) {
	if s := &a.Select; s.Given {
		e.SP().Byte('(')
		var sep separator
		for _, o := range [...]struct {
			on   bool
			name string
		}{
			{s.Subscribed, "SUBSCRIBED"}, {s.Remote, "REMOTE"}, {s.RecursiveMatch, "RECURSIVEMATCH"},
			{s.SpecialUse, "SPECIAL-USE"},
		} {
			if o.on {
				sep.word(e, o.name)
			}
		}
		encodeOptions(e, &sep, s.Options)
		e.Byte(')')
	}
	e.SP().AStringBytes(a.Reference).SP()
	if a.Multiple || len(a.Patterns) > 1 {
		e.List(len(a.Patterns), func(i int) { e.ListMailbox(string(a.Patterns[i])) })
	} else if len(a.Patterns) == 1 {
		e.ListMailbox(string(a.Patterns[0]))
	}
	if len(a.Patterns) == 0 {
		e.Fail(&wire.ArgumentError{What: "list-mailbox", Reason: "is missing"})
	}
	a.Return.encode(e)
}

func (r *ListReturn) encode(e *wire.Encoder) {
	if !r.Given {
		return
	}
	e.SP().Atom("RETURN").SP().Byte('(')
	var sep separator
	for _, o := range [...]struct {
		on   bool
		name string
	}{
		{r.Subscribed, "SUBSCRIBED"}, {r.Children, "CHILDREN"}, {r.SpecialUse, "SPECIAL-USE"}, {r.MyRights, "MYRIGHTS"},
	} {
		if o.on {
			sep.word(e, o.name)
		}
	}
	if len(r.Status) > 0 {
		sep.word(e, "STATUS")
		e.SP().List(len(r.Status), func(i int) { e.Atom(r.Status[i]) })
	}
	if len(r.Metadata) > 0 {
		sep.word(e, "METADATA")
		e.SP().List(len(r.Metadata), func(i int) { e.AString(r.Metadata[i]) })
	}
	encodeOptions(e, &sep, r.Options)
	e.Byte(')')
}
