//go:build !race

package wire_test

// The constant race says whether this is a build with the race detector. Such a build overwrites borrowed memory that
// is no longer valid. The sizes of large inputs in tests are multiples of the constant hostile, in octets. It is
// smaller in builds with the race detector, because these are slow.
const (
	race    = false
	hostile = 1 << 20
)
