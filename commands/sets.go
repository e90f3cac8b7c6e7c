package commands

import (
	"iter"

	"github.com/imapstack/imapstack/commands/internal/arg"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// encodeSet writes a set of sequence numbers or UIDs after a space. It refuses a set without a kind.
func encodeSet(e *wire.Encoder, set numset.Set) { arg.EncodeSet(e.SP(), set, numset.NoKind) }

// encodeSetOf writes a set after a space. It refuses a set that is not of that kind.
func encodeSetOf(e *wire.Encoder, set numset.Set, kind numset.Kind) { arg.EncodeSet(e.SP(), set, kind) }

// checkKind fails the command if kind is neither sequence numbers nor UIDs.
func checkKind(e *wire.Encoder, kind numset.Kind) {
	if kind != numset.Seq && kind != numset.UID {
		e.Fail(invalid("kind of numbers", kind.String(), "is neither sequence numbers nor UIDs"))
	}
}

// uidName returns the name of a command whose set has the given kind: for UIDs, the name begins with UID.
func uidName(name string, kind numset.Kind) string {
	if kind == numset.UID {
		return "UID " + name
	}
	return name
}

// seqFlow returns the flow of a command whose arguments or answer contain numbers of that kind.
func seqFlow(kind numset.Kind) session.Flow {
	if kind == numset.UID {
		return 0
	}
	return session.UsesSeq
}

// noExpungeFlow returns the flow of FETCH, STORE, SEARCH, SORT and THREAD. Unless they are UID commands, the server
// must not send EXPUNGE while they run.
func noExpungeFlow(kind numset.Kind) session.Flow {
	if kind == numset.UID {
		return 0
	}
	return session.UsesSeq | session.NoExpunge
}

// numbers yields the numbers in ranges, range by range.
func numbers(ranges []numset.Range) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for _, r := range ranges {
			if !inOrder(r, yield) {
				return
			}
		}
	}
}

// inOrder yields the numbers of a range in ascending order, even if Start is greater than Stop (RFC 5267 §3.2).
func inOrder(x numset.Range, yield func(uint32) bool) bool {
	for n := uint64(min(x.Start, x.Stop)); n <= uint64(max(x.Start, x.Stop)); n++ {
		if !yield(uint32(n)) {
			return false
		}
	}
	return true
}
