package parser

import (
	"github.com/imapstack/imapstack/wire"
)

// relayChunk is how much of an APPEND is gathered before it is sent on, in bytes.
const relayChunk = 64 << 10

// Relay sends the command to a back end, with Mailbox, which the caller may have changed. It streams what is big,
// however many messages and parts there are. Call it after Decode, before reading any message.
//
// At that time the proxy has already asked the client for the literals. If the back end refuses one, the error is
// wire.ErrRefused, and the literal is read from the client and dropped. After a BadCommand the back end has received
// nothing, unless the error came after a streamed part: then the back end receives nothing more, see wire.ErrTorn. If
// the name of the mailbox is not a literal, prefer CommandReader.RelayAs, which asks the back end first.
func (a *AppendArgs) Relay(to *wire.BackEnd) error { return a.relay(to, nil) }

// Relay sends the command to a back end, as AppendArgs.Relay does.
func (a *ReplaceArgs) Relay(to *wire.BackEnd) error { return a.relay(to, &a.Num) }

func (a *AppendArgs) relay(to *wire.BackEnd, num *uint32) error {
	e := wire.NewEncoder(to.Mode)
	e.RawBytes(a.r.head.Tag).SP().Raw(a.r.head.String()).SP()
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

// relay writes a part, and sends what is gathered if the part is streamed or there is much of it.
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
