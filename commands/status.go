package commands

import (
	"bytes"
	"slices"

	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// Status asks for items of a mailbox, such as its number of messages, without selecting it (RFC 9051 §6.3.11). For the
// selected mailbox, STATUS may be slow; use Session.Mailbox instead. The result is the caller's. If the server
// sends STATUS only for another spelling of the name, such as one in another case, that is the result, and its field
// Mailbox has the server's spelling.
func Status(s *session.Session, mailbox string, items ...status.Item) *session.Call[parser.StatusData] {
	same := func(name []byte) nameMatch { return matchName(name, mailbox, s.Mode().UTF8) }
	return askStatus(s, mailbox, func(e *wire.Encoder) { parser.EncodeMailbox(e, mailbox) }, same, items)
}

// statusRaw is like Status, but takes the name of the mailbox as the octets that LIST has sent.
func statusRaw(s *session.Session, mailbox []byte, items []status.Item) *session.Call[parser.StatusData] {
	same := func(name []byte) nameMatch {
		if bytes.Equal(name, mailbox) {
			return sameName
		}
		return otherName
	}
	return askStatus(s, parser.DecodeMailbox(mailbox, s.Mode().UTF8), func(e *wire.Encoder) { e.AStringBytes(mailbox) }, same, items)
}

// askStatus starts a STATUS that claims one STATUS response for its mailbox. So several STATUS commands may be in
// flight. The server may also send STATUS unasked (RFC 5465 §5.4), for this mailbox or another. A response that lacks
// one of the requested items was probably sent unasked. But some servers leave out items that were asked for, so such a
// response is the answer if no other arrives. A response whose name is only similar is also the answer if no other
// arrives. key is the mailbox's decoded name. name(e) writes the name, and same compares a name in a response with it.
func askStatus(s *session.Session, key string, name func(*wire.Encoder), same func(name []byte) nameMatch, items []status.Item) *session.Call[parser.StatusData] {
	out := new(parser.StatusData)
	cmd := session.Command{Name: "STATUS", In: loggedIn, Asks: key, Answers: byName("STATUS", key)}
	for _, it := range items {
		if n := it.Capability(); n != "" && !s.Caps().HasAny(n) {
			cmd.Needs = n
		}
	}
	var data parser.StatusData
	var failed error
	got := false
	// second is the response that is the answer if no certain one arrives, and best is its rank.
	var second *parser.StatusData
	best := 0
	cmd.Args = func(e *wire.Encoder) {
		name(e.SP())
		e.SP()
		encodeStatusItems(e, items)
	}
	cmd.Claim = func(r *parser.Response) bool {
		if r.Name != "STATUS" || got {
			return false
		}
		// Decode all of the response: if the name is not quoted, only the rest of the response shows where the name
		// ends.
		failed = data.Decode(r.Decoder())
		match := same(data.Mailbox)
		if match == otherName {
			return failed != nil && len(data.Mailbox) == 0
		}
		if failed != nil || match == sameName && hasItems(&data, items) {
			return true
		}
		rank := 2 * int(match)
		if hasItems(&data, items) {
			rank++
		}
		if rank >= best {
			second, best = data.Clone(), rank
		}
		return false
	}
	cmd.Data = func(r *parser.Response) error {
		got = true
		if failed != nil {
			return failed
		}
		*out = *data.Clone()
		return nil
	}
	cmd.Done = func(*response) error {
		if !got && second != nil {
			*out, got = *second, true
		}
		return answered(got, cmd.Name)
	}
	return session.Start(s, cmd, out)
}

// statusFields are the items for which parser.StatusData has a field.
var statusFields = map[string]parser.StatusItems{
	status.Messages.Attribute():       parser.StatusMessages,
	status.Recent.Attribute():         parser.StatusRecent,
	status.UIDNext.Attribute():        parser.StatusUIDNext,
	status.UIDValidity.Attribute():    parser.StatusUIDValidity,
	status.Unseen.Attribute():         parser.StatusUnseen,
	status.Deleted.Attribute():        parser.StatusDeleted,
	status.Size.Attribute():           parser.StatusSize,
	status.DeletedStorage.Attribute(): parser.StatusDeletedStorage,
	status.HighestModSeq.Attribute():  parser.StatusHighestModSeq,
	status.AppendLimit.Attribute():    parser.StatusAppendLimit,
	status.MailboxID.Attribute():      parser.StatusMailboxID,
}

// hasItems reports whether data has all of the items.
func hasItems(data *parser.StatusData, items []status.Item) bool {
	return !slices.ContainsFunc(items, func(it status.Item) bool {
		if field := statusFields[it.Attribute()]; field != 0 {
			return !data.Has(field)
		}
		return !slices.ContainsFunc(data.Ext, func(x parser.ExtData) bool { return x.Name == it.Attribute() })
	})
}

func encodeStatusItems(e *wire.Encoder, items []status.Item) {
	if len(items) == 0 {
		e.Fail(&wire.ArgumentError{What: "STATUS", Reason: "needs an item"})
		return
	}
	e.List(len(items), func(i int) { e.Atom(items[i].Attribute()) })
}
