package session_test

import (
	"testing"

	"github.com/imapstack/imapstack/session"
)

// TestStateErrorText checks that the text of a StateError is clear although the name of a state begins with "not".
func TestStateErrorText(t *testing.T) {
	err := &session.StateError{Command: "AUTHENTICATE", Due: session.NotAuthenticated, Now: session.Authenticated}
	if want := `session: AUTHENTICATE needs the state "not authenticated", but the state is "authenticated"`; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}
