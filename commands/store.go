package commands

import (
	"slices"

	"github.com/imapstack/imapstack/commands/internal/arg"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// StoreOp says what Store does with flags.
type StoreOp struct {
	name   string // "FLAGS", "+FLAGS", "-FLAGS"
	silent bool
	since  uint64
	cond   bool
}

// The operations of RFC 9051 §6.4.6.
var (
	SetFlags    = StoreOp{name: "FLAGS"}
	AddFlags    = StoreOp{name: "+FLAGS"}
	RemoveFlags = StoreOp{name: "-FLAGS"}
)

// Silent is the same operation, without the new flags in the answer.
func (op StoreOp) Silent() StoreOp { op.silent = true; return op }

// UnchangedSince is the same operation, only on messages whose MODSEQ is not larger (RFC 7162 §3.1.3).
// If there are others, the stream ends with a *ModifiedError, which names them.
func (op StoreOp) UnchangedSince(modseq uint64) StoreOp { op.since, op.cond = modseq, true; return op }

// Store changes flags of messages: STORE or UID STORE by the kind of the set (RFC 9051 §6.4.6). The stream yields the new flags,
// unless the operation is silent; each value is valid until the next turn of the loop. The stream ends with an *ExpungedError if the server says
// that some of the messages are gone.
func Store(s *session.Session, messages numset.Set, op StoreOp, flags ...parser.Flag) *session.Stream[parser.Fetch] {
	cmd := storing(messages, op.cond)
	cmd.Args = func(e *wire.Encoder) {
		set(e, messages)
		if op.cond {
			arg.CheckModSeq(e, op.since)
			e.SP().Raw("(UNCHANGEDSINCE").SP().Number64(op.since).Byte(')')
		}
		e.SP().Raw(op.name)
		if op.silent {
			e.Raw(".SILENT")
		}
		encodeFlags(e.SP(), flags)
	}
	return session.StartStream(s, cmd, (*parser.Response).Fetch)
}

// storing makes a STORE without arguments.
func storing(messages numset.Set, cond bool) session.Command {
	cmd := session.Command{
		Name: uidName("STORE", messages.Kind()), In: session.Selected,
		Flow:    session.WritesFlags | holdFlow(messages.Kind()),
		Answers: byNumbers(messages),
		Claim:   claimFetch(messages),
	}
	if cond {
		cmd.Needs = "CONDSTORE|QRESYNC"
	}
	partly(&cmd, messages.Kind())
	return cmd
}

// encodeFlags writes flags to set. \* cannot be set: only a server sends it (RFC 9051 §9 flag-perm).
func encodeFlags(e *wire.Encoder, flags []parser.Flag) {
	if slices.Contains(flags, parser.FlagWildcard) {
		e.Fail(invalid("flag", string(parser.FlagWildcard), "cannot be set"))
	}
	parser.EncodeFlags(e, flags)
}
