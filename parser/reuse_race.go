//go:build race

package parser

// poisons says whether reuse and reuseAsIs destroy the old contents of the arrays that they reuse, which are no longer
// valid.
const poisons = true

// reuse returns nil instead of the array of s, and clears that array. So if a caller keeps a slice too long, the slice
// has only zeros, and a test fails. The slice does not show the contents of another message.
func reuse[T any](s []T) []T {
	clear(s)
	return nil
}

// reuseAsIs does what reuse does. In builds without the race detector it leaves the elements as they are, so that their
// memory is used again.
func reuseAsIs[T any](s []T) []T { return reuse(s) }
