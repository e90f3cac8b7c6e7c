//go:build race

package session_test

// race says whether this is a build with the race detector, in which slices that are no longer valid are overwritten.
const race = true
