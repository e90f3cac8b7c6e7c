package session

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// bodyError reports that a literal's body ended early or could not be read.
type bodyError struct {
	size, n int64
	err     error
}

func (e *bodyError) Error() string {
	return fmt.Sprintf("session: body of %d octets ended after %d: %v", e.size, e.n, e.err)
}

func (e *bodyError) Unwrap() error { return e.err }

// readsBody reports whether the writer has yet to read a body of the command p to its end. If it returns true, the
// server cannot have received the whole command.
func (s *Session) readsBody(p *pending) bool { return s.writer != nil && s.writer.bodyUnfinished(p) }

// answeredInBody notes err, the outcome of a command that the server has answered while the writer still reads the
// command's body. The program can use the body's io.Reader again as soon as the command is settled. So the command is
// settled only after the writer has read the body to its end (see piecesWritten), or after the session has ended.
func (p *pending) answeredInBody(err error) {
	if !p.settled {
		p.bodyUnsent, p.err = true, err
	}
}

// settleAfterBody sets the outcome that answeredInBody has noted, if there is one.
func (p *pending) settleAfterBody() {
	if p.bodyUnsent {
		p.bodyUnsent = false
		p.settle(p.err)
	}
}

// inMemory reports whether body is known to be in memory, so that its Read returns at once.
func inMemory(body io.Reader) bool {
	switch body.(type) {
	case *bytes.Reader, *bytes.Buffer, *strings.Reader:
		return true
	}
	return false
}

// safeBody reads a body with readBody, because the body's Read may panic. The Read of a nil *bytes.Reader panics, too,
// although inMemory returns true for it.
type safeBody struct{ body io.Reader }

func (c safeBody) Read(p []byte) (int, error) { return readBody(c.body, p) }

// readBody calls body's Read. It returns an error if the Read panics, or returns an impossible count.
func readBody(body io.Reader, p []byte) (n int, err error) {
	defer func() {
		if r := recover(); r != nil {
			n, err = 0, fmt.Errorf("session: Read panicked: %v", r)
		}
	}()
	n, err = body.Read(p)
	if n < 0 || n > len(p) {
		return 0, fmt.Errorf("session: Read returned %d of %d octets", n, len(p))
	}
	return n, err
}
