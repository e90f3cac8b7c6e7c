package auth

import (
	"errors"
	"fmt"
)

var (
	// ErrArgument reports a user name, password or other argument that a mechanism cannot send. Nothing was sent. See
	// ArgumentError.
	ErrArgument = errors.New("auth: argument cannot be sent")
	// ErrChallenge reports a challenge that the mechanism does not define, or one that would be unsafe to answer. See
	// ChallengeError.
	ErrChallenge = errors.New("auth: unexpected challenge")
	// ErrUnverified reports that the server has not proved that it knows the secret, or that its proof is wrong. The
	// server may be an impostor.
	ErrUnverified = errors.New("auth: the server has not proved that it knows the secret")
	// ErrBinding reports that channel binding has failed. The server may see another TLS connection than the client,
	// because an attacker is between them. Or the connection has no data for channel binding.
	ErrBinding = errors.New("auth: the channel cannot be bound")
	// ErrDowngrade reports that a stronger mechanism is missing from the server's list. The server offered the
	// mechanism before (see DowngradeError), or says during the exchange that it has offered one.
	ErrDowngrade = errors.New("auth: a stronger mechanism has been taken away")
	// ErrPlaintext reports that a mechanism was not used, because others can read the connection and would learn the
	// secret.
	ErrPlaintext = errors.New("auth: refused to send a secret over an unencrypted connection")
	// ErrNoMechanism reports that the client can use none of the server's mechanisms. See NoMechanismError.
	ErrNoMechanism = errors.New("auth: no usable mechanism")
	// ErrTokenExpired reports that the server no longer accepts the token. A new token may help. A package that uses
	// auth may wrap ErrTokenExpired if the server reports this by other means than an OAuthError.
	ErrTokenExpired = errors.New("auth: the token has expired")
	// ErrTokenRefused reports that the server has refused the token without a reason. The token may have expired or
	// belong to another account, or the account may not allow OAuth. A new token may help.
	ErrTokenRefused = errors.New("auth: the token was refused without a reason")
	// ErrRefused reports wrong credentials of any kind. A Server returns it, and a ServerError may match it.
	ErrRefused = errors.New("auth: wrong credentials")
	// ErrResponse reports that a client's response breaks the rules of the mechanism.
	ErrResponse = errors.New("auth: unexpected response")
)

// ArgumentError is an ErrArgument that says what is wrong with the argument. It does not contain the argument.
type ArgumentError struct {
	Mechanism string // for example "PLAIN"
	Reason    string
}

// Error names the mechanism and the reason.
func (e *ArgumentError) Error() string { return "auth: " + e.Mechanism + ": " + e.Reason }

// Is reports whether target is ErrArgument.
func (e *ArgumentError) Is(target error) bool { return target == ErrArgument }

// ChallengeError is an ErrChallenge that says what is wrong with the challenge. It does not contain the challenge.
type ChallengeError struct {
	Mechanism string // for example "SCRAM-SHA-256"
	Reason    string
}

// Error names the mechanism and the reason.
func (e *ChallengeError) Error() string { return "auth: " + e.Mechanism + ": challenge: " + e.Reason }

// Is reports whether target is ErrChallenge.
func (e *ChallengeError) Is(target error) bool { return target == ErrChallenge }

// IterationError is an ErrChallenge that reports a bad iteration count of a SCRAM server. With too few iterations,
// guessing the password is easy. With too many, the client would compute for too long.
type IterationError struct {
	Mechanism       string
	Count, Min, Max int
}

// Error returns a text with the count and the bounds.
func (e *IterationError) Error() string {
	return fmt.Sprintf("auth: %s: challenge: %d iterations, not from %d to %d", e.Mechanism, e.Count, e.Min, e.Max)
}

// Is reports whether target is ErrChallenge.
func (e *IterationError) Is(target error) bool { return target == ErrChallenge }

// ServerError is an error that the server reports within an exchange (the e attribute of RFC 5802 §7).
type ServerError struct {
	Mechanism string
	Value     string // such as "invalid-proof"; at most 64 octets
}

// Error quotes the server's value.
func (e *ServerError) Error() string {
	return fmt.Sprintf("auth: %s: the server says %q", e.Mechanism, e.Value)
}

// Is reports whether Value has the meaning of target, which may be ErrBinding, ErrDowngrade or ErrRefused.
func (e *ServerError) Is(target error) bool {
	switch e.Value {
	case "invalid-proof", "unknown-user":
		return target == ErrRefused
	case valueBindingMismatch:
		return target == ErrBinding
	case valueBindingStripped:
		// The client has said that the list had no -PLUS mechanism, but the server offered one. An attacker removed it.
		return target == ErrDowngrade
	}
	return false
}

// Final reports whether the caller must not try another mechanism with the same secret on this connection. It returns
// true for errors that an attacker may have caused.
func Final(err error) bool {
	return errors.Is(err, ErrUnverified) || errors.Is(err, ErrBinding) || errors.Is(err, ErrDowngrade)
}

// A reasonError is one of the errors above, with a mechanism and a reason.
type reasonError struct {
	mech, reason string
	is           error
}

func (e *reasonError) Error() string { return "auth: " + e.mech + ": " + e.reason }
func (e *reasonError) Unwrap() error { return e.is }

func badArgument(mech, reason string) error { return &ArgumentError{mech, reason} }

func badChallenge(mech, reason string) error { return &ChallengeError{mech, reason} }

// noChallenge returns the error for a challenge to a mechanism that has only an initial response.
func noChallenge(mech string) error { return badChallenge(mech, "the mechanism expects no challenge") }
