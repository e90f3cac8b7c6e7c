package query

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/imapstack/imapstack/imaptest/internal/message"
	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
)

// column is what one criterion compares: numbers or texts, one for each message.
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

// Sort puts messages in the order of the criteria (RFC 5256 §3, RFC 5957, and MODSEQ and UID), those that are equal by
// sequence number. The error is an Error, for a criterion this server has no data for.
func Sort(items []store.Item, criteria []parser.SortCriterion) error {
	columns := make([]column, len(criteria))
	for i, c := range criteria {
		if err := columns[i].fill(items, c); err != nil {
			return err
		}
	}
	// An index is sorted and not the items, which are big.
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
		return cmp.Or(cmp.Compare(items[a].Seq, items[b].Seq), cmp.Compare(items[a].UID, items[b].UID))
	})
	sorted := make([]store.Item, len(items))
	for i, k := range order {
		sorted[i] = items[k]
	}
	copy(items, sorted)
	return nil
}

func (col *column) fill(items []store.Item, c parser.SortCriterion) error {
	col.reverse = c.Reverse
	number := func(f func(it *store.Item) int64) {
		col.numbers = make([]int64, len(items))
		for i := range items {
			col.numbers[i] = f(&items[i])
		}
	}
	text := func(f func(it *store.Item) string) {
		col.texts = make([]string, len(items))
		for i := range items {
			col.texts[i] = Fold(f(&items[i]))
		}
	}
	switch c.Key {
	case "ARRIVAL":
		number(func(it *store.Item) int64 { return it.Date.Unix() })
	case "DATE":
		number(func(it *store.Item) int64 { return sent(it).Unix() })
	case "SIZE":
		number(func(it *store.Item) int64 { return it.Content.Size() })
	case "MODSEQ":
		number(func(it *store.Item) int64 { return int64(it.ModSeq) })
	case "UID":
		number(func(it *store.Item) int64 { return int64(it.UID) })
	case "SUBJECT":
		text(func(it *store.Item) string { return it.Content.Thread().Subject })
	case "FROM":
		text(func(it *store.Item) string { return local(it.Content.Envelope().From) })
	case "TO":
		text(func(it *store.Item) string { return local(it.Content.Envelope().To) })
	case "CC":
		text(func(it *store.Item) string { return local(it.Content.Envelope().Cc) })
	case "DISPLAYFROM":
		text(func(it *store.Item) string { return message.Display(it.Content.Envelope().From) })
	case "DISPLAYTO":
		text(func(it *store.Item) string { return message.Display(it.Content.Envelope().To) })
	default:
		return &Error{"", fmt.Sprintf("there is nothing to sort by %s here", c.Key)}
	}
	return nil
}

// sent returns the sent date of a message (RFC 5256 §2.2).
func sent(it *store.Item) time.Time {
	if t := it.Content.Sent(); !t.IsZero() {
		return t
	}
	return it.Date
}

// local returns the local part of the first address, or the name of the group.
func local(list []parser.Address) string {
	if len(list) == 0 {
		return ""
	}
	return string(list[0].Mailbox)
}
