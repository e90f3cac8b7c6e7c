//go:build race

package parser

// poisons says whether what is no longer valid is overwritten.
const poisons = true

// again gives an array up whose contents are no longer valid. They are overwritten, and it is not used again, so that a list kept too long
// is empty of everything, and fails a test, instead of showing another message's.
func again[T any](s []T) []T {
	clear(s)
	return nil
}

// spent is again for arrays whose elements are used again as they are.
func spent[T any](s []T) []T { return again(s) }
