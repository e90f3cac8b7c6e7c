package crlf

import (
	"bytes"
	"io"
)

// AppendLocal appends src to dst, with an LF in place of each CRLF. A CR or LF by itself stays unchanged.
func AppendLocal(dst, src []byte) []byte {
	for {
		i := bytes.Index(src, []byte("\r\n"))
		if i < 0 {
			return append(dst, src...)
		}
		dst = append(dst, src[:i]...)
		src = src[i+1:]
	}
}

// A LocalReader reads mail, and returns it with an LF in place of each CRLF. This is the form of text files on most
// systems. A LocalReader is not safe for concurrent use.
type LocalReader struct {
	r    io.Reader
	kept int    // 1 if room begins with a CR that was read and not returned, else 0
	buf  []byte // the backing array of out
	out  []byte // octets that Read returns next
	err  error
	room [4 << 10]byte
}

// NewLocalReader returns a LocalReader that reads from r.
func NewLocalReader(r io.Reader) *LocalReader { return &LocalReader{r: r} }

// Read returns an error of the underlying reader after the octets that came before the error.
func (r *LocalReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(r.out) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		n, err := r.r.Read(r.room[r.kept:])
		in := r.room[:r.kept+n]
		r.err, r.kept = err, 0
		last := len(in) - 1
		hold := last >= 0 && in[last] == '\r' && err == nil
		if hold {
			in = in[:last]
		}
		r.buf = AppendLocal(r.buf[:0], in)
		r.out = r.buf
		if hold {
			r.room[0], r.kept = '\r', 1
		}
	}
	n := copy(p, r.out)
	r.out = r.out[n:]
	return n, nil
}
