package parser

import (
	"encoding/base64"
	"errors"

	"github.com/imapstack/imapstack/wire"
)

// ErrCancelled reports that the client has cancelled an authentication with "*" (RFC 9051 §6.2.2).
var ErrCancelled = errors.New("parser: authentication cancelled by the client")

// ReadLine reads the next line as a plain line, not as a command, and returns it without its line end. The result is
// valid until the next line or command is read. Clients send plain lines after a continuation request: a response in
// AUTHENTICATE, or DONE in IDLE. ReadLine does not look for literals in the line. If a deadline interrupts ReadLine,
// call it again.
func (p *CommandReader) ReadLine() ([]byte, error) {
	err := p.in.Next(&p.d)
	if tooLong(err) {
		return nil, p.Bad(err)
	}
	if err != nil {
		return nil, err
	}
	if b := p.d.Raw(); len(b) > 1 && b[len(b)-2] != '\r' && !p.d.Tolerate(wire.RuleBareLF) {
		p.d.Seek(len(b) - 1)
		p.d.Expected("CRLF")
		return nil, p.Bad(p.d.Err())
	}
	return p.d.Text(), nil
}

// ReadAnswer waits for the client's response to a challenge (RFC 9051 §6.2.2). It decodes the base64 and appends
// the result to dst. The caller owns the result. ReadAnswer fails with ErrCancelled if the client cancels the
// authentication, and with a BadCommand if the line is not base64.
func (p *CommandReader) ReadAnswer(dst []byte) ([]byte, error) {
	line, err := p.ReadLine()
	if err != nil {
		return dst, err
	}
	if string(line) == "*" {
		return dst, ErrCancelled
	}
	dst, ok := appendBase64(dst, line)
	if !ok {
		p.d.Rewind(0)
		// The error does not show the octets, because they may be part of a secret.
		return dst, p.Bad(&wire.SyntaxError{Want: "base64"})
	}
	return dst, nil
}

// ReadDone waits for DONE, the line that ends IDLE (RFC 9051 §6.3.13). For any other line, it returns a BadCommand.
// Such a line also ends IDLE.
func (p *CommandReader) ReadDone() error {
	line, err := p.ReadLine()
	if err != nil {
		return err
	}
	if !wire.EqualFold(line, "DONE") {
		p.d.Rewind(0)
		p.d.Expected("DONE")
		return p.Bad(p.d.Err())
	}
	return nil
}

// appendBase64 decodes the base64 in src and appends the result to dst (RFC 4648 §4). It requires padding.
func appendBase64(dst, src []byte) ([]byte, bool) {
	for _, c := range src {
		// base64.Encoding ignores line ends, which must be an error here.
		if c == '\r' || c == '\n' {
			return dst, false
		}
	}
	at := len(dst)
	out, err := base64.StdEncoding.Strict().AppendDecode(dst, src)
	if err != nil {
		return dst[:at], false
	}
	return out, true
}
