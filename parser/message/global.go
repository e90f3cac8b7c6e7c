package message

import (
	"slices"

	"github.com/imapstack/imapstack/parser"
)

// BasicGlobal returns a copy of b for clients that do not use IMAP4rev2. In the copy, message/global is a part without
// an envelope and a body. IMAP4rev2 added an envelope and a body to message/global (RFC 9051 §7.5.2, body-type-msg).
// Clients of RFC 3501 cannot read an envelope and a body in message/global. The copy shares its data with b. If b has
// no message/global, BasicGlobal returns b itself. EncodeBodyStructure calls it if the mode of the encoder does not
// have UTF8.
func BasicGlobal(b *parser.BodyStructure) *parser.BodyStructure {
	if !hasGlobal(b) {
		return b
	}
	own := *b
	if isGlobal(b) {
		own.Type = "MESSAGE" // the encoder writes an envelope and a body only if the type is in lower case
		own.Envelope, own.Body = nil, nil
		return &own
	}
	if b.Body != nil {
		own.Body = BasicGlobal(b.Body)
	}
	own.Parts = slices.Clone(b.Parts)
	for i := range own.Parts {
		own.Parts[i] = *BasicGlobal(&own.Parts[i])
	}
	return &own
}

func isGlobal(b *parser.BodyStructure) bool { return b.Type == "message" && b.Subtype == "global" }

// hasGlobal reports whether a structure contains a message/global.
func hasGlobal(b *parser.BodyStructure) bool {
	if isGlobal(b) || b.Body != nil && hasGlobal(b.Body) {
		return true
	}
	for i := range b.Parts {
		if hasGlobal(&b.Parts[i]) {
			return true
		}
	}
	return false
}
