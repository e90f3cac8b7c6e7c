package parser

import (
	"io"

	"github.com/imapstack/imapstack/wire"
)

// Idle reports whether p waits for a response, has received no octet of it, and has no other response to finish. If so,
// another Reader can continue with the stream, and nothing is lost.
func (p *Reader) Idle() bool { return p.phase == phaseLine && p.blank == 0 && p.in.Idle() }

// Renew makes p read responses from rd within lim, as NewReader does. It keeps the interned strings, which p shares
// between equal values. The last response is no longer valid.
func (p *Reader) Renew(rd io.Reader, lim wire.Limits) {
	p.in.Renew(rd, lim)
	p.resp.fetch, p.flags = nil, nil
	p.d.Reset(nil)
	p.sub.Reset(nil)
	p.resp = Response{reader: p}
	p.phase, p.joining, p.blank, p.joins, p.lean = phaseLine, false, 0, 0, false
	p.d.SetLimits(lim)
	p.d.SetUTF8(false)
	p.SetRules(wire.AllRules)
}
