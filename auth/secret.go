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

// A Secret is a password, a token or another secret text. It prints, logs and marshals as "[secret]", even inside other
// values and in unexported fields. The zero Secret is empty. Compare secrets with Equal.
type Secret struct {
	// The text is in a function, because fmt does not call the methods of values in unexported fields, and some
	// printers follow pointers. No printer can look into a function.
	reveal *func() string
}

// NewSecret returns a Secret with the text s.
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

// Equal reports whether two secrets are equal, in a time that does not depend on where they differ.
func (s Secret) Equal(t Secret) bool {
	a, b := sha256.Sum256([]byte(s.Reveal())), sha256.Sum256([]byte(t.Reveal()))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// String returns "[secret]".
func (Secret) String() string { return hidden }

// GoString returns "[secret]".
func (Secret) GoString() string { return hidden }

// Format writes "[secret]" for every verb.
func (Secret) Format(f fmt.State, _ rune) { io.WriteString(f, hidden) }

// LogValue returns "[secret]".
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText returns "[secret]". The caller owns the slice.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// MarshalJSON returns "[secret]" in quotes. The caller owns the slice.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// UnmarshalText sets the secret to text, so that a program can read secrets from a configuration. It returns an error
// for the text "[secret]", because that is the output of marshaling and not a secret.
func (s *Secret) UnmarshalText(text []byte) error {
	if string(text) == hidden {
		return errors.New("auth: " + hidden + " is a placeholder, not a secret")
	}
	*s = NewSecret(string(text))
	return nil
}
