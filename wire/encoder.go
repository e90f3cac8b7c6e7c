package wire

import (
	"io"
	"strconv"
	"unicode/utf8"
)

// lineMax is the length in octets of the longest string that a client sends within a line. A longer one is sent as a
// literal, because servers limit the length of a line (RFC 7162 §4 recommends 8192 octets).
const lineMax = 2048

// An Encoder writes a message to memory. It never waits. When the sender must wait for the peer, or copy a body from
// elsewhere, the Encoder notes a stop. Segments shows the parts between the stops.
//
// Its methods can be chained. An Encoder keeps its first error, which is an ArgumentError, and does nothing after it.
// An argument can end a line or begin a literal only if the method says so. The zero Encoder is ready for use in the
// zero Mode.
type Encoder struct {
	mode    Mode
	buf     []byte
	stops   []stop
	secrets []Span
	out     []Segment
	spans   []Span // the secrets as Segments shows them
	line    int    // where the line begins, or goes on after its last literal
	seqs    bool   // see MarkSeq
	sync    bool   // see Synchronize
	err     error
}

// NewEncoder returns an Encoder for mode.
func NewEncoder(mode Mode) *Encoder { return &Encoder{mode: mode} }

// Reset forgets what was encoded, and the error, and sets the mode. It overwrites secrets in memory.
func (e *Encoder) Reset(mode Mode) {
	for _, s := range e.secrets {
		clear(e.buf[s.Start:s.End])
	}
	void(e.buf)
	clear(e.stops)
	clear(e.out[:cap(e.out)])
	if cap(e.buf) > giant && len(e.buf) < cap(e.buf)/4 {
		e.buf = nil
	}
	*e = Encoder{mode: mode, buf: e.buf[:0], stops: e.stops[:0], secrets: e.secrets[:0], out: e.out[:0], spans: e.spans[:0]}
}

// Mode returns the mode.
func (e *Encoder) Mode() Mode { return e.mode }

// Err returns the first error, or nil.
func (e *Encoder) Err() error { return e.err }

// Fail makes err the encoder's error, unless it has one.
func (e *Encoder) Fail(err error) *Encoder {
	if e.err == nil {
		e.err = err
	}
	return e
}

// MarkSeq notes that message sequence numbers have been written. Their meaning changes with every EXPUNGE (RFC 9051
// §2.3.1.2).
func (e *Encoder) MarkSeq() *Encoder {
	e.seqs = true
	return e
}

// HasSeq reports whether MarkSeq was called since the encoder was reset.
func (e *Encoder) HasSeq() bool { return e.seqs }

// Len returns how many octets have been encoded. Bodies do not count.
func (e *Encoder) Len() int { return len(e.buf) }

// Bytes returns what has been encoded, without bodies. The slice is valid until the encoder is reset or written to.
func (e *Encoder) Bytes() []byte { return e.buf }

func (e *Encoder) reject(what, value, reason string) *Encoder {
	if e.err == nil {
		e.err = &ArgumentError{What: what, Value: value[:min(len(value), 64)], Reason: reason}
	}
	return e
}

// SP writes a space.
func (e *Encoder) SP() *Encoder { return e.Byte(' ') }

// Byte writes one octet of punctuation. It must not be CR, LF or NUL.
func (e *Encoder) Byte(c byte) *Encoder {
	if c == '\r' || c == '\n' || c == 0 {
		return e.reject("octet", string([]byte{c}), "cannot be sent by itself")
	}
	if e.err == nil {
		e.buf = append(e.buf, c)
	}
	return e
}

// CRLF ends the line. It refuses a client's line if what Raw or Append wrote at its end announces a literal, because
// the server would wait for that literal.
func (e *Encoder) CRLF() *Encoder {
	if e.err != nil {
		return e
	}
	e.buf = append(e.buf, '\r', '\n')
	if !e.mode.Server {
		if _, ok := headerAtEnd(e.buf[e.line:]); ok {
			return e.reject("raw text", "", "ends as if a literal followed")
		}
	}
	e.line = len(e.buf)
	return e
}

// Raw writes s as it is. s must not hold CR, LF or NUL, or end the line in a literal's header.
func (e *Encoder) Raw(s string) *Encoder {
	if bad(s) {
		return e.reject("raw text", s, "holds CR, LF or NUL")
	}
	if e.err == nil {
		e.buf = append(e.buf, s...)
	}
	return e
}

// RawBytes is Raw for a slice.
func (e *Encoder) RawBytes(b []byte) *Encoder {
	if bad(b) {
		return e.reject("raw text", string(b[:min(len(b), 64)]), "holds CR, LF or NUL")
	}
	if e.err == nil {
		e.buf = append(e.buf, b...)
	}
	return e
}

// Verbatim writes octets that Decoder.Raw or Decoder.Value returned, with the literals in them, or the octets of a
// Literal without a body. It checks nothing, and does not wait before a literal in b. Do not use it for what comes from
// a user.
func (e *Encoder) Verbatim(b []byte) *Encoder {
	if e.err == nil {
		e.buf = append(e.buf, b...)
		e.line = len(e.buf)
	}
	return e
}

// Append lets f append to the message. f must not append CR, LF or NUL.
func (e *Encoder) Append(f func(dst []byte) []byte) *Encoder {
	if e.err != nil {
		return e
	}
	at := len(e.buf)
	b := f(e.buf)
	if len(b) < at {
		return e.reject("appended text", "", "takes away from the message")
	}
	if bad(b[at:]) {
		return e.reject("appended text", string(b[at:min(len(b), at+64)]), "holds CR, LF or NUL")
	}
	e.buf = b
	return e
}

// Atom writes s as an atom, and fails if it is not one.
func (e *Encoder) Atom(s string) *Encoder {
	if !IsAtom(s) {
		return e.reject("atom", s, "is not an atom")
	}
	if e.err == nil {
		e.buf = append(e.buf, s...)
	}
	return e
}

// Flag writes s as a flag, a keyword or \*, and fails if it is not one.
func (e *Encoder) Flag(s string) *Encoder {
	if !IsFlag(s) {
		return e.reject("flag", s, "is not a flag")
	}
	if e.err == nil {
		e.buf = append(e.buf, s...)
	}
	return e
}

// Number writes n.
func (e *Encoder) Number(n uint32) *Encoder { return e.Number64(uint64(n)) }

// Number64 writes n.
func (e *Encoder) Number64(n uint64) *Encoder {
	if e.err == nil {
		e.buf = strconv.AppendUint(e.buf, n, 10)
	}
	return e
}

// NIL writes NIL.
func (e *Encoder) NIL() *Encoder {
	if e.err == nil {
		e.buf = append(e.buf, "NIL"...)
	}
	return e
}

// List writes a parenthesised list of n elements. f writes element i.
func (e *Encoder) List(n int, f func(i int)) *Encoder {
	e.Byte('(')
	for i := 0; i < n && e.err == nil; i++ {
		if i > 0 {
			e.SP()
		}
		f(i)
	}
	return e.Byte(')')
}

// text is the type of an argument that is written as a string.
type text interface{ string | []byte }

// bad reports whether s holds octets that only a literal can.
func bad[T text](s T) bool {
	for i := range len(s) {
		if c := s[i]; c == '\r' || c == '\n' || c == 0 {
			return true
		}
	}
	return false
}

// form is how a string can be sent.
type form uint8

const (
	formAtom form = iota
	formQuoted
	formLiteral
	formLiteral8
)

func formOf[T text](s T, mode Mode, class uint8) form {
	f, high := formAtom, false
	if len(s) == 0 || class == 0 {
		f = formQuoted
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c == 0:
			return formLiteral8
		case c == '\r' || c == '\n':
			f = formLiteral
		case c >= 0x80:
			high = true
		case f == formAtom && classes[c]&class == 0:
			f = formQuoted
		}
	}
	if high && f < formLiteral {
		f = formQuoted
		if !mode.UTF8 || !validUTF8(s) {
			f = formLiteral
		}
	}
	if f == formAtom && len(s) == 3 && isNIL(string(s)) {
		f = formQuoted
	}
	if f < formLiteral && len(s) > lineMax && !mode.Server {
		f = formLiteral
	}
	return f
}

func validUTF8[T text](s T) bool {
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			i++
			continue
		}
		c, n := utf8.DecodeRuneInString(string(s[i:min(len(s), i+utf8.UTFMax)]))
		if c == utf8.RuneError && n == 1 {
			return false
		}
		i += n
	}
	return true
}

func put[T text](e *Encoder, s T, class uint8) *Encoder {
	if e.err != nil {
		return e
	}
	switch formOf(s, e.mode, class) {
	case formAtom:
		e.buf = append(e.buf, s...)
	case formQuoted:
		e.buf = appendQuoted(e.buf, s)
	case formLiteral:
		e.header(int64(len(s)), false, nil)
		e.buf = append(e.buf, s...)
		e.line = len(e.buf)
	case formLiteral8:
		if !e.mode.Binary || class != 0 && !e.mode.Server {
			// An astring cannot be a literal8 (RFC 9051 §9), whatever the server accepts elsewhere.
			return e.reject("string", "", "holds NUL, which only a literal8 can")
		}
		e.header(int64(len(s)), true, nil)
		e.buf = append(e.buf, s...)
		e.line = len(e.buf)
	}
	return e
}

func appendQuoted[T text](dst []byte, s T) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, s[i])
	}
	return append(dst, '"')
}

// AString writes s as an atom if it can be one, or else in quotes or as a literal.
func (e *Encoder) AString(s string) *Encoder { return put(e, s, classAStr) }

// AStringBytes is AString for a slice.
func (e *Encoder) AStringBytes(b []byte) *Encoder { return put(e, b, classAStr) }

// ListMailbox writes s, a mailbox name with wildcards, as an atom if it can be one, or else as a string.
func (e *Encoder) ListMailbox(s string) *Encoder { return put(e, s, classList) }

// String writes s in quotes, or as a literal if it is long or quotes cannot hold it.
func (e *Encoder) String(s string) *Encoder { return put(e, s, 0) }

// StringBytes is String for a slice.
func (e *Encoder) StringBytes(b []byte) *Encoder { return put(e, b, 0) }

// NString writes NIL if b is nil, and b as StringBytes does if not.
func (e *Encoder) NString(b []byte) *Encoder {
	if b == nil {
		return e.NIL()
	}
	return put(e, b, 0)
}

// Quoted writes s in quotes, and fails if quotes cannot hold it.
func (e *Encoder) Quoted(s string) *Encoder {
	if formOf(s, Mode{UTF8: e.mode.UTF8, Server: true}, 0) != formQuoted {
		return e.reject("quoted string", s, "holds what quotes cannot")
	}
	if e.err == nil {
		e.buf = appendQuoted(e.buf, s)
	}
	return e
}

// Secret writes s as String does, and marks it so that no log and no error shows it.
func (e *Encoder) Secret(s string) *Encoder {
	return e.Hidden(func() { put(e, s, 0) })
}

// Hidden marks what f writes, so that no log and no error shows it.
func (e *Encoder) Hidden(f func()) *Encoder {
	if e.err != nil {
		return e
	}
	at, n := len(e.buf), len(e.secrets)
	f()
	// A secret that cannot be sent is hidden too: Bytes has what was written of it.
	e.secrets = e.secrets[:n]
	if len(e.buf) > at {
		e.secrets = append(e.secrets, Span{at, len(e.buf)})
	}
	if e.err != nil {
		e.err = &ArgumentError{What: "secret", Reason: "cannot be sent"}
	}
	return e
}

// Text writes s as free text, as a status response has it. s may hold UTF-8 (RFC 9051 §9 text), and must not hold CR,
// LF or NUL.
func (e *Encoder) Text(s string) *Encoder {
	if bad(s) {
		return e.reject("text", s, "holds CR, LF or NUL")
	}
	if e.err == nil {
		e.buf = append(e.buf, s...)
	}
	return e
}

// Literal writes a literal of size octets. When it is sent, exactly size octets are copied from body. If body is nil,
// the caller writes size octets by Verbatim. A binary literal is sent as ~{size} and may hold NUL (RFC 9051 §4.3.1).
func (e *Encoder) Literal(size int64, binary bool, body io.Reader) *Encoder {
	if size < 0 {
		return e.reject("literal", "", "has a negative size")
	}
	if binary && !e.mode.Binary && !e.mode.Server {
		return e.reject("literal", "", "is binary, which the peer does not take")
	}
	if e.err == nil {
		e.header(size, binary, body)
	}
	return e
}

// Synchronize makes all literals synchronizing from now on until Reset, whatever the peer accepts. Then nothing of a
// literal is sent if the peer refuses it.
func (e *Encoder) Synchronize() *Encoder {
	e.sync = true
	return e
}

// Forward writes a literal that a Decoder has returned, in the form in which it came if the peer accepts that. A
// literal8 stays one, and a synchronizing literal stays synchronizing. If l is streamed, its octets are copied from it
// when they are sent.
func (e *Encoder) Forward(l *Literal) *Encoder {
	if l == nil || e.err != nil {
		return e
	}
	var body io.Reader
	if l.from != nil {
		body = l
	}
	e.announce(l.Left(), l.binary, l.sync, body)
	if l.from == nil {
		e.buf = append(e.buf, l.data[l.off:]...)
		e.line = len(e.buf)
	}
	return e
}

// header writes a literal's header, and notes a stop after it if one is needed.
func (e *Encoder) header(size int64, binary bool, body io.Reader) {
	e.announce(size, binary, false, body)
}

func (e *Encoder) announce(size int64, binary, sync bool, body io.Reader) {
	wait := !e.mode.Server && (sync || e.sync || e.mode.waits(size, binary))
	e.buf = appendHeader(e.buf, size, binary, wait || e.mode.Server)
	e.line = len(e.buf)
	if wait || body != nil {
		e.stops = append(e.stops, stop{at: len(e.buf), wait: wait, body: body, size: size})
	}
}
