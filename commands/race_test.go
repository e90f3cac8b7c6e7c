//go:build race

package commands_test

// raceEnabled says whether the race detector is on. If it is on, tests do less, because everything takes ten times as
// long.
const raceEnabled = true
