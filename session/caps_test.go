package session

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// TestManyCaps sends more and longer capabilities than any server has. The memory that they take in the session is
// limited.
func TestManyCaps(t *testing.T) {
	many := []byte(strings.Repeat(" A", 4<<20))
	long := []byte(" IDLE " + strings.Repeat("X", 4<<20) + " MOVE")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	c, err := parseCaps(many, DefaultMaxCaps)
	d, err2 := parseCaps(long, DefaultMaxCaps)
	runtime.ReadMemStats(&after)
	var limit *wire.LimitError
	if !errors.As(err, &limit) || limit.What != "capabilities" || limit.Limit != DefaultMaxCaps || !errors.As(err2, &limit) {
		t.Errorf("got %v for many capabilities, and %v for a long one; want a LimitError for each", err, err2)
	}
	if len(c.names) != 1 || len(d.names) != 2 || !d.Has("MOVE") {
		t.Errorf("got %d and %d capabilities, want 1 and 2", len(c.names), len(d.names))
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
		t.Errorf("parsing has allocated %d bytes, want at most %d", n, 1<<20)
	}
}

// TestConfigIsFilled checks that Session.Config returns defaults for limits that were not set.
func TestConfigIsFilled(t *testing.T) {
	s := newSession(nil, &Config{MaxCaps: 7})
	if c := s.Config(); c.MaxCaps != 7 || c.MaxResult != DefaultMaxResult || c.MaxUntagged != DefaultMaxUntagged || c.MaxChallenges != DefaultMaxChallenges ||
		c.MaxChallenge != DefaultMaxChallenge || c.Limits != (wire.Limits{}).WithDefaults() {
		t.Errorf("got %+v, want MaxCaps 7 and defaults for the other limits", c)
	}
}

// TestEnabledIsBounded checks that Config.MaxCaps also limits the number of enabled extensions.
func TestEnabledIsBounded(t *testing.T) {
	s := newSession(nil, &Config{MaxCaps: 2})
	c, err := s.enabled.with(MakeCaps("A", "B"), 2)
	d, over := c.with(MakeCaps("C"), 2)
	if err != nil || c.Len() != 2 || d.Len() != 2 || over == nil {
		t.Errorf("got (%v, %v), then (%v, %v); want A B, then A B with an error", c, err, d, over)
	}
}
