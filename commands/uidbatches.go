package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// UIDBatches asks for ranges of UIDs, called batches (RFC 10022 §3). size is the number of messages in each batch.
// Batch 1 contains the newest messages. from and to are the first and the last batch to return; 0 and 0 mean all. A
// server may refuse a size that is too small (parser.CodeTooFew), or too many batches (parser.CodeTooMany). The
// result has one set for each batch; it is the caller's.
func UIDBatches(s *session.Session, size, from, to uint32) *session.Call[[]numset.Set] {
	const name = "UIDBATCHES"
	fail := func(what string) *session.Call[[]numset.Set] {
		return session.Failed[[]numset.Set](s, name, invalid("batches", "", what))
	}
	if size == 0 {
		return fail("have no messages")
	}
	if (from == 0) != (to == 0) || from > to {
		return fail("end before they begin")
	}
	args := parser.UIDBatchesArgs{Size: size, From: from, To: to}
	var call *session.Call[[]numset.Set]
	call = oneResponse(s, session.Command{
		Name: name, In: session.Selected, Needs: name, Flow: session.Reads, Args: args.Encode,
	}, name, func(d *wire.Decoder) bool {
		var x parser.UIDBatches
		return x.Decode(d) == nil && string(x.Tag) == call.Tag()
	}, func(d *wire.Decoder) (*[]numset.Set, error) {
		var x parser.UIDBatches
		err := x.Decode(d)
		list := make([]numset.Set, len(x.Ranges))
		for i, r := range x.Ranges {
			list[i] = numset.Span(numset.UID, min(r.Start, r.Stop), max(r.Start, r.Stop))
		}
		return &list, err
	})
	return call
}
