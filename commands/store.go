package commands

import (
	"slices"

	"github.com/imapstack/imapstack/commands/internal/arg"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// StoreOp says what Store does with flags. The zero StoreOp is SetFlags.
type StoreOp struct {
	sign   string // "", "+", "-"
	silent bool
	since  uint64
	cond   bool
}

// The operations of RFC 9051 §6.4.6.
var (
	SetFlags    = StoreOp{}
	AddFlags    = StoreOp{sign: "+"}
	RemoveFlags = StoreOp{sign: "-"}
)

// Silent is the same operation, without the new flags in the answer.
func (op StoreOp) Silent() StoreOp { op.silent = true; return op }

// UnchangedSince is the same operation, only on messages whose MODSEQ is not larger (RFC 7162 §3.1.3).
// If there are others, the stream ends with a *ModifiedError, which names them.
func (op StoreOp) UnchangedSince(modseq uint64) StoreOp { op.since, op.cond = modseq, true; return op }

// Store changes flags of messages: STORE or UID STORE by the kind of the set (RFC 9051 §6.4.6). The stream yields the
// new flags, unless the operation is silent; each value is valid until the next turn of the loop. The stream ends with
// an *ExpungedError if the server says that some of the messages are gone.
func Store(s *session.Session, messages numset.Set, op StoreOp, flags ...parser.Flag) *session.Stream[parser.Fetch] {
	return StoreExt(s, messages, op, StoreItem{Name: "FLAGS", Args: func(e *wire.Encoder) { encodeFlags(e, flags) }})
}

// StoreCommand makes a STORE or UID STORE, by the kind of the set, without its arguments, for what [Store] and [StoreExt]
// cannot express. It claims the FETCH responses for the set, tells the session that flags change, and turns the
// answer's code into a *ModifiedError or an *ExpungedError. conditional says whether the arguments have UNCHANGEDSINCE
// (RFC 7162 §3.1.3).
func StoreCommand(messages numset.Set, conditional bool) session.Command {
	cmd := session.Command{
		Name: uidName("STORE", messages.Kind()), In: session.Selected,
		Flow:    session.WritesFlags | holdFlow(messages.Kind()),
		Answers: byNumbers(messages),
		Claim:   ClaimFetch(messages),
	}
	if conditional {
		cmd.Needs = "CONDSTORE|QRESYNC"
	}
	partly(&cmd, messages.Kind())
	return cmd
}

// StoreItem is what a STORE changes in place of flags: an item of an extension (RFC 4466 §2.5).
type StoreItem struct {
	Name  string              // in upper case, without the sign and .SILENT: "X-GM-LABELS"
	Needs string              // the capability; "A|B" means either
	Args  func(*wire.Encoder) // writes the values, without a space before them
}

// StoreExt changes an extension's item of messages, as [Store] changes flags. The stream yields what the server reports
// about the messages; a fetch.Ext of the item reads it. Each value is valid until the next turn of the loop.
func StoreExt(s *session.Session, messages numset.Set, op StoreOp, item StoreItem) *session.Stream[parser.Fetch] {
	cmd := StoreCommand(messages, op.cond)
	if item.Needs != "" && (cmd.Needs == "" || !s.Caps().HasAny(item.Needs)) {
		cmd.Needs = item.Needs
	}
	cmd.Args = func(e *wire.Encoder) {
		set(e, messages)
		if op.cond {
			arg.CheckModSeq(e, op.since)
			e.SP().Raw("(UNCHANGEDSINCE").SP().Number64(op.since).Byte(')')
		}
		e.SP().Raw(op.sign).Atom(item.Name)
		if op.silent {
			e.Raw(".SILENT")
		}
		item.Args(e.SP())
	}
	return session.StartStream(s, cmd, (*parser.Response).Fetch)
}

// encodeFlags writes flags to set. \* cannot be set: only a server sends it (RFC 9051 §9 flag-perm).
func encodeFlags(e *wire.Encoder, flags []parser.Flag) {
	if slices.Contains(flags, parser.FlagWildcard) {
		e.Fail(invalid("flag", string(parser.FlagWildcard), "cannot be set"))
	}
	parser.EncodeFlags(e, flags)
}
