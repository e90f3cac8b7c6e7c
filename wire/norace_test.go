//go:build !race

package wire_test

// race says that what is void is overwritten; hostile is how much input tests of linear work take.
const (
	race    = false
	hostile = 1 << 20
)
