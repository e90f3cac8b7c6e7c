package wire

import (
	"io"
	"math"
)

// directRead is how big a caller's slice must be for octets to be read straight into it;
// a smaller one is served from the reader's buffer, to save system calls.
const directRead = 4 << 10

// readLiteral reads from the literal being streamed.
func (r *Reader) readLiteral(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	if r.pos == r.w {
		if len(p) >= directRead {
			n, err := r.read(p[:min(int64(len(p)), r.left)])
			r.left -= int64(n)
			return n, unexpected(err)
		}
		if err := r.refill(); err != nil {
			return 0, err
		}
	}
	n := copy(p[:min(int64(len(p)), r.left)], r.buf[r.pos:r.w])
	r.pos += n
	r.left -= int64(n)
	return n, nil
}

// copyLiteral writes what is left of the literal to w. What w does not take is there to be read.
func (r *Reader) copyLiteral(w io.Writer) (total int64, err error) {
	for r.left > 0 {
		if r.pos == r.w {
			if err := r.refill(); err != nil {
				return total, err
			}
		}
		n, err := write(w, r.buf[r.pos:r.pos+int(min(int64(r.w-r.pos), r.left))])
		r.pos += n
		r.left -= int64(n)
		total += int64(n)
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// write writes all of b, or says why not.
func write(w io.Writer, b []byte) (int, error) {
	n, err := w.Write(b)
	if n < 0 || n > len(b) {
		return 0, errCount
	}
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	return n, err
}

// discardLiteral drops what is left of the literal, if that is within Limits.Skip: else it would be read for as long as
// octets come, for nobody.
func (r *Reader) discardLiteral() error {
	if r.left > r.lim.Skip-r.waste {
		return r.skipped(r.waste + r.left)
	}
	for r.left > 0 {
		if r.pos == r.w {
			if err := r.refill(); err != nil {
				return err
			}
		}
		n := min(int64(r.w-r.pos), r.left)
		r.pos += int(n)
		r.left -= n
		r.waste += n
	}
	return nil
}

// skipped ends the stream, as more of a message is to be dropped than Limits.Skip.
func (r *Reader) skipped(size int64) error {
	if size < 0 {
		size = math.MaxInt64
	}
	r.err, r.state = &LimitError{What: "skipped data", Limit: r.lim.Skip, Size: size}, stateEnded
	r.seq++
	return r.err
}
