package imaptest

import (
	"strings"

	"github.com/imapstack/imapstack/parser"
)

// boxRaw returns the name of a mailbox in the encoding in which the client gets it.
func (c *conn) boxRaw(name string) []byte { return parser.AppendMailbox([]byte{}, name, c.utf8()) }

// pattern decodes a pattern. It leaves "inbox" in lower case unchanged, although a mailbox name "inbox" means INBOX.
func (c *conn) pattern(raw []byte) string {
	if c.utf8() || !strings.Contains(string(raw), "&") {
		return string(raw)
	}
	return parser.DecodeMailbox(raw, false)
}
