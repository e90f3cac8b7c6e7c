package fetch

import (
	"github.com/imapstack/imapstack/commands/internal/arg"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// modifier is an Item that is sent after the other items (RFC 4466 §2.4).
type modifier struct {
	write    func(*wire.Encoder)
	needs    string
	vanished bool
}

func (m modifier) Encode(e *wire.Encoder) { m.write(e) }
func (m modifier) Traits() Traits {
	return Traits{Needs: m.needs, Modifier: true, Vanished: m.vanished}
}

// ChangedSince limits a FETCH to messages whose mod-sequence is greater than modseq, and asks for their MODSEQ (RFC
// 7162 §3.1.4.1).
func ChangedSince(modseq uint64) Item {
	return modifier{needs: "CONDSTORE|QRESYNC", write: func(e *wire.Encoder) {
		arg.CheckModSeq(e, modseq)
		e.Raw("CHANGEDSINCE").SP().Number64(modseq)
	}}
}

// Vanished asks a UID FETCH with ChangedSince to report also which messages are gone (RFC 7162 §3.2.6). The session
// passes their UIDs to Handler.Gone. QRESYNC must have been enabled. A "*" in the set is sent as the largest possible
// UID, because with "*" some servers do not report the newest messages as gone.
func Vanished() Item {
	return modifier{func(e *wire.Encoder) { e.Raw("VANISHED") }, "QRESYNC", true}
}

// Modifier returns a modifier of an extension, which is sent after the items (RFC 4466 §2.4). The command fails if the
// server does not have the capability named by needs. The function write writes the modifier.
func Modifier(needs string, write func(*wire.Encoder)) Item {
	return modifier{write, needs, false}
}

// Partial limits a UID FETCH to the messages at positions first to last of the set. Position 1 is the first message,
// and -1 the last; both positions must have the same sign (RFC 9394 §3.3).
func Partial(first, last int64) Item {
	return modifier{needs: "PARTIAL", write: func(e *wire.Encoder) {
		if first == 0 || last == 0 || (first < 0) != (last < 0) {
			e.Fail(arg.Invalid("PARTIAL", "", "has a position 0, or positions with different signs"))
			return
		}
		e.Raw("PARTIAL ").Raw(parser.PartialRange{From: first, To: last}.String())
	}}
}
