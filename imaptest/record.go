package imaptest

import (
	"bytes"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"

	"github.com/imapstack/imapstack/wire"
)

// The errors of Recorder.Err.
var (
	// ErrRecordTLS reports that TLS has begun above the recorder, so that it cannot read the rest. A Proxy can.
	ErrRecordTLS = errors.New("imaptest: recording ended where TLS began")
	// ErrRecordCompressed reports that compression has begun, which the recorder cannot read.
	ErrRecordCompressed = errors.New("imaptest: recording ended where compression began")
)

// A Recorder records what both sides of one connection send as a [Script], which Play plays. The zero Recorder is ready
// for use. It is safe for use by several goroutines.
//
//	var rec imaptest.Recorder
//	conn = rec.Wrap(conn, imaptest.ClientSide)
//	// use conn
//	os.WriteFile("testdata/session.txt", []byte(rec.Script().String()), 0o666)
//
// A Recorder does not record secrets. It writes "…" for the password of LOGIN, for everything that a client sends in
// AUTHENTICATE, and for the tokens of authorized URLs. When the script is played, "…" stands for any octets. In an
// authentication, the Recorder keeps the server's challenges if they reveal no secret in that mechanism. Otherwise it
// writes the base64 of "secret" instead. In the authorized URLs that the server sends, it writes zeros for the tokens.
type Recorder struct {
	mu      sync.Mutex
	steps   []scriptStep
	client  tapClient
	server  tapServer
	through bool // the recorder can read what is sent within TLS
	err     error
}

// Wrap returns a connection over c that records everything read and written. end names the side that writes to c. To
// record a connection with TLS, wrap the *tls.Conn that tls.Client returns. For STARTTLS, use a Proxy.
func (r *Recorder) Wrap(c net.Conn, end Side) net.Conn { return &tapConn{c, r, end} }

// Script returns everything recorded so far. The script is the caller's.
func (r *Recorder) Script() *Script {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &Script{steps: slices.Clone(r.steps)}
	// The beginnings of lines that have not ended yet.
	if len(r.server.line) > 0 {
		s.steps = append(s.steps, scriptStep{server: true, exact: true, data: slices.Clone(r.server.line)})
	}
	if spans := slices.Clone(r.client.spans); len(spans) > 0 {
		for i := range spans {
			if !spans[i].secret {
				s.steps = append(s.steps, scriptStep{exact: true, data: slices.Clone(spans[i].text)})
			}
		}
	}
	if c := &r.client; len(c.line) > 0 && c.shows() {
		s.steps = append(s.steps, scriptStep{exact: true, data: slices.Clone(c.line)})
	}
	for i := range s.steps {
		s.steps[i].line = i + 1
	}
	return s
}

// shows reports whether the beginning of the current line certainly contains no secret.
func (c *tapClient) shows() bool {
	if c.more || c.auth != "" {
		return c.more && c.name != "LOGIN"
	}
	words := strings.SplitN(string(c.line), " ", 3)
	return len(words) < 3 || !strings.EqualFold(words[1], "LOGIN") && !strings.EqualFold(words[1], "AUTHENTICATE")
}

// Err returns why the recording ended before the connection did: ErrRecordTLS or ErrRecordCompressed. It returns nil if
// the recording did not end early.
func (r *Recorder) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// hear records octets that a side sends.
func (r *Recorder) hear(from Side, b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(b) > 0 && r.err == nil {
		if from == ClientSide {
			b = r.hearClient(b)
		} else {
			b = r.hearServer(b)
		}
	}
}

// tapConn is a connection that is recorded.
type tapConn struct {
	net.Conn
	r   *Recorder
	end Side
}

func (c *tapConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.r.hear(!c.end, p[:n])
	return n, err
}

func (c *tapConn) Write(p []byte) (int, error) {
	// Record p before writing it, so that the answer to p cannot be recorded earlier.
	c.r.hear(c.end, p)
	return c.Conn.Write(p)
}

// CloseWrite ends what this side sends.
func (c *tapConn) CloseWrite() error { return closeWrite(c.Conn) }

// NetConn returns the underlying connection.
func (c *tapConn) NetConn() net.Conn { return c.Conn }

// tapClient holds the state of the recording of the client's side.
type tapClient struct {
	line    []byte // the parts of the command that have arrived
	literal int64  // octets of a literal that are still to come
	asked   bool   // the client waits for the server's "+", and no octet of the literal has come
	more    bool   // the next octets continue a command
	tag     string
	name    string
	args    int               // arguments of LOGIN that have come
	auth    string            // the tag of the current authentication
	mech    string            // the mechanism of AUTHENTICATE
	waiting map[string]string // by tag, the STARTTLS and COMPRESS commands that are not answered yet
	spans   []tapSpan         // parts of the line that is being recorded
}

// tapSpan is a part of a line.
type tapSpan struct {
	text   []byte
	secret bool
}

// hearClient records a literal or a line, or the part of it that has arrived, and returns the rest of b.
func (r *Recorder) hearClient(b []byte) []byte {
	c := &r.client
	if c.literal > 0 {
		n := min(int64(len(b)), c.literal)
		r.sayClient(b[:n], c.name == "LOGIN" && c.args > 1)
		c.literal -= n
		c.asked = false
		return b[n:]
	}
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		c.line = append(c.line, b...)
		return nil
	}
	line := append(c.line, b[:i+1]...)
	c.line = nil
	r.clientLine(line)
	return b[i+1:]
}

// clientLine records a line of a command, without literals.
func (r *Recorder) clientLine(line []byte) {
	c := &r.client
	if !c.more {
		if c.auth != "" && !bytes.ContainsRune(line, ' ') {
			r.sayClient(bytes.TrimRight(line, "\r\n"), true)
			r.sayClient([]byte("\r\n"), false)
			return
		}
		tag, rest, _ := strings.Cut(strings.TrimRight(string(line), "\r\n"), " ")
		name, args, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
		c.tag, c.name, c.args = tag, strings.ToUpper(name), 0
		switch c.name {
		case "AUTHENTICATE":
			mech, _, _ := strings.Cut(args, " ")
			c.auth, c.mech = tag, strings.ToUpper(mech)
			at := bytes.Index(line, []byte(mech)) + len(mech)
			if mech == "" {
				at = len(line)
			}
			r.sayClient(line[:at], false)
			r.saySecret(line[at:])
			return
		case "STARTTLS", "COMPRESS":
			if c.waiting == nil {
				c.waiting = map[string]string{}
			}
			c.waiting[tag] = c.name
		case "LOGIN":
			at := len(line) - len(strings.TrimLeft(args, " ")) - (len(line) - len(bytes.TrimRight(line, "\r\n")))
			r.sayClient(line[:at], false)
			line = line[at:]
		}
	}
	size, sync, lit := announced(line)
	c.literal, c.asked, c.more = size, sync && lit, lit
	if c.name != "LOGIN" {
		r.sayClient(line, false)
		return
	}
	r.loginArgs(line)
}

// loginArgs records a line that begins at an argument of LOGIN, or after an argument's literal. Everything after the
// first argument is secret.
func (r *Recorder) loginArgs(line []byte) {
	c := &r.client
	text := bytes.TrimRight(line, "\r\n")
	at := 0
	if c.args == 0 {
		d := wire.NewDecoder(slices.Concat(text, []byte("\r\n")))
		if len(text) > 0 && text[0] == '{' {
			at = len(text)
		} else if d.AString(); d.Err() == nil && (d.Is(' ') || d.AtEnd()) {
			at = min(d.Pos(), len(text))
		}
		c.args = 1
		if at > 0 && text[0] == '{' {
			r.sayClient(line, false)
			return
		}
	}
	if at < len(text) && text[at] == ' ' {
		at++
	}
	c.args = 2
	r.sayClient(text[:at], false)
	r.saySecret(line[at:])
}

// saySecret records the rest of a line, which is secret up to CRLF.
func (r *Recorder) saySecret(b []byte) {
	text := bytes.TrimRight(b, "\r\n")
	lead := len(text) - len(bytes.TrimLeft(text, " "))
	r.sayClient(text[:lead], false)
	if len(text) > lead {
		r.sayClient(text[lead:], true)
	}
	r.sayClient(b[len(text):], false)
}

// sayClient records a part of a command.
func (r *Recorder) sayClient(b []byte, secret bool) {
	c := &r.client
	for len(b) > 0 {
		n := bytes.IndexByte(b, '\n') + 1
		part := b
		if n > 0 {
			part = b[:n]
		}
		if k := len(c.spans); k > 0 && c.spans[k-1].secret == secret {
			c.spans[k-1].text = append(c.spans[k-1].text, part...)
		} else {
			c.spans = append(c.spans, tapSpan{bytes.Clone(part), secret})
		}
		if b = b[len(part):]; n > 0 {
			r.endClientLine()
		}
	}
}

// endClientLine records a line of the client.
func (r *Recorder) endClientLine() {
	spans := r.client.spans
	r.client.spans = nil
	// The CRLF does not belong to a secret.
	last := &spans[len(spans)-1]
	if last.secret {
		text := bytes.TrimRight(last.text, "\r\n")
		spans = append(spans, tapSpan{last.text[len(text):], false})
		last = &spans[len(spans)-2]
		last.text = text
	}
	var open []tapSpan
	for _, s := range spans {
		if s.secret {
			open = append(open, s)
			continue
		}
		for at := 0; at < len(s.text); {
			m := urlTokens.FindSubmatchIndex(s.text[at:])
			if m == nil {
				open = append(open, tapSpan{s.text[at:], false})
				break
			}
			open = append(open, tapSpan{s.text[at : at+m[3]], false}, tapSpan{s.text[at+m[3] : at+m[1]], true})
			at += m[1]
		}
	}
	hidden := slices.ContainsFunc(open, func(s tapSpan) bool { return s.secret })
	if !hidden {
		var all []byte
		for _, s := range open {
			all = append(all, s.text...)
		}
		r.steps = append(r.steps, scriptStep{data: all, exact: !bytes.HasSuffix(all, []byte("\r\n")) || !plain(all[:len(all)-2]) || bytes.Contains(all, []byte(ellipsis))})
		return
	}
	// The text before the first secret may need quotes; the text after a secret must not.
	var data []byte
	first := true
	for _, s := range open {
		if s.secret {
			if first && !plain(data) || bytes.Contains(data, []byte(ellipsis)) && first {
				r.steps = append(r.steps, scriptStep{data: data, exact: true})
				data = nil
			}
			first = false
			data = append(data, ellipsis...)
			continue
		}
		if !first && !plain(bytes.TrimSuffix(s.text, []byte("\r\n"))) {
			continue // the ellipsis before s stands for the text of s as well
		}
		data = append(data, s.text...)
	}
	if !bytes.HasSuffix(data, []byte("\r\n")) {
		data = append(data, "\r\n"...)
	}
	r.steps = append(r.steps, scriptStep{data: data})
}
