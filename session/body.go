package session

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// writeAll writes b, then size octets of body.
func (l *link) writeAll(b []byte, body io.Reader, size int64) error {
	if len(b) > 0 {
		if _, err := l.Write(b); err != nil {
			return err
		}
	}
	if size == 0 {
		return nil
	}
	n, err := io.CopyN(writerOnly{l}, body, size)
	if err == nil {
		return nil
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if n < size {
		return &bodyError{size: size, n: n, err: err}
	}
	return err
}

// writerOnly hides everything but Write.
type writerOnly struct{ io.Writer }

// bodyError says that a literal's body ended early, or could not be sent.
type bodyError struct {
	size, n int64
	err     error
}

func (e *bodyError) Error() string {
	return fmt.Sprintf("session: body of %d octets ended after %d: %v", e.size, e.n, e.err)
}

func (e *bodyError) Unwrap() error { return e.err }

// inMemory reports whether a Read of body returns at once.
func inMemory(body io.Reader) bool {
	switch body.(type) {
	case *bytes.Reader, *bytes.Buffer, *strings.Reader:
		return true
	}
	return false
}

// source is the body of a literal while it is sent. A Read of it cannot be cut: when the wait has been, one that is
// going on is waited for a while, and left alone then.
type source struct {
	body io.Reader
	wait time.Duration // Config.BodyWait
	left chan struct{} // closed when a Read is left alone, behind which cause does not change

	mu      sync.Mutex
	reading bool
	cause   error // why nothing is read any more
}

// Read reads from the body, if nothing has stopped that.
func (b *source) Read(p []byte) (int, error) {
	if err := b.begin(); err != nil {
		return 0, err
	}
	defer b.end()
	return b.body.Read(p)
}

func (b *source) begin() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reading = b.cause == nil
	return b.cause
}

func (b *source) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reading = false
}

// stop has nothing more read, because of cause, and the Read that is going on, if one is, left alone in time.
func (b *source) stop(cause error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cause != nil {
		return
	}
	if b.cause = cause; b.reading && b.wait >= 0 {
		time.AfterFunc(b.wait, b.leave)
	}
}

func (b *source) leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.reading {
		close(b.left)
	}
}
