//go:build !race

package parser

// poisons says whether reuse and reuseAsIs clear their arrays, whose contents are no longer valid.
const poisons = false

// reuse returns the array of s as an empty slice, to be filled again. The old contents are no longer valid.
func reuse[T any](s []T) []T { return s[:0] }

// reuseAsIs returns s, so that the caller can use its elements again, together with the memory that they hold. The old
// values are no longer valid.
func reuseAsIs[T any](s []T) []T { return s }
