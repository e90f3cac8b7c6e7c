package wire

// A Decoder lexes one stride of a message: all of a message, or the part of it before, between
// or after literals that are streamed. All of the stride is in memory, so a Decoder never waits.
//
// It keeps its first error: after that every method is a no-op that returns zero, so grammar can
// be written down without a check after each token. A method that can say "no" (Is, Got, Nil)
// looks at one token and takes nothing unless it is there; every other method fails.
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

	// What a decoder of a part has unescaped is valid as long as what it is a part of.
	gen   uint64   // counts messages
	of    *Decoder // whose part b is
	ofGen uint64   // its gen then
}

// NewDecoder returns a Decoder of b, which is all of a message or a part cut out of one.
// It has the default limits and tolerates what AllRules tolerates, as the zero Decoder does.
func NewDecoder(b []byte) *Decoder { return &Decoder{b: b} }

// Reset makes d read b, with its limits, rules, encoding of names and interned words kept.
func (d *Decoder) Reset(b []byte) {
	d.begin()
	d.b, d.pos, d.base, d.from, d.of = b, 0, 0, nil, nil
	d.lit = Literal{}
}

// Shrink gives up the words that are kept, and what else only makes decoding faster, as when a connection goes idle. What d has unescaped of
// the message at hand is void.
func (d *Decoder) Shrink() {
	if len(d.scratch) > 0 {
		d.voidScratch()
	}
	d.scratch, d.names, d.lowered = nil, nil, nil
}

// begin makes d ready for a message.
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

// SetLimits sets the limits that d enforces itself: Depth and Items.
// Without it they are those of the Reader that d is shown messages by.
func (d *Decoder) SetLimits(l Limits) { d.lim, d.limited = l.WithDefaults(), true }

// Limits returns the limits in force, defaults filled in.
func (d *Decoder) Limits() Limits { return d.lim.WithDefaults() }

// MaxItems is Limits().Items, for code that asks at each element.
func (d *Decoder) MaxItems() int {
	if d.lim.Items > 0 {
		return d.lim.Items
	}
	return DefaultItems
}

// SetRules sets which deviations are tolerated.
func (d *Decoder) SetRules(r Rules) { d.denied = ^r }

// Rules returns which deviations are tolerated.
func (d *Decoder) Rules() Rules { return ^d.denied }

// SetUTF8 says whether names of mailboxes are in UTF-8, as they are once IMAP4rev2 or UTF8=ACCEPT is enabled; else they are in modified
// UTF-7 (RFC 3501 §5.1.3). The lexer makes no difference; whoever decodes a name asks UTF8.
func (d *Decoder) SetUTF8(on bool) { d.utf8 = on }

// UTF8 returns what SetUTF8 has said.
func (d *Decoder) UTF8() bool { return d.utf8 }

// DropEscapes sets what becomes of the backslash that RuleEscape takes: it is dropped, as servers do with what their clients send, and not
// kept, as in what servers send, where it is of a path.
func (d *Decoder) DropEscapes(drop bool) { d.drops = drop }

// Tolerate reports whether rule is tolerated, and if so records that it was needed.
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

// Expected makes a SyntaxError at the present place the decoder's error, unless it has one.
// what names the grammar's rule in the words of RFC 9051 §9. Where a streamed literal has been taken
// and is in the way of what follows, the error is ErrLiteralOpen.
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

// expectedAt is Expected at another place, to which d moves.
func (d *Decoder) expectedAt(pos int, what string) {
	if d.err == nil {
		d.pos = pos
		d.Expected(what)
	}
}

// OpenQuote reports whether d has failed because a quoted string is open where the stride ends.
// Some servers break lines within quoted strings: Reader.Join adds the line after the break.
func (d *Decoder) OpenQuote() bool { return d.err != nil && d.open }

// Raw returns the stride, line end included; valid until the next message is read.
func (d *Decoder) Raw() []byte { return d.b }

// Pos returns the offset in Raw of what is read next.
func (d *Decoder) Pos() int { return d.pos }

// Seek moves to an offset in Raw that Pos returned, so that a value can be read again.
// It does not forget an error.
func (d *Decoder) Seek(pos int) { d.pos = min(max(pos, 0), len(d.b)) }

// Rewind moves to an offset in Raw that Pos returned and forgets the error, so that
// another reader of the same message can begin.
func (d *Decoder) Rewind(pos int) {
	d.Seek(pos)
	d.err, d.depth, d.open = nil, 0, false
}

// Recover moves to an offset in Raw that Pos returned and forgets the error, if that is a SyntaxError, so that what stands
// there can be passed over. It reports whether d has no error now: a limit is not forgotten, nor a streamed literal that is
// in the way. Unlike Rewind, it leaves the depth of nesting as it is.
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

// Rest returns what is unread of the stride; valid until the next message is read.
func (d *Decoder) Rest() []byte { return d.b[d.pos:] }

// Sub makes sub a decoder of span, a part of d's stride, with d's limits, rules and interned
// words. What sub meets is not d's error until d.Fail(sub.Err()) says so, and offsets in its errors
// count from the beginning of span. Several parts of a message may be read by one sub, one after the
// other: what it has returned stays valid until the next message is read.
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

// Intern returns b as a string of the caller's. Words that come often share one string.
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
// With RuleSpaces it takes all the spaces there are, but one must be there.
func (d *Decoder) SP() {
	if i := d.pos; i+1 < len(d.b) && d.b[i] == ' ' && d.b[i+1] != ' ' && d.err == nil {
		d.pos++ // what comes nearly always
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

// spaces takes spaces where none is due, if they are tolerated.
func (d *Decoder) spaces() {
	for d.pos < len(d.b) && d.b[d.pos] == ' ' && d.Tolerate(RuleSpaces) {
		d.pos++
	}
}

// GotSP takes a space if one is there that something follows, and reports whether it was.
// With RuleSpaces several are taken for one, and those before ")" and before the end of the line count as
// nothing: they are taken too, and the answer is no.
func (d *Decoder) GotSP() bool {
	i := d.pos
	if i >= len(d.b) || d.b[i] != ' ' {
		return false
	}
	if i++; i < len(d.b) && d.b[i] > ' ' && d.b[i] != ')' && d.err == nil {
		d.pos = i // what comes nearly always
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

// AtEnd reports whether nothing but the line end is left, or a failure has ended the reading.
// With RuleSpaces, trailing spaces and tabs count as nothing, and are taken.
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

// Enter counts one level of nesting and reports whether the limit allows it; else d fails.
// A type that contains itself calls it where it descends, and Leave on the way out.
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

// Leave counts one level of nesting less.
func (d *Decoder) Leave() { d.depth = max(d.depth-1, 0) }

// List takes a parenthesised list. Its body is run once for each element, which it must take:
//
//	for range d.List {
//		flags = append(flags, d.Flag())
//	}
//
// Elements are separated by one space. An empty list runs no body. With RuleSpaces there may be more
// spaces, and some after "(" and before ")". With RuleNilList, NIL is an empty list.
// Leaving the loop early leaves the rest untaken.
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
