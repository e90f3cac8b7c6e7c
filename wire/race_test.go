//go:build race

package wire_test

// The constant race says whether this is a build with the race detector, which overwrites borrowed memory that is no
// longer valid. The constant hostile is the length in octets of the input of tests whose work must grow linearly.
const (
	race    = true
	hostile = 128 << 10
)
