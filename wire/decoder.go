package wire

// A Decoder lexes one stride of a message: all of a message, or the part of it before, between
// or behind literals that are streamed. All of the stride is in memory, so a Decoder never waits.
//
// It keeps its first error: after that every method is a no-op that returns zero, so grammar can
// be written down without a check behind each token. A method that can say "no" (Is, Got, Nil)
// looks at one token and takes nothing unless it is there; every other method fails.
//
// The slices it returns are valid until the next message is read. Their capacity is their length.
type Decoder struct {
	b       []byte
	pos     int
	err     error
	base    int64 // octets of the message before b
	depth   int
	lim     Limits
	rules   Rules
	used    Rules
	scratch []byte // unescaped strings; b itself is never written to
	names   *names
	lit     Literal
	open    int     // if not 0, one more than an offset in b behind which there is no "]"
	rd      *Reader // nil if b is all there is
}

// NewDecoder returns a Decoder of b, which is all of a message or a part cut out of one.
// It has the default limits and tolerates what AllRules tolerates.
func NewDecoder(b []byte) *Decoder {
	d := new(Decoder)
	d.Reset(b)
	return d
}

// Reset makes d read b, with its limits, rules and interned words kept.
func (d *Decoder) Reset(b []byte) {
	if d.lim.Depth == 0 {
		d.lim = Limits{}.WithDefaults()
		d.rules = AllRules
	}
	d.b, d.pos, d.err, d.base, d.depth, d.used, d.rd = b, 0, nil, 0, 0, 0, nil
	d.open = 0
	d.lit = Literal{}
	void(d.scratch)
	d.scratch = d.scratch[:0]
}

// begin makes d ready for a message.
func (d *Decoder) begin() {
	if d.lim.Depth == 0 {
		d.rules = AllRules
	}
	if len(d.scratch) > 0 {
		void(d.scratch)
		d.scratch = d.scratch[:0]
		if cap(d.scratch) > giant {
			d.scratch = nil
		}
	}
	d.err, d.depth, d.used = nil, 0, 0
}

// SetLimits sets the limits that d enforces itself: Depth, Inline and Items.
func (d *Decoder) SetLimits(l Limits) { d.lim = l.WithDefaults() }

// Limits returns the limits in force, defaults filled in.
func (d *Decoder) Limits() Limits { return d.lim }

// SetRules sets which deviations are tolerated.
func (d *Decoder) SetRules(r Rules) {
	if d.lim.Depth == 0 {
		d.lim = Limits{}.WithDefaults()
	}
	d.rules = r
}

// Tolerate reports whether rule is tolerated, and if so records that it was needed.
func (d *Decoder) Tolerate(rule Rule) bool {
	if d.err != nil || !d.rules.Has(rule) {
		return false
	}
	d.used = d.used.With(rule)
	return true
}

// Used returns the rules that were needed to read the message so far.
func (d *Decoder) Used() Rules { return d.used }

// Err returns the first error, or nil.
func (d *Decoder) Err() error { return d.err }

// Fail makes err the decoder's error, unless it has one.
func (d *Decoder) Fail(err error) {
	if d.err == nil {
		d.err = err
	}
}

// Expected makes a SyntaxError at the present place the decoder's error, unless it has one.
// what names the grammar's rule in the words of RFC 9051 §9.
func (d *Decoder) Expected(what string) {
	if d.err != nil {
		return
	}
	got := d.b[d.pos:]
	got = append([]byte(nil), got[:min(len(got), 32)]...)
	d.err = &SyntaxError{Offset: d.base + int64(d.pos), Want: what, Got: got}
}

// Raw returns the stride, line end included; valid until the next message is read.
func (d *Decoder) Raw() []byte { return d.b }

// Pos returns the offset in Raw of what is read next.
func (d *Decoder) Pos() int { return d.pos }

// Seek moves to an offset in Raw that Pos returned, so that a value can be read again.
// It does not forget an error.
func (d *Decoder) Seek(pos int) { d.pos = pos }

// Rewind moves to an offset in Raw that Pos returned and forgets the error, so that
// another reader of the same message can begin.
func (d *Decoder) Rewind(pos int) {
	d.pos, d.err, d.depth = pos, nil, 0
}

// Rest returns what is unread of the stride; valid until the next message is read.
func (d *Decoder) Rest() []byte { return d.b[d.pos:] }

// Sub makes sub a decoder of span, a part of d's stride, with d's limits, rules and interned
// words. What sub meets is not d's error until d.Fail(sub.Err()) says so.
func (d *Decoder) Sub(sub *Decoder, span []byte) {
	sub.b, sub.pos, sub.err, sub.base, sub.depth, sub.used = span, 0, nil, 0, 0, 0
	sub.lim, sub.rules, sub.rd, sub.lit, sub.open = d.lim, d.rules, nil, Literal{}, 0
	if d.names == nil {
		d.names = new(names)
	}
	sub.names = d.names
	sub.scratch = sub.scratch[:0]
}

// Intern returns b as a string of the caller's. Words that come often share one string.
func (d *Decoder) Intern(b []byte) string {
	if d.names == nil {
		d.names = new(names)
	}
	return d.names.get(b)
}

// InternUpper is Intern of b in upper case.
func (d *Decoder) InternUpper(b []byte) string {
	var a [internMax]byte
	if len(b) > len(a) {
		u := make([]byte, len(b))
		for i, c := range b {
			u[i] = upper(c)
		}
		return string(u)
	}
	for i, c := range b {
		a[i] = upper(c)
	}
	return d.Intern(a[:len(b)])
}

// Peek returns the next octet, or 0 at the end.
func (d *Decoder) Peek() byte {
	if d.err != nil || d.pos >= len(d.b) {
		return 0
	}
	return d.b[d.pos]
}

// Is reports whether the next octet is c. It takes nothing.
func (d *Decoder) Is(c byte) bool {
	return d.pos < len(d.b) && d.b[d.pos] == c && d.err == nil
}

// Got takes the next octet if it is c, and reports whether it was.
func (d *Decoder) Got(c byte) bool {
	if d.pos < len(d.b) && d.b[d.pos] == c && d.err == nil {
		d.pos++
		return true
	}
	return false
}

// Want takes the octet c.
func (d *Decoder) Want(c byte) {
	if !d.Got(c) && d.err == nil {
		d.Expected(wanted[c])
	}
}

// wanted has the name of each octet as a SyntaxError shows it.
var wanted = func() (t [256]string) {
	for c := range t {
		t[c] = string([]byte{'"', byte(c), '"'})
	}
	t['"'], t[' '], t['\r'], t['\n'] = "DQUOTE", "SP", "CR", "LF"
	return t
}()

// SP takes the one space that the grammar wants between two things.
// With RuleSpaces it takes what there is, even nothing before ")" and the end of the line.
func (d *Decoder) SP() {
	if d.pos < len(d.b) && d.b[d.pos] == ' ' && d.err == nil {
		d.pos++
		if d.pos < len(d.b) && d.b[d.pos] == ' ' {
			d.spaces()
		}
		return
	}
	d.Expected("SP")
}

// spaces takes spaces beyond the one that was due, if they are tolerated.
func (d *Decoder) spaces() {
	for d.pos < len(d.b) && d.b[d.pos] == ' ' && d.Tolerate(RuleSpaces) {
		d.pos++
	}
}

// GotSP takes a space if one is there that something follows, and reports whether it was.
// With RuleSpaces, spaces before ")" and before the end of the line count as nothing.
func (d *Decoder) GotSP() bool {
	if !d.Got(' ') {
		return false
	}
	if d.pos < len(d.b) && d.b[d.pos] == ' ' {
		d.spaces()
	}
	if d.pos < len(d.b) {
		switch d.b[d.pos] {
		case ')', '\r', '\n':
			if d.Tolerate(RuleSpaces) {
				return false
			}
		}
	} else if d.Tolerate(RuleSpaces) {
		return false
	}
	return true
}

// AtEnd reports whether nothing but the line end is left, or a failure has ended the reading.
// With RuleSpaces, trailing spaces and tabs count as nothing.
func (d *Decoder) AtEnd() bool {
	if d.err != nil {
		return true
	}
	p := d.pos
	for p < len(d.b) && (d.b[p] == ' ' || d.b[p] == '\t') {
		p++
	}
	if p < len(d.b) && d.b[p] != '\r' && d.b[p] != '\n' {
		return false
	}
	if p > d.pos {
		if !d.Tolerate(RuleSpaces) {
			return false
		}
		d.pos = p
	}
	return true
}

// CRLF takes the end of the line, which must be the end of the stride.
func (d *Decoder) CRLF() {
	if !d.AtEnd() {
		d.Expected("CRLF")
	}
	if d.err != nil {
		return
	}
	if !d.Got('\r') && d.Is('\n') && !d.Tolerate(RuleBareLF) {
		d.Expected("CRLF")
	}
	d.Want('\n')
	if d.err == nil && d.pos != len(d.b) {
		d.Expected("the end of the message")
	}
}

// enter counts a level of nesting, against the limit.
func (d *Decoder) enter() bool {
	if d.depth >= d.lim.Depth {
		d.Fail(&LimitError{What: "depth", Limit: int64(d.lim.Depth), Size: int64(d.depth) + 1})
		return false
	}
	d.depth++
	return true
}

// Enter counts one level of nesting and reports whether the limit allows it; else d fails.
// A type that contains itself calls it where it descends, and Leave on the way out.
func (d *Decoder) Enter() bool { return d.err == nil && d.enter() }

// Leave counts one level of nesting less.
func (d *Decoder) Leave() { d.depth-- }

// List takes a parenthesised list. Its body is run once for each element, which it must take:
//
//	for range d.List {
//		flags = append(flags, d.Flag())
//	}
//
// Elements are separated by one space. An empty list runs no body.
// With RuleNilList, NIL is an empty list. Leaving the loop early leaves the rest untaken.
func (d *Decoder) List(yield func() bool) {
	if !d.Got('(') {
		if d.err == nil && d.isNil() && d.Tolerate(RuleNilList) {
			d.pos += 3
			return
		}
		d.Expected(`"("`)
		return
	}
	if !d.enter() {
		return
	}
	if d.Is(' ') && !d.GotSP() || d.Is(')') {
		d.Want(')')
		d.depth--
		return
	}
	for n := 1; ; n++ {
		if n > d.lim.Items {
			d.Fail(&LimitError{What: "items", Limit: int64(d.lim.Items), Size: int64(n)})
			return
		}
		at := d.pos
		if !yield() || d.err != nil {
			return
		}
		if d.pos == at {
			d.Expected("an element of the list")
			return
		}
		if d.Got(')') {
			break
		}
		if !d.GotSP() {
			d.Want(')')
			break
		}
	}
	d.depth--
}
