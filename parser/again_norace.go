//go:build !race

package parser

// poisons says whether what is no longer valid is overwritten.
const poisons = false

// again returns an array, of which what was handed out is no longer valid, to be filled anew.
func again[T any](s []T) []T { return s[:0] }

// spent returns an array whose elements, which are no longer valid, are used again as they are.
func spent[T any](s []T) []T { return s }
