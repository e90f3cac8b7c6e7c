//go:build race

package commands_test

// raceEnabled says whether the race detector is on. Tests do less then, because everything takes ten times as long.
const raceEnabled = true
