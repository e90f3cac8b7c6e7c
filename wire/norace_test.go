//go:build !race

package wire_test

// race says whether borrowed memory is overwritten when it is no longer valid. The constant hostile is the length in
// octets of the input in tests that work is linear.
const (
	race    = false
	hostile = 1 << 20
)
