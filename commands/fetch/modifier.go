package fetch

import (
	"github.com/imapstack/imapstack/commands/internal/arg"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// modifier stands after the items (RFC 4466 §2.4).
type modifier struct {
	write    func(*wire.Encoder)
	needs    string
	vanished bool
}

func (m modifier) Encode(e *wire.Encoder) { m.write(e) }
func (m modifier) Traits() Traits {
	return Traits{Needs: m.needs, Modifier: true, Vanished: m.vanished}
}

// ChangedSince limits a FETCH to messages that have changed since, and asks for their MODSEQ (RFC 7162 §3.1.4.1).
func ChangedSince(modseq uint64) Item {
	return modifier{needs: "CONDSTORE|QRESYNC", write: func(e *wire.Encoder) {
		arg.CheckModSeq(e, modseq)
		e.Raw("CHANGEDSINCE").SP().Number64(modseq)
	}}
}

// Vanished asks a UID FETCH with ChangedSince to tell also which messages are gone (RFC 7162 §3.2.6): the
// session's handler is told, by Handler.Vanished. It needs Enable of QRESYNC. A "*" in the set is sent as the largest
// UID there can be, so that messages that were the newest are told about on every server.
func Vanished() Item {
	return modifier{func(e *wire.Encoder) { e.Raw("VANISHED") }, "QRESYNC", true}
}

// Modifier is a modifier of an extension, after the items (RFC 4466 §2.4).
func Modifier(needs string, write func(*wire.Encoder)) Item {
	return modifier{write, needs, false}
}

// Partial limits a UID FETCH to the messages at the positions first to last of the set. Positions count from
// 1, or from the end if both are negative (RFC 9394 §3.3).
func Partial(first, last int64) Item {
	return modifier{needs: "PARTIAL", write: func(e *wire.Encoder) {
		if first == 0 || last == 0 || (first < 0) != (last < 0) {
			e.Fail(arg.Invalid("PARTIAL", "", "has zero or both signs"))
			return
		}
		e.Raw("PARTIAL ").Raw(parser.PartialRange{From: first, To: last}.String())
	}}
}
