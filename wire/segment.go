package wire

import (
	"errors"
	"io"
	"slices"
)

// A Segment is a part of an encoded message, and says how to send it. First send Bytes. Then, if Wait is true, wait
// until the peer has sent a continuation request. Then, if Body is not nil, send Size octets from Body.
type Segment struct {
	Bytes   []byte // valid until the encoder is reset or written to
	Wait    bool
	Body    io.Reader
	Size    int64
	Secrets []Span // the parts of Bytes that must not be logged; valid until the encoder is reset or written to
}

// A Span is the part of a slice from index Start up to, but not including, index End.
type Span struct{ Start, End int }

// Mode says in which forms an Encoder may send strings. The zero Mode is for a client of a server without extensions.
type Mode struct {
	LiteralPlus  bool // literals may be sent as {n+}, without waiting: RFC 7888
	LiteralMinus bool // literals up to 4096 octets may be sent as {n+}: RFC 7888 §5
	UTF8         bool // quoted strings may have UTF-8: RFC 9051 §4.3 or RFC 6855 §3
	Binary       bool // strings with NUL may be sent as ~{n}: RFC 3516, RFC 9051 §4.3.1
	Server       bool // the sender is a server, which sends literals without waiting for the client
}

// literalMinus is the size in octets of the largest literal that LITERAL- allows as {n+} (RFC 7888 §5).
const literalMinus = 4096

// waits reports whether the sender of a literal must wait for a continuation request.
func (m Mode) waits(size int64, binary bool) bool {
	return binary && !m.Binary || !m.LiteralPlus && !(m.LiteralMinus && size <= literalMinus)
}

// A stop is a place in the encoded message where a segment ends.
type stop struct {
	at   int // offset in Encoder.buf
	wait bool
	body io.Reader
	size int64
}

// Segments returns the encoded message in parts, or nil if the encoder has failed. The result is valid until the
// encoder is reset or written to.
func (e *Encoder) Segments() []Segment {
	if e.err != nil {
		return nil
	}
	e.out, e.spans = e.out[:0], e.spans[:0]
	from, sec := 0, 0
	for i := 0; i <= len(e.stops); i++ {
		s := stop{at: len(e.buf)}
		if i < len(e.stops) {
			s = e.stops[i]
		} else if s.at == from {
			break
		}
		seg := Segment{Bytes: e.buf[from:s.at:s.at], Wait: s.wait, Body: s.body, Size: s.size}
		first := len(e.spans)
		for ; sec < len(e.secrets) && e.secrets[sec].Start < s.at; sec++ {
			x := e.secrets[sec]
			e.spans = append(e.spans, Span{max(x.Start, from) - from, min(x.End, s.at) - from})
			if x.End > s.at {
				break // the rest of the secret is in the next segment
			}
		}
		if n := len(e.spans); n > first {
			seg.Secrets = e.spans[first:n:n]
		}
		e.out = append(e.out, seg)
		from = s.at
	}
	return e.out
}

// Send writes the encoded message to w. Before a literal that needs a continuation request, Send calls wait. That
// function flushes w, if w is buffered, and waits for the continuation request. If wait returns an error, Send stops
// and returns that error. If a body is too short, the error is io.ErrUnexpectedEOF. If Send fails after it has written
// something, the peer waits for the rest of the message, unless the peer has refused the literal. Send returns how many
// octets it has written. If wait is nil and a literal needs it, Send writes nothing and returns an error.
func (e *Encoder) Send(w io.Writer, wait func() error) (n int64, err error) {
	if e.err != nil {
		return 0, e.err
	}
	if wait == nil && e.waits() {
		return 0, errNoAwait
	}
	for _, seg := range e.Segments() {
		m, err := write(w, seg.Bytes)
		n += int64(m)
		if err == nil && seg.Wait {
			err = wait()
		}
		if err == nil && seg.Body != nil {
			var k int64
			k, err = io.Copy(w, io.LimitReader(seg.Body, seg.Size))
			n += k
			if err == nil && k < seg.Size {
				err = io.ErrUnexpectedEOF
			}
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// waits reports whether a literal of the message needs a continuation request.
func (e *Encoder) waits() bool {
	return slices.ContainsFunc(e.stops, func(s stop) bool { return s.wait })
}

// Send sends a command, or a part of one, that the proxy has encoded itself. It works like Encoder.Send, and calls
// Await to wait. If more is true, another part of the command follows by another call of Send. The mode of e must be
// to.Mode.
func (to *BackEnd) Send(e *Encoder, more bool) (n int64, err error) {
	if to.torn && !to.parts {
		return 0, ErrTorn
	}
	switch {
	case e.err != nil:
		return 0, e.err
	case to.Await == nil && e.waits():
		return 0, errNoAwait
	}
	to.torn, to.parts = true, false
	if n, err = e.Send(to.W, to.Await); err == nil || errors.Is(err, ErrRefused) {
		to.torn, to.parts = more && err == nil, more && err == nil
	}
	return n, err
}
