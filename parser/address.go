package parser

import (
	"bytes"
	"iter"

	"github.com/imapstack/imapstack/utils/mimeword"
	"github.com/imapstack/imapstack/wire"
)

// Address is one address of an envelope (RFC 9051 §7.5.2). Its fields are as the server sent them; nil means NIL.
// They are valid until the next response is read.
//
// An Address without Host and Name marks a group. If it has a Mailbox, it begins the group of that name; otherwise it
// ends the group. Courier sends an empty Mailbox for the end of a group.
type Address struct {
	Name    []byte // display name, perhaps in encoded words; valid until the next response is read
	Route   []byte // source route, obsolete; valid until the next response is read
	Mailbox []byte // local part, or the name of a group; valid until the next response is read
	Host    []byte // domain; valid until the next response is read
}

// IsGroupStart reports whether a begins a group. Mailbox is then the name of the group. An address with a display
// name does not begin a group. It is an ordinary address whose host the server left out, because the start of a
// group has no display name.
func (a *Address) IsGroupStart() bool { return a.Host == nil && len(a.Mailbox) > 0 && len(a.Name) == 0 }

// IsGroupEnd reports whether a ends a group.
func (a *Address) IsGroupEnd() bool { return a.Host == nil && len(a.Mailbox) == 0 && len(a.Name) == 0 }

// Addr returns mailbox@host, or "" if either is missing. It removes each "<" before Mailbox and each ">" after Host,
// which some servers leave there. It does not quote the local part.
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

// Decode reads one address from its opening parenthesis on. By the grammar, an address has four tokens. With
// RuleAddressTokens, it may have more; then the last three are Route, Mailbox and Host, and all others are the name. It
// may also have fewer; then the missing ones are nil.
func (a *Address) Decode(d *wire.Decoder) error {
	at := d.Pos()
	openList(d)
	d.NStrings(&a.Name, &a.Route, &a.Mailbox, &a.Host)
	if d.Got(')') {
		return d.Err()
	}
	if d.Is(' ') && d.GotSP() {
		a.decodeOdd(d, at)
		return d.Err()
	}
	if !d.Got(')') && (d.Err() == nil || isSyntax(d.Err())) {
		a.decodeOdd(d, at)
	}
	return d.Err()
}

// decodeOdd reads the address at d.Raw()[from] again. It succeeds only if the address does not have four tokens and
// RuleAddressTokens tolerates that. An address has more than four if the server has quoted the name wrongly, or has
// sent it as a literal that is longer than announced.
func (a *Address) decodeOdd(d *wire.Decoder, from int) {
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
	openList(d)
	first := d.Pos()
	n := 0
	for d.Err() == nil && !d.Is(')') && !d.AtEnd() && !d.Is('(') {
		d.Value()
		d.GotSP()
		n++
	}
	if n == 4 || n == 0 || d.Err() != nil || !d.Is(')') || !toleratesTokens(d) {
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
		a.decodeLong(d, n)
	}
	if d.Want(')'); d.Err() != nil {
		fail()
	}
}

func toleratesTokens(d *wire.Decoder) bool { return d.Tolerate(RuleAddressTokens) }

// decodeLong reads an address of n tokens. n is greater than 4.
func (a *Address) decodeLong(d *wire.Decoder, n int) {
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

// Mailboxes yields each address of list that does not mark a group, with the name of the group that it is in. The
// name is nil outside groups. Name and address are valid until the next response is read.
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

// decodeAddresses reads a parenthesised list of addresses without spaces between them, or NIL. It appends the addresses
// to dst.
func decodeAddresses(d *wire.Decoder, dst []Address) []Address {
	if !d.Is('(') && d.Nil() || nilList(d) {
		return dst
	}
	openList(d)
	for d.Err() == nil {
		if d.Is('(') || !nilAddress(d) {
			if dst = appendLimited(d, dst, Address{}); d.Err() == nil {
				dst[len(dst)-1].Decode(d)
			}
		}
		if d.Is('(') {
			continue // the usual case, except at the end of the list
		}
		noSP(d)
		if d.Got(')') {
			break
		}
	}
	return dst
}

// nilAddress skips a NIL in place of an address if a rule tolerates it. It reports whether it has skipped one.
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

// noSP skips superfluous spaces. If d does not tolerate them, d fails.
func noSP(d *wire.Decoder) {
	for d.Is(' ') {
		if !d.Tolerate(wire.RuleSpaces) {
			d.Expected("no SP")
			return
		}
		d.Got(' ')
	}
}

// DisplayName returns Name with its encoded words decoded, for display.
func (a *Address) DisplayName() string { return mimeword.Decode(string(a.Name)) }

// String returns the address for display, as "Name <mailbox@host>". If the address has only one of the two, String
// returns that one.
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
