package transport

import (
	"bufio"
	"compress/flate"
	"io"
	"sync"
	"sync/atomic"
)

// Rest tells the layers of c that it may be long until c is used again. They release the memory that they need only
// while something is read or written, and take it again then. Rest must not be called while a Read runs.
func Rest(c Conn) {
	for ; c != nil; c = below(c) {
		if r, ok := c.(interface{ Rest() }); ok {
			r.Rest()
		}
	}
}

// A decompressor holds what reading needs.
type decompressor struct {
	inflater
	buf [deflateIn]byte
}

// A compressor holds what writing needs.
type compressor struct {
	flate *flate.Writer
	buf   *bufio.Writer
}

var (
	decompressors = sync.Pool{New: func() any { return new(decompressor) }}
	compressors   [flate.BestCompression - flate.HuffmanOnly + 1]sync.Pool // by level
	held          atomic.Int64                                             // borrowed compressors
)

// mostHeld is how many connections keep a compressor between two writes. The others borrow one for each write: every
// flush ends on an octet, and what follows need not refer to what came before (RFC 4978 §3, RFC 1951 §3.2). For a small
// command a borrowed one takes 16 µs instead of 4, and what the command has in common with earlier ones does not make
// it shorter.
const mostHeld = 64

// compressorPool returns the pool of a level.
func compressorPool(level int) (*sync.Pool, error) {
	if level < flate.HuffmanOnly || level > flate.BestCompression {
		_, err := flate.NewWriter(nil, level)
		return nil, err
	}
	return &compressors[level-flate.HuffmanOnly], nil
}

// borrow takes a compressor from the pool, if d has none. The caller holds d.writing.
func (d *deflated) borrow() {
	if d.out != nil {
		return
	}
	held.Add(1)
	pool, _ := compressorPool(d.level)
	c, ok := pool.Get().(*compressor)
	if !ok {
		c = &compressor{buf: bufio.NewWriterSize(&d.sent, deflateOut)}
		c.flate, _ = flate.NewWriter(c.buf, d.level)
	} else {
		c.buf.Reset(&d.sent)
		c.flate.Reset(c.buf)
	}
	d.out = c
}

// giveBack returns the compressor, which then no longer refers to the connection. The caller holds d.writing.
func (d *deflated) giveBack() {
	if d.out == nil {
		return
	}
	d.out.buf.Reset(io.Discard)
	pool, _ := compressorPool(d.level)
	pool.Put(d.out)
	d.out = nil
	held.Add(-1)
}

// resting is what is kept of an inflater between two blocks: the octets that the other end may refer to, and the unread
// bits.
type resting struct {
	window []byte
	bits   uint64
	nbits  uint
	off    int64
}

// wake takes an inflater and restores the state in which the connection came to rest.
func (d *deflated) wake() {
	in := decompressors.Get().(*decompressor)
	f := &in.inflater
	f.in, f.err, f.lit, f.dist = nil, nil, nil, nil
	f.state, f.last, f.stored, f.have = atHeader, false, 0, 0
	f.bits, f.nbits, f.off = d.rests.bits, d.rests.nbits, d.rests.off
	f.w = copy(f.out[:], d.rests.window)
	f.r = f.w
	d.in = in
}

// tidy returns the compressor, unless a Write runs.
func (d *deflated) tidy() {
	if d.writing.TryLock() {
		d.giveBack()
		d.writing.Unlock()
	}
}

// wrote ends a Write. Close may have been called meanwhile.
func (d *deflated) wrote() {
	if d.writing.Unlock(); d.closed.Load() {
		d.tidy()
	}
}

// Rest releases the compressor, unless a Write runs. It releases the inflater if everything received has been read and
// a block has ended.
func (d *deflated) Rest() {
	d.tidy()
	in := d.in
	if in == nil || in.err != nil || in.state != atHeader || in.nbits >= 8 || in.r < in.w || len(in.in) > 0 {
		return
	}
	last := in.out[max(0, in.w-window):in.w]
	d.rests = resting{append(d.rests.window[:0], last...), in.bits, in.nbits, in.off}
	in.in, d.in = nil, nil
	decompressors.Put(in)
}
