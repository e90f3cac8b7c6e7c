package commands

import (
	"slices"
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// StoreLabels changes Gmail's labels of messages as [Store] changes flags (X-GM-EXT-1). A label is the name of a mailbox or one of Gmail's own,
// which begin with a backslash. Unless the operation is silent, the stream yields messages whose labels GmailLabels reads; each value is valid until
// the next turn of the loop.
func StoreLabels(s *session.Session, messages numset.Set, op StoreOp, labels ...string) *session.Stream[parser.Fetch] {
	cmd := storing(messages, op.cond)
	cmd.Needs = "X-GM-EXT-1"
	labels = slices.Clone(labels)
	cmd.Args = func(e *wire.Encoder) {
		set(e, messages)
		if op.cond {
			e.SP().Raw("(UNCHANGEDSINCE").SP().Number64(op.since).Byte(')')
		}
		e.SP().Raw(strings.Replace(op.name, "FLAGS", "X-GM-LABELS", 1))
		if op.silent {
			e.Raw(".SILENT")
		}
		e.SP().List(len(labels), func(i int) {
			if strings.HasPrefix(labels[i], `\`) {
				e.Flag(labels[i])
			} else {
				parser.EncodeMailbox(e, labels[i])
			}
		})
	}
	return session.StartStream(s, cmd, (*parser.Response).Fetch)
}
