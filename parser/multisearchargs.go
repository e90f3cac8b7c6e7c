package parser

import (
	"github.com/imapstack/imapstack/wire"
)

// MultiSearchArgs holds the arguments of ESEARCH, the command that searches several mailboxes (RFC 7377 §2.1).
// SearchArgs says how long the fields other than In and Scope are valid.
type MultiSearchArgs struct {
	In    []MailboxFilter // empty means the selected mailbox; valid until the next Decode
	Scope []ExtData       // options of IN, of which no RFC defines any; valid until the next command is read
	SearchArgs
}

// Decode reads the arguments.
func (a *MultiSearchArgs) Decode(d *wire.Decoder) error {
	a.In, a.Scope = reuse(a.In), reuse(a.Scope)
	if gotWord(d, "IN") {
		d.SP()
		for range d.List {
			if d.Is('(') && len(a.In) > 0 && len(a.Scope) == 0 {
				a.Scope = options(d, a.Scope, func(string) bool { return false })
				break
			}
			var f MailboxFilter
			if !room(d, len(a.In), maxNames, "filters") {
				break
			}
			f.decode(d, false)
			a.In = append(a.In, f)
		}
		if len(a.Scope) > 0 {
			d.Want(')')
			d.Leave()
		}
		if len(a.In) == 0 {
			d.Expected("filter-mailboxes")
		}
		d.SP()
	}
	a.SearchArgs.decode(d)
	return ended(d, "ESEARCH")
}

// Encode writes the arguments.
func (a *MultiSearchArgs) Encode(e *wire.Encoder) {
	if len(a.In) > 0 {
		e.SP().Atom("IN").SP().Byte('(')
		for i := range a.In {
			if i > 0 {
				e.SP()
			}
			a.In[i].encode(e)
		}
		if len(a.Scope) > 0 {
			e.SP().List(len(a.Scope), func(i int) { encodeExt(e, a.Scope[i]) })
		}
		e.Byte(')')
	}
	a.SearchArgs.Encode(e)
}
