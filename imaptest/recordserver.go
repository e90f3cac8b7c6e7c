package imaptest

import (
	"bytes"
	"slices"
	"strings"
)

// tapServer holds the state of the recording of the server's side.
type tapServer struct {
	line    []byte
	literal int64
	within  bool // the next line continues a response
}

// harmless holds the mechanisms whose challenges reveal no secret.
var harmless = []string{"PLAIN", "LOGIN", "EXTERNAL", "ANONYMOUS", "XOAUTH2", "OAUTHBEARER"}

// hearServer records a literal or a line, or the part of it that has arrived, and returns the rest of b.
func (r *Recorder) hearServer(b []byte) []byte {
	s := &r.server
	if s.literal > 0 {
		n := min(int64(len(b)), s.literal)
		s.literal -= n
		part := b[:n]
		for len(part) > 0 {
			i := bytes.IndexByte(part, '\n') + 1
			if i == 0 {
				i = len(part)
			}
			s.line = append(s.line, part[:i]...)
			if part[i-1] == '\n' {
				r.endServerLine()
			}
			part = part[i:]
		}
		return b[n:]
	}
	// A line after a literal continues the response, and is not a status response, whatever it begins with.
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		s.line = append(s.line, b...)
		return nil
	}
	s.line = append(s.line, b[:i+1]...)
	line := s.line
	if s.within || !isStatus(line) {
		size, _, lit := announced(line)
		s.literal, s.within = size, lit
		r.endServerLine()
		return b[i+1:]
	}
	r.status(line)
	return b[i+1:]
}

// status records a status response or a continuation request.
func (r *Recorder) status(line []byte) {
	c := &r.client
	tag, rest, _ := strings.Cut(strings.TrimRight(string(line), "\r\n"), " ")
	word, _, _ := strings.Cut(rest, " ")
	if tag == "+" && c.auth != "" && !slices.Contains(harmless, c.mech) && len(rest) > 0 {
		r.server.line = []byte("+ c2VjcmV0\r\n")
	}
	r.endServerLine()
	if tag == "*" || tag == "+" {
		return
	}
	if tag == c.auth {
		c.auth, c.mech = "", ""
	}
	if tag == c.tag && c.asked {
		// The server has refused the literal, so the client will not send it.
		c.literal, c.asked, c.more = 0, false, false
	}
	name := c.waiting[tag]
	delete(c.waiting, tag)
	if !strings.EqualFold(word, "OK") {
		return
	}
	switch {
	case name == "STARTTLS":
		r.steps = append(r.steps, scriptStep{tls: true})
		if !r.through {
			r.err = ErrRecordTLS
		}
	case name == "COMPRESS":
		r.err = ErrRecordCompressed
	}
}

// endServerLine records a line of the server.
func (r *Recorder) endServerLine() {
	line := urlTokens.ReplaceAllFunc(r.server.line, func(b []byte) []byte {
		b = bytes.Clone(b)
		for i := bytes.LastIndexByte(b, ':') + 1; i < len(b); i++ {
			b[i] = '0'
		}
		return b
	})
	r.server.line = nil
	r.steps = append(r.steps, scriptStep{server: true, data: bytes.Clone(line), exact: !bytes.HasSuffix(line, []byte("\r\n")) || !plain(line[:len(line)-2])})
}
