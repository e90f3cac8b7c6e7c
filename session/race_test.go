//go:build race

package session_test

// race says whether lists that are no longer valid are overwritten and not reused.
const race = true
