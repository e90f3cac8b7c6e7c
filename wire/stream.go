package wire

import (
	"errors"
	"io"
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
			return r.readDirect(p)
		}
		if err := r.fillLiteral(); err != nil {
			return 0, err
		}
	}
	n := copy(p[:min(int64(len(p)), r.left)], r.buf[r.pos:r.w])
	r.pos += n
	r.left -= int64(n)
	return n, nil
}

func (r *Reader) readDirect(p []byte) (int, error) {
	p = p[:min(int64(len(p)), r.left)]
	for range 100 {
		n, err := r.rd.Read(p)
		r.left -= int64(n)
		if n > 0 {
			return n, nil
		}
		if err != nil {
			return 0, unexpected(err)
		}
	}
	return 0, io.ErrNoProgress
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// fillLiteral reads into the free end of the buffer, all of what was there having been taken.
func (r *Reader) fillLiteral() error {
	if r.pos == r.w {
		r.pos, r.w = r.end, r.end
	}
	if len(r.buf)-r.end < directRead {
		// The strides shown fill the buffer: the literal passes through another array.
		r.aside()
	}
	for range 100 {
		n, err := r.rd.Read(r.buf[r.w:])
		r.w += n
		if n > 0 {
			return nil
		}
		if err != nil {
			return unexpected(err)
		}
	}
	return io.ErrNoProgress
}

// aside goes on in another array, while the strides shown stay in this one.
// The stride's own octets are past: only start and end of an empty one go along.
func (r *Reader) aside() {
	next := r.spare
	r.spare = nil
	if len(next) < bufSize {
		next = make([]byte, bufSize)
	}
	r.held = r.buf
	r.past += int64(r.end - r.start)
	r.memory += r.end - r.start
	r.buf = next
	r.start, r.end, r.pinned, r.pos, r.w = 0, 0, 0, 0, 0
}

// copyLiteral writes what is left of the literal to w.
func (r *Reader) copyLiteral(w io.Writer) (total int64, err error) {
	for r.left > 0 {
		if r.pos == r.w {
			if err := r.fillLiteral(); err != nil {
				return total, err
			}
		}
		n := int(min(int64(r.w-r.pos), r.left))
		b := r.buf[r.pos : r.pos+n]
		r.pos += n
		r.left -= int64(n)
		m, err := w.Write(b)
		total += int64(m)
		if err == nil && m < n {
			err = io.ErrShortWrite
		}
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// discardLiteral drops what is left of the literal.
func (r *Reader) discardLiteral() error {
	for r.left > 0 {
		if r.pos == r.w {
			if err := r.fillLiteral(); err != nil {
				return err
			}
		}
		n := min(int64(r.w-r.pos), r.left)
		r.pos += int(n)
		r.left -= n
	}
	return nil
}
