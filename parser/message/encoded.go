package message

import (
	"bytes"
	"sync/atomic"

	"github.com/imapstack/imapstack/wire"
)

// An encoding holds the two encoded forms of a value: one for clients without UTF-8 in quoted strings, and one for
// clients with it. Each form is stored when it is first sent.
type encoding [2]atomic.Pointer[[]byte]

// EncodeEnvelope writes the envelope. It keeps the result for the next time.
func (m *Message) EncodeEnvelope(e *wire.Encoder) {
	if e.Mode().Server && m.saved != nil {
		e.Verbatim(m.saved.envelope)
		return
	}
	m.sentEnvelope.encode(e, func(e *wire.Encoder) { m.Envelope().Encode(e) })
}

// EncodeBodyStructure writes the body structure with extension data. It keeps the result for the next time. For
// clients without UTF-8, it applies BasicGlobal.
func (m *Message) EncodeBodyStructure(e *wire.Encoder) {
	mode := e.Mode()
	if s := m.saved; mode.Server && s != nil && (mode.UTF8 || !bytes.Contains(s.structure, []byte("global"))) {
		e.Verbatim(s.structure)
		return
	}
	m.sentStructure.encode(e, func(e *wire.Encoder) {
		b := m.BodyStructure()
		if !mode.UTF8 {
			b = BasicGlobal(b)
		}
		b.Encode(e)
	})
}

func (x *encoding) encode(e *wire.Encoder, write func(e *wire.Encoder)) {
	mode := e.Mode()
	slot := &x[0]
	if mode.UTF8 {
		slot = &x[1]
	}
	if !mode.Server {
		// A client may have to wait for the server before each literal, so the result cannot be kept.
		write(e)
		return
	}
	if b := slot.Load(); b != nil {
		e.Verbatim(*b)
		return
	}
	own := wire.NewEncoder(mode)
	if write(own); own.Err() != nil {
		e.Fail(own.Err())
		return
	}
	b := bytes.Clone(own.Bytes())
	slot.Store(&b)
	e.Verbatim(b)
}
