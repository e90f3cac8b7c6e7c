package commands

import (
	"slices"

	"github.com/imapstack/imapstack/commands/internal/arg"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// StoreOp says what [Store] does with flags. The zero StoreOp is SetFlags.
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

// Silent returns an operation that makes the same change, after which the server does not send the new flags.
func (op StoreOp) Silent() StoreOp { op.silent = true; return op }

// UnchangedSince returns an operation that makes the same change, but only in messages whose mod-sequence is at most
// modseq (RFC 7162 §3.1.3). If the set contains other messages, the server does not change them, and the stream ends
// with a *ModifiedError that contains their numbers.
func (op StoreOp) UnchangedSince(modseq uint64) StoreOp { op.since, op.cond = modseq, true; return op }

// Store changes flags of messages. It sends STORE or, for a set of UIDs, UID STORE (RFC 9051 §6.4.6). Unless the
// operation is silent, the stream yields messages with their new flags; each value is valid until the next turn of
// the loop. If the server answers OK with the code EXPUNGEISSUED, because some of the messages are gone, the stream
// ends with an *ExpungedError.
func Store(s *session.Session, messages numset.Set, op StoreOp, flags ...parser.Flag) *session.Stream[parser.Fetch] {
	return StoreExt(s, messages, op, StoreItem{Name: "FLAGS", Args: func(e *wire.Encoder) { encodeFlags(e, flags) }})
}

// StoreCommand returns a STORE or, for a set of UIDs, a UID STORE, without arguments. It is for programs that need
// more than [Store] and [StoreExt]. The command claims the FETCH responses for the set, tells the session that flags
// change, and turns the codes MODIFIED and EXPUNGEISSUED into a *ModifiedError and an *ExpungedError. conditional
// says whether the arguments will contain UNCHANGEDSINCE (RFC 7162 §3.1.3).
func StoreCommand(messages numset.Set, conditional bool) session.Command {
	cmd := session.Command{
		Name: uidName("STORE", messages.Kind()), In: session.Selected,
		Flow:    session.WritesFlags | noExpungeFlow(messages.Kind()),
		Answers: byNumbers(messages),
		Claim:   ClaimFetch(messages),
	}
	if conditional {
		cmd.Needs = "CONDSTORE|QRESYNC"
	}
	checkCodes(&cmd, messages.Kind())
	return cmd
}

// StoreItem is an item of an extension that STORE changes instead of flags (RFC 4466 §2.5).
type StoreItem struct {
	Name  string              // in upper case, without the sign and .SILENT, such as "X-GM-LABELS"
	Needs string              // the capability; "A|B" means either
	Args  func(*wire.Encoder) // writes the values, without a space before them
}

// StoreExt changes an extension's item of messages, as [Store] changes flags. The stream yields the messages that the
// server reports; the Of method of the item's fetch.Ext returns the new value. Each value is valid until the next
// turn of the loop.
func StoreExt(s *session.Session, messages numset.Set, op StoreOp, item StoreItem) *session.Stream[parser.Fetch] {
	cmd := StoreCommand(messages, op.cond)
	if item.Needs != "" && (cmd.Needs == "" || !s.Caps().HasAny(item.Needs)) {
		cmd.Needs = item.Needs
	}
	cmd.Args = func(e *wire.Encoder) {
		encodeSet(e, messages)
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

// encodeFlags writes the flags of STORE or APPEND. It refuses \*, which only servers send (RFC 9051 §9 flag-perm).
func encodeFlags(e *wire.Encoder, flags []parser.Flag) {
	if slices.Contains(flags, parser.FlagWildcard) {
		e.Fail(invalid("flag", string(parser.FlagWildcard), "cannot be set"))
	}
	parser.EncodeFlags(e, flags)
}
