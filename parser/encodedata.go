package parser

import (
	"encoding/base64"

	"github.com/imapstack/imapstack/wire"
)

// EncodeData writes an untagged response with its line end. The name is in upper case. EncodeData calls data.Encode for
// the payload, unless data is nil or the payload is empty. It is for the types of this package whose Encode writes a
// payload, such as ListData and Capabilities.
func EncodeData(e *wire.Encoder, name string, data interface{ Encode(e *wire.Encoder) }) {
	e.Raw("* ").Atom(name)
	if x, ok := data.(interface{ empty() bool }); data != nil && !(ok && x.empty()) {
		data.Encode(e.SP())
	}
	e.CRLF()
}

func (x *SearchData) empty() bool   { return len(x.Nums) == 0 && x.ModSeq == 0 }
func (x *ThreadData) empty() bool   { return len(x.Nodes) == 0 }
func (x *Capabilities) empty() bool { return len(x.Names) == 0 }
func (x *ESearch) empty() bool {
	if x.Tag != nil || x.UID || len(x.Ext) > 0 {
		return false
	}
	for i := range esearchNames {
		if item := ESearchItems(1) << i; x.Has(item) && x.sends(item) {
			return false
		}
	}
	return true
}

// EncodeNumber writes an untagged response that consists of a number and a name, such as EXISTS, EXPUNGE or RECENT. It
// also writes the line end.
func EncodeNumber(e *wire.Encoder, n uint32, name string) {
	e.Raw("* ").Number(n).SP().Atom(name).CRLF()
}

// EncodeFlagsData writes FLAGS with its line end: the flags that a mailbox has (RFC 9051 §7.3.5).
func EncodeFlagsData(e *wire.Encoder, flags []Flag) {
	e.Raw("* FLAGS ")
	EncodeFlags(e, flags)
	e.CRLF()
}

// EncodeContinuation writes a continuation request (RFC 9051 §7.6), with its line end.
func EncodeContinuation(e *wire.Encoder, text string) { EncodeStatus(e, "+", 0, Code{}, text) }

// EncodeChallenge writes a challenge of AUTHENTICATE in base64, with its line end (RFC 9051 §6.2.2). It marks the
// challenge as a secret, because a challenge may reveal part of a secret.
func EncodeChallenge(e *wire.Encoder, challenge []byte) {
	e.Raw("+ ")
	e.Hidden(func() {
		e.Append(func(dst []byte) []byte { return base64.StdEncoding.AppendEncode(dst, challenge) })
	})
	e.CRLF()
}
