//go:build !race

package wire_test

// race says whether borrowed memory is overwritten when it is no longer valid. Some tests check that the work grows
// only linearly with the input. The constant hostile is the length in octets of their input.
const (
	race    = false
	hostile = 1 << 20
)
