//go:build race

package wire_test

// The constant race says whether this is a build with the race detector, which overwrites borrowed memory that is no
// longer valid. The constant hostile is the unit in octets for the sizes of large inputs. It is smaller in builds with
// the race detector, which are slow.
const (
	race    = true
	hostile = 128 << 10
)
