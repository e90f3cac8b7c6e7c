package serve

import "github.com/imapstack/imapstack/parser"

// hasUIDForm lists the commands that also have a form with UIDs.
var hasUIDForm = map[string]bool{
	"FETCH": true, "STORE": true, "COPY": true, "MOVE": true, "SEARCH": true, "SORT": true, "THREAD": true, "REPLACE": true,
}

// uidRequired answers a use of sequence numbers after UIDONLY (RFC 9586 §3.1).
func uidRequired(what string) *Reply {
	return &Reply{Status: parser.BAD, Code: parser.Code{Name: parser.CodeUIDRequired}, Text: what + " is by sequence numbers, and UIDONLY is enabled"}
}

// checkNumbers refuses a command with sequence numbers if the client has enabled UIDONLY.
func (c *Conn) checkNumbers(h *parser.CommandHead) error {
	if c.enabled.uidOnly && !h.UID && hasUIDForm[h.Name] {
		return uidRequired(h.Name)
	}
	return nil
}

// checkKeyNumbers is like checkNumbers, for a search key (RFC 9586 §3.4).
func (c *Conn) checkKeyNumbers(key *parser.SearchKey) error {
	if !c.enabled.uidOnly {
		return nil
	}
	for k := range key.All() {
		if k.Name == parser.KeySet && !k.Set.IsSaved() {
			return uidRequired("the search key " + k.Set.String())
		}
	}
	return nil
}

// usesVanished reports whether the client is told the UIDs of expunged messages.
func (c *Conn) usesVanished() bool { return c.enabled.qresync || c.enabled.uidOnly }
