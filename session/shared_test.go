package session

import (
	"fmt"
	"testing"

	"github.com/imapstack/imapstack/parser"
)

// TestSharedFlagsHaveNoRoom checks that an append to a shared list of flags cannot write to memory of another session.
func TestSharedFlagsHaveNoRoom(t *testing.T) {
	var flags []parser.Flag
	for n := range 100 {
		if list := shareFlags(flags); len(list) != n || cap(list) != n {
			t.Errorf("got a list with length %d and capacity %d, want %d and %d", len(list), cap(list), n, n)
		}
		flags = append(flags, parser.Flag(fmt.Sprint("$F", n)))
	}
}
