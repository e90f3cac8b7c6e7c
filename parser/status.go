package parser

import (
	"bytes"
	"unicode/utf8"

	"github.com/imapstack/imapstack/wire"
)

// Status is the word of a status response (RFC 9051 §7.1). The words that report a failure can be targets of errors.Is:
// for example, errors.Is(err, parser.NO) reports whether the server has sent NO.
type Status uint8

// These are the words of RFC 9051 §7.1.
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

// Error returns the word. No function returns a Status as its error. A Status is an error only so that it can be the
// target of errors.Is.
func (s Status) Error() string { return s.String() }

// statusOf returns the status whose name is word, ignoring case, or zero if word is not such a name.
func statusOf(word []byte) Status {
	for s := OK; s <= PREAUTH; s++ {
		if wire.EqualFold(word, statusWords[s]) {
			return s
		}
	}
	return 0
}

// status reads the rest of a status response: a code in brackets, if any, and a text. A code must follow directly after
// the status word. Brackets without a valid code are part of the text.
func (r *Response) status(d *wire.Decoder) {
	if !r.space(d) {
		return
	}
	if d.Is('[') && r.code(d) && !r.space(d) {
		return
	}
	r.text(d)
}

// space reads the space before a code or text. It returns false if the line ends before the space. In RFC 9051 §9 the
// text may be empty, but the space is required.
func (r *Response) space(d *wire.Decoder) bool {
	if !d.Got(' ') {
		r.want(d.Tolerate(RuleNoText), "SP")
		if !d.AtEnd() {
			return true
		}
		r.Text = d.Text()
		return false
	}
	for d.Is(' ') {
		r.want(d.Tolerate(wire.RuleSpaces), "one SP")
		d.Got(' ')
	}
	return true
}

// text reads the text up to the end of the line (RFC 9051 §9 text).
func (r *Response) text(d *wire.Decoder) {
	if r.Text = d.Text(); !utf8.Valid(r.Text) || bytes.IndexByte(r.Text, 0) >= 0 {
		r.want(d.Tolerate(RuleTextOctets), "text that is UTF-8")
	}
}

// code reads a code if one comes next, and reports whether it did.
func (r *Response) code(d *wire.Decoder) bool {
	at := d.Pos()
	d.Got('[')
	name, args, ok := codeSpan(d)
	if !ok {
		d.Seek(at)
		r.want(d.Tolerate(RuleCodeText), "a response code")
		return false
	}
	if len(args) == 0 && d.Raw()[d.Pos()-1] == ' ' {
		r.want(d.Tolerate(wire.RuleSpaces), `"]"`)
	}
	d.Got(']')
	r.Code = Code{CodeName(d.InternUpper(name)), args}
	if form := codeForms[r.Code.Name]; form != nil {
		sub := &r.reader.sub
		r.subUsed = true
		d.Sub(sub, args)
		form(r.reader, sub)
		if sub.Err() != nil || !sub.AtEnd() {
			r.want(d.Tolerate(RuleCodeArgs), "the arguments of "+string(r.Code.Name))
		}
	}
	return true
}

// codeSpan finds the name and the arguments of a code up to its closing bracket. d is after the opening bracket. A
// closing bracket within a string or parentheses does not end the code. But if all closing brackets are within strings
// or parentheses, and RuleCodeEnd tolerates that, the first one ends the code.
func codeSpan(d *wire.Decoder) (name, args []byte, ok bool) {
	rest := d.Rest()
	i := 0
	for i < len(rest) && rest[i] > ' ' && rest[i] != ']' && rest[i] != '"' && rest[i] != '(' && rest[i] < 0x7f {
		i++
	}
	if i == 0 || i == len(rest) || rest[i] != ' ' && rest[i] != ']' && rest[i] != '(' {
		return nil, nil, false
	}
	if rest[i] == '(' && !d.Tolerate(wire.RuleSpaces) {
		return nil, nil, false
	}
	end := closingBracket(rest, i)
	if end < 0 {
		if end = bytes.IndexByte(rest[i:], ']'); end < 0 || !d.Tolerate(RuleCodeEnd) {
			return nil, nil, false
		}
		end += i
	}
	args = bytes.TrimPrefix(rest[i:end], []byte(" "))
	d.Seek(d.Pos() + end)
	return rest[:i:i], args[:len(args):len(args)], true
}

// closingBracket returns the offset of the bracket that closes a code, or -1 if there is none. The arguments of the
// code begin at b[i].
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

// EncodeStatus writes a status response with its line end. With the tag "*", the response is untagged. With the tag "+"
// and the zero Status, it is a continuation request.
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
		// RFC 3501 §9 requires text; in RFC 9051 §9 it may be empty.
		text = "done"
	}
	e.Text(text).CRLF()
}
