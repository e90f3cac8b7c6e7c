// Package arg checks and writes arguments that several packages need: sets of messages, mod-sequences, and names of
// annotations.
package arg

import (
	"math"
	"strconv"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// Invalid returns the error for an argument that cannot be sent.
func Invalid(what, value, reason string) error {
	return &wire.ArgumentError{What: what, Value: value, Reason: reason}
}

// EncodeSet writes a set of messages, and calls MarkSeq if the set contains sequence numbers. It refuses a set that is
// not of the given kind, because a UID that is read as a sequence number means another message. If kind is
// numset.NoKind, the set may contain UIDs or sequence numbers.
func EncodeSet(e *wire.Encoder, set numset.Set, kind numset.Kind) {
	if err := parser.CheckSet(set, kind); err != nil {
		e.Fail(err)
		return
	}
	// 1:* means all messages, even after expunges, so it does not count as sequence numbers here.
	if set.Kind() == numset.Seq && !set.Equal(numset.All(numset.Seq)) {
		e.MarkSeq()
	}
	e.Append(set.AppendTo)
}

// CheckModSeq fails the command if modseq has more than 63 bits (RFC 7162 §7 mod-sequence-value).
func CheckModSeq(e *wire.Encoder, modseq uint64) {
	if modseq > math.MaxInt64 {
		e.Fail(Invalid("mod-sequence-value", strconv.FormatUint(modseq, 10), "is out of range"))
	}
}
