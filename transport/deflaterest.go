package transport

import (
	"bufio"
	"compress/flate"
	"io"
	"sync"
	"sync/atomic"
)

// Rest calls the method Rest of each layer of c that has one, such as DEFLATE. The layer then frees the memory that it
// needs only for reading and writing, and allocates it again when c is used. Rest is for connections that may not be
// used for a long time. It must not be called while a Read runs.
func Rest(c Conn) {
	for ; c != nil; c = below(c) {
		if r, ok := c.(interface{ Rest() }); ok {
			r.Rest()
		}
	}
}

// A decompressor has the memory that reading needs.
type decompressor struct {
	inflater
	buf [deflateIn]byte
}

// A compressor has the memory that writing needs.
type compressor struct {
	flate *flate.Writer
	buf   *bufio.Writer
}

var (
	decompressors    = sync.Pool{New: func() any { return new(decompressor) }}
	compressors      [flate.BestCompression - flate.HuffmanOnly + 1]sync.Pool // a pool for each level
	compressorsInUse atomic.Int64                                             // how many connections have a compressor
)

// mostHeld is how many connections keep a compressor between two Writes. The other connections borrow a compressor for
// each Write. This is possible because each flush ends on a whole byte, and later data need not refer to earlier data
// (RFC 4978 §3, RFC 1951 §3.2). A small command takes 4 µs with a compressor of its own, and 16 µs with a borrowed one.
// With a borrowed compressor, the compressed command is also longer, because the compressor has not seen the earlier
// commands.
const mostHeld = 64

// compressorPool returns the pool of the compressors for level. It fails if compress/flate does not have that level.
func compressorPool(level int) (*sync.Pool, error) {
	if level < flate.HuffmanOnly || level > flate.BestCompression {
		_, err := flate.NewWriter(nil, level)
		return nil, err
	}
	return &compressors[level-flate.HuffmanOnly], nil
}

// borrow gives d a compressor from the pool, if d has none. The caller holds d.writing.
func (d *deflated) borrow() {
	if d.out != nil {
		return
	}
	compressorsInUse.Add(1)
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

// giveBack returns the compressor of d to the pool, after it has removed the compressor's reference to d. The caller
// holds d.writing.
func (d *deflated) giveBack() {
	if d.out == nil {
		return
	}
	d.out.buf.Reset(io.Discard)
	pool, _ := compressorPool(d.level)
	pool.Put(d.out)
	d.out = nil
	compressorsInUse.Add(-1)
}

// A restState is the state of an inflater between two blocks: the output that later data may refer to, and the unread
// bits.
type restState struct {
	window []byte
	bits   uint64
	nbits  uint
	off    int64
}

// wake takes an inflater from the pool, and gives it the state that Rest has kept.
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

// returnUnlessWriting returns the compressor to the pool, unless a Write runs.
func (d *deflated) returnUnlessWriting() {
	if d.writing.TryLock() {
		d.giveBack()
		d.writing.Unlock()
	}
}

// endWrite unlocks d.writing at the end of a Write. If Close was called during the Write, endWrite returns the
// compressor to the pool.
func (d *deflated) endWrite() {
	if d.writing.Unlock(); d.closed.Load() {
		d.returnUnlessWriting()
	}
}

// Rest frees the compressor, unless a Write runs. It frees the inflater if all output has been read, and the input
// that has arrived ends between two blocks.
func (d *deflated) Rest() {
	d.returnUnlessWriting()
	in := d.in
	if in == nil || in.err != nil || in.state != atHeader || in.nbits >= 8 || in.r < in.w || len(in.in) > 0 {
		return
	}
	last := in.out[max(0, in.w-window):in.w]
	d.rests = restState{append(d.rests.window[:0], last...), in.bits, in.nbits, in.off}
	in.in, d.in = nil, nil
	decompressors.Put(in)
}
