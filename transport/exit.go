package transport

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
)

// An ExitError reports that a program did not end successfully.
type ExitError struct {
	// Name is the program's name, as given to Process.
	Name string
	// Stderr is the end of the program's standard error, at most 2 KiB. It is empty if Command.Stderr was set. The text
	// is untrusted, and Error quotes it.
	Stderr string
	// Killed means that Close killed the program, because the program did not end after the end of its input.
	Killed bool
	// Err has the exit status or the signal. It is nil if the program ended successfully just before Close killed it.
	Err *exec.ExitError
}

// Error returns a text with the program's name, its exit status, and the end of its standard error.
func (e *ExitError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "transport: %s", e.Name)
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	if e.Killed {
		b.WriteString(": killed, it went on after the end of its input")
	}
	if e.Stderr != "" {
		fmt.Fprintf(&b, ": %q", e.Stderr)
	}
	return b.String()
}

// Unwrap returns Err.
func (e *ExitError) Unwrap() error {
	if e.Err == nil {
		return nil
	}
	return e.Err
}

// tailSize is how many bytes of a program's standard error are kept.
const tailSize = 2 << 10

// A tail is a Writer that keeps only the last tailSize bytes that are written.
type tail struct {
	buf []byte
	cut bool
}

func (t *tail) Write(p []byte) (int, error) {
	n := len(p)
	if n > tailSize {
		p, t.cut = p[n-tailSize:], true
	}
	if over := len(t.buf) + len(p) - tailSize; over > 0 {
		t.buf = append(t.buf[:0], t.buf[over:]...)
		t.cut = true
	}
	t.buf = append(t.buf, p...)
	return n, nil
}

// String returns the bytes that were kept. If some were dropped, the text begins with the first whole line.
func (t *tail) String() string {
	if t == nil {
		return ""
	}
	b := t.buf
	if i := bytes.IndexByte(b, '\n'); t.cut && i >= 0 && i+1 < len(b) {
		b = b[i+1:]
	}
	return string(bytes.TrimSpace(b))
}
