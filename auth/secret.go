package auth

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

const hidden = "[secret]"

// A Secret is a password, a token or the like. It does not show when it is printed, logged or marshaled, even as part
// of another value and in unexported fields. The zero Secret is empty. Compare secrets with Equal.
type Secret struct {
	// fmt does not call the methods of values in unexported fields, and some printers follow pointers; none can look
	// into a function.
	reveal *func() string
}

// NewSecret makes a secret of s.
func NewSecret(s string) Secret {
	f := func() string { return s }
	return Secret{&f}
}

// Reveal returns the secret text.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return (*s.reveal)()
}

// Empty reports whether the secret is "".
func (s Secret) Empty() bool { return s.Reveal() == "" }

// Equal reports whether two secrets are the same, in a time that does not depend on where they differ.
func (s Secret) Equal(t Secret) bool {
	a, b := sha256.Sum256([]byte(s.Reveal())), sha256.Sum256([]byte(t.Reveal()))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// String returns "[secret]".
func (Secret) String() string { return hidden }

// GoString returns "[secret]".
func (Secret) GoString() string { return hidden }

// Format writes "[secret]", whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { io.WriteString(f, hidden) }

// LogValue returns "[secret]".
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText returns "[secret]"; the bytes are the caller's.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// MarshalJSON returns "[secret]", quoted; the bytes are the caller's.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// UnmarshalText sets the secret to text, so that configurations can be read. It refuses "[secret]", the output of
// marshaling: that would become the password.
func (s *Secret) UnmarshalText(text []byte) error {
	if string(text) == hidden {
		return errors.New("auth: " + hidden + " is a placeholder, not a secret")
	}
	*s = NewSecret(string(text))
	return nil
}
