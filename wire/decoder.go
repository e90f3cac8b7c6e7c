package wire

// A Decoder lexes one stride of a message: all of the message, or the part of it before, between or after streamed
// literals. All of the stride is in memory, so a Decoder never waits.
//
// A Decoder keeps its first error. After that, every method does nothing and returns zero, so a caller can write down
// the grammar without a check after each token. A method that can say "no" (Is, Got, Nil) looks at one token, and takes
// nothing unless it is there. Every other method fails.
//
// The slices it returns are valid until the next message is read. Their capacity is their length.
type Decoder struct {
	b       []byte
	pos     int
	err     error
	from    *framer // nil if b is all there is
	base    int64   // octets of the message before b
	depth   int
	used    Rules
	denied  Rules // the rules that are not tolerated
	lim     Limits
	limited bool   // lim was set by SetLimits
	utf8    bool   // names are in UTF-8
	open    bool   // err is that a quoted string is open at the end of b
	scratch []byte // unescaped strings; b itself is never written to
	drops   bool   // see DropEscapes
	names   *names
	lowered *lowered
	lit     Literal

	// What a decoder of a part has unescaped is valid as long as the message.
	gen   uint64   // counts messages
	of    *Decoder // the decoder of which b is a part
	ofGen uint64   // its gen when this decoder began
}

// NewDecoder returns a Decoder of b, which is a message or a part of one. Like the zero Decoder, it has the default
// limits and tolerates what AllRules tolerates.
func NewDecoder(b []byte) *Decoder { return &Decoder{b: b} }

// Reset makes d read b. It keeps the limits, rules, encoding of names and interned words.
func (d *Decoder) Reset(b []byte) {
	d.begin()
	d.b, d.pos, d.base, d.from, d.of = b, 0, 0, nil, nil
	d.lit = Literal{}
}

// Shrink frees the interned words and other memory that only makes decoding faster, as when a connection goes idle.
// Strings of the message at hand that d has unescaped are void.
func (d *Decoder) Shrink() {
	if len(d.scratch) > 0 {
		d.voidScratch()
	}
	d.scratch, d.names, d.lowered = nil, nil, nil
}

// begin makes d ready for the next message.
func (d *Decoder) begin() {
	d.gen++
	d.err, d.depth, d.used, d.open = nil, 0, 0, false
	if len(d.scratch) > 0 {
		d.voidScratch()
	}
}

func (d *Decoder) voidScratch() {
	void(d.scratch)
	d.scratch = d.scratch[:0]
	if cap(d.scratch) > giant {
		d.scratch = nil
	}
}

// attach makes d show what f frames.
func (d *Decoder) attach(f *framer) {
	d.from, d.of = f, nil
	if !d.limited {
		d.lim = f.lim
	}
}

// showNothing shows that the stream has ended.
func (d *Decoder) showNothing() {
	d.begin()
	d.b, d.pos, d.base = nil, 0, 0
}

// SetLimits sets the limits that d enforces itself: Depth and Items. Without it, d has the limits of the Reader that
// shows it messages.
func (d *Decoder) SetLimits(l Limits) { d.lim, d.limited = l.WithDefaults(), true }

// Limits returns the limits in force, defaults filled in.
func (d *Decoder) Limits() Limits { return d.lim.WithDefaults() }

// MaxItems is Limits().Items, at less cost, for code that needs it at each element.
func (d *Decoder) MaxItems() int {
	if d.lim.Items > 0 {
		return d.lim.Items
	}
	return DefaultItems
}

// SetRules sets which deviations are tolerated.
func (d *Decoder) SetRules(r Rules) { d.denied = ^r }

// Rules returns the deviations that are tolerated.
func (d *Decoder) Rules() Rules { return ^d.denied }

// SetUTF8 says whether names of mailboxes are in UTF-8, as they are when IMAP4rev2 or UTF8=ACCEPT is enabled, or in
// modified UTF-7 (RFC 3501 §5.1.3). The lexer reads both in the same way; code that decodes a name calls UTF8.
func (d *Decoder) SetUTF8(on bool) { d.utf8 = on }

// UTF8 returns what SetUTF8 has set.
func (d *Decoder) UTF8() bool { return d.utf8 }

// DropEscapes says whether d drops the backslash that RuleEscape takes. Servers drop it from what clients send. Clients
// keep it, because in what servers send it belongs to a path.
func (d *Decoder) DropEscapes(drop bool) { d.drops = drop }

// Tolerate reports whether d tolerates a deviation by rule. If it does, it records that the rule was needed.
func (d *Decoder) Tolerate(rule Rule) bool {
	if d.err != nil || d.denied.Has(rule) {
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

// Expected makes a SyntaxError at the present place the decoder's error, unless it has one. what names the grammar's
// rule in the words of RFC 9051 §9. After a streamed literal, the error is ErrLiteralOpen.
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

// OpenQuote reports whether d has failed because a quoted string is open at the end of the stride. Some servers break
// lines within quoted strings: Reader.Join adds the line after the break.
func (d *Decoder) OpenQuote() bool { return d.err != nil && d.open }

// Raw returns the stride, line end included. The slice is valid until the next message is read.
func (d *Decoder) Raw() []byte { return d.b }

// Pos returns the offset in Raw at which d reads on.
func (d *Decoder) Pos() int { return d.pos }

// Seek moves to an offset in Raw that Pos returned, so that a value can be read again. It does not forget an error.
func (d *Decoder) Seek(pos int) { d.pos = min(max(pos, 0), len(d.b)) }

// Rewind moves to an offset in Raw that Pos returned and forgets the error, so that the message can be decoded again in
// another way.
func (d *Decoder) Rewind(pos int) {
	d.Seek(pos)
	d.err, d.depth, d.open = nil, 0, false
}

// Recover moves to an offset in Raw that Pos returned, and forgets the error if it is a SyntaxError, so that the caller
// can pass over the value there. It reports whether d has no error now: Recover does not forget a LimitError or
// ErrLiteralOpen. Unlike Rewind, it leaves the depth of nesting as it is.
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

// Rest returns what is unread of the stride. The slice is valid until the next message is read.
func (d *Decoder) Rest() []byte { return d.b[d.pos:] }

// Sub makes sub a decoder of span, a part of d's stride, with d's limits, rules and interned words. An error of sub
// becomes an error of d only by d.Fail(sub.Err()). Offsets in it count from the beginning of span. One sub may read
// several parts of a message, one after the other: what it has returned stays valid until the next message is read.
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
	sub.utf8 = d.utf8
	sub.from, sub.lit = nil, Literal{}
}

// Intern returns b as a string, which is the caller's. Words that come often share one string.
func (d *Decoder) Intern(b []byte) string {
	if d.names == nil {
		d.names = newNames()
	}
	return d.names.get(b)
}

// InternLower is Intern of b in lower case.
func (d *Decoder) InternLower(b []byte) string {
	if d.lowered == nil {
		d.lowered = new(lowered)
	}
	return d.lowered.get(b)
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

// Got takes the next octet if it is c, and reports whether it did.
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

// wanted holds the name of each octet for a SyntaxError.
var wanted = func() (t [256]string) {
	for c := range t {
		t[c] = string([]byte{'"', byte(c), '"'})
	}
	t['"'], t[' '], t['\r'], t['\n'] = "DQUOTE", "SP", "CR", "LF"
	return t
}()

// SP takes the one space that the grammar has between two elements. With RuleSpaces it takes one or more.
func (d *Decoder) SP() {
	if i := d.pos; i+1 < len(d.b) && d.b[i] == ' ' && d.b[i+1] != ' ' && d.err == nil {
		d.pos++ // nearly always
		return
	}
	d.oddSP()
}

func (d *Decoder) oddSP() {
	if !d.Got(' ') {
		d.Expected("SP")
		return
	}
	d.spaces()
}

// spaces takes spaces where the grammar has none, if they are tolerated.
func (d *Decoder) spaces() {
	for d.pos < len(d.b) && d.b[d.pos] == ' ' && d.Tolerate(RuleSpaces) {
		d.pos++
	}
}

// GotSP takes a space if one is next and something follows it, and reports whether it did. With RuleSpaces it takes
// several for one. Spaces before ")" or before the end of the line count as nothing: GotSP takes them too, but returns
// false.
func (d *Decoder) GotSP() bool {
	i := d.pos
	if i >= len(d.b) || d.b[i] != ' ' {
		return false
	}
	if i++; i < len(d.b) && d.b[i] > ' ' && d.b[i] != ')' && d.err == nil {
		d.pos = i // nearly always
		return true
	}
	return d.gotOddSP()
}

func (d *Decoder) gotOddSP() bool {
	if !d.Got(' ') {
		return false
	}
	d.spaces()
	if d.pos < len(d.b) && d.b[d.pos] != ')' && d.b[d.pos] != '\r' && d.b[d.pos] != '\n' {
		return true
	}
	return !d.Tolerate(RuleSpaces)
}

// AtEnd reports whether only the line end is left, or d has failed. With RuleSpaces, it takes trailing spaces and tabs,
// which count as nothing.
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
		return false // the literal comes, and more after it
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

// CRLF takes the end of the line, which must be the end of the stride.
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

// Enter adds one level of nesting, and reports whether the limit allows it. If not, d fails. Code that decodes a
// recursive type calls Enter before it descends, and Leave afterwards.
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

// Leave takes away one level of nesting.
func (d *Decoder) Leave() { d.depth = max(d.depth-1, 0) }

// List takes a parenthesised list. The body of the loop runs once for each element, and must take it:
//
//	for range d.List {
//		flags = append(flags, d.Flag())
//	}
//
// One space separates two elements. With RuleSpaces there may be more, and some after "(" and before ")". With
// RuleNilList, NIL is an empty list. If the loop is left early, the rest of the list is not taken.
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
