package serve

import "github.com/imapstack/imapstack/parser"

// hasUIDForm has the commands that also have a form with UIDs.
var hasUIDForm = map[string]bool{
	"FETCH": true, "STORE": true, "COPY": true, "MOVE": true, "SEARCH": true, "SORT": true, "THREAD": true, "REPLACE": true,
}

// uidRequired returns the answer to a command that uses sequence numbers although UIDONLY is enabled (RFC 9586 §3.1).
func uidRequired(what string) *Reply {
	return &Reply{Status: parser.BAD, Code: parser.Code{Name: parser.CodeUIDRequired}, Text: what + " uses sequence numbers, but UIDONLY is enabled"}
}

// checkNumbers refuses a command with sequence numbers if the client has enabled UIDONLY.
func (c *Conn) checkNumbers(h *parser.CommandHead) error {
	if c.enabled.uidOnly && !h.UID && hasUIDForm[h.Name] {
		return uidRequired(h.Name)
	}
	return nil
}

// checkKeyNumbers refuses a search key with sequence numbers if the client has enabled UIDONLY (RFC 9586 §3.4).
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

// usesVanished reports whether the server reports expunges with VANISHED and not with EXPUNGE.
func (c *Conn) usesVanished() bool { return c.enabled.qresync || c.enabled.uidOnly }
