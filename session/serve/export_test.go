package serve

import (
	"io"
	"time"
)

// In all tests of the package, a connection rests as soon as the client pauses. So every test also tests connections
// that rest.
func init() { shortWait = 50 * time.Microsecond }

// WithoutNUL is withoutNUL.
func WithoutNUL(r io.Reader) io.Reader { return &withoutNUL{r} }
