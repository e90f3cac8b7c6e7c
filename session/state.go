package session

import "strings"

// State is what a connection is in (RFC 9051 §3), as a bit, so that a command can name several.
type State uint8

// The states of RFC 9051 §3.
const (
	NotAuthenticated State = 1 << iota
	Authenticated
	Selected
	Logout
)

// String returns the state's name, or the names joined by "|".
func (s State) String() string {
	var names []string
	for i, name := range []string{"not authenticated", "authenticated", "selected", "logout"} {
		if s&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "any state"
	}
	return strings.Join(names, "|")
}

// Flow says what a command does to others in flight, so that the session can send as many at once as
// RFC 9051 §5.5 allows, and no more.
type Flow uint8

const (
	// Alone waits for everything before it, and everything behind it waits for it:
	// AUTHENTICATE, STARTTLS, COMPRESS, IDLE, LOGOUT.
	Alone Flow = 1 << iota
	// Barrier waits for everything before it; what comes behind may be sent at once: SELECT.
	Barrier
	// UsesSeq has message sequence numbers in its arguments or its answer, so nothing in flight may expunge.
	UsesSeq
	// MayExpunge lets the server send EXPUNGE while it runs.
	MayExpunge
	// ReadsFlags answers with flags.
	ReadsFlags
	// WritesFlags changes flags.
	WritesFlags
	// Quiet may be answered as late as the server likes: Config.Progress does not apply. IDLE.
	Quiet
	// Shared lets Handler see what the command claims.
	Shared
)

// conflicts reports whether a command of flow f must wait for one of flow g that is in flight.
func (f Flow) conflicts(g Flow) bool {
	switch {
	case (f|g)&Alone != 0, f&Barrier != 0:
		return true
	case f&UsesSeq != 0 && g&MayExpunge != 0:
		return true
	case f&ReadsFlags != 0 && g&WritesFlags != 0, f&WritesFlags != 0 && g&ReadsFlags != 0:
		return true
	}
	return false
}
