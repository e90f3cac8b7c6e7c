package imaptest

import (
	"slices"

	"github.com/imapstack/imapstack/parser"
)

// hasGlobal reports whether there is a message/global in a structure.
func hasGlobal(b *parser.BodyStructure) bool {
	if b.Type == "message" && b.Subtype == "global" || b.Body != nil && hasGlobal(b.Body) {
		return true
	}
	for i := range b.Parts {
		if hasGlobal(&b.Parts[i]) {
			return true
		}
	}
	return false
}

// basicGlobal returns a structure in which message/global is a part like others, as in RFC 3501: what it has of a message's own
// is of RFC 9051, and a client that has not asked for that cannot read it.
func basicGlobal(b *parser.BodyStructure) *parser.BodyStructure {
	own := *b
	if b.Type == "message" && b.Subtype == "global" {
		own.Type = "MESSAGE" // by which it is no message to the encoder
		own.Envelope, own.Body = nil, nil
		return &own
	}
	if b.Body != nil {
		own.Body = basicGlobal(b.Body)
	}
	own.Parts = slices.Clone(b.Parts)
	for i := range own.Parts {
		own.Parts[i] = *basicGlobal(&own.Parts[i])
	}
	return &own
}
