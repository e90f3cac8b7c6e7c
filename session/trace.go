package session

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// LevelTrace is the level at which the session logs each line that it sends or receives. The log shows strings and text
// in these lines only with Config.TraceText, and it never shows secrets.
const LevelTrace = slog.LevelDebug - 4

func (s *Session) tracing() bool {
	return s.cfg.Logger != nil && s.cfg.Logger.Enabled(context.Background(), LevelTrace)
}

// traceOut logs a segment that is about to be sent.
func (s *Session) traceOut(seg wire.Segment) {
	if !s.tracing() {
		return
	}
	b := seg.Bytes
	line := make([]byte, 0, len(b))
	at := 0
	for _, x := range seg.Secrets {
		line = s.redact(line, b[at:x.Start], false)
		line = append(line, "[secret]"...)
		at = x.End
	}
	line = s.redact(line, b[at:], false)
	s.cfg.Logger.Log(context.Background(), LevelTrace, "imap", slog.String("dir", "C"), slog.String("line", string(line)))
}

// traceDialogue logs that a line of a command's dialogue is about to be sent. The whole line is secret.
func (s *Session) traceDialogue() {
	if s.tracing() {
		s.cfg.Logger.Log(context.Background(), LevelTrace, "imap", slog.String("dir", "C"), slog.String("line", "[secret]"))
	}
}

// traceIn logs a response.
func (s *Session) traceIn(r *parser.Response) {
	if !s.tracing() {
		return
	}
	var line []byte
	if s.secretInFlight() {
		line = s.describe(r)
	} else {
		text := r.Status != 0 || r.Kind != parser.Untagged
		line = []byte(s.scrub(string(s.redact(nil, r.Raw(), text))))
	}
	s.cfg.Logger.Log(context.Background(), LevelTrace, "imap", slog.String("dir", "S"), slog.String("line", string(line)))
}

// describe describes a response without showing any of its text, because a server may repeat a secret anywhere, even
// in tags and names.
func (s *Session) describe(r *parser.Response) []byte {
	switch {
	case r.Kind == parser.Continuation:
		return []byte("+ [secret]")
	case r.Kind == parser.Tagged && s.find(r.Tag) != nil:
		return append(append([]byte(r.Tag), ' '), r.Status.String()+" [secret]"...)
	case r.Kind == parser.Untagged && r.Status != 0:
		return []byte("* " + r.Status.String() + " [secret]")
	case r.Kind == parser.Untagged:
		return []byte("* [secret]")
	}
	return []byte("[secret]")
}

// maxTrace is how many octets of a line are logged.
const maxTrace = 4096

// redact appends a line to dst. In place of a literal and all that follows it, redact appends only the number of their
// octets. text is true for a status response, a continuation request and a line in no known form: everything after the
// second word is then the server's own text. Unless Config.TraceText is set, redact appends only the number of octets
// of that text or, if text is false, of each quoted string.
func (s *Session) redact(dst, b []byte, text bool) []byte {
	if len(b) > maxTrace {
		b = b[:maxTrace]
	}
	if text {
		// The first two words belong to the protocol. The rest is the server's own text.
		n := 0
		for i, c := range b {
			if c == ' ' {
				if n++; n == 2 {
					dst = append(dst, b[:i]...)
					if s.cfg.TraceText {
						return appendVisible(dst, b[i:])
					}
					return append(dst, " …"+strconv.Itoa(len(b)-i)...)
				}
			}
		}
		return appendVisible(dst, b)
	}
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch {
		case c == '\n' && i+1 < len(b):
			// A line end within a response or a command precedes a literal.
			dst = append(dst, "…"+strconv.Itoa(len(b)-i-1)...)
			return dst
		case c == '"' && !s.cfg.TraceText:
			j := i + 1
			for j < len(b) && b[j] != '"' {
				if b[j] == '\\' {
					j++
				}
				j++
			}
			dst = append(dst, `"…`+strconv.Itoa(max(0, min(j, len(b))-i-1))+`"`...)
			i = j
		default:
			dst = appendVisible(dst, b[i:i+1])
		}
	}
	return dst
}

// appendVisible appends b. It escapes octets that a terminal might interpret.
func appendVisible(dst, b []byte) []byte {
	for _, c := range b {
		switch {
		case c == '\r' || c == '\n':
		case c < ' ' || c == 0x7f || c >= 0x80:
			dst = append(dst, '\\', 'x', "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// logDone logs a command that has ended.
func (s *Session) logDone(p *pending) {
	l := s.cfg.Logger
	if l == nil || !l.Enabled(context.Background(), slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{
		slog.String("cmd", p.name()),
		slog.String("tag", string(s.appendTag(nil, p.tag))),
		slog.Int64("bytes", int64(p.size)+p.body),
		slog.Duration("dur", time.Duration(time.Now().UnixNano()-p.started)),
	}
	var refused *Error
	switch {
	case errors.As(p.err, &refused):
		// Omit the server's words, because they may repeat a secret.
		attrs = append(attrs, slog.String("status", refused.Status.String()), slog.String("code", string(refused.Code.Name)))
	case p.err != nil:
		attrs = append(attrs, slog.String("err", p.err.Error()))
	default:
		attrs = append(attrs, slog.String("status", "OK"))
	}
	l.LogAttrs(context.Background(), slog.LevelDebug, "imap command", attrs...)
}

// logForgotten logs a command that was started and never sent, because the program has not waited for it.
func (s *Session) logForgotten(p *pending) {
	if l := s.cfg.Logger; l != nil {
		l.LogAttrs(context.Background(), slog.LevelWarn, "imap command never sent: nobody waited for it", slog.String("cmd", p.name()))
	}
}
