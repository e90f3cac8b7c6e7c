package auth

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/emersion/go-sasl"
)

// OAuthError is what a server says of a token that it does not take (RFC 7628 §3.2.2). The command's NO follows it.
type OAuthError struct {
	Mechanism string `json:"-"`
	Status    string `json:"status"` // "invalid_token", or an HTTP status such as "401"
	Schemes   string `json:"schemes"`
	Scope     string `json:"scope"`
}

// Error says how the server judged the token.
func (e *OAuthError) Error() string {
	return fmt.Sprintf("auth: %s: the server refused the token: status %q, scope %q", e.Mechanism, e.Status, e.Scope)
}

// TokenExpired reports whether a new token may help.
func (e *OAuthError) TokenExpired() bool {
	return e.Status == "invalid_token" || e.Status == "401" || e.Status == "400"
}

// OAuthBearer is OAUTHBEARER (RFC 7628) with an OAuth 2.0 token. host and port are those of the server; "" and 0 leave them out.
func OAuthBearer(user string, token Secret, host string, port int) sasl.Client {
	return &oauthBearer{user: user, token: token, host: host, port: port}
}

type oauthBearer struct {
	user   string
	token  Secret
	host   string
	port   int
	failed *OAuthError
}

func (o *oauthBearer) Start() (mech string, ir []byte, err error) {
	o.failed = nil
	if !validToken(o.token) || strings.ContainsAny(o.user+o.host, "\x00\x01\r\n") {
		return "", nil, fmt.Errorf("%w: OAUTHBEARER needs a token", ErrArgument)
	}
	var b strings.Builder
	b.WriteString("n,")
	if o.user != "" {
		b.WriteString("a=" + saslName(o.user))
	}
	b.WriteString(",\x01")
	if o.host != "" {
		b.WriteString("host=" + o.host + "\x01")
	}
	if o.port != 0 {
		b.WriteString("port=" + strconv.Itoa(o.port) + "\x01")
	}
	b.WriteString("auth=Bearer " + o.token.Reveal() + "\x01\x01")
	return "OAUTHBEARER", []byte(b.String()), nil
}

// Next is called when the token was refused: the answer is a %x01, after which the server says NO (RFC 7628 §3.2.3).
func (o *oauthBearer) Next(challenge []byte) ([]byte, error) {
	if o.failed != nil {
		return nil, o.failed
	}
	o.failed = oauthError("OAUTHBEARER", challenge)
	return []byte{1}, nil
}

// Failed returns what the server said of the token, or nil.
func (o *oauthBearer) Failed() error {
	if o.failed == nil {
		return nil
	}
	return o.failed
}

func oauthError(mech string, challenge []byte) *OAuthError {
	e := &OAuthError{}
	if json.Unmarshal(challenge, e) != nil {
		e = &OAuthError{}
	}
	e.Mechanism = mech
	return e
}

// validToken reports whether t is a b64token (RFC 6750 §2.1), loosely: nothing in it can end a field.
func validToken(t Secret) bool {
	for _, c := range []byte(t.Reveal()) {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return !t.Empty()
}

// saslName writes a saslname (RFC 5801 §4).
func saslName(s string) string {
	return strings.NewReplacer("=", "=3D", ",", "=2C").Replace(s)
}
