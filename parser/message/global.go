package message

import (
	"slices"

	"github.com/imapstack/imapstack/parser"
)

// BasicGlobal returns a structure in which message/global is a part like others, as it is to clients of RFC 3501: what it has of a message's own is
// of RFC 9051 (§7.5.2, body-type-msg), and a client that has not asked for that cannot read it. A structure without any is returned as it is, and shares what it has
// in any case. EncodeBodyStructure does it for encoders whose mode is not UTF8.
func BasicGlobal(b *parser.BodyStructure) *parser.BodyStructure {
	if !hasGlobal(b) {
		return b
	}
	own := *b
	if isGlobal(b) {
		own.Type = "MESSAGE" // by which it is no message to the encoder
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

// hasGlobal reports whether there is a message/global in a structure.
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
