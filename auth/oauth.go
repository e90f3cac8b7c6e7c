package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// OAuthError is the message in which a server says why it refuses a token (RFC 7628 §3.2.2). The NO response to the
// command comes after it.
type OAuthError struct {
	Mechanism           string `json:"-"`
	Status              string `json:"status"` // "invalid_token", or an HTTP status such as "401", or ""
	Schemes             string `json:"schemes,omitempty"`
	Scope               string `json:"scope,omitempty"`                // the scope that a token must have
	OpenIDConfiguration string `json:"openid-configuration,omitempty"` // a URL that says where to get a token
}

// Error returns a text with the status and the scope.
func (e *OAuthError) Error() string {
	return fmt.Sprintf("auth: %s: the server refused the token: status %.64q, scope %.128q", e.Mechanism, e.Status, e.Scope)
}

// TokenExpired reports whether a new token may help.
func (e *OAuthError) TokenExpired() bool {
	return e.Status == "invalid_token" || e.Status == "401" || e.Status == "400"
}

// Is returns true for ErrTokenExpired if a new token may help.
func (e *OAuthError) Is(target error) bool { return target == ErrTokenExpired && e.TokenExpired() }

// TokenExpired reports whether err means that the server has refused the token, and that a new token may help.
func TokenExpired(err error) bool {
	return errors.Is(err, ErrTokenExpired) || errors.Is(err, ErrTokenRefused)
}

// oauthError parses the challenge by which a server refuses a token. Some servers send status as a number, and some do
// not send JSON.
func oauthError(mech string, challenge []byte) *OAuthError {
	e := &OAuthError{Mechanism: mech}
	var fields map[string]json.RawMessage
	if len(challenge) > maxMessage || json.Unmarshal(challenge, &fields) != nil {
		return e
	}
	for name, to := range map[string]*string{
		"status": &e.Status, "schemes": &e.Schemes, "scope": &e.Scope, "openid-configuration": &e.OpenIDConfiguration,
	} {
		if raw := fields[name]; json.Unmarshal(raw, to) != nil && len(raw) > 0 && (raw[0] == '-' || '0' <= raw[0] && raw[0] <= '9') {
			*to = string(raw)
		}
	}
	return e
}

// validToken reports whether t can be sent as a b64token (RFC 6750 §2.1). It accepts more octets than the grammar, but
// none that could end a field of the message.
func validToken(t Secret) bool {
	for _, c := range []byte(t.Reveal()) {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return !t.Empty()
}

var saslNameEscape = strings.NewReplacer("=", "=3D", ",", "=2C")

// saslName returns s as a saslname (RFC 5801 §4). s must not contain NUL.
func saslName(s string) string {
	return saslNameEscape.Replace(s)
}

// parseSASLName is the inverse of saslName.
func parseSASLName(s string) (string, bool) {
	if s == "" || strings.ContainsAny(s, "\x00,") || !utf8.ValidString(s) {
		return "", false
	}
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '=')
		if i < 0 {
			b.WriteString(s)
			return b.String(), true
		}
		b.WriteString(s[:i])
		switch {
		case strings.HasPrefix(s[i:], "=2C"):
			b.WriteByte(',')
		case strings.HasPrefix(s[i:], "=3D"):
			b.WriteByte('=')
		default:
			return "", false
		}
		s = s[i+3:]
	}
}

// bearer returns the token of s, which has the form "Bearer TOKEN". If s has another form, the token is empty.
func bearer(s string) Secret {
	scheme, token, _ := strings.Cut(s, " ")
	if t := NewSecret(strings.Trim(token, " ")); strings.EqualFold(scheme, "Bearer") && validToken(t) {
		return t
	}
	return Secret{}
}
