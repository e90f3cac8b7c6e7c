// Package arg checks and writes arguments that several kinds of commands share: sets of messages, mod-sequences, names
// of entries.
package arg

import (
	"math"
	"strconv"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// Invalid is the error of an argument that cannot be sent.
func Invalid(what, value, reason string) error {
	return &wire.ArgumentError{What: what, Value: value, Reason: reason}
}

// EncodeSet writes a set of messages of that kind, and notes whether it contains sequence numbers. A set of no kind is
// refused, because a UID read as a sequence number means another message. numset.NoKind allows either kind.
func EncodeSet(e *wire.Encoder, set numset.Set, kind numset.Kind) {
	if err := parser.CheckSet(set, kind); err != nil {
		e.Fail(err)
		return
	}
	// 1:* means all messages, whatever is expunged.
	if set.Kind() == numset.Seq && !set.Equal(numset.All(numset.Seq)) {
		e.MarkSeq()
	}
	e.Append(set.AppendTo)
}

// CheckModSeq refuses what is not a mod-sequence-value, which has 63 bits (RFC 7162 §7).
func CheckModSeq(e *wire.Encoder, modseq uint64) {
	if modseq > math.MaxInt64 {
		e.Fail(Invalid("mod-sequence-value", strconv.FormatUint(modseq, 10), "is out of range"))
	}
}
