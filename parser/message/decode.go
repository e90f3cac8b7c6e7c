package message

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/imapstack/imapstack/utils/transfer"
)

// ErrUnknownEncoding reports an unknown content transfer encoding. A server sends it as the response code
// UNKNOWN-CTE (RFC 3516 §4.3).
var ErrUnknownEncoding = errors.New("message: unknown content transfer encoding")

// Binary returns the content of the part with the given path, as BINARY[…] does (RFC 3516 §4.2). The content has no
// transfer encoding, and is in the charset of the part. If there is no such part, ok is false. Multiparts and messages
// are returned unchanged. A part that is not in memory is decoded twice: first to find its size, and again when it is
// read. The error is ErrUnknownEncoding, or an error of reading the message.
func (m *Message) Binary(path []uint32) (content Section, ok bool, err error) {
	p := m.Part(path)
	if p == nil {
		return Section{}, false, nil
	}
	if len(path) == 0 {
		return p.All(), true, nil
	}
	content, err = p.Decoded()
	return content, true, err
}

// Decoded returns the body without its transfer encoding, as Message.Binary does. Data with errors in its encoding
// is decoded as far as possible.
func (p *Part) Decoded() (Section, error) {
	body := p.Body()
	decode, err := p.decoder()
	if err != nil || decode == nil {
		return body, err
	}
	if b, ok := body.Bytes(); ok {
		out, err := io.ReadAll(decode(bytes.NewReader(b)))
		return ownSection(out), err
	}
	n, err := io.Copy(io.Discard, decode(body.Reader()))
	if err != nil {
		p.src.fail(err)
		return Section{}, fmt.Errorf("message: %w", err)
	}
	body.decode, body.from, body.to = decode, 0, n
	return body, nil
}

// decodedPrefix returns the first n octets of the decoded body, or all of it if it is shorter. The result is valid
// until the program ends. If the body cannot be read, Message.Err also returns the error.
func (p *Part) decodedPrefix(n int64) (content []byte, err error) {
	body := p.Body()
	decode, err := p.decoder()
	if err != nil {
		return nil, err
	}
	if decode == nil {
		content, err = body.Partial(0, uint64(n)).ReadAll()
	} else {
		content, err = io.ReadAll(io.LimitReader(decode(body.Reader()), n))
	}
	if err != nil {
		p.src.fail(err)
	}
	return content, err
}

// decoder returns a function that decodes the body. It returns nil if the body needs no decoding.
func (p *Part) decoder() (func(io.Reader) io.Reader, error) {
	if p.IsMultipart() || p.Message != nil {
		return nil, nil
	}
	encoding := p.Encoding()
	if transfer.Plain(encoding) {
		return nil, nil
	}
	if _, err := transfer.NewReader(encoding, nil); err != nil {
		return nil, ErrUnknownEncoding
	}
	return func(r io.Reader) io.Reader {
		r, _ = transfer.NewReader(encoding, r)
		return r
	}, nil
}
