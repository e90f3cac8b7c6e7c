package commands

import (
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// FetchOctets fetches count octets of a message, beginning with the octet at position first. Positions count from 1.
// It sends PARTIAL, a command for IMAP4 servers (RFC 1730 §6.4.6). For IMAP4rev1 and later, use
// [fetch.Section.Partial], which counts from 0. item is fetch.RFC822, fetch.RFC822Header, fetch.RFC822Text, or a
// [fetch.Body]. The answer contains the item's name, but not first and count. Each value is valid until the next turn
// of the loop.
func FetchOctets(s *session.Session, message uint32, item fetch.Item, first, count uint32) *session.Stream[parser.Fetch] {
	const name = "PARTIAL"
	fail := func(what, reason string) *session.Stream[parser.Fetch] {
		return session.FailedStream[parser.Fetch](s, name, invalid(what, "", reason))
	}
	switch i := item.(type) {
	case fetch.Attr:
		switch i {
		case fetch.RFC822, fetch.RFC822Header, fetch.RFC822Text, fetch.RFC822Peek, fetch.RFC822TextPeek:
		default:
			return fail("item", "has no octets to be counted")
		}
	case fetch.Section:
		if what, whole := i.Request(); what.Name != "BODY" || !whole {
			return fail("item", "is not a section of RFC 1730")
		}
	default:
		return fail("item", "has no octets to be counted")
	}
	switch {
	case message == 0:
		return fail("message", "is 0")
	case first == 0:
		return fail("first octet", "is 0: octets are numbered from 1")
	case count == 0:
		return fail("number of octets", "is 0")
	}
	cmd := session.Command{
		Name: name, In: session.Selected, Needs: "IMAP4", Flow: session.Reads | noExpungeFlow(numset.Seq), Answers: byNumbers(numset.Of(numset.Seq, message)),
		Args: func(e *wire.Encoder) {
			e.SP().Number(message).SP()
			item.Encode(e)
			e.SP().Number(first).SP().Number(count)
		},
		Claim: ClaimFetch(numset.Of(numset.Seq, message)),
	}
	if item.Traits().SetsSeen {
		cmd.Flow = cmd.Flow&^session.Reads | session.WritesFlags
	}
	return session.StartStream(s, cmd, (*parser.Response).Fetch)
}
