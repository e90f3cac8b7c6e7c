package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// SelectOption is a parameter of SELECT (RFC 4466 §2.1).
type SelectOption struct {
	Needs string              // the capability; "A|B" is either
	Write func(*wire.Encoder) // writes the parameter
}

// CondStore asks to be told the MODSEQ of changes (RFC 7162 §3.1.8).
func CondStore() SelectOption {
	return SelectOption{"CONDSTORE|QRESYNC", func(e *wire.Encoder) { e.Raw("CONDSTORE") }}
}

// Resync is what is remembered of a mailbox, for QResync.
type Resync struct {
	UIDValidity uint32
	ModSeq      uint64
	Known       numset.Set // the UIDs known; empty is all
	MatchSeq    numset.Set // sequence numbers, fixed ones, and the UIDs they had; empty leaves them out
	MatchUID    numset.Set
}

// QResync asks for all that has changed since (RFC 7162 §3.2.5): the session's handler is told of what has
// vanished, and of new flags, before Select's answer. It needs Enable of QRESYNC.
func QResync(r Resync) SelectOption {
	return SelectOption{"QRESYNC", func(e *wire.Encoder) {
		e.Raw("QRESYNC").SP().Byte('(').Number(r.UIDValidity).SP().Number64(r.ModSeq)
		if !r.Known.Empty() {
			if r.Known.Dynamic() {
				e.Fail(&wire.ArgumentError{What: "known-uids", Reason: "must not hold *"})
			}
			setOf(e, r.Known, numset.UID)
		}
		if !r.MatchSeq.Empty() {
			for i, set := range []numset.Set{r.MatchSeq, r.MatchUID} {
				if err := parser.CheckSet(set, []numset.Kind{numset.Seq, numset.UID}[i]); err != nil {
					e.Fail(err)
				}
			}
			e.SP().Byte('(').Append(r.MatchSeq.AppendTo).SP().Append(r.MatchUID.AppendTo).Byte(')')
		}
		e.Byte(')')
	}}
}

// Select opens a mailbox (RFC 9051 §6.3.2) and returns what the server tells of it; session.Mailbox is the same,
// brought up to date as changes are told. If it fails, no mailbox is open, not even one that was.
func Select(s *session.Session, mailbox string, opts ...SelectOption) *session.Call[session.Mailbox] {
	return selecting(s, "SELECT", mailbox, opts)
}

// Examine opens a mailbox to read only (RFC 9051 §6.3.3).
func Examine(s *session.Session, mailbox string, opts ...SelectOption) *session.Call[session.Mailbox] {
	return selecting(s, "EXAMINE", mailbox, opts)
}

func selecting(s *session.Session, name, mailbox string, opts []SelectOption) *session.Call[session.Mailbox] {
	box := &session.Mailbox{Name: mailbox}
	out := new(session.Mailbox)
	cmd := session.Command{
		Name: name, In: loggedIn, Flow: session.Barrier, Then: session.Selected,
		Opens: box,
		Claim: func(r *parser.Response) bool {
			switch r.Name {
			case "FLAGS", "EXISTS", "RECENT", "LIST":
				return true
			}
			return r.Status == parser.OK && r.Code.Name != "" && r.Code.Name != parser.CodeAlert
		},
		Done: func(*response) error {
			*out = box.Clone()
			return nil
		},
		Args: func(e *wire.Encoder) {
			parser.EncodeMailbox(e.SP(), mailbox)
			if len(opts) > 0 {
				e.SP().List(len(opts), func(i int) { opts[i].Write(e) })
			}
		},
	}
	for _, o := range opts {
		if o.Needs != "" && !s.Caps().HasAny(o.Needs) {
			cmd.Needs = o.Needs
		}
	}
	return session.Start(s, cmd, out)
}
