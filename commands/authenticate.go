package commands

import (
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/emersion/go-sasl"

	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// maxChallenges is how often a server may challenge in one exchange. No mechanism needs more than four.
const maxChallenges = 32

// maxChallenge is the longest challenge taken, in octets of base64.
const maxChallenge = 1 << 20

// ErrChallenges reports a server that does not stop to challenge, or sends one out of all proportion.
var ErrChallenges = errors.New("commands: the server challenges without end")

// ErrUnverified reports a server that says OK before it has proved that it knows the secret, as the
// mechanism wants: it may be an impostor. The session should be closed.
var ErrUnverified = errors.New("commands: the server has not proved who it is")

// Authenticate logs in by a SASL mechanism (RFC 9051 §6.2.2), with the initial response in the command where
// the server takes it (RFC 4959). A mechanism that fails cancels the exchange by "*"; the session lives and
// may try another. A mechanism that has a method Verified() error is asked by it, after OK, whether the server
// has proved itself.
//
// It is refused, before an octet is sent, if the server does not offer the mechanism, or, for PLAIN, LOGIN,
// XOAUTH2 and OAUTHBEARER, whose responses hold the secret, if others can read the connection and AllowInsecure is not given.
func Authenticate(s *session.Session, mech sasl.Client, opts ...LoginOption) *session.Call[struct{}] {
	name, ir, err := mech.Start()
	fail := func(err error) *session.Call[struct{}] { return session.Failed[struct{}](s, "AUTHENTICATE", err) }
	if err != nil {
		return fail(fmt.Errorf("commands: AUTHENTICATE: %w", err))
	}
	if !s.Secure() && revealing(name) && !loginOptionsOf(opts).insecure {
		return fail(ErrInsecure)
	}
	x := &exchange{mech: mech, ir: ir}
	cmd := session.Command{
		Name: "AUTHENTICATE", In: session.NotAuthenticated, Flow: session.Alone, Then: session.Authenticated,
		Needs: "AUTH=" + name,
		Args: func(e *wire.Encoder) {
			e.SP().Atom(name)
			if ir != nil && s.Caps().Has("SASL-IR") {
				x.sent = true
				e.SP().Hidden(func() { e.RawBytes(encodeResponse(ir, true)) })
			}
		},
		More: x.more,
		Stop: func(e *wire.Encoder) { e.Byte('*') },
		Done: x.done,
	}
	return plain(s, cmd)
}

// revealing reports whether who reads the connection learns the secret from the mechanism's responses.
func revealing(mechanism string) bool {
	switch mechanism {
	case "PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER":
		return true
	}
	return false
}

// exchange is one authentication.
type exchange struct {
	mech sasl.Client
	ir   []byte
	sent bool
	n    int
}

func (x *exchange) more(text []byte, e *wire.Encoder) error {
	if x.n++; x.n > maxChallenges || len(text) > maxChallenge {
		return ErrChallenges
	}
	if x.ir != nil && !x.sent {
		// Without SASL-IR the server asks by an empty challenge for what would have been the initial response.
		x.sent = true
		if len(text) == 0 {
			e.RawBytes(encodeResponse(x.ir, false))
			return nil
		}
	}
	challenge, err := decodeChallenge(text)
	if err != nil {
		return fmt.Errorf("commands: AUTHENTICATE: challenge: %w", err)
	}
	response, err := x.mech.Next(challenge)
	if err != nil {
		return fmt.Errorf("commands: AUTHENTICATE: %w", err)
	}
	e.RawBytes(encodeResponse(response, false))
	return nil
}

func (x *exchange) done(*response) error {
	if v, ok := x.mech.(interface{ Verified() error }); ok {
		if err := v.Verified(); err != nil {
			return fmt.Errorf("%w: %w", ErrUnverified, err)
		}
	}
	return nil
}

// encodeResponse returns a response in base64; an empty initial one is "=" (RFC 4959 §3).
func encodeResponse(b []byte, initial bool) []byte {
	if len(b) == 0 && initial {
		return []byte("=")
	}
	return base64.StdEncoding.AppendEncode(nil, b)
}

// decodeChallenge is the inverse. Some servers leave the padding out.
func decodeChallenge(text []byte) ([]byte, error) {
	b, err := base64.StdEncoding.AppendDecode(nil, text)
	if err != nil {
		if raw, err := base64.RawStdEncoding.AppendDecode(nil, text); err == nil {
			return raw, nil
		}
	}
	return b, err
}
