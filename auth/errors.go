package auth

import "errors"

var (
	// ErrArgument reports a user name, password or the like that a mechanism cannot carry. Nothing was sent.
	ErrArgument = errors.New("auth: argument cannot be sent")
	// ErrChallenge reports a challenge that the mechanism does not have.
	ErrChallenge = errors.New("auth: unexpected challenge")
)
