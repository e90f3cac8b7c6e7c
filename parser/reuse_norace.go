//go:build !race

package parser

// poisons says whether reuse and reuseAsIs destroy the old contents of the arrays that they reuse, which are no longer
// valid.
const poisons = false

// reuse returns the array of s as an empty slice, to be filled again. The old contents are no longer valid.
func reuse[T any](s []T) []T { return s[:0] }

// reuseAsIs returns s, whose elements are to be used again with the memory that they hold. Their values are no longer
// valid.
func reuseAsIs[T any](s []T) []T { return s }
