package message

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
)

// ErrUnknownEncoding says that a content transfer encoding is not known: the code is UNKNOWN-CTE (RFC 3516 §4.3).
var ErrUnknownEncoding = errors.New("message: unknown content transfer encoding")

// Binary returns the content of the part with that path without its transfer encoding, in the charset it is in:
// BINARY[…] (RFC 3516 §4.2). It reports false if there is no such part. Multiparts and messages are as they are. Of a part that is
// not in memory it is decoded once to know its size, and again when it is read. The error is ErrUnknownEncoding, or of reading the message.
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

// Decoded returns the body without its transfer encoding, as Message.Binary does. What is not well encoded is read as
// far as it makes sense.
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

// decodedPrefix returns the first octets of the body without its transfer encoding; valid until the program ends.
func (p *Part) decodedPrefix(n int64) ([]byte, error) {
	body := p.Body()
	decode, err := p.decoder()
	if err != nil {
		return nil, err
	}
	if decode == nil {
		return body.Partial(0, uint64(n)).ReadAll()
	}
	return io.ReadAll(io.LimitReader(decode(body.Reader()), n))
}

// decoder returns what decodes the body, or nil if it is as it is.
func (p *Part) decoder() (func(io.Reader) io.Reader, error) {
	if p.IsMultipart() || p.Message != nil {
		return nil, nil
	}
	switch p.Encoding() {
	case "7bit", "8bit", "binary":
		return nil, nil
	case "base64":
		return func(r io.Reader) io.Reader { return &decoding{r: r, step: new(base64Decoder).decode} }, nil
	case "quoted-printable":
		return func(r io.Reader) io.Reader { return &decoding{r: r, step: decodeQP} }, nil
	}
	return nil, ErrUnknownEncoding
}

// decoding reads what a decoder makes of a stream.
type decoding struct {
	r io.Reader
	// step decodes what it can of in, appending to dst, and returns how much of in it has used up: all of it at the end.
	step func(dst, in []byte, end bool) ([]byte, int)
	in   []byte // not decoded yet
	out  []byte // not read yet
	room []byte // the array of in
	err  error
}

// chunk is how much is decoded together.
const chunk = 8 << 10

func (d *decoding) Read(p []byte) (int, error) {
	for len(d.out) == 0 {
		if d.err != nil {
			return 0, d.err
		}
		d.fill()
	}
	n := copy(p, d.out)
	d.out = d.out[n:]
	return n, nil
}

func (d *decoding) fill() {
	if d.room == nil {
		d.room = make([]byte, chunk)
	}
	n := copy(d.room, d.in)
	k, err := d.r.Read(d.room[n:])
	d.in, d.err = d.room[:n+k], err
	if err != nil && err != io.EOF {
		return
	}
	var used int
	d.out, used = d.step(d.out[:0], d.in, err == io.EOF)
	if used == 0 && n+k == len(d.room) {
		// The decoder would wait for ever for the end of something.
		d.out, used = append(d.out, d.in...), len(d.in)
	}
	d.in = d.in[used:]
}

// base64Decoder decodes what is base64 of anything. Text joined from pieces, each with its own padding, is read on.
type base64Decoder struct {
	quad [4]byte
	n    int
}

func (d *base64Decoder) decode(dst, in []byte, end bool) ([]byte, int) {
	for _, c := range in {
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9', c == '+', c == '/':
			d.quad[d.n] = c
			if d.n++; d.n == 4 {
				dst = d.flush(dst)
			}
		case c == '=' && d.n > 0:
			dst = d.flush(dst)
		}
	}
	if end && d.n > 1 {
		dst = d.flush(dst)
	}
	return dst, len(in)
}

func (d *base64Decoder) flush(dst []byte) []byte {
	dst, _ = base64.RawStdEncoding.AppendDecode(dst, d.quad[:d.n])
	d.n = 0
	return dst
}

// decodeQP decodes quoted-printable text by lines (RFC 2045 §6.7). What is not well encoded is left as it is.
func decodeQP(dst, in []byte, end bool) ([]byte, int) {
	used := 0
	for used < len(in) {
		line := in[used:]
		if n := bytes.IndexByte(line, '\n'); n >= 0 {
			line = line[:n+1]
		} else if !end {
			if len(in) < chunk || used > 0 {
				break
			}
			// A long line: all of it but what may be changed by what follows.
			k := len(bytes.TrimRight(line, " \t\r"))
			if i := bytes.LastIndexByte(line[:k], '='); i >= 0 && i >= k-2 {
				k = i
			}
			return appendQP(dst, line[:k]), k
		}
		used += len(line)
		text := bytes.TrimRight(line, "\r\n")
		ending := line[len(text):]
		text = bytes.TrimRight(text, " \t")
		if bytes.HasSuffix(text, []byte{'='}) {
			text, ending = text[:len(text)-1], nil
		}
		dst = append(appendQP(dst, text), ending...)
	}
	return dst, used
}

// appendQP undoes the encoding of octets.
func appendQP(dst, text []byte) []byte {
	for {
		i := bytes.IndexByte(text, '=')
		if i < 0 {
			return append(dst, text...)
		}
		dst = append(dst, text[:i]...)
		if text = text[i:]; len(text) > 2 && unhex(text[1]) < 16 && unhex(text[2]) < 16 {
			dst = append(dst, unhex(text[1])<<4|unhex(text[2]))
			text = text[3:]
		} else {
			dst = append(dst, '=')
			text = text[1:]
		}
	}
}

func unhex(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 255
}
