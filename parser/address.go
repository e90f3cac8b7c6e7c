package parser

import (
	"bytes"
	"iter"

	"github.com/imapstack/imapstack/utils/mimeword"
	"github.com/imapstack/imapstack/wire"
)

// Address is one address of an envelope (RFC 9051 §7.5.2). Its fields are as the server sent them:
// nil for NIL. They are valid until the next response is read.
//
// An address without Host marks a group: the group named Mailbox begins, or, without Mailbox, the group ends. Courier
// ends it with an empty Mailbox.
type Address struct {
	Name    []byte // display name, perhaps in encoded words; valid until the next response is read
	Route   []byte // source route, obsolete; valid until the next response is read
	Mailbox []byte // local part, or the name of a group; valid until the next response is read
	Host    []byte // domain; valid until the next response is read
}

// IsGroupStart reports whether a begins a group, whose name is Mailbox. An address with a display name does not: a group
// has none, and some servers leave out the host of an ordinary address.
func (a *Address) IsGroupStart() bool { return a.Host == nil && len(a.Mailbox) > 0 && len(a.Name) == 0 }

// IsGroupEnd reports whether a ends a group.
func (a *Address) IsGroupEnd() bool { return a.Host == nil && len(a.Mailbox) == 0 && len(a.Name) == 0 }

// Addr returns mailbox@host, or "" if one of them is missing. It removes angle brackets that a server left on them; it
// does not quote the local part.
func (a *Address) Addr() string {
	m, h := bytes.TrimLeft(a.Mailbox, "<"), bytes.TrimRight(a.Host, ">")
	if len(m) == 0 || len(h) == 0 {
		return ""
	}
	return string(m) + "@" + string(h)
}

// Clone returns a copy that the caller owns.
func (a *Address) Clone() *Address {
	var k keeper
	c := k.address(a)
	return &c
}

// Decode reads one address, from its "(" on. If there are more than four tokens, the first ones together are the name;
// if there are fewer, the last are NIL.
func (a *Address) Decode(d *wire.Decoder) error {
	at := d.Pos()
	opens(d)
	d.NStrings(&a.Name, &a.Route, &a.Mailbox, &a.Host)
	if d.Got(')') {
		return d.Err()
	}
	if d.Is(' ') && d.GotSP() {
		a.odd(d, at)
		return d.Err()
	}
	if !d.Got(')') && (d.Err() == nil || isSyntax(d.Err())) {
		a.odd(d, at)
	}
	return d.Err()
}

// odd reads again an address that begins at an offset and has more than four tokens, or fewer: the server quoted the
// name wrongly, or sent it as a literal that is longer than its count.
func (a *Address) odd(d *wire.Decoder, from int) {
	end, err := d.Pos(), d.Err()
	if err == nil {
		d.Expected(`")"`)
		err = d.Err()
	}
	fail := func() {
		if d.Recover(end) {
			d.Fail(err)
		}
	}
	if !d.Recover(from) {
		return
	}
	opens(d)
	first := d.Pos()
	n := 0
	for d.Err() == nil && !d.Is(')') && !d.AtEnd() && !d.Is('(') {
		d.Value()
		d.GotSP()
		n++
	}
	if n == 4 || n == 0 || d.Err() != nil || !d.Is(')') || !addressTokens(d) {
		fail()
		return
	}
	d.Seek(first)
	if n < 4 {
		var t [4][]byte
		for i := range n {
			t[i] = d.NString()
			d.GotSP()
		}
		*a = Address{t[0], t[1], t[2], t[3]}
	} else {
		a.long(d, n)
	}
	if d.Want(')'); d.Err() != nil {
		fail()
	}
}

func addressTokens(d *wire.Decoder) bool { return d.Tolerate(RuleAddressTokens) }

// long reads an address of n tokens, n > 4.
func (a *Address) long(d *wire.Decoder, n int) {
	start := d.Pos()
	end := start
	if d.Is('{') {
		start = -len(d.String())
		end = d.Pos()
		start += end
		d.GotSP()
		n--
	}
	for ; n > 3; n-- {
		d.Value()
		end = d.Pos()
		d.GotSP()
	}
	a.Name = d.Raw()[start:end:end]
	d.NStrings(&a.Route, &a.Mailbox, &a.Host)
}

// Encode writes the address.
func (a *Address) Encode(e *wire.Encoder) {
	e.Byte('(').NString(a.Name).SP().NString(a.Route).SP().NString(a.Mailbox).SP().NString(a.Host).Byte(')')
}

// Mailboxes calls yield with each address of list that does not mark a group, and the name of its group, or nil outside
// groups. Both are valid until the next response is read.
func Mailboxes(list []Address) iter.Seq2[[]byte, *Address] {
	return func(yield func(group []byte, a *Address) bool) {
		var group []byte
		for i := range list {
			switch a := &list[i]; {
			case a.IsGroupStart():
				group = a.Mailbox
			case a.IsGroupEnd():
				group = nil
			case !yield(group, a):
				return
			}
		}
	}
}

// decodeAddresses appends to dst a parenthesised list of addresses without spaces between them, or NIL.
func decodeAddresses(d *wire.Decoder, dst []Address) []Address {
	if !d.Is('(') && d.Nil() || nilList(d) {
		return dst
	}
	opens(d)
	for d.Err() == nil {
		if d.Is('(') || !nilAddress(d) {
			if dst = push(d, dst, Address{}); d.Err() == nil {
				dst[len(dst)-1].Decode(d)
			}
		}
		if d.Is('(') {
			continue // what comes nearly always, unless it is the end
		}
		noSP(d)
		if d.Got(')') {
			break
		}
	}
	return dst
}

// nilAddress reads NIL in the place of an address, and keeps nothing.
func nilAddress(d *wire.Decoder) bool {
	return d.Peek()|0x20 == 'n' && d.Tolerate(RuleNilAddress) && d.Nil()
}

func encodeAddresses(e *wire.Encoder, list []Address) {
	if len(list) == 0 {
		e.NIL()
		return
	}
	e.Byte('(')
	for i := range list {
		list[i].Encode(e)
	}
	e.Byte(')')
}

// noSP reads spaces where the grammar has none, such as between two addresses, if they are tolerated.
func noSP(d *wire.Decoder) {
	for d.Is(' ') {
		if !d.Tolerate(wire.RuleSpaces) {
			d.Expected("no SP")
			return
		}
		d.Got(' ')
	}
}

// DisplayName returns Name as a person reads it, its encoded words decoded.
func (a *Address) DisplayName() string { return mimeword.Decode(string(a.Name)) }

// String returns the address as a person reads it: "Name <mailbox@host>", or the one of the two that is known.
func (a *Address) String() string {
	name, addr := a.DisplayName(), a.Addr()
	switch {
	case name == "":
		return addr
	case addr == "":
		return name
	}
	return name + " <" + addr + ">"
}
