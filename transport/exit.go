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
	// Stderr is the end of what the program wrote to its standard error: at most 2 KiB, and empty if Command.Stderr was
	// set. It is untrusted text; Error quotes it.
	Stderr string
	// Killed means that Close killed the program because it went on after the end of its input.
	Killed bool
	// Err holds the exit status or the signal. It is nil if the program ended successfully just before it would have
	// been killed.
	Err *exec.ExitError
}

// Error gives the program's name, its exit status, and its last words on standard error.
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

// tailSize is how much is kept of what a program writes to its standard error, in bytes.
const tailSize = 2 << 10

// tail is a Writer that keeps only the end of what is written.
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

// String returns what was kept, from the beginning of a line if it has one.
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
