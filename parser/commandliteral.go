package parser

import (
	"errors"

	"github.com/imapstack/imapstack/wire"
)

// LiteralRequest describes a literal that a client is about to send.
type LiteralRequest struct {
	Head *CommandHead
	Size int64 // in octets
	Sync bool  // whether the client waits for a continuation request; if not, it sends the octets at once (RFC 7888)
	// Nth is the index of the literal in the command, from 0.
	Nth int
	// Args is what follows the name in the first line of the command, including the announcement of the first literal.
	// It is nil for later literals. It is valid until the function that OnLiteral has set returns.
	Args []byte
}

// errNoLiteralFunc is the error for a synchronizing literal if OnLiteral was not called.
var errNoLiteralFunc = errors.New("parser: literal refused")

// OnLiteral sets the function that the reader calls before it waits for the octets of a literal. For a
// synchronizing literal, f sends a continuation request, or it returns an error to refuse the literal. A client
// whose literal is refused sends no octets. If it sends the octets anyway, the reader drops them with the rest of
// the command. If OnLiteral is not called, the reader refuses every synchronizing literal.
//
// Next, Extend and Continue return the error of f within a BadCommand.
func (p *CommandReader) OnLiteral(f func(*LiteralRequest) error) { p.ask = f }

// askLiteral returns an error if it refuses a literal of size octets. It refuses a literal over Limits.Literal, and
// calls the function that OnLiteral has set for any other. The wire.Reader calls askLiteral.
func (p *CommandReader) askLiteral(size int64, sync bool) error {
	q := &p.request
	q.Head, q.Size, q.Sync, q.Args = &p.head, size, sync, nil
	if q.Nth == 0 && p.pos <= len(p.d.Raw()) {
		q.Args = p.d.Raw()[p.pos:]
	}
	err := error(nil)
	switch max := p.in.Limits().Literal; {
	case size > max:
		err = &wire.LimitError{What: "literal", Limit: max, Size: size}
	case p.ask != nil:
		err = p.ask(q)
	case sync:
		err = errNoLiteralFunc
	}
	q.Nth++
	p.refused = err
	return err
}
