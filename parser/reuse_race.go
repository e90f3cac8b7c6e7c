//go:build race

package parser

// poisons says whether reuse and reuseAsIs clear their arrays, whose contents are no longer valid.
const poisons = true

// reuse clears the array of s, and returns nil, so that the array is not used again. If a caller keeps a slice of the
// array too long, it sees zeros and not the contents of another message, so its test fails.
func reuse[T any](s []T) []T {
	clear(s)
	return nil
}

// reuseAsIs does what reuse does. In builds without the race detector it leaves the elements as they are, so that their
// memory is used again.
func reuseAsIs[T any](s []T) []T { return reuse(s) }
