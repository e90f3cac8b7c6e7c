package match

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/message"
)

// column has the values that one criterion compares: a number or a text for each message.
type column struct {
	numbers []int64
	texts   []string
	reverse bool
}

func (c *column) compare(a, b int) int {
	n := 0
	if c.numbers != nil {
		n = cmp.Compare(c.numbers[a], c.numbers[b])
	} else {
		n = strings.Compare(c.texts[a], c.texts[b])
	}
	if c.reverse {
		return -n
	}
	return n
}

// Sort sorts messages by criteria (RFC 5256 §3, RFC 5957, and MODSEQ and UID). Equal messages are in the order of
// their sequence numbers. The error is an *Error for an unknown criterion.
func Sort[M Message](items []M, criteria []parser.SortCriterion) error {
	columns := make([]column, len(criteria))
	for i, c := range criteria {
		if err := fill(&columns[i], items, c); err != nil {
			return err
		}
	}
	// Sort the indexes, because the columns have their values in the original order of the messages.
	order := make([]int, len(items))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		for i := range columns {
			if n := columns[i].compare(a, b); n != 0 {
				return n
			}
		}
		return cmp.Or(cmp.Compare(items[a].Seq(), items[b].Seq()), cmp.Compare(items[a].UID(), items[b].UID()))
	})
	sorted := make([]M, len(items))
	for i, k := range order {
		sorted[i] = items[k]
	}
	copy(items, sorted)
	return nil
}

func fill[M Message](col *column, items []M, c parser.SortCriterion) error {
	col.reverse = c.Reverse
	number := func(f func(m Message) int64) {
		col.numbers = make([]int64, len(items))
		for i := range items {
			col.numbers[i] = f(items[i])
		}
	}
	text := func(f func(m Message) string) {
		col.texts = make([]string, len(items))
		for i := range items {
			col.texts[i] = Fold(f(items[i]))
		}
	}
	switch c.Key {
	case "ARRIVAL":
		number(func(m Message) int64 { return m.InternalDate().Unix() })
	case "DATE":
		number(func(m Message) int64 { return sentDate(m).Unix() })
	case "SIZE":
		number(func(m Message) int64 { return m.Size() })
	case "MODSEQ":
		number(func(m Message) int64 { return int64(modSeq(m)) })
	case "UID":
		number(func(m Message) int64 { return int64(m.UID()) })
	case "SUBJECT":
		text(func(m Message) string { return content(m).Thread().Subject })
	case "FROM":
		text(func(m Message) string { return localPart(content(m).Envelope().From) })
	case "TO":
		text(func(m Message) string { return localPart(content(m).Envelope().To) })
	case "CC":
		text(func(m Message) string { return localPart(content(m).Envelope().Cc) })
	case "DISPLAYFROM":
		text(func(m Message) string { return message.Display(content(m).Envelope().From) })
	case "DISPLAYTO":
		text(func(m Message) string { return message.Display(content(m).Envelope().To) })
	default:
		return &Error{"", fmt.Sprintf("sort criterion %s is not known", c.Key)}
	}
	return nil
}

// sentDate returns the sent date of a message (RFC 5256 §2.2).
func sentDate(m Message) time.Time {
	if t := content(m).Sent(); !t.IsZero() {
		return t
	}
	return m.InternalDate()
}

// localPart returns the local part of the first address, or the name of the group.
func localPart(list []parser.Address) string {
	if len(list) == 0 {
		return ""
	}
	return string(list[0].Mailbox)
}
