package wire

import "io"

// A Segment is a part of a message to be sent: first Bytes; then, if Wait, nothing more until the
// peer has sent a continuation request; then, if Body is set, Size octets from it.
type Segment struct {
	Bytes   []byte // valid until the encoder is reset or written to
	Wait    bool
	Body    io.Reader
	Size    int64
	Secrets []Span // parts of Bytes that no log may show; valid until the encoder is reset or written to
}

// A Span is a part of a slice, from its octet Start up to End.
type Span struct{ Start, End int }

// Mode says how strings may be sent. The zero Mode is a client's to a server without extensions.
type Mode struct {
	LiteralPlus  bool // {n+}, RFC 7888
	LiteralMinus bool // {n+} up to 4096 octets, RFC 7888 §5
	UTF8         bool // UTF-8 in quoted strings: RFC 9051 §4.3 or RFC 6855 §3
	Binary       bool // ~{n}, RFC 3516, RFC 9051 §4.3.1
	Server       bool // who sends literals waits for nothing
}

// literalMinus is the largest literal that LITERAL- sends unasked, in octets (RFC 7888 §5).
const literalMinus = 4096

// stop is where a segment ends.
type stop struct {
	at   int // in buf
	wait bool
	body io.Reader
	size int64
}

// Segments returns what has been encoded, valid until the encoder is reset or written to; nil if it failed.
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
				break // the rest of it is in the next segment
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
