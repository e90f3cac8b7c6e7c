package message

import (
	"slices"

	"github.com/imapstack/imapstack/parser"
)

// BasicGlobal returns a structure in which message/global is an ordinary part, as it is for clients of RFC 3501.
// RFC 9051 (§7.5.2, body-type-msg) gives it an envelope and a body, and a client that has not asked for RFC 9051
// cannot read those. BasicGlobal returns b itself if it has no message/global; otherwise the copy shares its data
// with b. EncodeBodyStructure calls it for encoders whose mode is not UTF8.
func BasicGlobal(b *parser.BodyStructure) *parser.BodyStructure {
	if !hasGlobal(b) {
		return b
	}
	own := *b
	if isGlobal(b) {
		own.Type = "MESSAGE" // in capitals, the encoder does not take it for a message
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
