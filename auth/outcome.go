package auth

import (
	"fmt"

	"github.com/emersion/go-sasl"
)

// Verifier is a mechanism in which the server proves itself too: SCRAM and DIGEST-MD5. After the server has reported
// success, the protocol's client calls Verified, and treats an error as a failure to log in.
type Verifier interface {
	// Verified returns nil if the server has proved that it knows the secret, and an ErrUnverified if not.
	Verified() error
}

// Failer is a mechanism that may learn during the exchange why the server refuses: SCRAM, OAUTHBEARER, XOAUTH2. It
// continues the exchange until the protocol's own refusal arrives, and then provides the reason.
type Failer interface {
	// Failed returns what the server said, a *ServerError or *OAuthError, or nil.
	Failed() error
}

// Judged reports whether the exchange in which c was used came far enough for the server to know whether the secret is
// right. A refusal then concerns the secret and not the mechanism, and another mechanism for the same secret will not
// fare better. A server that has no SCRAM keys for an account, for example, refuses before that. A mechanism from
// another package may have a method Judged() bool.
func Judged(c sasl.Client) bool {
	j, ok := c.(interface{ Judged() bool })
	return ok && j.Judged()
}

// Outcome returns what the end of an exchange means. refused is the protocol's error if the server refused, and nil if
// it reported success. data is what came with the success in protocols that allow this; in IMAP it is nil.
//
// Outcome returns a refusal with the mechanism's reason wrapped into it. It turns a success into an error if the server
// should have proved itself and has not.
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
