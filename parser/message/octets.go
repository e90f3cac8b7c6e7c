package message

import (
	"io"
	"sync"
)

// octets has the octets of a message, either in memory or in an io.ReaderAt.
type octets struct {
	raw  []byte      // the message, if r is nil
	r    io.ReaderAt // safe for use by several goroutines, as io.ReaderAt requires
	size int64

	window int // size of the scanner's window; 0 means the default

	mu  sync.Mutex
	err error // first error of r
}

// inMemory reports whether the octets are in memory, so that methods can return slices of them.
func (o *octets) inMemory() bool { return o.r == nil }

// head returns the octets between from and to, up to MaxHeader octets.
func (o *octets) head(from, to int64) []byte {
	to = min(to, from+MaxHeader)
	if o.inMemory() {
		return o.raw[from:to:to]
	}
	b := make([]byte, to-from)
	n, err := o.r.ReadAt(b, from)
	if n < len(b) {
		o.fail(err)
	}
	return b[:n]
}

// fail stores the first error of the reader.
func (o *octets) fail(err error) {
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		o.err = err
	}
}

// failure returns the first error of the reader.
func (o *octets) failure() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

// A Section is a range of octets of a message, or octets made from them. The octets of the message are read only when
// the Section is read, except that Part.Decoded also reads them to find the size. A Section is valid for as long as the
// io.ReaderAt that was passed to Open or Restore. The zero Section is empty.
type Section struct {
	src      *octets // nil if own has the octets
	own      []byte
	decode   func(io.Reader) io.Reader // decodes src, or nil if the octets are not encoded
	lo, hi   int64                     // range in src, before decoding
	from, to int64                     // range in the result
}

func sectionOf(o *octets, lo, hi int64) Section { return Section{src: o, lo: lo, hi: hi, to: hi - lo} }

func ownSection(b []byte) Section { return Section{own: b, to: int64(len(b))} }

// Size returns the number of octets.
func (s Section) Size() int64 { return s.to - s.from }

// Bytes returns the octets if they are in memory. They are valid until the program ends, and must not be changed.
func (s Section) Bytes() (b []byte, ok bool) {
	switch {
	case s.src == nil:
		return s.own[s.from:s.to:s.to], true
	case s.decode == nil && s.src.inMemory():
		return s.src.raw[s.lo+s.from : s.lo+s.to : s.lo+s.to], true
	}
	return nil, false
}

// Reader returns a new reader of the octets. The reader returns exactly Size octets or an error.
func (s Section) Reader() io.Reader {
	switch {
	case s.src == nil:
		return io.NewSectionReader(bytesAt(s.own), s.from, s.Size())
	case s.decode == nil:
		return io.NewSectionReader(s.src.at(), s.lo+s.from, s.Size())
	}
	return &decoded{r: s.decode(io.NewSectionReader(s.src.at(), s.lo, s.hi-s.lo)), skip: s.from, left: s.Size()}
}

// ReadAll returns the octets. If they are not in memory, it reads all of them. They are valid until the program ends,
// and must not be changed. Use ReadAll only for sections that are known to be small.
func (s Section) ReadAll() ([]byte, error) {
	if b, ok := s.Bytes(); ok {
		return b, nil
	}
	b := make([]byte, s.Size())
	_, err := io.ReadFull(s.Reader(), b)
	return b, err
}

// Partial returns the n octets from offset on, or fewer if the section ends before them (RFC 9051 §6.4.5, BODY[]<o.n>).
func (s Section) Partial(offset, n uint64) Section {
	size := uint64(s.Size())
	offset = min(offset, size)
	n = min(n, size-offset)
	s.from += int64(offset)
	s.to = s.from + int64(n)
	return s
}

// at returns an io.ReaderAt of the octets.
func (o *octets) at() io.ReaderAt {
	if o.inMemory() {
		return bytesAt(o.raw)
	}
	return o.r
}

// bytesAt makes octets in memory an io.ReaderAt.
type bytesAt []byte

func (b bytesAt) ReadAt(p []byte, off int64) (int, error) {
	if off >= int64(len(b)) {
		return 0, io.EOF
	}
	n := copy(p, b[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// decoded reads a range of the output of a decoder.
type decoded struct {
	r          io.Reader
	skip, left int64
}

func (d *decoded) Read(p []byte) (int, error) {
	if d.skip > 0 {
		n, err := io.CopyN(io.Discard, d.r, d.skip)
		if d.skip -= n; err != nil {
			return 0, unexpected(err)
		}
	}
	if d.left == 0 {
		return 0, io.EOF
	}
	n, err := d.r.Read(p[:min(int64(len(p)), d.left)])
	d.left -= int64(n)
	if err != nil && d.left > 0 {
		return n, unexpected(err)
	}
	return n, nil
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
