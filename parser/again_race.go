//go:build race

package parser

// poisons says whether again and spent overwrite what is no longer valid.
const poisons = true

// again gives up an array whose contents are no longer valid. It clears the array, and does not use it again. So a list
// that was kept too long is all zeros, and fails a test, instead of having another message's contents.
func again[T any](s []T) []T {
	clear(s)
	return nil
}

// spent does what again does. Without poison, its arrays are used again as they are.
func spent[T any](s []T) []T { return again(s) }
