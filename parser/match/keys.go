package match

import (
	"fmt"
	"strings"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/message"
)

// flagKey compiles a key about flags. It returns nil for other keys.
func flagKey(k *parser.SearchKey) matcher {
	has := func(flag string, want bool) matcher {
		return func(_ *Search, m Message) bool { return m.HasFlag(flag) == want }
	}
	switch k.Name {
	case "ALL", "SAVEDATESUPPORTED":
		return always
	case "ANSWERED":
		return has(`\Answered`, true)
	case "UNANSWERED":
		return has(`\Answered`, false)
	case "DELETED":
		return has(`\Deleted`, true)
	case "UNDELETED":
		return has(`\Deleted`, false)
	case "DRAFT":
		return has(`\Draft`, true)
	case "UNDRAFT":
		return has(`\Draft`, false)
	case "FLAGGED":
		return has(`\Flagged`, true)
	case "UNFLAGGED":
		return has(`\Flagged`, false)
	case "SEEN":
		return has(`\Seen`, true)
	case "UNSEEN":
		return has(`\Seen`, false)
	case "KEYWORD":
		return has(k.Text, true)
	case "UNKEYWORD":
		return has(k.Text, false)
	case "RECENT":
		return has(`\Recent`, true)
	case "OLD":
		return has(`\Recent`, false)
	case "NEW":
		return func(_ *Search, m Message) bool { return m.HasFlag(`\Recent`) && !m.HasFlag(`\Seen`) }
	}
	return nil
}

// numberKey compiles a key about numbers or identifiers. It returns nil for other keys.
func (c *compiler) numberKey(k *parser.SearchKey) matcher {
	n := k.Number
	switch k.Name {
	case "LARGER":
		return func(_ *Search, m Message) bool { return uint64(m.Size()) > n }
	case "SMALLER":
		return func(_ *Search, m Message) bool { return uint64(m.Size()) < n }
	case "MODSEQ":
		c.modseq = true
		return func(_ *Search, m Message) bool { return modSeq(m) >= n }
	case "UIDAFTER":
		return func(_ *Search, m Message) bool { return uint64(m.UID()) > n }
	case "UIDBEFORE":
		return func(_ *Search, m Message) bool { return uint64(m.UID()) < n }
	case "EMAILID":
		return func(_ *Search, m Message) bool { x, ok := m.(Identified); return ok && x.EmailID() == k.Text }
	case "THREADID":
		return func(_ *Search, m Message) bool { x, ok := m.(Identified); return ok && x.ThreadID() == k.Text }
	case "OLDER", "YOUNGER":
		// The interval is counted back from now (RFC 5032 §2). A message that is exactly that old matches both OLDER
		// and YOUNGER.
		from := c.env.Now.Add(-time.Duration(min(n, 1<<32)) * time.Second)
		if k.Name == "OLDER" {
			return func(_ *Search, m Message) bool { return !m.InternalDate().After(from) }
		}
		return func(_ *Search, m Message) bool { return !m.InternalDate().Before(from) }
	}
	return nil
}

// dateKey compiles a key about days. It returns nil for other keys. A date falls on the day that it has in its own zone
// (RFC 9051 §6.4.4: "disregarding time and timezone").
func dateKey(k *parser.SearchKey) (matcher, cost) {
	name, of, cost := k.Name, func(m Message) time.Time { return m.InternalDate() }, costNumber
	if rest, ok := strings.CutPrefix(name, "SENT"); ok {
		name, of, cost = rest, func(m Message) time.Time { return content(m).Sent() }, costDate
	} else if rest, ok := strings.CutPrefix(name, "SAVED"); ok {
		name, of = rest, func(m Message) time.Time { return saved(m) }
	}
	want := day(k.Date)
	switch name {
	case "BEFORE":
		return func(_ *Search, m Message) bool { d := day(of(m)); return d != 0 && d < want }, cost
	case "ON":
		return func(_ *Search, m Message) bool { return day(of(m)) == want }, cost
	case "SINCE":
		return func(_ *Search, m Message) bool { return day(of(m)) >= want }, cost
	}
	return nil, 0
}

// day returns a number for the day of t, which is larger for a later day. It returns 0 for the zero time.
func day(t time.Time) int {
	if t.IsZero() {
		return 0
	}
	y, m, d := t.Date()
	return y*10_000 + int(m)*100 + d
}

// textKey compiles a key that searches the content of messages.
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
		return func(q *Search, m Message) bool { return q.contains(content(m).BodyText(), text) }, costBody, nil
	case "TEXT":
		return func(q *Search, m Message) bool {
			return q.contains(content(m).HeaderText(), text) || q.contains(content(m).BodyText(), text)
		}, costBody, nil
	}
	return nil, 0, &Error{"", fmt.Sprintf("search key %s is not supported", k.Name)}
}

// header returns a matcher that searches for text in the header fields with the given name.
func header(name, text string) matcher {
	return func(q *Search, m Message) bool {
		for _, v := range content(m).Header(name) {
			if q.contains(v, text) {
				return true
			}
		}
		return false
	}
}

// address returns a matcher that searches for text in the addresses of a header field. It searches both the text that
// message.Addresses returns and the field as it is in the header.
func address(name, text string, of func(*parser.Envelope) []parser.Address) matcher {
	asIs := header(name, text)
	return func(q *Search, m Message) bool {
		list := of(content(m).Envelope())
		return len(list) > 0 && q.contains(message.Addresses(list), text) || asIs(q, m)
	}
}
