//go:build race

package wire_test

// The constant race says whether this is a build with the race detector, which overwrites borrowed memory that is no
// longer valid. The constant hostile is the approximate size in octets of inputs on which the work of the package must
// grow only linearly.
const (
	race    = true
	hostile = 128 << 10
)
