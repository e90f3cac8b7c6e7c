//go:build race

package wire_test

// The constant race says whether this is a build with the race detector, which overwrites borrowed memory that is no
// longer valid. Tests that work grows only linearly use inputs of about hostile octets.
const (
	race    = true
	hostile = 128 << 10
)
