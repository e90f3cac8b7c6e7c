//go:build race

package commands_test

// raceEnabled says whether the race detector is on, which makes everything take ten times as long.
const raceEnabled = true
