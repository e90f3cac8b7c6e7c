package parser

import (
	"bytes"

	"github.com/imapstack/imapstack/wire"
)

// Status is the word of a status response (RFC 9051 §7.1). The ones that say that something failed
// are errors, so that errors.Is(err, parser.NO) asks which.
type Status uint8

// The words of RFC 9051 §7.1.
const (
	OK Status = iota + 1
	NO
	BAD
	BYE
	PREAUTH
)

var statusWords = [...]string{"", "OK", "NO", "BAD", "BYE", "PREAUTH"}

// String returns the word, or "" for the zero Status.
func (s Status) String() string {
	if int(s) < len(statusWords) {
		return statusWords[s]
	}
	return ""
}

// Error returns the word. A Status is what errors.Is compares with; no function returns it as its error.
func (s Status) Error() string { return s.String() }

// statusOf returns the status that word names, in any case, or zero.
func statusOf(word []byte) Status {
	for s := OK; s <= PREAUTH; s++ {
		if wire.EqualFold(word, statusWords[s]) {
			return s
		}
	}
	return 0
}

// decodeText takes the rest of a status response: a code in brackets, if there is one, and text.
// What looks like a code but is none is text (a bracket counts only directly behind the word).
func decodeText(d *wire.Decoder) (code Code, text []byte) {
	if d.AtEnd() {
		return code, d.Text()
	}
	d.SP()
	if d.Is('[') {
		at := d.Pos()
		d.Got('[')
		if name, args, ok := codeSpan(d); ok {
			d.Got(']')
			d.GotSP()
			return Code{Name: CodeName(d.InternUpper(name)), Args: args}, d.Text()
		}
		d.Seek(at)
	}
	return code, d.Text()
}

// codeSpan finds the name and the arguments of the code that d stands in, up to its "]". A bracket in
// a string or in parentheses does not end it; if by that reckoning none does, the first one ends it.
func codeSpan(d *wire.Decoder) (name, args []byte, ok bool) {
	rest := d.Rest()
	i := 0
	for i < len(rest) && rest[i] > ' ' && rest[i] != ']' && rest[i] != '"' && rest[i] != '(' && rest[i] < 0x7f {
		i++
	}
	if i == 0 || i == len(rest) || rest[i] != ' ' && rest[i] != ']' {
		return nil, nil, false
	}
	end := closingBracket(rest, i)
	if end < 0 {
		if end = bytes.IndexByte(rest[i:], ']'); end < 0 || !d.Tolerate(RuleCodeEnd) {
			return nil, nil, false
		}
		end += i
	}
	args = bytes.Trim(rest[i:end], " ")
	d.Seek(d.Pos() + end)
	return rest[:i:i], args[:len(args):len(args)], true
}

// closingBracket returns where the "]" is that ends a code whose arguments begin at i, or -1.
func closingBracket(b []byte, i int) int {
	depth, quoted := 0, false
	for ; i < len(b); i++ {
		switch c := b[i]; {
		case c == '\r' || c == '\n':
			return -1
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ']' && depth <= 0:
			return i
		}
	}
	return -1
}

// EncodeStatus writes a status response, line end included: an untagged one for the tag "*",
// a continuation request for "+" and no status.
func EncodeStatus(e *wire.Encoder, tag string, s Status, code Code, text string) {
	e.Raw(tag).SP()
	if s != 0 {
		e.Raw(s.String()).SP()
	}
	if code.Name != "" {
		code.Encode(e)
		e.SP()
	}
	if text == "" {
		// RFC 3501 §9 wants text; RFC 9051 §9 lets it be empty.
		text = "done"
	}
	e.Text(text).CRLF()
}
