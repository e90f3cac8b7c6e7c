//go:build !race

package parser

// poisons says whether again and spent overwrite what is no longer valid.
const poisons = false

// again returns an array to be filled anew. What was handed out of it is no longer valid.
func again[T any](s []T) []T { return s[:0] }

// spent returns an array whose elements, which are no longer valid, are used again as they are.
func spent[T any](s []T) []T { return s }
