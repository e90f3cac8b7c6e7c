package auth

import (
	"errors"
	"fmt"
)

var (
	// ErrArgument reports a user name, password or the like that a mechanism cannot carry. Nothing was sent. See
	// ArgumentError.
	ErrArgument = errors.New("auth: argument cannot be sent")
	// ErrChallenge reports a challenge that the mechanism does not define, or whose answer would do harm. See
	// ChallengeError.
	ErrChallenge = errors.New("auth: unexpected challenge")
	// ErrUnverified reports a server that has not proved that it knows the secret, or whose proof is wrong: it may be
	// an impostor.
	ErrUnverified = errors.New("auth: the server has not proved that it knows the secret")
	// ErrBinding reports a server that sees a different TLS connection than the client does, so that somebody may be
	// between them, or a connection that has nothing to bind to.
	ErrBinding = errors.New("auth: the channel cannot be bound")
	// ErrDowngrade reports a server that offered, or says that it offers, something better than its list has. See
	// DowngradeError.
	ErrDowngrade = errors.New("auth: a stronger mechanism has been taken away")
	// ErrPlaintext reports a mechanism that was not used because others can read the connection, and with it the
	// secret.
	ErrPlaintext = errors.New("auth: refused to send a secret over an unencrypted connection")
	// ErrNoMechanism reports a server none of whose mechanisms can be used. See NoMechanismError.
	ErrNoMechanism = errors.New("auth: no usable mechanism")
	// ErrTokenExpired reports a token that the server no longer accepts. A new one may help. Layers above may wrap it
	// when the server says so by other means than an OAuthError.
	ErrTokenExpired = errors.New("auth: the token has expired")
	// ErrTokenRefused reports a token that the server refuses without saying why. The token may have expired or belong
	// to another account, or the account may not be used this way. A new token may help.
	ErrTokenRefused = errors.New("auth: the token was refused without a reason")
	// ErrRefused is the error of a server's half for wrong credentials of every kind, and of a ServerError that reports
	// wrong credentials.
	ErrRefused = errors.New("auth: wrong credentials")
	// ErrResponse reports a response of a client that the mechanism does not allow.
	ErrResponse = errors.New("auth: unexpected response")
)

// ArgumentError is an ErrArgument that says which argument. It never holds the argument itself.
type ArgumentError struct {
	Mechanism string // "PLAIN"
	Reason    string
}

// Error names the mechanism and the reason.
func (e *ArgumentError) Error() string { return "auth: " + e.Mechanism + ": " + e.Reason }

// Is reports whether target is ErrArgument.
func (e *ArgumentError) Is(target error) bool { return target == ErrArgument }

// ChallengeError is an ErrChallenge that says what is wrong with the challenge. It never holds the challenge itself.
type ChallengeError struct {
	Mechanism string // "SCRAM-SHA-256"
	Reason    string
}

// Error names the mechanism and the reason.
func (e *ChallengeError) Error() string { return "auth: " + e.Mechanism + ": challenge: " + e.Reason }

// Is reports whether target is ErrChallenge.
func (e *ChallengeError) Is(target error) bool { return target == ErrChallenge }

// IterationError is an ErrChallenge: a SCRAM server wants the password hashed too few times to be safe from guessing,
// or so many times that it costs the client too much.
type IterationError struct {
	Mechanism       string
	Count, Min, Max int
}

// Error gives the count and the bounds.
func (e *IterationError) Error() string {
	return fmt.Sprintf("auth: %s: challenge: %d iterations, not from %d to %d", e.Mechanism, e.Count, e.Min, e.Max)
}

// Is reports whether target is ErrChallenge.
func (e *IterationError) Is(target error) bool { return target == ErrChallenge }

// ServerError is an error that a server reports within an exchange (the e attribute of RFC 5802 §7).
type ServerError struct {
	Mechanism string
	Value     string // such as "invalid-proof"; at most 64 octets
}

// Error quotes the server's value.
func (e *ServerError) Error() string {
	return fmt.Sprintf("auth: %s: the server says %q", e.Mechanism, e.Value)
}

// Is reports whether the value means target, which may be ErrBinding, ErrDowngrade or ErrRefused.
func (e *ServerError) Is(target error) bool {
	switch e.Value {
	case "invalid-proof", "unknown-user":
		return target == ErrRefused
	case valueBindingMismatch:
		return target == ErrBinding
	case valueBindingStripped:
		// The client said that it saw no -PLUS, but the server offered it: somebody removed it from the list.
		return target == ErrDowngrade
	}
	return false
}

// Final reports whether the caller should try no other mechanism with the same secret on the connection, because the
// server, or somebody between, may not be what it seems.
func Final(err error) bool {
	return errors.Is(err, ErrUnverified) || errors.Is(err, ErrBinding) || errors.Is(err, ErrDowngrade)
}

// reasonError is one of the errors above, with the mechanism and the reason.
type reasonError struct {
	mech, reason string
	is           error
}

func (e *reasonError) Error() string { return "auth: " + e.mech + ": " + e.reason }
func (e *reasonError) Unwrap() error { return e.is }

func badArgument(mech, reason string) error { return &ArgumentError{mech, reason} }

func badChallenge(mech, reason string) error { return &ChallengeError{mech, reason} }

// noChallenge is the error of mechanisms that say everything in the initial response.
func noChallenge(mech string) error { return badChallenge(mech, "the mechanism expects no challenge") }
