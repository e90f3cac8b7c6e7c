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
		t.Errorf("%v, %v", err, err2)
	}
	if len(c.names) != 1 || len(d.names) != 2 || !d.Has("MOVE") {
		t.Errorf("%d and %d names", len(c.names), len(d.names))
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
		t.Errorf("%d octets allocated", n)
	}
}

// TestConfigIsFilled checks that Session.Config returns defaults for limits that were not set.
func TestConfigIsFilled(t *testing.T) {
	s := newSession(nil, &Config{MaxCaps: 7})
	if c := s.Config(); c.MaxCaps != 7 || c.MaxResult != DefaultMaxResult || c.MaxUntagged != DefaultMaxUntagged || c.MaxChallenges != DefaultMaxChallenges ||
		c.MaxChallenge != DefaultMaxChallenge || c.Limits != (wire.Limits{}).WithDefaults() {
		t.Errorf("%+v", c)
	}
}

// TestEnabledIsBounded checks that the extensions in ENABLED are limited in number, like capabilities.
func TestEnabledIsBounded(t *testing.T) {
	s := newSession(nil, &Config{MaxCaps: 2})
	c, err := s.enabled.with(MakeCaps("A", "B"), 2)
	d, over := c.with(MakeCaps("C"), 2)
	if err != nil || c.Len() != 2 || d.Len() != 2 || over == nil {
		t.Errorf("%v, %v, %v, %v", c, err, d, over)
	}
}
