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
	// deflateIn is how much compressed input is read at once; deflateOut is how much is written at once.
	deflateIn  = 16 << 10
	deflateOut = 16 << 10
)

// Deflate returns the Upgrade to compression in both directions, for use after the OK to COMPRESS DEFLATE (RFC 4978).
// rest is the first compressed input. The level is one of compress/flate: flate.DefaultCompression, or from
// flate.BestSpeed to flate.BestCompression.
//
// Each Write is flushed, and so arrives whole. If the write deadline has passed before Write is called, Write fails and
// the stream stays usable. A Write that fails otherwise, also by its deadline, ends writing for good: every later Write
// returns the same error. Its number of bytes is then 0 if nothing at all was sent, and otherwise at least what the
// other end may have received.
//
// A Read that a deadline ends may be repeated, wherever it was in the compressed data. However much the data inflates
// to, a connection holds about 100 KiB for reading, and a Read returns no more than it is asked for. Writing takes a
// flate.Writer of 0.7 to 1.2 MiB, depending on the level; at most 64 connections keep one while no Write runs. After
// Rest a connection holds only what the other end may refer to: up to 32 KiB of what was read last.
//
// Corrupt data is a flate.CorruptInputError. The error is io.EOF at the end of the compressed stream, and if the
// connection ends between two blocks. If it ends elsewhere, the error is io.ErrUnexpectedEOF.
//
// With compression, the length of the traffic tells an observer something about its contents. Send secrets before it
// begins.
func Deflate(level int) Upgrade {
	return func(ctx context.Context, c Conn, rest []byte) (Conn, error) {
		if ctx.Err() != nil {
			return nil, failed(ctx, "deflate", context.Cause(ctx))
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

	in    *decompressor // nil while the connection rests
	rests resting
	first [64]byte // what is read first after a rest

	writing sync.Mutex  // held by Write and Rest
	level   int         // the compressor's
	out     *compressor // nil until something is written
	sent    counter
	err     error // an earlier write's
	closed  atomic.Bool

	mu    sync.Mutex
	until time.Time // the write deadline
}

// counter counts the bytes that were sent, or may have been.
type counter struct {
	conn io.Writer
	n    int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.conn.Write(p)
	c.n += int64(n)
	return n, err
}

// Compressed reports whether Deflate compresses what is sent on c, in this layer or one below.
func Compressed(c Conn) bool {
	for ; c != nil; c = below(c) {
		if _, ok := c.(*deflated); ok {
			return true
		}
	}
	return false
}

// Unwrap returns the connection below.
func (d *deflated) Unwrap() Conn { return d.conn }

func (d *deflated) Close() error {
	d.closed.Store(true)
	defer d.tidy()
	return d.conn.Close()
}

// CloseWrite ends the compressed stream, so that the other end knows that nothing is missing, and leaves the connection
// below open. Nothing can be written after it. Like Write, it must not be called while a Write runs.
func (d *deflated) CloseWrite() error {
	if d.err != nil {
		return d.err
	}
	d.writing.Lock()
	defer d.wrote()
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

// late reports whether the write deadline has passed.
func (d *deflated) late() bool {
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
		d.in.feed(into[:n]) // an error that came with it will come again
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
	if d.late() {
		return 0, &net.OpError{Op: "transport: write", Net: "deflate", Err: os.ErrDeadlineExceeded}
	}
	d.writing.Lock()
	defer d.wrote()
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
	if d.err != nil || held.Load() > mostHeld {
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
