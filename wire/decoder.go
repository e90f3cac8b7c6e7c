package wire

// A Decoder lexes one stride of a message: the whole message, or the part of it before, between or after streamed
// literals. The stride is in memory, so a Decoder does not wait.
//
// A Decoder keeps its first error. After an error, the methods that read tokens do nothing and return zero values, so a
// caller can check for an error once, at the end. AtEnd then returns true, so that loops end. If the next token is not
// the one that a method wants, Is, Got, GotSP, AtEnd and Nil return false, and every other method that reads a token
// makes the Decoder fail.
//
// A slice that a Decoder returns is valid until the next message is read, unless the comment of a Reader's method,
// such as Extend or Skip, says otherwise. Its capacity is its length.
type Decoder struct {
	b       []byte
	pos     int
	err     error
	from    *framer // nil if b does not come from a Reader
	base    int64   // how many octets of the message precede b
	depth   int
	used    Rules
	denied  Rules // the rules that SetRules has turned off
	lim     Limits
	limited bool   // SetLimits has set lim
	utf8    bool   // mailbox names are in UTF-8
	open    bool   // err reports that a quoted string is open at the end of b
	scratch []byte // quoted strings without their escapes; b itself stays unchanged
	drops   bool   // see DropEscapes
	names   *names
	lowered *lowered

	// By these three fields, Sub knows whether scratch has octets of the current message. If so, Sub does not empty it.
	gen   uint64   // the number of messages so far
	of    *Decoder // the decoder on which Sub was called, or nil
	ofGen uint64   // of.gen when Sub was called
}

// NewDecoder returns a Decoder of b, which is a message or a part of one. It has the default limits and all rules, like
// the zero Decoder.
func NewDecoder(b []byte) *Decoder { return &Decoder{b: b} }

// Reset makes d read b. It keeps the limits, the rules, the interned words, and the encoding of names.
func (d *Decoder) Reset(b []byte) {
	d.begin()
	d.b, d.pos, d.base, d.from, d.of = b, 0, 0, nil, nil
}

// Shrink frees the interned words, and other memory that only makes decoding faster. It is for connections that become
// idle. Slices of the current message from which d has removed escapes are no longer valid.
func (d *Decoder) Shrink() {
	if len(d.scratch) > 0 {
		d.voidScratch()
	}
	d.scratch, d.names, d.lowered = nil, nil, nil
}

// begin prepares d for the next message.
func (d *Decoder) begin() {
	d.gen++
	d.err, d.depth, d.used, d.open = nil, 0, 0, false
	if len(d.scratch) > 0 {
		d.voidScratch()
	}
}

func (d *Decoder) voidScratch() {
	poison(d.scratch)
	d.scratch = d.scratch[:0]
	if cap(d.scratch) > largeArray {
		d.scratch = nil
	}
}

// attach makes d a decoder of the messages of f.
func (d *Decoder) attach(f *framer) {
	d.from, d.of = f, nil
	if !d.limited {
		d.lim = f.lim
	}
}

// showNothing makes the stride of d empty, because the stream has ended.
func (d *Decoder) showNothing() {
	d.begin()
	d.b, d.pos, d.base = nil, 0, 0
}

// SetLimits sets the limits that a Decoder enforces, Depth and Items. Without a call of SetLimits, d has the limits of
// the Reader that shows it messages.
func (d *Decoder) SetLimits(l Limits) { d.lim, d.limited = l.WithDefaults(), true }

// Limits returns the limits of d. A field that was not set has its default.
func (d *Decoder) Limits() Limits { return d.lim.WithDefaults() }

// MaxItems returns Limits().Items at less cost. It is for code that needs the limit at each element of a list.
func (d *Decoder) MaxItems() int {
	if d.lim.Items > 0 {
		return d.lim.Items
	}
	return DefaultItems
}

// SetRules sets the rules of d. They say which deviations from the grammar d accepts.
func (d *Decoder) SetRules(r Rules) { d.denied = ^r }

// Rules returns the rules of d.
func (d *Decoder) Rules() Rules { return ^d.denied }

// SetUTF8 sets whether mailbox names are in UTF-8 or in modified UTF-7 (RFC 3501 §5.1.3). They are in UTF-8 when
// IMAP4rev2 or UTF8=ACCEPT is enabled. A Decoder reads both in the same way. Code that decodes a name calls UTF8 to
// know the encoding.
func (d *Decoder) SetUTF8(on bool) { d.utf8 = on }

// UTF8 returns the value that SetUTF8 has set.
func (d *Decoder) UTF8() bool { return d.utf8 }

// DropEscapes sets whether d drops a backslash that RuleEscape accepts. A server drops it from a client's strings. A
// client keeps it, because in a server's strings such a backslash is usually a part of a path.
func (d *Decoder) DropEscapes(drop bool) { d.drops = drop }

// Tolerate reports whether d has the rule and has not failed. If so, it adds the rule to those that Used returns.
func (d *Decoder) Tolerate(rule Rule) bool {
	if d.err != nil || d.denied.Has(rule) {
		return false
	}
	d.used = d.used.With(rule)
	return true
}

// Used returns the rules that d has needed so far to read the message.
func (d *Decoder) Used() Rules { return d.used }

// Err returns the first error, or nil.
func (d *Decoder) Err() error { return d.err }

// Fail makes err the error of d, unless d has an error already.
func (d *Decoder) Fail(err error) {
	if d.err == nil {
		d.err = err
	}
}

// Expected makes d fail with a SyntaxError at the current position, unless d has an error already. The argument is the
// name of the expected token in RFC 9051 §9. At a streamed literal that has not been read, the error is ErrLiteralOpen
// instead.
func (d *Decoder) Expected(what string) {
	if d.err != nil {
		return
	}
	if d.pos > 0 && d.streams(d.pos) {
		d.err = ErrLiteralOpen
		return
	}
	got := d.b[d.pos:]
	got = append([]byte(nil), got[:min(len(got), 32)]...)
	d.err = &SyntaxError{Offset: d.base + int64(d.pos), Want: what, Got: got}
}

// expectedAt moves to pos and calls Expected.
func (d *Decoder) expectedAt(pos int, what string) {
	if d.err == nil {
		d.pos = pos
		d.Expected(what)
	}
}

// OpenQuote reports whether d has failed because the stride ends within a quoted string. Some servers break lines
// within quoted strings; Reader.Join adds the line after the break.
func (d *Decoder) OpenQuote() bool { return d.err != nil && d.open }

// Raw returns the stride, line end included. The slice is valid until the next message is read.
func (d *Decoder) Raw() []byte { return d.b }

// Pos returns the offset in Raw of the next octet that d reads.
func (d *Decoder) Pos() int { return d.pos }

// Seek moves to an offset in Raw that Pos has returned, so that a value can be read again. It does not remove an error
// of d.
func (d *Decoder) Seek(pos int) { d.pos = min(max(pos, 0), len(d.b)) }

// Rewind moves to an offset in Raw that Pos has returned, and removes the error of d, so that the message can be
// decoded again in another way.
func (d *Decoder) Rewind(pos int) {
	d.Seek(pos)
	d.err, d.depth, d.open = nil, 0, false
}

// Recover removes the error of d if it is a SyntaxError, and moves to an offset in Raw that Pos has returned, so that
// the caller can skip the value there. If d has another error, such as a LimitError or ErrLiteralOpen, Recover keeps
// the error and returns false. Unlike Rewind, it keeps the depth of nesting.
func (d *Decoder) Recover(pos int) bool {
	if d.err != nil {
		if _, ok := d.err.(*SyntaxError); !ok {
			return false
		}
		d.err, d.open = nil, false
	}
	d.Seek(pos)
	return true
}

// Rest returns the octets of the stride that d has not read. The slice is valid until the next message is read.
func (d *Decoder) Rest() []byte { return d.b[d.pos:] }

// Sub makes sub a decoder of span, a part of d's stride, with d's limits, rules and interned words. An error of sub is
// not an error of d; to make it one, call d.Fail(sub.Err()). The offset in such an error counts from the beginning of
// span. The same sub may read several parts of a message, one after the other. The slices that it returns stay valid
// until the next message is read.
func (d *Decoder) Sub(sub *Decoder, span []byte) {
	if d.names == nil {
		d.names = newNames()
	}
	if sub.of != d || sub.ofGen != d.gen {
		sub.begin()
		sub.of, sub.ofGen = d, d.gen
	}
	sub.b, sub.pos, sub.err, sub.base, sub.depth, sub.used, sub.open = span, 0, nil, 0, 0, 0, false
	sub.lim, sub.limited, sub.denied, sub.names, sub.lowered = d.lim, d.limited, d.denied, d.names, d.lowered
	sub.utf8, sub.drops = d.utf8, d.drops
	sub.from = nil
}

// Intern returns b as a string. Words that come often share the memory of one string.
func (d *Decoder) Intern(b []byte) string {
	if d.names == nil {
		d.names = newNames()
	}
	return d.names.get(b)
}

// InternLower is like Intern, but returns b in lower case.
func (d *Decoder) InternLower(b []byte) string {
	if d.lowered == nil {
		d.lowered = new(lowered)
	}
	return d.lowered.get(b)
}

// InternUpper is like Intern, but returns b in upper case.
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

// Peek returns the next octet, or 0 at the end of the stride and after an error.
func (d *Decoder) Peek() byte {
	if d.err != nil || d.pos >= len(d.b) {
		return 0
	}
	return d.b[d.pos]
}

// Is reports whether the next octet is c. It reads nothing.
func (d *Decoder) Is(c byte) bool {
	return d.pos < len(d.b) && d.b[d.pos] == c && d.err == nil
}

// Got reads the next octet if it is c, and reports whether it did.
func (d *Decoder) Got(c byte) bool {
	if d.pos < len(d.b) && d.b[d.pos] == c && d.err == nil {
		d.pos++
		return true
	}
	return false
}

// Want reads the octet c.
func (d *Decoder) Want(c byte) {
	if !d.Got(c) && d.err == nil {
		d.Expected(wanted[c])
	}
}

// wanted has the name of each octet for SyntaxError.Want.
var wanted = func() (t [256]string) {
	for c := range t {
		t[c] = string([]byte{'"', byte(c), '"'})
	}
	t['"'], t[' '], t['\r'], t['\n'] = "DQUOTE", "SP", "CR", "LF"
	return t
}()

// SP reads the one space that the grammar has between two elements. With RuleSpaces it reads one or more.
func (d *Decoder) SP() {
	if i := d.pos; i+1 < len(d.b) && d.b[i] == ' ' && d.b[i+1] != ' ' && d.err == nil {
		d.pos++ // the usual case
		return
	}
	d.slowSP()
}

func (d *Decoder) slowSP() {
	if !d.Got(' ') {
		d.Expected("SP")
		return
	}
	d.spaces()
}

// spaces reads all spaces that come next, if d has RuleSpaces.
func (d *Decoder) spaces() {
	for d.pos < len(d.b) && d.b[d.pos] == ' ' && d.Tolerate(RuleSpaces) {
		d.pos++
	}
}

// GotSP reads a space if one comes next, and reports whether it did. With RuleSpaces, GotSP reads several spaces
// instead of one. If ")" or the end of the line follows, GotSP with that rule reads the spaces too, but returns false.
func (d *Decoder) GotSP() bool {
	i := d.pos
	if i >= len(d.b) || d.b[i] != ' ' {
		return false
	}
	if i++; i < len(d.b) && d.b[i] > ' ' && d.b[i] != ')' && d.err == nil {
		d.pos = i // the usual case
		return true
	}
	return d.slowGotSP()
}

func (d *Decoder) slowGotSP() bool {
	if !d.Got(' ') {
		return false
	}
	d.spaces()
	if d.pos < len(d.b) && d.b[d.pos] != ')' && d.b[d.pos] != '\r' && d.b[d.pos] != '\n' {
		return true
	}
	return !d.Tolerate(RuleSpaces)
}

// AtEnd reports whether the line end comes next, the stride has ended and no streamed literal follows, or d has
// failed. With RuleSpaces, it reads the spaces and tabs before the line end.
func (d *Decoder) AtEnd() bool {
	if d.err != nil {
		return true
	}
	p := d.pos
	for p < len(d.b) && (d.b[p] == ' ' || d.b[p] == '\t') {
		p++
	}
	if p < len(d.b) && d.b[p] != '\n' && (d.b[p] != '\r' || p+1 < len(d.b) && d.b[p+1] != '\n') {
		return false
	}
	if p == len(d.b) && d.streams(p) {
		return false // a streamed literal and another line follow
	}
	if p < len(d.b) && d.b[p] == '\n' && !d.Tolerate(RuleBareLF) {
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

// CRLF reads the line end. d fails if the stride has octets after it.
func (d *Decoder) CRLF() {
	if !d.AtEnd() {
		d.Expected("CRLF")
	}
	if d.err != nil {
		return
	}
	if !d.Got('\r') && (!d.Is('\n') || !d.Tolerate(RuleBareLF)) {
		d.Expected("CRLF")
	}
	d.Want('\n')
	if d.err == nil && d.pos != len(d.b) {
		d.Expected("the end of the message")
	}
}

// Enter adds one to the depth of nesting, and reports whether Limits.Depth allows that. If not, d fails. Code that
// decodes a recursive type calls Enter before it descends, and Leave afterwards.
func (d *Decoder) Enter() bool {
	if d.err != nil {
		return false
	}
	most := d.lim.Depth
	if most <= 0 {
		most = DefaultDepth
	}
	if d.depth >= most {
		d.err = &LimitError{What: "depth", Limit: int64(most), Size: int64(d.depth) + 1}
		return false
	}
	d.depth++
	return true
}

// Leave subtracts one from the depth of nesting.
func (d *Decoder) Leave() { d.depth = max(d.depth-1, 0) }

// List reads a parenthesised list. It is a range-over-func iterator: the body of the loop runs once for each element,
// and must read that element:
//
//	for range d.List {
//		flags = append(flags, d.Flag())
//	}
//
// One space separates two elements. With RuleSpaces, there may be more than one space, and spaces after "(" and before
// ")". With RuleNilList, NIL is an empty list. If the body leaves the loop early, List does not read the rest of the
// list.
func (d *Decoder) List(yield func() bool) {
	if !d.Got('(') {
		if d.err == nil && d.isNil() && d.Tolerate(RuleNilList) {
			d.pos += 3
			return
		}
		d.Expected(`"("`)
		return
	}
	if !d.Enter() {
		return
	}
	depth := d.depth - 1
	if d.Is(' ') {
		d.spaces()
	}
	most := d.MaxItems()
	for n := 0; n > 0 || !d.Is(')'); {
		if n++; n > most {
			d.Fail(&LimitError{What: "items", Limit: int64(most), Size: int64(n)})
			return
		}
		at := d.pos
		if !yield() || d.err != nil {
			d.depth = depth
			return
		}
		if d.pos == at {
			d.Expected("an element of the list")
			return
		}
		if d.Is(')') || !d.GotSP() {
			break
		}
	}
	d.depth = depth
	d.Want(')')
}
