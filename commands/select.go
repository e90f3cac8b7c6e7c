package commands

import (
	"slices"
	"strconv"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// SelectOption is a parameter of SELECT and EXAMINE (RFC 4466 §2.1). An extension defines its parameters as values.
type SelectOption struct {
	Needs string              // the capability; "A|B" means either
	Write func(*wire.Encoder) // writes the parameter; nil if there is none
	flow  session.Flow
}

// CondStore asks the server to report the mod-sequences of changes (RFC 7162 §3.1.8).
func CondStore() SelectOption {
	return SelectOption{Needs: "CONDSTORE|QRESYNC", Write: func(e *wire.Encoder) { e.Raw("CONDSTORE") }}
}

// Chained lets several SELECTs be sent together: each may be sent before the previous one is answered, if the previous
// one is Chained too. So a program can ask for the changes in many mailboxes in one round trip. The program cannot send
// other commands in the earlier mailboxes. When the last SELECT has been answered, its mailbox is open.
func Chained() SelectOption { return SelectOption{flow: session.Chains} }

// WithObjectIDs selects the mailbox that has these identifiers, even if it has been renamed. If no mailbox has them,
// it selects the one with the given name. If ids is zero, it asks the server to send the identifiers of the selected
// mailbox (OBJECTID+, draft-ietf-mailmaint-imap-objectid-bis).
func WithObjectIDs(ids parser.ObjectIDs) SelectOption {
	return SelectOption{Needs: "OBJECTID+", Write: func(e *wire.Encoder) {
		e.Raw("OBJECTID")
		if ids.Mailbox != "" || ids.Account != "" {
			parser.ObjectIDs{Account: ids.Account, Mailbox: ids.Mailbox}.Encode(e.SP())
		}
	}}
}

// Resync is what a program remembers about a mailbox, as the argument of [QResync].
type Resync struct {
	UIDValidity uint32
	ModSeq      uint64
	Known       numset.Set // the UIDs of the messages that the program knows; empty means all UIDs
	MatchSeq    numset.Set // some sequence numbers, without "*", and in MatchUID the UIDs of the same messages; both may be empty
	MatchUID    numset.Set
}

// check returns an error if the grammar does not allow these values (RFC 7162 §7 select-param). check accepts all
// values that a server can have sent.
func (r Resync) check() error {
	switch {
	case r.UIDValidity == 0:
		return invalid("UIDVALIDITY", "0", "is not known")
	case r.ModSeq == 0 || r.ModSeq > 1<<63-1:
		return invalid("mod-sequence", strconv.FormatUint(r.ModSeq, 10), "is not a mod-sequence")
	case r.MatchSeq.Empty() != r.MatchUID.Empty():
		return invalid("seq-match-data", r.MatchSeq.String()+" "+r.MatchUID.String(), "has one set only")
	}
	for _, x := range []struct {
		set  numset.Set
		kind numset.Kind
	}{{r.Known, numset.UID}, {r.MatchSeq, numset.Seq}, {r.MatchUID, numset.UID}} {
		if x.set.Empty() {
			continue
		}
		if err := parser.CheckSet(x.set, x.kind); err != nil {
			return err
		}
		if x.set.Dynamic() {
			return invalid("sequence-set", x.set.String(), "contains \"*\" or \"$\"")
		}
	}
	seqs, _ := r.MatchSeq.Len()
	if uids, _ := r.MatchUID.Len(); seqs != uids {
		return invalid("seq-match-data", r.MatchSeq.String()+" "+r.MatchUID.String(), "have different lengths")
	}
	return nil
}

// QResync asks for all changes since r.ModSeq: which messages are gone, and which flags have changed (RFC 7162
// §3.2.5). Select returns them in Selected; SelectChanges yields them. QRESYNC must have been enabled.
func QResync(r Resync) SelectOption {
	return SelectOption{Needs: qresync, Write: func(e *wire.Encoder) {
		if err := r.check(); err != nil {
			e.Fail(err)
			return
		}
		e.Raw("QRESYNC").SP().Byte('(').Number(r.UIDValidity).SP().Number64(r.ModSeq)
		if !r.Known.Empty() {
			encodeSetOf(e, r.Known, numset.UID)
		}
		if !r.MatchSeq.Empty() {
			e.SP().Byte('(').Append(r.MatchSeq.AppendTo).SP().Append(r.MatchUID.AppendTo).Byte(')')
		}
		e.Byte(')')
	}}
}

// Selected is the result of Select and Examine. It is the caller's.
type Selected struct {
	session.Mailbox
	// Vanished and Changed are the changes that QResync asked for: the UIDs of messages that are gone, and messages
	// whose flags may have changed.
	Vanished numset.Set
	Changed  []*parser.Fetch
	// List is the mailbox's LIST response, which an IMAP4rev2 server sends. It contains OLDNAME if the mailbox has
	// another name than the one that was given (RFC 9051 §6.3.2). It is nil if the server has not sent it.
	List *parser.ListData
}

// Select opens a mailbox, and returns what the server reports about it (RFC 9051 §6.3.2). Session.Mailbox returns the
// same data, which the session updates when changes arrive. If the server says NO, no mailbox is open, not even the
// previous one. With QResync, the result may contain many changes; SelectChanges does not hold them in memory.
func Select(s *session.Session, mailbox string, opts ...SelectOption) *session.Call[Selected] {
	return startSelect(s, "SELECT", mailbox, opts)
}

// Examine is like Select, but opens the mailbox read-only (RFC 9051 §6.3.3).
func Examine(s *session.Session, mailbox string, opts ...SelectOption) *session.Call[Selected] {
	return startSelect(s, "EXAMINE", mailbox, opts)
}

func startSelect(s *session.Session, name, mailbox string, opts []SelectOption) *session.Call[Selected] {
	out := new(Selected)
	cmd := selectCommand(s, name, mailbox, opts)
	cmd.Done = func(*response) error {
		out.Mailbox = cmd.Opens.Clone()
		out.Changed = slices.DeleteFunc(out.Changed, func(m *parser.Fetch) bool { return out.Vanished.Contains(m.UID) })
		return nil
	}
	if slices.ContainsFunc(opts, func(o SelectOption) bool { return o.Needs == qresync }) {
		claimChanges(&cmd)
	}
	own := cmd.Claim
	best := similarName
	cmd.Claim = func(r *response) bool {
		if r.Name != "LIST" {
			return own(r)
		}
		match := listMatch(r, mailbox)
		if match < best {
			return false
		}
		best = match
		return true
	}
	cmd.Data = out.change
	return session.Start(s, cmd, out)
}

// listMatch compares the name and the old name in a LIST response with the name of a mailbox, and returns the better
// match. A server may send LIST for other mailboxes unasked.
func listMatch(r *response, mailbox string) nameMatch {
	var l parser.ListData
	if l.Decode(r.Decoder()) != nil {
		return otherName
	}
	match := matchName(l.Mailbox, mailbox, r.Decoder().UTF8())
	if l.OldName != nil {
		match = max(match, matchName(l.OldName, mailbox, true))
	}
	return match
}

// qresync is the capability of QResync.
const qresync = "QRESYNC"

// claimChanges makes a SELECT claim the responses to QResync (RFC 7162 §3.2.5.2).
func claimChanges(cmd *session.Command) {
	own := cmd.Claim
	cmd.Claim = func(r *response) bool {
		switch r.Name {
		case "FETCH", "UIDFETCH", "VANISHED": // UIDFETCH if UIDONLY is enabled (RFC 9586 §3.3)
			return true
		}
		return own(r)
	}
	cmd.Answers = append(cmd.Answers, byPlace("FETCH", "UIDFETCH", "VANISHED")...)
}

// change decodes the responses to QResync, and the mailbox's LIST.
func (x *Selected) change(r *response) error {
	switch r.Name {
	case "LIST":
		l := new(parser.ListData)
		err := l.Decode(r.Decoder())
		if err == nil {
			x.List = l.Clone()
		}
		return err
	case "FETCH", "UIDFETCH":
		m, err := r.Fetch()
		if err == nil {
			if !x.Vanished.Empty() {
				x.Vanished.Remove(m.UID) // the later report counts
			}
			x.Changed = append(x.Changed, m.Clone())
		}
		return err
	case "VANISHED":
		var v parser.Vanished
		err := v.Decode(r.Decoder())
		if err == nil && v.Earlier {
			if x.Vanished.Empty() {
				x.Vanished = v.UIDs
			} else {
				x.Vanished = x.Vanished.Union(v.UIDs)
			}
		}
		return err
	}
	return nil
}

// Changed is a change that [SelectChanges] yields: a message whose flags may have changed, or the UIDs of messages
// that are gone.
type Changed struct {
	Fetch    *parser.Fetch // the message; nil if messages are gone; valid until the next turn of the loop
	Vanished numset.Set    // the UIDs of messages that are gone
	// Closed says that all changes before this value were in the mailbox that was open before, and not in the one
	// that is being opened (RFC 9051 §7.1 CLOSED).
	Closed bool
}

// SelectChanges is like Select or, if readOnly is true, Examine. It returns a stream of the changes that QResync asks
// for, instead of holding them in memory (RFC 7162 §3.2.5). A change may arrive before UIDVALIDITY; after the loop,
// Session.Mailbox has the UIDVALIDITY to which the changes belong. Each value is valid until the next turn of the
// loop.
func SelectChanges(s *session.Session, mailbox string, readOnly bool, opts ...SelectOption) *session.Stream[Changed] {
	name := "SELECT"
	if readOnly {
		name = "EXAMINE"
	}
	cmd := selectCommand(s, name, mailbox, opts)
	claimChanges(&cmd)
	out := new(Changed)
	return session.StartStream(s, cmd, func(r *response) (*Changed, error) {
		*out = Changed{}
		var err error
		switch {
		case r.Name == "FETCH", r.Name == "UIDFETCH":
			out.Fetch, err = r.Fetch()
		case r.Name == "VANISHED":
			var v parser.Vanished
			if err = v.Decode(r.Decoder()); err == nil && !v.Earlier {
				return nil, nil // VANISHED without EARLIER reports messages that were expunged just now; the session handles it
			}
			out.Vanished = v.UIDs
		case r.Code.Name == parser.CodeClosed:
			out.Closed = true
		default:
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		return out, nil
	})
}

var selectAnswers = byPlace("FLAGS", "EXISTS", "RECENT")

// selectCommand returns a SELECT or an EXAMINE.
func selectCommand(s *session.Session, name, mailbox string, opts []SelectOption) session.Command {
	var written []SelectOption
	for _, o := range opts {
		if o.Write != nil {
			written = append(written, o)
		}
	}
	cmd := session.Command{
		Name: name, In: loggedIn, Flow: session.Barrier | session.NoExpunge, Then: session.Selected,
		Opens:   &session.Mailbox{Name: mailbox},
		Answers: slices.Clip(selectAnswers),
		Claim: func(r *parser.Response) bool {
			switch r.Name {
			case "FLAGS", "EXISTS", "RECENT":
				return true
			}
			return r.Status == parser.OK && r.Code.Name != "" && r.Code.Name != parser.CodeAlert
		},
		Args: func(e *wire.Encoder) {
			parser.EncodeMailbox(e.SP(), mailbox)
			if len(written) > 0 {
				e.SP().List(len(written), func(i int) { written[i].Write(e) })
			}
		},
	}
	for _, o := range opts {
		cmd.Flow |= o.flow
		if o.Needs != "" && !s.Caps().HasAny(o.Needs) {
			cmd.Needs = o.Needs
		}
	}
	return cmd
}
