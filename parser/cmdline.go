package parser

import (
	"encoding/base64"
	"errors"

	"github.com/imapstack/imapstack/wire"
)

// ErrCancelled reports that the client has given up an authentication: it sent "*" (RFC 9051 §6.2.2).
var ErrCancelled = errors.New("parser: authentication cancelled by the client")

// ReadLine waits for one bare line and returns it without its end, valid until the next line or command is read. Clients
// send such lines within a command, when asked to go on: an answer of AUTHENTICATE, or IDLE's DONE. ReadLine takes
// nothing in the line for the announcement of a literal. After a wait that was cut short, call it again.
func (p *CommandReader) ReadLine() ([]byte, error) {
	err := p.r.Next(&p.d)
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

// ReadAnswer waits for a client's answer in an authentication (RFC 9051 §6.2.2), decodes its base64 and appends the
// result to dst. The result is the caller's. ReadAnswer fails with ErrCancelled if the client gives up, and with a
// BadCommand if the line is not base64.
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

// ReadDone waits for the line that ends IDLE (RFC 9051 §6.3.13). Any other line gives a BadCommand, and ends IDLE as
// well.
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

// appendBase64 appends to dst what src holds as base64 (RFC 4648 §4). It must end with the padding.
func appendBase64(dst, src []byte) ([]byte, bool) {
	for _, c := range src {
		// The decoder would ignore line ends.
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
