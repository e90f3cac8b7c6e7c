package fetch

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// Ext is an item of an extension, with a value of type T. It is defined where the extension is:
//
//	var EmailID = fetch.Ext[string]{Name: "EMAILID", Needs: "OBJECTID", Read: …}
type Ext[T any] struct {
	Name  string                // in upper case, as it is sent and as the answer has it
	Needs string                // the capability; "A|B" is either
	Args  func(*wire.Encoder)   // writes what follows the name when it is asked for; nil is nothing
	Read  func(*wire.Decoder) T // takes the value
}

// Encode writes the item's name and its arguments.
func (i Ext[T]) Encode(e *wire.Encoder) {
	encodeName(e, i.Name)
	if i.Args != nil {
		i.Args(e)
	}
}

// Traits says what the item needs.
func (i Ext[T]) Traits() Traits { return Traits{Needs: i.Needs} }

// Of returns the item's value in m, and false if the server did not tell it or it cannot be read.
func (i Ext[T]) Of(m *parser.Fetch) (v T, ok bool) {
	ok, err := m.Read(i.Name, func(d *wire.Decoder) { v = i.Read(d) })
	return v, ok && err == nil
}
