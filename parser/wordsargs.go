package parser

import (
	"github.com/imapstack/imapstack/wire"
)

// WordsArgs holds the arguments of a command that takes any number of words: LANGUAGE takes ranges of languages, and
// COMPARATOR takes names of collations (RFC 5255 §3.2 and §4.7). Without words, LANGUAGE asks which languages the
// server supports, and COMPARATOR asks for the active collation.
type WordsArgs struct {
	Words []string // as received; valid until the next Decode
}

// Decode reads the arguments.
func (a *WordsArgs) Decode(d *wire.Decoder) error {
	a.Words = reuse(a.Words)
	for !d.AtEnd() && room(d, len(a.Words), maxNames, "words") {
		a.Words = append(a.Words, string(d.AString()))
		if !d.GotSP() {
			break
		}
	}
	return ended(d, "arguments")
}

// Encode writes the arguments.
func (a *WordsArgs) Encode(e *wire.Encoder) {
	for _, w := range a.Words {
		e.SP().AString(w)
	}
}

// CancelUpdateArgs holds the arguments of CANCELUPDATE (RFC 5267 §4.3.3).
type CancelUpdateArgs struct {
	Tags []string // tags of the searches that the server should stop updating; valid until the next Decode
}

// Decode reads the arguments.
func (a *CancelUpdateArgs) Decode(d *wire.Decoder) error {
	a.Tags = reuse(a.Tags)
	for room(d, len(a.Tags), maxNames, "tags") {
		a.Tags = append(a.Tags, quotedASCII(d, "quoted tag"))
		if !d.GotSP() {
			break
		}
	}
	return ended(d, "CANCELUPDATE")
}

// Encode writes the arguments.
func (a *CancelUpdateArgs) Encode(e *wire.Encoder) {
	if len(a.Tags) == 0 {
		e.Fail(&wire.ArgumentError{What: "tag", Reason: "is missing"})
	}
	for _, t := range a.Tags {
		e.SP().Quoted(t)
	}
}
