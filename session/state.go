package session

import "strings"

// State is the state of a connection (RFC 9051 §3). Each state is a bit, so that a value can be a set of states.
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
