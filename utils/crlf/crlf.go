package crlf

import (
	"bytes"
	"io"
)

// Append appends src to dst, with a CRLF in place of each CR, LF and CRLF.
func Append(dst, src []byte) []byte {
	for len(src) > 0 {
		line, rest, ends := bytes.Cut(src, lf)
		for {
			i := bytes.IndexByte(line, '\r')
			if i < 0 {
				break
			}
			dst = append(append(dst, line[:i]...), '\r', '\n')
			if line = line[i+1:]; len(line) == 0 {
				ends = false // the CR before this LF has become a CRLF already
			}
		}
		if dst = append(dst, line...); ends {
			dst = append(dst, '\r', '\n')
		}
		src = rest
	}
	return dst
}

var lf = []byte{'\n'}

// A Reader reads text, and returns it with a CRLF in place of each CR, LF and CRLF. It is not safe for concurrent use.
type Reader struct {
	r    io.Reader
	buf  []byte // buffer for reads from r
	out  []byte // octets that Read returns next
	cr   bool   // the last octet read from r was CR
	err  error
	room [4 << 10]byte
}

// NewReader returns a Reader that reads from r.
func NewReader(r io.Reader) *Reader { return &Reader{r: r} }

// Read returns an error of the underlying reader after the octets that came before the error.
func (r *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(r.out) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		var n int
		n, r.err = r.r.Read(r.room[:])
		in := r.room[:n]
		if r.cr && n > 0 && in[0] == '\n' {
			in = in[1:]
		}
		if n > 0 {
			r.cr = r.room[n-1] == '\r'
		}
		r.buf = Append(r.buf[:0], in)
		r.out = r.buf
	}
	n := copy(p, r.out)
	r.out = r.out[n:]
	return n, nil
}
