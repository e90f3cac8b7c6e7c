package wire

import "io"

// directRead is the least length in bytes of a slice into which Literal.Read reads directly from the stream. To save
// system calls, a read into a shorter slice goes through the Reader's buffer.
const directRead = 4 << 10

// readLiteral reads from the literal that is being streamed.
func (f *framer) readLiteral(p []byte) (int, error) {
	if f.left == 0 {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	if len(f.in.unread()) == 0 {
		if len(p) >= directRead {
			n, err := f.in.read(p[:min(int64(len(p)), f.left)])
			f.left -= int64(n)
			return n, unexpected(err)
		}
		if err := f.in.refill(); err != nil {
			return 0, err
		}
	}
	n := copy(p[:min(int64(len(p)), f.left)], f.in.unread())
	f.in.take(n)
	f.left -= int64(n)
	return n, nil
}

// copyLiteral writes the rest of the streamed literal to w. The octets that w does not take can still be read.
func (f *framer) copyLiteral(w io.Writer) (total int64, err error) {
	for f.left > 0 {
		if len(f.in.unread()) == 0 {
			if err := f.in.refill(); err != nil {
				return total, err
			}
		}
		b := f.in.unread()
		n, err := write(w, b[:min(int64(len(b)), f.left)])
		f.in.take(n)
		f.left -= int64(n)
		total += int64(n)
		if err != nil {
			return total, err
		}
	}
	return total, nil
}
