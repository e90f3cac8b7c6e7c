//go:build race

package commands_test

// raceEnabled is whether the race detector is on, under which everything takes ten times as long.
const raceEnabled = true
