package serve

import (
	"io"
	"time"
)

// In all tests of the package, connections rest as soon as the client pauses, so that every test also covers resting
// connections.
func init() { shortWait = 50 * time.Microsecond }

// WithoutNUL makes withoutNUL available to the tests in package serve_test.
func WithoutNUL(r io.Reader) io.Reader { return &withoutNUL{r} }
