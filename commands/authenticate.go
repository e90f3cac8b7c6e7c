package commands

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-sasl"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// maxInitial limits the initial response that is sent in the command, in octets of base64. RFC 7162 §4 recommends lines
// of at most 8,192 octets, and a token may be longer. A longer response is sent in a line of its own, because servers
// have larger limits for such lines.
const maxInitial = 7000

// ErrChallenges reports that the server has sent too many challenges, or one that is too long. The error also wraps a
// wire.LimitError. The limits are MaxChallenges and MaxChallenge of session.Config.
var ErrChallenges = errors.New("commands: the server sends too many or too long challenges")

// ErrUnverified reports that the server has said OK without proving that it knows the secret, although the mechanism
// requires that proof. The server may be an impostor, so the caller should close the session. The error also wraps
// auth.ErrUnverified.
var ErrUnverified = errors.New("commands: the server has not proved who it is")

// Authenticate logs in by a SASL mechanism (RFC 9051 §6.2.2), which may be any sasl.Client. It sends the initial
// response in the command if the server accepts that (RFC 4959). If the mechanism returns an error for a challenge,
// Authenticate ends the exchange with "*". The error then wraps the mechanism's error and the server's, and the program
// may try another mechanism. [SignIn] chooses among mechanisms.
//
// If the server refuses and has given a reason in the exchange, the error also wraps that reason, an *auth.OAuthError
// or *auth.ServerError (see auth.Failer). If the mechanism is an auth.Verifier and the server says OK without proving
// that it knows the secret, the error is ErrUnverified. Authenticate also accepts the proof in the text of the server's
// OK.
//
// Authenticate fails before it sends an octet if the server does not offer the mechanism. It also fails if the
// mechanism's responses contain the secret (auth.Reveals), others can read the connection, and the caller does not
// pass AllowPlaintext.
func Authenticate(s *session.Session, mech sasl.Client, opts ...LoginOption) *session.Call[struct{}] {
	fail := func(err error) *session.Call[struct{}] { return session.Failed[struct{}](s, "AUTHENTICATE", err) }
	if mech == nil {
		return fail(errors.New("commands: AUTHENTICATE: no mechanism"))
	}
	name, ir, err := mech.Start()
	if err != nil {
		return fail(fmt.Errorf("commands: AUTHENTICATE: %w", err))
	}
	name = strings.ToUpper(name)
	if !validMechanism(name) {
		return fail(&wire.ArgumentError{What: "SASL mechanism", Value: name[:min(len(name), 64)], Reason: "is not a name of 1 to 20 letters, digits, \"-\" and \"_\""})
	}
	if !s.Secure() && auth.Reveals(name) && !loginOptionsOf(opts).insecure {
		return fail(ErrPlaintext)
	}
	x := &exchange{mech: mech, name: name, ir: ir, cfg: s.Config()}
	cmd := session.Command{
		Name: "AUTHENTICATE", In: session.NotAuthenticated, Flow: session.Alone, Then: session.Authenticated,
		Needs: "AUTH=" + name,
		Args: func(e *wire.Encoder) {
			e.SP().Atom(name)
			line := encodeResponse(ir, true)
			if x.sent = ir != nil && s.Caps().Has("SASL-IR") && len(line) <= maxInitial; x.sent {
				e.SP().Hidden(func() { e.RawBytes(line) })
			}
		},
		More:    x.more,
		Stop:    func(e *wire.Encoder) { e.Byte('*') },
		Done:    x.done,
		Refused: x.refused,
	}
	return plain(s, cmd)
}

// validMechanism reports whether name, in upper case, is a valid name of a mechanism (RFC 4422 §3.1 sasl-mech).
func validMechanism(name string) bool {
	return len(name) >= 1 && len(name) <= 20 && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == ""
}

// exchange is one authentication.
type exchange struct {
	mech sasl.Client
	name string
	ir   []byte
	sent bool
	n    int
	cfg  session.Config
}

func (x *exchange) more(ctx context.Context, text []byte, e *wire.Encoder) error {
	if x.n++; x.n > x.cfg.MaxChallenges {
		return fmt.Errorf("%w: %w", ErrChallenges, &wire.LimitError{What: "challenges", Limit: int64(x.cfg.MaxChallenges), Size: int64(x.n)})
	}
	if len(text) > x.cfg.MaxChallenge {
		return fmt.Errorf("%w: %w", ErrChallenges, &wire.LimitError{What: "challenge", Limit: int64(x.cfg.MaxChallenge), Size: int64(len(text))})
	}
	if x.ir != nil && !x.sent {
		// If the initial response was not sent in the command, the server asks for it by an empty challenge. In some
		// implementations of the mechanism LOGIN, the initial response is the user name. Servers ask for it by a
		// challenge that is not empty.
		x.sent = true
		if len(bytes.TrimSpace(text)) == 0 || x.name == "LOGIN" {
			return x.respond(x.ir, e)
		}
	}
	challenge, err := decodeChallenge(text)
	if err != nil {
		return fmt.Errorf("commands: AUTHENTICATE: %w", &auth.ChallengeError{Mechanism: x.name, Reason: "is not base64"})
	}
	response, err := x.next(ctx, challenge)
	if err != nil {
		return fmt.Errorf("commands: AUTHENTICATE: %w", err)
	}
	return x.respond(response, e)
}

// next returns the mechanism's response to a challenge. SCRAM's hashing may take a second and cannot be interrupted.
// So if ctx ends, next returns at once; the mechanism finishes in a goroutine, and is not used again.
func (x *exchange) next(ctx context.Context, challenge []byte) (response []byte, err error) {
	if ctx.Done() == nil {
		return x.mech.Next(challenge)
	}
	type answer struct {
		response []byte
		err      error
	}
	mech, done := x.mech, make(chan answer, 1)
	go func() {
		r, err := mech.Next(challenge)
		done <- answer{r, err}
	}()
	select {
	case a := <-done:
		return a.response, a.err
	case <-ctx.Done():
		x.mech = nil
		return nil, context.Cause(ctx)
	}
}

func (x *exchange) respond(response []byte, e *wire.Encoder) error {
	e.RawBytes(encodeResponse(response, false))
	return nil
}

// done handles the tagged OK. The server's proof belongs in a challenge (RFC 9051 §6.2.2). Some servers send it in
// the text of OK instead. It is valid there too, because only a server that knows the secret can compute it.
func (x *exchange) done(r *response) error {
	v, ok := x.mech.(auth.Verifier)
	if !ok || x.mech == nil {
		return nil
	}
	err := v.Verified()
	if data, found := proofIn(r.Text, x.cfg.MaxChallenge); found && err != nil {
		err = auth.Outcome(x.mech, data, nil)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnverified, err)
	}
	return nil
}

// proofIn returns the server's proof from the text of OK. The proof is the first or last word of the text, and may be
// encoded in base64.
func proofIn(text []byte, most int) (data []byte, found bool) {
	if len(text) > most {
		return nil, false
	}
	words := bytes.Fields(text)
	for i, word := range words {
		if i != 0 && i != len(words)-1 {
			continue
		}
		decoded, err := decodeChallenge(word)
		for _, b := range [][]byte{word, decoded} {
			if bytes.HasPrefix(b, []byte("v=")) || err == nil && bytes.HasPrefix(b, []byte("rspauth=")) {
				return b, true
			}
		}
	}
	return nil, false
}

// refused adds the reason that the server has given in the exchange, if any, to its refusal.
func (x *exchange) refused(err error) error {
	if x.mech == nil {
		return err
	}
	return auth.Outcome(x.mech, nil, err)
}

// encodeResponse returns a response in base64. An empty initial response is "=" (RFC 4959 §3).
func encodeResponse(b []byte, initial bool) []byte {
	if len(b) == 0 && initial {
		return []byte("=")
	}
	return base64.StdEncoding.AppendEncode(nil, b)
}

// decodeChallenge decodes a challenge. Some servers leave out the padding of the base64, and some put spaces around
// it.
func decodeChallenge(text []byte) ([]byte, error) {
	text = bytes.TrimSpace(text)
	b, err := base64.StdEncoding.AppendDecode(nil, text)
	if err != nil {
		if raw, err := base64.RawStdEncoding.AppendDecode(nil, text); err == nil {
			return raw, nil
		}
	}
	return b, err
}
