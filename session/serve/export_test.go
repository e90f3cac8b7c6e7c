package serve

import (
	"io"
	"time"
)

// In all tests of the package, connections rest as soon as a client pauses, so every test also tests resting.
func init() { shortWait = 50 * time.Microsecond }

// WithoutNUL is withoutNUL.
func WithoutNUL(r io.Reader) io.Reader { return &withoutNUL{r} }
