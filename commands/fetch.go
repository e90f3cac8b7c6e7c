package commands

import (
	"context"
	"math"
	"slices"

	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// Fetch asks for items of messages. It sends FETCH or, for a set of UIDs, UID FETCH (RFC 9051 §6.4.5).
//
//	for m, err := range commands.Fetch(s, set, fetch.UID, fetch.Flags).All(ctx) {
//
// Each value is valid until the next turn of the loop, which reuses it. Clone copies one value, and Collect copies
// all. A section that is longer than wire.Limits.Inline is streamed: the body of the loop reads it; see
// parser.Fetch.Sections.
//
// A server may describe one message in several responses, and send items that were not asked for. A Fetch of UIDs
// yields the responses with a UID of its set. A response with neither a UID nor a section is unsolicited, and goes to
// the session's handler. A Fetch of sequence numbers cannot distinguish unsolicited responses about its messages from
// its results, and yields both. If the server answers OK with the code EXPUNGEISSUED, because some of the messages are
// gone, the stream ends with an *ExpungedError.
//
// If some of the data about a message cannot be read, parser.Fetch.Err returns the error. Fetch also yields sections
// that were not asked for; parser.Section.Is shows whether a section is the one that the program wants. If the program
// has asked for a range of a section's octets with fetch.Section.Partial, and the server sends another range or more
// octets, reading the section fails with parser.ErrUnasked.
func Fetch(s *session.Session, messages numset.Set, items ...fetch.Item) *session.Stream[parser.Fetch] {
	cmd := session.Command{
		Name: uidName("FETCH", messages.Kind()), In: session.Selected,
		Flow:    session.Reads | noExpungeFlow(messages.Kind()),
		Answers: byNumbers(messages),
		Claim:   ClaimFetch(messages),
	}
	vanished := false
	for _, it := range items {
		t := it.Traits()
		if t.Needs != "" && !s.Caps().HasAny(t.Needs) {
			cmd.Needs = t.Needs
		}
		if t.SetsSeen {
			cmd.Flow = cmd.Flow&^session.Reads | session.WritesFlags
		}
		vanished = vanished || t.Vanished
	}
	checkCodes(&cmd, messages.Kind())
	ask := messages
	if vanished {
		// If the set contains "*", and the newest message is gone, Cyrus does not report that. So the largest possible
		// UID replaces "*".
		ask = messages.Resolve(math.MaxUint32)
	}
	cmd.Args = func(e *wire.Encoder) {
		encodeSet(e, ask)
		e.SP()
		fetch.Encode(e, items)
	}
	expect := expectation(messages, items)
	return session.StartStream(s, cmd, func(r *parser.Response) (*parser.Fetch, error) {
		m, err := r.Fetch()
		if err == nil && m.UID == 0 && m.Seq != 0 && m.Err() != nil && messages.Kind() == numset.UID && !m.Streaming() {
			return nil, m.Err() // the UID could not be read, so it is not known which command the response answers
		}
		if err == nil {
			m.Expect(expect)
		}
		return m, err
	})
}

// expectation returns the messages and sections that were asked for, so that the parser recognizes unrequested data.
func expectation(messages numset.Set, items []fetch.Item) *parser.Expectation {
	x := new(parser.Expectation)
	if messages.Kind() == numset.UID && !messages.Dynamic() {
		x.UID = messages.Contains
	}
	var whole []parser.PartialSection
	for _, it := range items {
		switch it := it.(type) {
		case fetch.Section:
			if what, all := it.Request(); all {
				whole = append(whole, what)
			} else {
				x.Partials = append(x.Partials, what)
			}
		case fetch.Attr:
			if it == fetch.RFC822 || it == fetch.RFC822Header || it == fetch.RFC822Text {
				return &parser.Expectation{UID: x.UID} // the answer may contain the section BODY[…] instead
			}
		}
	}
	for _, it := range whole {
		x.Partials = slices.DeleteFunc(x.Partials, func(p parser.PartialSection) bool { return p.Name == it.Name && p.Spec.Equal(&it.Spec) })
	}
	return x
}

// Collect drives a stream to its end and returns copies of its values, which are the caller's. clone makes a copy, as
// (*parser.Fetch).Clone does. Collect keeps at most limit values; 0 means 1,048,576. If the stream has more, Collect
// leaves it and returns a wire.LimitError. After an error about one value, Collect continues, and returns the first
// such error at the end.
//
// A copy of a Fetch lacks a section that is longer than wire.Limits.Inline, and the items after it. A program that
// asks for such sections reads them in a loop over the stream.
func Collect[T any](ctx context.Context, stream *session.Stream[T], clone func(*T) *T, limit int) ([]*T, error) {
	if limit <= 0 {
		limit = 1 << 20
	}
	var out []*T
	var first error
	for v, err := range stream.All(ctx) {
		if err != nil {
			if first == nil {
				first = err
			}
			continue
		}
		if len(out) == limit {
			return out, &wire.LimitError{What: "items", Limit: int64(limit), Size: int64(limit) + 1}
		}
		out = append(out, clone(v))
	}
	return out, first
}
