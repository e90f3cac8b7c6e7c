package parser

import (
	"github.com/imapstack/imapstack/wire"
)

// relayChunk is how many octets of an APPEND Relay collects before it sends them to the back end.
const relayChunk = 64 << 10

// Relay sends the command to a back end. The name of the mailbox is taken from a.Mailbox, which the caller may have
// changed. Relay streams large messages. The command may have any number of messages and parts. Call it after
// Decode and before reading a message.
//
// When Relay runs, the CommandReader has already asked the client for the literals. If the back end refuses a literal,
// the error is wire.ErrRefused, and the literal is read from the client and dropped. If the error is a BadCommand, the
// back end has usually received nothing. But if the error comes after a streamed part, or after more than 64 KiB, the
// back end has received the beginning of the command, and receives nothing more; see wire.ErrTorn. If the name of the
// mailbox is not a literal, prefer CommandReader.RelayAs, which asks the back end before it asks the client.
func (a *AppendArgs) Relay(to *wire.BackEnd) error { return a.relay(to, nil) }

// Relay sends the command to a back end. It has the conditions and the errors of AppendArgs.Relay.
func (a *ReplaceArgs) Relay(to *wire.BackEnd) error { return a.relay(to, &a.Num) }

func (a *AppendArgs) relay(to *wire.BackEnd, num *uint32) error {
	e := wire.NewEncoder(to.Mode)
	e.RawBytes(a.commands.head.Tag).SP().Raw(a.commands.head.String()).SP()
	if num != nil {
		if *num == 0 {
			e.Byte('*').SP()
		} else {
			e.Number(*num).SP()
		}
	}
	e.AStringBytes(a.Mailbox)
	for m, err := range a.Messages {
		if err != nil {
			return err
		}
		m.encodeHead(e)
		if m.Catenate {
			e.Atom("CATENATE").SP().Byte('(')
		}
		var sep separator
		for part, err := range m.Parts {
			if err != nil {
				return err
			}
			sep.next(e)
			if err := part.relay(e, to, m.Catenate); err != nil {
				return err
			}
		}
		if m.Catenate {
			e.Byte(')')
		}
	}
	_, err := to.Send(e.CRLF(), false)
	return err
}

// relay writes a part. If the part is streamed, or if e holds more than relayChunk octets, it sends what e holds to
// the back end.
func (p *AppendPart) relay(e *wire.Encoder, to *wire.BackEnd, catenate bool) error {
	switch {
	case p.URL != "":
		e.Atom("URL").SP().AString(p.URL)
		return nil
	case p.UTF8:
		e.Atom("UTF8").SP().Byte('(')
	case catenate:
		e.Atom("TEXT").SP()
	}
	l := p.Body.(*wire.Literal)
	e.Forward(l)
	if _, whole := l.Bytes(); !whole || e.Len() > relayChunk {
		if _, err := to.Send(e, true); err != nil {
			return err
		}
		e.Reset(to.Mode)
	}
	if p.UTF8 {
		e.Byte(')')
	}
	return nil
}
