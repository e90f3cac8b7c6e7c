package fetch

import (
	"strconv"
	"strings"

	"github.com/imapstack/imapstack/commands/internal/arg"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// Ext is an item of an extension. Its value is of type T. An extension, in this module or in another, defines its
// items as variables:
//
//	var EmailID = fetch.Ext[string]{Name: "EMAILID", Needs: "OBJECTID", Read: …}
type Ext[T any] struct {
	Name  string                // in upper case, as in the command and in the answer
	Needs string                // the capability; "A|B" means either
	Args  func(*wire.Encoder)   // writes arguments after the name in the command; nil if there are none
	Read  func(*wire.Decoder) T // reads the value from the answer

	// Section is a section in brackets after the name, such as "[3]", as in the command and in the answer. "" means
	// none.
	Section string
	// Partial asks for some octets of the section. The answer contains only the offset: NAME[3]<0> answers a request
	// for NAME[3]<0.5>.
	Partial parser.BytePartial
}

// In returns a copy of the item that asks for the given section. In puts the brackets around section.
func (i Ext[T]) In(section string) Ext[T] { i.Section = "[" + section + "]"; return i }

// Part returns a copy of the item whose field Partial is set: the copy asks for count octets of the section from offset
// on. The item must have a section.
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

// check returns an error if Section is not one pair of brackets with printable ASCII in it, or if Partial is set
// without a section.
func (i Ext[T]) check() error {
	s := i.Section
	switch {
	case s == "" && i.Partial.IsZero():
		return nil
	case i.Partial.Count == 0 && i.Partial.Offset != 0:
		return arg.Invalid("partial", i.Name, "has a count of 0")
	case len(s) < 2 || s[0] != '[' || s[len(s)-1] != ']' || strings.ContainsAny(s[1:len(s)-1], "[]") || strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c > '~' }):
		return arg.Invalid("section", s, "is not in one pair of brackets")
	}
	return nil
}

// answer returns the item's name as it is in the answer.
func (i Ext[T]) answer() string {
	name := i.Name + i.Section
	if !i.Partial.IsZero() {
		name += "<" + strconv.FormatUint(i.Partial.Offset, 10) + ">"
	}
	return name
}

// Traits says what the item needs.
func (i Ext[T]) Traits() Traits { return Traits{Needs: i.Needs} }

// Of returns the item's value in m. It returns false if m does not contain the item, or if its value cannot be read.
// If T contains slices, they may be valid only until the next turn of the loop.
func (i Ext[T]) Of(m *parser.Fetch) (v T, ok bool) {
	ok, err := m.Read(i.answer(), func(d *wire.Decoder) { v = i.Read(d) })
	return v, ok && err == nil
}
