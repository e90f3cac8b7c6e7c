package commands

import (
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// MailboxDetails is a mailbox in the result of [ListDetails], with the data that the server sent about it. It is the
// caller's.
type MailboxDetails struct {
	List     *parser.ListData
	Status   *parser.StatusData  // nil if the server sent none
	Rights   *parser.Rights      // the user's rights in the mailbox; nil if the server sent none (RFC 8440)
	Metadata []parser.EntryValue // the entries of ReturnMetadata (RFC 9590); valid for as long as the MailboxDetails
}

// ReturnStatus asks for STATUS items of each mailbox that can be selected (RFC 5819).
func ReturnStatus(items ...status.Item) ListOption {
	return ListOption{Needs: "LIST-STATUS", status: items, Write: func(e *wire.Encoder) {
		e.Raw("STATUS").SP()
		encodeStatusItems(e, items)
	}}
}

// ReturnMetadata asks for entries of each mailbox's metadata (RFC 9590).
func ReturnMetadata(entries ...string) ListOption {
	return ListOption{Needs: "LIST-METADATA", Write: func(e *wire.Encoder) {
		if len(entries) == 0 {
			e.Fail(invalid("entry", "", "is missing"))
		}
		for _, x := range entries {
			if err := checkEntry(x); err != nil {
				e.Fail(err)
			}
		}
		e.Raw("METADATA").SP().List(len(entries), func(i int) { e.AString(entries[i]) })
	}}
}

// ListDetails lists mailboxes, with the data that the options ReturnStatus, ReturnMyRights and ReturnMetadata ask
// for, in one command. The result is the caller's.
func ListDetails(s *session.Session, reference string, patterns []string, opts ...ListOption) *session.Call[[]MailboxDetails] {
	cmd := ListCommand(s, reference, patterns, opts...)
	cmd.Answers = append(cmd.Answers, byPlace("STATUS", "MYRIGHTS", "METADATA")...)
	mine := cmd.Claim
	out := new([]MailboxDetails)
	index := map[string]int{}
	var items []status.Item
	for _, o := range opts {
		items = append(items, o.status...)
	}
	var st parser.StatusData
	var failed error
	cmd.Claim = func(r *response) bool {
		switch r.Name {
		case "LIST":
			return mine(r)
		case "STATUS":
			// A STATUS for a mailbox that is not listed, or with other items, was sent unasked (RFC 5465 §5.4).
			failed = st.Decode(r.Decoder())
			i, listed := index[string(st.Mailbox)]
			return failed != nil || listed && ((*out)[i].Status == nil || hasItems(&st, items))
		case "MYRIGHTS":
			return true
		case "METADATA":
			d := r.Decoder()
			d.AString()
			d.SP()
			return d.Is('(')
		}
		return mine(r)
	}
	of := func(mailbox []byte) *MailboxDetails {
		if i, ok := index[string(mailbox)]; ok {
			return &(*out)[i]
		}
		// Data about a mailbox that is not listed is dropped.
		return new(MailboxDetails)
	}
	cmd.Data = func(r *response) error {
		if own, err := optionAnswer(opts, r.Name, r); own {
			return err
		}
		d := r.Decoder()
		switch r.Name {
		case "LIST":
			x := new(parser.ListData)
			if err := x.Decode(d); err != nil {
				return err
			}
			if i, ok := index[string(x.Mailbox)]; ok {
				(*out)[i].List = x.Clone() // the server has listed the mailbox again: the newer LIST counts
				return nil
			}
			index[string(x.Mailbox)] = len(*out)
			*out = append(*out, MailboxDetails{List: x.Clone()})
		case "STATUS":
			if failed != nil {
				return failed
			}
			of(st.Mailbox).Status = st.Clone()
		case "MYRIGHTS":
			x := new(parser.MyRights)
			if err := x.Decode(d); err != nil {
				return err
			}
			of(x.Mailbox).Rights = &x.Rights
		default:
			x := new(parser.Metadata)
			if err := x.Decode(d); err != nil {
				return err
			}
			m := of(x.Mailbox)
			m.Metadata = append(m.Metadata, x.Clone().Values...)
		}
		return nil
	}
	return session.Start(s, cmd, out)
}

// RList is like List, but also lists mailboxes on other servers. The server answers a SELECT of such a mailbox with a
// referral to the other server (RFC 2193 §5.1). Each value is valid until the next turn of the loop.
func RList(s *session.Session, reference, pattern string) *session.Stream[parser.ListData] {
	return startOtherList(s, "RLIST", "LIST", "MAILBOX-REFERRALS", reference, pattern)
}

// RLsub is like Lsub, but also lists mailboxes on other servers (RFC 2193 §5.2). Each value is valid until the next
// turn of the loop.
func RLsub(s *session.Session, reference, pattern string) *session.Stream[parser.ListData] {
	return startOtherList(s, "RLSUB", "LSUB", "MAILBOX-REFERRALS", reference, pattern)
}

// XList sends XLIST, which Gmail had before RFC 6154: a LIST with special uses. INBOX may be listed by a name in the
// user's language; the attribute \Inbox marks it. Each value is valid until the next turn of the loop.
func XList(s *session.Session, reference, pattern string) *session.Stream[parser.ListData] {
	return startOtherList(s, "XLIST", "XLIST", "XLIST", reference, pattern)
}

func startOtherList(s *session.Session, name, answer, needs, reference, pattern string) *session.Stream[parser.ListData] {
	return session.StartStream(s, session.Command{
		Name: name, In: loggedIn, Needs: needs, Answers: byPlace(answer), Claim: named(answer),
		Args: func(e *wire.Encoder) {
			parser.EncodeMailbox(e.SP(), reference)
			parser.EncodeListMailbox(e.SP(), pattern)
		},
	}, decodeList())
}
