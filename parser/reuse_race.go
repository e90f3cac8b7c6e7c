//go:build race

package parser

// poisons says whether reuse and reuseAsIs destroy the contents of arrays, which are no longer valid.
const poisons = true

// reuse returns nil instead of the array of s, and clears that array. So a slice that a caller kept too long is all
// zeros, and fails a test. It does not show another message's contents.
func reuse[T any](s []T) []T {
	clear(s)
	return nil
}

// reuseAsIs does what reuse does. Without the race detector, the elements keep their memory.
func reuseAsIs[T any](s []T) []T { return reuse(s) }
