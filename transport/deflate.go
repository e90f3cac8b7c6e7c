package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// deflateIn is how many bytes of compressed input are read at once. deflateOut is how many are written at once.
	deflateIn  = 16 << 10
	deflateOut = 16 << 10
)

// Deflate returns the Upgrade to compression in both directions, for use after the OK to COMPRESS DEFLATE (RFC 4978).
// The Upgrade's argument rest has the first compressed input. The argument level is one of compress/flate, from
// flate.HuffmanOnly to flate.BestCompression. An Upgrade with any other level fails.
//
// Each Write is flushed, so the other end can read all of it. If the write deadline has passed before Write is called,
// Write fails, and later Writes can succeed. If a Write fails for any other reason, for example because the deadline
// passes during the Write, every later Write returns the same error. If nothing was sent, a failed Write returns 0.
// Otherwise it returns at least as many bytes as the other end may have received.
//
// If a deadline ends a Read, the Read may be repeated, even if the input so far ends within a block or a symbol. For
// reading, a connection needs about 100 KiB of memory, even if a few bytes inflate to very many. For writing, it needs
// a flate.Writer of 0.7 to 1.2 MiB, depending on the level. At most 64 connections keep a flate.Writer between two
// Writes. After Rest, a connection keeps only the data that was read last, up to 32 KiB, because later data may refer
// to it.
//
// If the compressed data is corrupt, the error is a flate.CorruptInputError. At the end of the compressed stream, the
// error is io.EOF. If the connection ends between two blocks, the error is also io.EOF. If it ends within a block, the
// error is io.ErrUnexpectedEOF.
//
// With compression, the length of the traffic depends on its contents, and an observer can learn something about them.
// Send secrets before compression begins.
func Deflate(level int) Upgrade {
	return func(ctx context.Context, c Conn, rest []byte) (Conn, error) {
		if ctx.Err() != nil {
			return nil, dialError(ctx, "deflate", context.Cause(ctx))
		}
		if Compressed(c) {
			return nil, errors.New("transport: deflate: the connection is already compressed")
		}
		if err := clearDeadlines(c); err != nil {
			return nil, fmt.Errorf("transport: deflate: %w", err)
		}
		if _, err := compressorPool(level); err != nil {
			return nil, fmt.Errorf("transport: deflate: %w", err)
		}
		d := &deflated{conn: c, level: level}
		d.sent.conn = c
		if len(rest) > 0 {
			d.wake()
			d.in.feed(append([]byte(nil), rest...))
		}
		return d, nil
	}
}

// deflated is a compressed connection.
type deflated struct {
	conn Conn

	in    *decompressor // nil after Rest, until the next input
	rests restState
	first [64]byte // receives the first input after Rest

	writing sync.Mutex  // held by Write and Rest
	level   int         // level of the compressor
	out     *compressor // nil while no Write runs, unless the connection keeps its compressor
	sent    counter
	err     error // the error of an earlier Write
	closed  atomic.Bool

	mu    sync.Mutex
	until time.Time // the write deadline
}

// A counter counts the bytes that conn has taken.
type counter struct {
	conn io.Writer
	n    int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.conn.Write(p)
	c.n += int64(n)
	return n, err
}

// Compressed reports whether c, or a connection below it, has compression by Deflate.
func Compressed(c Conn) bool {
	for ; c != nil; c = below(c) {
		if _, ok := c.(*deflated); ok {
			return true
		}
	}
	return false
}

// Unwrap returns the connection below d.
func (d *deflated) Unwrap() Conn { return d.conn }

func (d *deflated) Close() error {
	d.closed.Store(true)
	defer d.returnUnlessWriting()
	return d.conn.Close()
}

// CloseWrite ends the compressed stream, and leaves the connection below open. The other end then knows that it has
// received everything. After CloseWrite, Write fails. CloseWrite must not be called while a Write runs.
func (d *deflated) CloseWrite() error {
	if d.err != nil {
		return d.err
	}
	d.writing.Lock()
	defer d.endWrite()
	d.borrow()
	err := d.out.flate.Close()
	if err == nil {
		err = d.out.buf.Flush()
	}
	d.err = net.ErrClosed
	d.giveBack()
	if err != nil {
		return fmt.Errorf("transport: deflate: %w", err)
	}
	return nil
}

func (d *deflated) SetReadDeadline(t time.Time) error { return d.conn.SetReadDeadline(t) }

func (d *deflated) SetWriteDeadline(t time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.conn.SetWriteDeadline(t); err != nil {
		return err
	}
	d.until = t
	return nil
}

// deadlinePassed reports whether the write deadline has passed.
func (d *deflated) deadlinePassed() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.until.IsZero() && !time.Now().Before(d.until)
}

func (d *deflated) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for idle := 0; idle < 100; {
		into := d.first[:]
		if d.in != nil {
			if n := d.in.take(p); n > 0 {
				return n, nil
			}
			d.in.run()
			switch {
			case d.in.r < d.in.w:
				continue
			case d.in.err != nil:
				return 0, fmt.Errorf("transport: deflate: %w", d.in.err)
			case d.in.state == atEnd:
				return 0, io.EOF
			}
			into = d.in.buf[:]
		}
		n, err := d.conn.Read(into)
		if n == 0 {
			if err == io.EOF && d.in != nil && !d.in.between() {
				err = fmt.Errorf("transport: deflate: %w", io.ErrUnexpectedEOF)
			}
			if err != nil {
				return 0, err
			}
			idle++
			continue
		}
		if d.in == nil {
			d.wake()
		}
		d.in.feed(into[:n]) // if an error came together with the input, the next Read of d.conn returns it again
	}
	return 0, io.ErrNoProgress
}

func (d *deflated) Write(p []byte) (int, error) {
	if d.err != nil {
		return 0, d.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	if d.deadlinePassed() {
		return 0, &net.OpError{Op: "transport: write", Net: "deflate", Err: os.ErrDeadlineExceeded}
	}
	d.writing.Lock()
	defer d.endWrite()
	d.borrow()
	before, n := d.sent.n, 0
	for n < len(p) && d.err == nil {
		piece := p[n:min(len(p), n+deflateOut)]
		_, d.err = d.out.flate.Write(piece)
		n += len(piece)
	}
	if d.err == nil {
		d.err = d.out.flate.Flush()
	}
	if d.err == nil {
		d.err = d.out.buf.Flush()
	}
	if d.err != nil || compressorsInUse.Load() > mostHeld {
		d.giveBack()
	}
	if d.err != nil {
		d.err = fmt.Errorf("transport: deflate: %w", d.err)
		if d.sent.n == before {
			n = 0
		}
	}
	return n, d.err
}
