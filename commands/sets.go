package commands

import (
	"iter"

	"github.com/imapstack/imapstack/commands/internal/arg"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// set writes a sequence-set with the space before it. It refuses a set without a kind.
func set(e *wire.Encoder, set numset.Set) { arg.EncodeSet(e.SP(), set, numset.NoKind) }

// setOf is set for a set that must be of that kind.
func setOf(e *wire.Encoder, set numset.Set, kind numset.Kind) { arg.EncodeSet(e.SP(), set, kind) }

// checkKind refuses a kind of numbers that is neither sequence numbers nor UIDs.
func checkKind(e *wire.Encoder, kind numset.Kind) {
	if kind != numset.Seq && kind != numset.UID {
		e.Fail(invalid("kind of numbers", kind.String(), "is neither sequence numbers nor UIDs"))
	}
}

// uidName returns the name of a command for the kind of its set.
func uidName(name string, kind numset.Kind) string {
	if kind == numset.UID {
		return "UID " + name
	}
	return name
}

// seqFlow returns the flow of a command with numbers of that kind in its arguments or its answer.
func seqFlow(kind numset.Kind) session.Flow {
	if kind == numset.UID {
		return 0
	}
	return session.UsesSeq
}

// holdFlow is seqFlow for FETCH, STORE, SEARCH, SORT and THREAD. They keep the server from sending EXPUNGE, unless they
// are UID commands.
func holdFlow(kind numset.Kind) session.Flow {
	if kind == numset.UID {
		return 0
	}
	return session.UsesSeq | session.NoExpunge
}

// numbers yields the numbers of ranges in their order.
func numbers(ranges []numset.Range) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for _, r := range ranges {
			if !inOrder(r, yield) {
				return
			}
		}
	}
}

// inOrder yields the numbers of a range, upwards however it is written (RFC 5267 §3.2).
func inOrder(x numset.Range, yield func(uint32) bool) bool {
	for n := uint64(min(x.Start, x.Stop)); n <= uint64(max(x.Start, x.Stop)); n++ {
		if !yield(uint32(n)) {
			return false
		}
	}
	return true
}
