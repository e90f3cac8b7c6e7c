package wire

import (
	"io"
	"strconv"
	"unicode/utf8"
)

// lineMax is the length in octets of the longest string that a client sends within a line. The Encoder sends a longer
// string as a literal, because servers limit the length of a line (RFC 7162 §4 recommends 8192 octets).
const lineMax = 2048

// An Encoder writes a message to memory, and does not send it. At each place at which the sender of the message must
// wait for the peer, or copy a body from an io.Reader, the Encoder notes a stop. Segments returns the parts of the
// message between the stops.
//
// Calls of its methods can be chained. An Encoder keeps its first error, usually an ArgumentError, and writes nothing
// after it. An argument can end a line or begin a literal only in methods whose comments say so. The zero Encoder is
// ready for use, with the zero Mode.
type Encoder struct {
	mode    Mode
	buf     []byte
	stops   []stop
	secrets []Span
	out     []Segment
	spans   []Span // the secrets of each segment, for Segments
	line    int    // offset in buf of the current line, after its last literal
	seqs    bool   // see MarkSeq
	sync    bool   // see Synchronize
	err     error
}

// NewEncoder returns an Encoder with the given mode.
func NewEncoder(mode Mode) *Encoder { return &Encoder{mode: mode} }

// Reset removes the encoded message and the error, and sets the mode. It overwrites the secrets of the message in
// memory.
func (e *Encoder) Reset(mode Mode) {
	for _, s := range e.secrets {
		clear(e.buf[s.Start:s.End])
	}
	poison(e.buf)
	clear(e.stops)
	clear(e.out[:cap(e.out)])
	if cap(e.buf) > largeArray && len(e.buf) < cap(e.buf)/4 {
		e.buf = nil
	} else if e.buf == nil {
		e.buf = make([]byte, 0, 64) // most commands fit in 64 bytes, so their secrets are not copied to a larger array
	}
	*e = Encoder{mode: mode, buf: e.buf[:0], stops: e.stops[:0], secrets: e.secrets[:0], out: e.out[:0], spans: e.spans[:0]}
}

// Mode returns the mode of e.
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

// MarkSeq notes that the message has message sequence numbers. An EXPUNGE may change which message such a number means
// (RFC 9051 §2.3.1.2).
func (e *Encoder) MarkSeq() *Encoder {
	e.seqs = true
	return e
}

// HasSeq reports whether MarkSeq was called since the encoder was reset.
func (e *Encoder) HasSeq() bool { return e.seqs }

// Len returns the length of the encoded message in octets, without bodies.
func (e *Encoder) Len() int { return len(e.buf) }

// Bytes returns the encoded message, without bodies. The slice is valid until the encoder is reset or written to.
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

// CRLF ends the line. If the line ends with text that looks like a literal's header, such as {5}, e fails unless
// Mode.Server is true, because a server would wait for a literal.
func (e *Encoder) CRLF() *Encoder {
	if e.err != nil {
		return e
	}
	e.buf = append(e.buf, '\r', '\n')
	if !e.mode.Server {
		if _, ok := headerAtEnd(e.buf[e.line:]); ok {
			return e.reject("raw text", "", "ends with the header of a literal")
		}
	}
	e.line = len(e.buf)
	return e
}

// Raw writes s unchanged. The text must not have CR, LF or NUL, and must not end the line with a literal's header.
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

// Verbatim writes b unchanged and unchecked, even if it has line ends and literals. It is for octets that Decoder.Raw
// or Decoder.Value has returned, and for the octets of a literal that Literal has announced without a body. The sender
// does not wait before a literal in b. Do not pass octets that come from a user.
func (e *Encoder) Verbatim(b []byte) *Encoder {
	if e.err == nil {
		e.buf = append(e.buf, b...)
		e.line = len(e.buf)
	}
	return e
}

// Append calls f with the message so far. f appends octets other than CR, LF and NUL, and returns the extended slice.
func (e *Encoder) Append(f func(dst []byte) []byte) *Encoder {
	if e.err != nil {
		return e
	}
	at := len(e.buf)
	b := f(e.buf)
	if len(b) < at {
		return e.reject("appended text", "", "makes the message shorter")
	}
	if bad(b[at:]) {
		return e.reject("appended text", string(b[at:min(len(b), at+64)]), "holds CR, LF or NUL")
	}
	e.buf = b
	return e
}

// Atom writes s as an atom. The Encoder fails if s is not an atom.
func (e *Encoder) Atom(s string) *Encoder {
	if !IsAtom(s) {
		return e.reject("atom", s, "is not an atom")
	}
	if e.err == nil {
		e.buf = append(e.buf, s...)
	}
	return e
}

// Flag writes s, which must be a flag, a keyword or \*. If it is not, the Encoder fails.
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

// List writes a parenthesised list of n elements. It calls f for each element, and f writes element i.
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

// bad reports whether s has an octet that may occur only in a literal.
func bad[T text](s T) bool {
	for i := range len(s) {
		if c := s[i]; c == '\r' || c == '\n' || c == 0 {
			return true
		}
	}
	return false
}

// A form is one of the forms in which a string can be sent.
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
			// An astring cannot be a literal8 (RFC 9051 §9), even if the server has BINARY.
			return e.reject("string", "", "holds NUL, which only a literal8 can have")
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

// AString writes s as an atom if s can be sent as one, and otherwise in quotes or as a literal.
func (e *Encoder) AString(s string) *Encoder { return put(e, s, classAStr) }

// AStringBytes is AString for a slice.
func (e *Encoder) AStringBytes(b []byte) *Encoder { return put(e, b, classAStr) }

// ListMailbox writes s, a mailbox name with wildcards. It writes s without quotes if the grammar allows that, and
// otherwise in quotes or as a literal.
func (e *Encoder) ListMailbox(s string) *Encoder { return put(e, s, classList) }

// String writes s in quotes, or as a literal if s has octets that a quoted string cannot have. A client also sends a
// string of more than 2048 octets as a literal.
func (e *Encoder) String(s string) *Encoder { return put(e, s, 0) }

// StringBytes is String for a slice.
func (e *Encoder) StringBytes(b []byte) *Encoder { return put(e, b, 0) }

// NString writes NIL if b is nil. Otherwise it writes b as StringBytes does.
func (e *Encoder) NString(b []byte) *Encoder {
	if b == nil {
		return e.NIL()
	}
	return put(e, b, 0)
}

// Quoted writes s in quotes. The Encoder fails if s has octets that a quoted string cannot have.
func (e *Encoder) Quoted(s string) *Encoder {
	if formOf(s, Mode{UTF8: e.mode.UTF8, Server: true}, 0) != formQuoted {
		return e.reject("quoted string", s, "has octets that a quoted string cannot have")
	}
	if e.err == nil {
		e.buf = appendQuoted(e.buf, s)
	}
	return e
}

// Secret writes s as String does, and marks it as secret, so that it does not appear in logs and errors.
func (e *Encoder) Secret(s string) *Encoder {
	return e.Hidden(func() { put(e, s, 0) })
}

// Hidden calls f and marks all that f writes as secret, so that it does not appear in logs and errors.
func (e *Encoder) Hidden(f func()) *Encoder {
	if e.err != nil {
		return e
	}
	at, n := len(e.buf), len(e.secrets)
	f()
	// Mark what was written even if f has failed, because it may be a part of the secret.
	e.secrets = e.secrets[:n]
	if len(e.buf) > at {
		e.secrets = append(e.secrets, Span{at, len(e.buf)})
	}
	if e.err != nil {
		e.err = &ArgumentError{What: "secret", Reason: "cannot be sent"}
	}
	return e
}

// Text writes s as the free text of a status response. The text may have UTF-8 (RFC 9051 §9 text), and must not have
// CR, LF or NUL.
func (e *Encoder) Text(s string) *Encoder {
	if bad(s) {
		return e.reject("text", s, "holds CR, LF or NUL")
	}
	if e.err == nil {
		e.buf = append(e.buf, s...)
	}
	return e
}

// Literal announces a literal of size octets. The sender of the message then copies exactly size octets from body. If
// body is nil, the caller writes the octets by Verbatim. If binary is true, the announcement is ~{size}, and the
// literal may have NUL (RFC 9051 §4.3.1).
func (e *Encoder) Literal(size int64, binary bool, body io.Reader) *Encoder {
	if size < 0 {
		return e.reject("literal", "", "has a negative size")
	}
	if binary && !e.mode.Binary && !e.mode.Server {
		return e.reject("literal", "", "is binary, which the peer does not accept")
	}
	if e.err == nil {
		e.header(size, binary, body)
	}
	return e
}

// Synchronize makes all further literals synchronizing until Reset, even if the peer accepts non-synchronizing
// literals. If the peer refuses a synchronizing literal, none of its octets are sent.
func (e *Encoder) Synchronize() *Encoder {
	e.sync = true
	return e
}

// Forward writes the unread part of a literal that a Decoder has returned. A literal8 stays a literal8, and a
// synchronizing literal stays synchronizing. A non-synchronizing literal becomes synchronizing if the Mode demands
// that. If l is streamed, the sender of the message copies its octets from l.
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

// header writes the header of a literal. If the sender must wait after the header, or copy a body, header notes a stop.
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
