package auth

import (
	"errors"
	"fmt"
)

var (
	// ErrArgument reports a user name, password or the like that a mechanism cannot carry. Nothing was sent. See ArgumentError.
	ErrArgument = errors.New("auth: argument cannot be sent")
	// ErrChallenge reports a challenge that the mechanism does not have, or whose answer would do harm. See ChallengeError.
	ErrChallenge = errors.New("auth: unexpected challenge")
	// ErrUnverified reports a server that has not proved that it knows the secret, or whose proof is wrong: it may be an impostor.
	ErrUnverified = errors.New("auth: the server has not proved that it knows the secret")
	// ErrBinding reports a server that sees another TLS connection than the client does (somebody may be between them),
	// or a connection to which nothing can be bound.
	ErrBinding = errors.New("auth: the channel cannot be bound")
	// ErrDowngrade reports a server that had, or says it has, better than what it offers. See DowngradeError.
	ErrDowngrade = errors.New("auth: a stronger mechanism has been taken away")
	// ErrPlaintext reports a mechanism that was not used as others can read the connection, and would read the secret.
	ErrPlaintext = errors.New("auth: refused to send a secret over an unencrypted connection")
	// ErrNoMechanism reports a server none of whose mechanisms can be used. See NoMechanismError.
	ErrNoMechanism = errors.New("auth: no usable mechanism")
	// ErrTokenExpired reports a token that the server no longer takes. A new one may help. Layers above may wrap it
	// when the server says so in other ways than by OAuthError.
	ErrTokenExpired = errors.New("auth: the token has expired")
	// ErrTokenRefused reports a token that the server refuses without saying why: it may have expired, it may be of another account, or
	// the account may not be used this way. A new one may help.
	ErrTokenRefused = errors.New("auth: the token was refused, and why was not said")
	// ErrRefused is the error of a server's half for wrong credentials of every kind, and of a ServerError that says that they are wrong.
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

// IterationError is the ErrChallenge of a SCRAM server that wants a password hashed too few times to be safe from guessing, or so
// many times that it costs the client too much.
type IterationError struct {
	Mechanism       string
	Count, Min, Max int
}

// Error tells the count and the bounds.
func (e *IterationError) Error() string {
	return fmt.Sprintf("auth: %s: challenge: %d iterations, not from %d to %d", e.Mechanism, e.Count, e.Min, e.Max)
}

// Is reports whether target is ErrChallenge.
func (e *IterationError) Is(target error) bool { return target == ErrChallenge }

// ServerError is an error that a server names within an exchange (the e attribute of RFC 5802 §7).
type ServerError struct {
	Mechanism string
	Value     string // such as "invalid-proof", at most 64 octets of it
}

// Error quotes the server.
func (e *ServerError) Error() string {
	return fmt.Sprintf("auth: %s: the server says %q", e.Mechanism, e.Value)
}

// Is reports whether target is ErrBinding, ErrDowngrade or ErrRefused and the server means that.
func (e *ServerError) Is(target error) bool {
	switch e.Value {
	case "invalid-proof", "unknown-user":
		return target == ErrRefused
	case valueBindingMismatch:
		return target == ErrBinding
	case valueBindingStripped:
		// The client said that it saw no -PLUS, and the server that it has it: somebody took it off the list.
		return target == ErrDowngrade
	}
	return false
}

// Final reports whether an error means that no other mechanism should be tried with the same secret on the connection:
// the server, or somebody between, may not be what it seems.
func Final(err error) bool {
	return errors.Is(err, ErrUnverified) || errors.Is(err, ErrBinding) || errors.Is(err, ErrDowngrade)
}

// reasonError is one of the errors above, of a mechanism and with more to say.
type reasonError struct {
	mech, reason string
	is           error
}

func (e *reasonError) Error() string { return "auth: " + e.mech + ": " + e.reason }
func (e *reasonError) Unwrap() error { return e.is }

func badArgument(mech, reason string) error { return &ArgumentError{mech, reason} }

func badChallenge(mech, reason string) error { return &ChallengeError{mech, reason} }

// noChallenge is for mechanisms whose initial response is all there is.
func noChallenge(mech string) error { return badChallenge(mech, "there should be none") }
