package parser

import (
	"bytes"
	"io"
	"strings"

	"github.com/imapstack/imapstack/wire"
)

// Kind says which kind of line a response is.
type Kind uint8

// These are the kinds of responses (RFC 9051 §7). A Stray line is not a response: its head cannot be read.
const (
	Untagged Kind = iota
	Tagged
	Continuation
	Stray
)

// String returns the kind's name.
func (k Kind) String() string {
	switch k {
	case Tagged:
		return "tagged"
	case Continuation:
		return "continuation"
	case Stray:
		return "stray"
	}
	return "untagged"
}

// Response is the head of one response. The program reads the payload if it needs the data; the reader skips what the
// program does not read. A Response, and everything that is reached through it, is valid until the next call of Next.
type Response struct {
	Kind   Kind
	Tag    []byte // only of a tagged response; valid until the next response is read
	Num    uint32 // the number before the name, as in "* 12 EXISTS"
	Name   string // in upper case: "EXISTS", "FETCH", "X-NEW"; for a status response, the word of the status
	Status Status // 0 unless this is a status response, whose Code and Text have been read
	Code   Code
	// Text is only for a status response, a continuation request or a stray line. It is valid until the next
	// response is read.
	Text []byte

	reader   *Reader
	pos      int    // offset of the payload in the first line
	fetch    *Fetch // decoded at the first call of Fetch
	fetched  bool
	err      error      // error of decoding fetch
	bad      error      // error of the head
	subUsed  bool       // Reader.sub has decoded values of the response
	notFetch bool       // the last head was not read by plainFetch
	used     wire.Rules // rules needed for earlier values of Reader.sub, and for empty lines before the response
}

// Decoder returns the decoder, moved to the payload, which follows the name and the space. Each call moves it to
// the beginning of the payload, so that several functions can read one response, one after the other.
func (r *Response) Decoder() *wire.Decoder {
	r.reader.d.Rewind(r.pos)
	return &r.reader.d
}

// Raw returns the response undecoded, up to its end or up to a literal that is streamed. It is valid until the next
// response is read.
func (r *Response) Raw() []byte { return r.reader.d.Raw() }

// Used returns the rules that were needed so far to read the response.
func (r *Response) Used() wire.Rules { return r.used | r.reader.d.Used() | r.reader.sub.Used() }

// Is reports whether r is an untagged response with the given name. The name is in upper case.
func (r *Response) Is(name string) bool { return r.Kind == Untagged && r.Name == name }

// Fetch returns the decoded payload of FETCH or UIDFETCH. The first call decodes it, and later calls return the
// same result. It is valid until the next response is read.
func (r *Response) Fetch() (*Fetch, error) {
	if !r.fetched {
		r.fetched = true
		if r.fetch == nil {
			r.fetch = new(Fetch)
		}
		r.err = r.fetch.Decode(r)
	}
	return r.fetch, r.err
}

// Continue reads on after a streamed literal in the payload. The decoder must be at that literal, and Continue moves it
// to the octet after the literal. Continue reads up to the end of the response or the next streamed literal, and waits
// for the octets if they have not arrived.
func (r *Response) Continue() error {
	p := r.reader
	if !p.joining {
		if err := p.in.Continue(&p.d); err != nil {
			return err
		}
		if p.joining = r.blankTail(); !p.joining {
			return nil
		}
	}
	err := p.in.JoinIf(&p.d, goesOn)
	if err != nil && err != io.EOF {
		return err
	}
	p.joining = false
	afterLiteral(&p.d)
	return nil
}

// blankTail reports whether an empty line follows a literal, although the response cannot end after the literal. Some
// servers send an additional line end after a literal.
func (r *Response) blankTail() bool {
	p := r.reader
	return (r.Name == "FETCH" || r.Name == "UIDFETCH") && p.rules.Has(RuleBlankTail) && p.in.BlankTail() && p.joins < maxJoins
}

// afterLiteral skips empty lines after a literal, if another line follows them.
func afterLiteral(d *wire.Decoder) {
	rest, n := d.Rest(), 0
	for i, c := range rest {
		if c == '\n' {
			n = i + 1
		} else if c != ' ' && c != '\t' && c != '\r' {
			break
		}
	}
	if n > 0 && n < len(rest) && d.Tolerate(RuleBlankTail) {
		d.Seek(d.Pos() + n)
	}
}

// Err returns the error of the head. For a status response, it is the error of the whole response. Errors that a
// rule tolerates do not count; see Reader.SetRules. The fields have everything that could be read.
func (r *Response) Err() error { return at("response", r.bad) }

// want stores an error unless ok is true. The error says that the grammar requires the given token.
func (r *Response) want(ok bool, token string) {
	if d := &r.reader.d; !ok && r.bad == nil {
		d.Expected(token)
		r.bad = d.Err()
		d.Rewind(d.Pos())
	}
}

// reset prepares r for the next line.
func (r *Response) reset() {
	if r.notFetch {
		r.Kind, r.Tag, r.Status, r.Text, r.Code = Untagged, nil, 0, nil, Code{}
		r.notFetch = false
	}
	r.Num, r.Name = 0, ""
	r.pos, r.err, r.used, r.bad = 0, nil, 0, nil
	r.fetched = false
	if r.subUsed {
		r.subUsed = false
		r.reader.sub.Reset(nil)
	}
}

// plainFetch reads the head of the line if it is a FETCH that ends with the line. Most FETCH responses have this form.
// It reports whether it has read the head.
func (r *Response) plainFetch() bool {
	d := &r.reader.d
	line := d.Raw()
	n := len(line)
	if n < len("* 1 FETCH ()\r\n") || string(line[:2]) != "* " || line[2]-'1' > 8 || line[n-2] != '\r' {
		return false
	}
	d.Seek(2)
	num := d.Number()
	rest := d.Rest()
	if len(rest) < 8 || string(rest[:8]) != " FETCH (" || d.Err() != nil {
		d.Rewind(0)
		return false
	}
	d.Seek(d.Pos() + 7)
	r.Num, r.Name, r.pos = num, "FETCH", d.Pos()
	return true
}

// head reads the head of the line in d.
func (r *Response) head() {
	d := &r.reader.d
	line := d.Raw()
	r.notFetch = true
	if n := len(line); n > 0 && line[n-1] == '\n' && (n == 1 || line[n-2] != '\r') {
		r.want(d.Tolerate(wire.RuleBareLF), "CRLF")
	}
	if line[0] == 0 && d.Tolerate(RuleLeadingNUL) {
		line = bytes.TrimLeft(line, "\x00")
		d.Seek(len(d.Raw()) - len(line))
	}
	switch {
	case len(line) == 0:
		r.makeStray()
	case line[0] == '*' && len(line) > 1 && line[1] == ' ':
		d.Got('*')
		d.SP()
		r.untagged(d)
	case line[0] == '+':
		d.Got('+')
		if !d.Is(' ') && !d.AtEnd() {
			d.Rewind(0)
			r.makeStray()
			return
		}
		if r.Kind = Continuation; r.space(d) {
			r.text(d)
		}
	case line[0] == '[':
		// Exchange 2013 leaves out "* OK " before a code.
		if !r.bareCode(d) {
			r.makeStray()
		}
	default:
		r.tagged(d)
	}
}

// bareCode reads a code without a status word before it, and the text after the code. It reports whether it has read a
// code.
func (r *Response) bareCode(d *wire.Decoder) bool {
	from := d.Pos()
	if d.Peek() != '[' || !d.Tolerate(RuleBareCode) {
		return false
	}
	r.Status, r.Name = OK, "OK"
	if !r.code(d) {
		r.Status, r.Name, r.bad = 0, "", nil
		d.Rewind(from)
		return false
	}
	if !d.AtEnd() && r.space(d) {
		r.text(d)
	}
	return true
}

func (r *Response) makeStray() {
	r.Kind, r.Text = Stray, r.reader.d.Text()
}

func (r *Response) untagged(d *wire.Decoder) {
	from, numbered := d.Pos(), d.Peek()-'0' <= 9
	if numbered {
		r.Num = d.Number()
		d.SP()
	}
	if !numbered && r.bareCode(d) {
		return
	}
	name := word(d)
	if d.Err() != nil || len(name) == 0 {
		if r.bad == nil {
			r.bad = d.Err()
		}
		r.makeNameless(from)
		return
	}
	r.Name = d.InternUpper(name)
	if !numbered {
		if r.Status = statusOf(name); r.Status != 0 {
			r.status(d)
			return
		}
		switch r.Name {
		case "EXISTS", "RECENT", "EXPUNGE", "FETCH", "UIDFETCH":
			// Without a number, such a response has no meaning. Do not read the response as if the number were 0.
			d.Seek(from)
			r.want(false, "a number before "+r.Name)
			r.makeNameless(from)
			return
		}
	}
	if !d.AtEnd() {
		if !d.Is(' ') {
			r.want(d.Tolerate(wire.RuleSpaces), "SP")
		} else if d.SP(); d.AtEnd() {
			r.want(false, "data after the space")
		}
	}
	r.pos = d.Pos()
	if numbered {
		r.number(d)
	}
}

// makeNameless makes r a response without a name. Its payload is d.Raw()[from:]. The reader still looks for literals in
// it.
func (r *Response) makeNameless(from int) {
	d := &r.reader.d
	d.Rewind(d.Pos())
	r.want(false, "the name of a response")
	r.Num, r.Name, r.pos = 0, "", from
	d.Rewind(from)
}

// number checks the number before the name. It also checks that nothing follows a name that must end the line.
func (r *Response) number(d *wire.Decoder) {
	if r.Name == "EXPUNGED" {
		// GNU mailutils sends EXPUNGED.
		if r.want(d.Tolerate(RuleExpunged), "EXPUNGE"); r.bad == nil {
			r.Name = "EXPUNGE"
		}
	}
	switch r.Name {
	case "FETCH", "UIDFETCH", "EXPUNGE":
		if r.Num == 0 {
			r.want(d.Tolerate(RuleZeroSeq), "nz-number before "+r.Name)
		}
	}
	switch r.Name {
	case "EXISTS", "RECENT", "EXPUNGE":
		if !d.AtEnd() {
			r.want(d.Tolerate(RuleTrailing), "CRLF")
		}
	}
	d.Rewind(r.pos)
}

func (r *Response) tagged(d *wire.Decoder) {
	tag := word(d)
	if len(tag) == 0 || !d.Got(' ') {
		d.Rewind(0)
		r.makeStray()
		return
	}
	name := word(d)
	status := statusOf(name)
	if status == 0 || status == PREAUTH || d.Err() != nil || !d.Is(' ') && !d.AtEnd() {
		d.Rewind(0)
		r.makeStray()
		return
	}
	r.Kind, r.Tag, r.Status, r.Name = Tagged, tag, status, status.String()
	if status == BYE {
		r.want(d.Tolerate(RuleTaggedBye), "OK, NO or BAD")
	}
	r.status(d)
}

// These limit how much is read again when lines are added to a response. maxBroken limits the octets, and maxJoins
// the number of added lines.
const (
	maxBroken = 64 << 10
	maxJoins  = 64
)

// brokenLine reports whether the response ends within a quoted string. This happens if a server breaks a long subject
// into two lines. brokenLine reports false for all responses except FETCH and UIDFETCH, because only these have text
// that comes from senders of mail.
func (r *Response) brokenLine() bool {
	p := r.reader
	if r.Name != "FETCH" && r.Name != "UIDFETCH" || p.in.Streaming() || !p.rules.Has(wire.RuleQuoteBreak) {
		return false
	}
	b := p.d.Raw()
	if n := len(b); n > 3 && b[n-3] == ')' { // the usual case
		return false
	}
	if len(b) > maxBroken || p.joins >= maxJoins || bytes.HasSuffix(bytes.TrimRight(b, " \t\r\n"), []byte(")")) {
		return false
	}
	d := r.Decoder()
	d.SkipValues()
	open := d.OpenQuote()
	d.Rewind(r.pos)
	return open
}

// goesOn reports whether line cannot be the beginning of a response, so that it must continue the line before.
func goesOn(line []byte) bool {
	if len(line) > 1 && (line[0] == '*' && line[1] == ' ' || line[0] == '+' && line[1] <= ' ') {
		return false
	}
	d := wire.NewDecoder(line)
	return len(word(d)) == 0 || !d.Got(' ') || statusOf(word(d)) == 0
}

// word reads the letters, digits and marks that names and tags may contain. An empty result is not an error.
func word(d *wire.Decoder) []byte {
	rest := d.Rest()
	i := 0
	for i < len(rest) && wordChars[rest[i]] {
		i++
	}
	d.Seek(d.Pos() + i)
	return rest[:i:i]
}

// wordChars has the octets that word accepts.
var wordChars = func() (t [256]bool) {
	for c := '!'; c < 0x7f; c++ {
		t[c] = !strings.ContainsRune(`()"{[`, c)
	}
	return t
}()
