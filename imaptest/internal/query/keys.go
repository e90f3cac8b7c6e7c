package query

import (
	"fmt"
	"strings"
	"time"

	"github.com/imapstack/imapstack/imaptest/internal/message"
	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
)

// flagKey compiles the keys about flags, or returns nil.
func flagKey(k *parser.SearchKey) matcher {
	has := func(flag string, want bool) matcher {
		return func(_ *Search, it *store.Item) bool { return it.Flags.Has(flag) == want }
	}
	switch k.Name {
	case "ALL", "SAVEDATESUPPORTED":
		return always
	case "ANSWERED":
		return has(store.Answered, true)
	case "UNANSWERED":
		return has(store.Answered, false)
	case "DELETED":
		return func(_ *Search, it *store.Item) bool { return it.Flags.Deleted() }
	case "UNDELETED":
		return func(_ *Search, it *store.Item) bool { return !it.Flags.Deleted() }
	case "DRAFT":
		return has(store.Draft, true)
	case "UNDRAFT":
		return has(store.Draft, false)
	case "FLAGGED":
		return has(store.Flagged, true)
	case "UNFLAGGED":
		return has(store.Flagged, false)
	case "SEEN":
		return func(_ *Search, it *store.Item) bool { return it.Flags.Seen() }
	case "UNSEEN":
		return func(_ *Search, it *store.Item) bool { return !it.Flags.Seen() }
	case "KEYWORD":
		return has(k.Text, true)
	case "UNKEYWORD":
		return has(k.Text, false)
	case "RECENT":
		return func(_ *Search, it *store.Item) bool { return it.Recent }
	case "OLD":
		return func(_ *Search, it *store.Item) bool { return !it.Recent }
	case "NEW":
		return func(_ *Search, it *store.Item) bool { return it.Recent && !it.Flags.Seen() }
	}
	return nil
}

// numberKey compiles the keys about numbers and identifiers, or returns nil.
func (c *compiler) numberKey(k *parser.SearchKey) matcher {
	n := k.Number
	switch k.Name {
	case "LARGER":
		return func(_ *Search, it *store.Item) bool { return uint64(it.Content.Size()) > n }
	case "SMALLER":
		return func(_ *Search, it *store.Item) bool { return uint64(it.Content.Size()) < n }
	case "MODSEQ":
		c.modseq = true
		return func(_ *Search, it *store.Item) bool { return it.ModSeq >= n }
	case "UIDAFTER":
		return func(_ *Search, it *store.Item) bool { return uint64(it.UID) > n }
	case "UIDBEFORE":
		return func(_ *Search, it *store.Item) bool { return uint64(it.UID) < n }
	case "EMAILID":
		return func(_ *Search, it *store.Item) bool { return it.EmailID() == k.Text }
	case "THREADID":
		return func(_ *Search, it *store.Item) bool { return it.ThreadID() == k.Text }
	case "OLDER", "YOUNGER":
		// RFC 5032 §2: the interval is counted back from now; who is as old as it is, is in it.
		from := c.env.Now.Add(-time.Duration(min(n, 1<<32)) * time.Second)
		if k.Name == "OLDER" {
			return func(_ *Search, it *store.Item) bool { return !it.Date.After(from) }
		}
		return func(_ *Search, it *store.Item) bool { return !it.Date.Before(from) }
	}
	return nil
}

// dateKey compiles the keys about days, or returns nil. The day is that of the date in its own zone
// (RFC 9051 §6.4.4: "disregarding time and timezone").
func dateKey(k *parser.SearchKey) (matcher, cost) {
	name, of, cost := k.Name, func(it *store.Item) time.Time { return it.Date }, costNumber
	if rest, ok := strings.CutPrefix(name, "SENT"); ok {
		name, of, cost = rest, func(it *store.Item) time.Time { return it.Content.Sent() }, costDate
	} else if rest, ok := strings.CutPrefix(name, "SAVED"); ok {
		name, of = rest, func(it *store.Item) time.Time { return it.Saved }
	}
	want := day(k.Date)
	switch name {
	case "BEFORE":
		return func(_ *Search, it *store.Item) bool { d := day(of(it)); return d != 0 && d < want }, cost
	case "ON":
		return func(_ *Search, it *store.Item) bool { return day(of(it)) == want }, cost
	case "SINCE":
		return func(_ *Search, it *store.Item) bool { return day(of(it)) >= want }, cost
	}
	return nil, 0
}

// day returns a number that days compare by; 0: no time at all.
func day(t time.Time) int {
	if t.IsZero() {
		return 0
	}
	y, m, d := t.Date()
	return y*10_000 + int(m)*100 + d
}

// textKey compiles the keys that look into the message.
func (c *compiler) textKey(k *parser.SearchKey) (matcher, cost, error) {
	text, err := c.text(k.Text)
	if err != nil {
		return nil, 0, err
	}
	switch k.Name {
	case "BCC":
		return address("Bcc", text, func(e *parser.Envelope) []parser.Address { return e.Bcc }), costHeader, nil
	case "CC":
		return address("Cc", text, func(e *parser.Envelope) []parser.Address { return e.Cc }), costHeader, nil
	case "FROM":
		return address("From", text, func(e *parser.Envelope) []parser.Address { return e.From }), costHeader, nil
	case "TO":
		return address("To", text, func(e *parser.Envelope) []parser.Address { return e.To }), costHeader, nil
	case "SUBJECT":
		return header("Subject", text), costHeader, nil
	case "HEADER":
		return header(k.Field, text), costHeader, nil
	case "BODY":
		return func(q *Search, it *store.Item) bool { return q.contains(it.Content.BodyText(), text) }, costBody, nil
	case "TEXT":
		return func(q *Search, it *store.Item) bool {
			return q.contains(it.Content.HeaderText(), text) || q.contains(it.Content.BodyText(), text)
		}, costBody, nil
	}
	return nil, 0, &Error{"", fmt.Sprintf("there is nothing to search by %s here", k.Name)}
}

// header looks for a text in the fields of a name; the empty text is in each.
func header(name, text string) matcher {
	return func(q *Search, it *store.Item) bool {
		for _, v := range it.Content.Header(name) {
			if q.contains(v, text) {
				return true
			}
		}
		return false
	}
}

// address looks for a text in addresses, as they read when they are put together anew, and as they came.
func address(name, text string, of func(*parser.Envelope) []parser.Address) matcher {
	asIs := header(name, text)
	return func(q *Search, it *store.Item) bool {
		list := of(it.Content.Envelope())
		return len(list) > 0 && q.contains(message.Addresses(list), text) || asIs(q, it)
	}
}
