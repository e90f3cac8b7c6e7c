//go:build race

package session_test

// race says that lists that are no longer valid are overwritten, and not used again.
const race = true
