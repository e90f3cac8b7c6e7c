package auth

import (
	"fmt"

	"github.com/emersion/go-sasl"
)

// Verifier is a mechanism in which the server must prove that it knows the secret, such as SCRAM and DIGEST-MD5. After
// the server has reported success, the client must call Verified, and treat an error as a failure to log in.
type Verifier interface {
	// Verified returns nil if the server has proved that it knows the secret, and an ErrUnverified if not.
	Verified() error
}

// Failer is a mechanism in which the server can say why it refuses, such as SCRAM, OAUTHBEARER and XOAUTH2. The
// exchange then goes on until the server refuses the command, and Failed returns the reason.
type Failer interface {
	// Failed returns the reason, a *ServerError or *OAuthError, or nil if the server has given none.
	Failed() error
}

// Judged reports whether the exchange of c went so far that the server could check the secret. If the server then
// refuses, the secret is most likely wrong, and another mechanism with the same secret would most likely fail too. A
// server may also refuse before it can check the secret, for example because it has no SCRAM keys for the account. A
// mechanism from another package may have a method Judged() bool. For a mechanism without that method, such as
// CRAM-MD5, Judged returns false.
func Judged(c sasl.Client) bool {
	j, ok := c.(interface{ Judged() bool })
	return ok && j.Judged()
}

// Outcome returns the result of an exchange. If the server refused the command, the argument refused is the error of
// the command; if the server reported success, it is nil. In some protocols, the server sends a message together with
// the report of success. The argument data is that message; in IMAP it is nil.
//
// If the server refused, Outcome returns the argument refused, or an error that wraps both it and the reason that the
// mechanism's method Failed returns. If the server reported success but did not prove that it knows the secret,
// although the mechanism requires that, Outcome returns an ErrUnverified.
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
