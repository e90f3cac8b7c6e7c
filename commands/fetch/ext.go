package fetch

import (
	"strconv"
	"strings"

	"github.com/imapstack/imapstack/commands/internal/arg"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// Ext is an item of an extension, with a value of type T. It is defined where the extension is:
//
//	var EmailID = fetch.Ext[string]{Name: "EMAILID", Needs: "OBJECTID", Read: …}
type Ext[T any] struct {
	Name  string                // in upper case, as it is sent and as the answer has it
	Needs string                // the capability; "A|B" means either
	Args  func(*wire.Encoder)   // writes what follows the name when it is asked for; nil is nothing
	Read  func(*wire.Decoder) T // takes the value

	// Section is brackets after the name and what stands in them, such as "[3]", as they are sent and as the answer has
	// them; "" means no section.
	Section string
	// Partial asks for a part of what Section names. The answer says where it begins: TIDE[3]<0.5> is answered by
	// TIDE[3]<0>.
	Partial parser.BytePartial
}

// In returns the item with brackets after its name, and with what stands in them.
func (i Ext[T]) In(section string) Ext[T] { i.Section = "[" + section + "]"; return i }

// Part returns the item asked for from an offset on, as many octets as count says. It has to have brackets.
func (i Ext[T]) Part(offset, count uint64) Ext[T] {
	i.Partial = parser.BytePartial{Offset: offset, Count: count}
	return i
}

// Encode writes the item's name and its arguments.
func (i Ext[T]) Encode(e *wire.Encoder) {
	encodeName(e, i.Name)
	if err := i.check(); err != nil {
		e.Fail(err)
		return
	}
	e.Raw(i.Section)
	if p := i.Partial; !p.IsZero() {
		e.Byte('<').Number64(p.Offset).Byte('.').Number64(p.Count).Byte('>')
	}
	if i.Args != nil {
		i.Args(e)
	}
}

// check refuses brackets that would end elsewhere, and a partial without any.
func (i Ext[T]) check() error {
	s := i.Section
	switch {
	case s == "" && i.Partial.IsZero():
		return nil
	case i.Partial.Count == 0 && i.Partial.Offset != 0:
		return arg.Invalid("partial", i.Name, "is of no octets")
	case len(s) < 2 || s[0] != '[' || s[len(s)-1] != ']' || strings.ContainsAny(s[1:len(s)-1], "[]") || strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c > '~' }):
		return arg.Invalid("section", s, "is not in one pair of brackets")
	}
	return nil
}

// answer returns the item's name as the answer has it.
func (i Ext[T]) answer() string {
	name := i.Name + i.Section
	if !i.Partial.IsZero() {
		name += "<" + strconv.FormatUint(i.Partial.Offset, 10) + ">"
	}
	return name
}

// Traits says what the item needs.
func (i Ext[T]) Traits() Traits { return Traits{Needs: i.Needs} }

// Of returns the item's value in m, and false if the server did not tell it or it cannot be read.
func (i Ext[T]) Of(m *parser.Fetch) (v T, ok bool) {
	ok, err := m.Read(i.answer(), func(d *wire.Decoder) { v = i.Read(d) })
	return v, ok && err == nil
}
