package commands

import (
	"iter"
	"slices"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// CopyUID holds the UIDs of copied messages in both mailboxes (RFC 9051 §7.1 COPYUID). The CopyUID is zero if the
// server did not send the UIDs. The first UID in From corresponds to the first in To, and so on; Pairs yields them
// together.
type CopyUID struct {
	UIDValidity uint32         // of the mailbox that contains the copies
	From, To    []numset.Range // valid for as long as the CopyUID
}

// Pairs yields the UID of each message and the UID of its copy. It ends at the first UID without a counterpart. It
// expands the ranges one UID at a time, and holds no list.
func (c CopyUID) Pairs() iter.Seq2[uint32, uint32] {
	return func(yield func(from, to uint32) bool) {
		next, stop := iter.Pull(numbers(c.To))
		defer stop()
		for from := range numbers(c.From) {
			to, ok := next()
			if !ok || !yield(from, to) {
				return
			}
		}
	}
}

// Copy copies messages to another mailbox. It sends COPY or, for a set of UIDs, UID COPY (RFC 9051 §6.4.7). The
// result is the caller's.
func Copy(s *session.Session, messages numset.Set, mailbox string) *session.Call[CopyUID] {
	out := new(CopyUID)
	cmd := copyCommand("COPY", messages, mailbox, out)
	return session.Start(s, cmd, out)
}

func copyCommand(name string, messages numset.Set, mailbox string, out *CopyUID) session.Command {
	return session.Command{
		Name: uidName(name, messages.Kind()), In: session.Selected, Flow: seqFlow(messages.Kind()),
		Answers: session.TaggedOnly, Changes: mailbox,
		Args: func(e *wire.Encoder) {
			encodeSet(e, messages)
			parser.EncodeMailbox(e.SP(), mailbox)
		},
		// Microsoft Exchange sometimes sends COPYUID in an untagged OK. If several COPY and MOVE commands are in
		// flight, its UIDs show which command it answers.
		Claim: func(r *response) bool {
			return r.Status == parser.OK && r.Code.Name == parser.CodeCopyUID && maybeCopied(r.Code, messages)
		},
		Data: func(r *response) error { out.read(r.Code); return nil },
		Done: func(r *response) error { out.read(r.Code); return nil },
	}
}

// maybeCopied reports whether code, a COPYUID, may be about some of these messages. It returns true if messages
// contains sequence numbers, because COPYUID contains UIDs.
func maybeCopied(code parser.Code, messages numset.Set) bool {
	_, from, _, ok := code.CopyUID()
	if !ok || messages.Kind() != numset.UID {
		return true
	}
	return slices.ContainsFunc(from, func(r numset.Range) bool { return messages.Contains(r.Start) || messages.Contains(r.Stop) })
}

func (c *CopyUID) read(code parser.Code) {
	if v, from, to, ok := code.CopyUID(); ok {
		*c = CopyUID{v, from, to}
	}
}
