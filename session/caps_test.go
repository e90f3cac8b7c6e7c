package session

import (
	"runtime"
	"strings"
	"testing"
)

// TestManyCaps tells more capabilities than anybody has, and longer ones: what is kept and what it costs is bounded.
func TestManyCaps(t *testing.T) {
	many := []byte(strings.Repeat(" A", 4<<20))
	long := []byte(" IDLE " + strings.Repeat("X", 4<<20) + " MOVE")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	c := parseCaps(many)
	d := parseCaps(long)
	runtime.ReadMemStats(&after)
	if len(c.names) != 1 || len(d.names) != 2 || !d.Has("MOVE") {
		t.Errorf("%d and %d names", len(c.names), len(d.names))
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
		t.Errorf("%d octets allocated", n)
	}
}
