package auth

import (
	"fmt"

	"github.com/emersion/go-sasl"
)

// Verifier is a mechanism in which the server proves itself too: SCRAM and DIGEST-MD5. Whoever speaks the protocol asks
// Verified when the server has said that all is well, and takes an error as a failure to log in.
type Verifier interface {
	// Verified returns nil if the server has proved that it knows the secret, an ErrUnverified if not.
	Verified() error
}

// Failer is a mechanism that may learn within the exchange why the server refuses: SCRAM, OAUTHBEARER, XOAUTH2. It goes on
// so that the protocol's own refusal comes, and has the reason ready for then.
type Failer interface {
	// Failed returns what the server said, a *ServerError or *OAuthError, or nil.
	Failed() error
}

// Judged reports whether the exchange that c was used in came far enough for the server to know whether the secret is right: a refusal is then one of
// the secret, and not of the mechanism, and another mechanism for the same secret has no better prospects. A server that has no keys for SCRAM
// of an account, say, refuses before that. A mechanism from another package may have a method Judged() bool.
func Judged(c sasl.Client) bool {
	j, ok := c.(interface{ Judged() bool })
	return ok && j.Judged()
}

// Outcome is what the end of an exchange means. refused is the protocol's error if the server said no, and nil if it said yes.
// data is what came with the yes, for protocols that have that, and nil in IMAP.
//
// A refusal is returned with the reason that the mechanism knows wrapped into it. A yes is an error
// if the server should have proved itself and has not.
func Outcome(c sasl.Client, data []byte, refused error) error {
	if refused != nil {
		if f, ok := c.(Failer); ok {
			if why := f.Failed(); why != nil {
				return fmt.Errorf("%w (%w)", refused, why)
			}
		}
		return refused
	}
	if data != nil {
		if _, err := c.Next(data); err != nil {
			return err
		}
	}
	if v, ok := c.(Verifier); ok {
		return v.Verified()
	}
	return nil
}
