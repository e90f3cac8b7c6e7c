package commands

import (
	"slices"
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// StoreLabels changes the labels of messages on Gmail, as [Store] changes flags (X-GM-EXT-1). A label is the name of a
// mailbox, or one of Gmail's own labels, which begin with a backslash. Unless the operation is silent, the stream
// yields the messages; fetch.GmailLabels.Of returns their new labels. Each value is valid until the next turn of the
// loop.
func StoreLabels(s *session.Session, messages numset.Set, op StoreOp, labels ...string) *session.Stream[parser.Fetch] {
	labels = slices.Clone(labels)
	return StoreExt(s, messages, op, StoreItem{Name: "X-GM-LABELS", Needs: "X-GM-EXT-1", Args: func(e *wire.Encoder) {
		e.List(len(labels), func(i int) {
			if strings.HasPrefix(labels[i], `\`) {
				e.Flag(labels[i])
			} else {
				parser.EncodeMailbox(e, labels[i])
			}
		})
	}})
}
