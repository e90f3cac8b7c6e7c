package auth

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-sasl"
)

// OAuthBearer returns the mechanism OAUTHBEARER (RFC 7628), which sends an OAuth 2.0 token. Do not use it on a
// connection that others can read. The argument user may be empty, because the token identifies the user. The host and
// the port are the server's; if they are "" and 0, they are not sent. The mechanism is a Failer.
func OAuthBearer(user string, token Secret, host string, port int) sasl.Client {
	return &oauthBearer{user: user, token: token, host: host, port: port}
}

// DiscoverOAuth returns the mechanism OAUTHBEARER without a token (RFC 7628 §4.3). The server always refuses it. Failed
// then returns an *OAuthError with the scope that a token must have, and with the URL of a document that says where to
// get a token.
func DiscoverOAuth(user, host string, port int) sasl.Client {
	return &oauthBearer{user: user, host: host, port: port, discover: true}
}

type oauthBearer struct {
	hide
	user     string
	token    Secret
	host     string
	port     int
	discover bool
	failed   *OAuthError
}

func (o *oauthBearer) Start() (mech string, ir []byte, err error) {
	o.failed = nil
	if !o.discover && !validToken(o.token) {
		return "", nil, badArgument("OAUTHBEARER", "needs a token of printable characters without spaces")
	}
	if !utf8.ValidString(o.user) || strings.ContainsAny(o.user+o.host, "\x00\x01\r\n") || o.port < 0 || o.port > 0xffff {
		return "", nil, badArgument("OAUTHBEARER", "cannot carry such a user, host or port")
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
	b.WriteString("auth=")
	if !o.discover {
		b.WriteString("Bearer " + o.token.Reveal())
	}
	b.WriteString("\x01\x01")
	return "OAUTHBEARER", []byte(b.String()), nil
}

// Next is called when the server has refused the token. It answers with the octet 1, and the server then sends NO (RFC
// 7628 §3.2.3).
func (o *oauthBearer) Next(challenge []byte) ([]byte, error) {
	if o.failed != nil {
		return nil, badChallenge("OAUTHBEARER", "the mechanism expects only one")
	}
	o.failed = oauthError("OAUTHBEARER", challenge)
	return []byte{1}, nil
}

// Judged reports whether the server has sent an error about the token. Without such an error, a NO may also mean that
// the server cannot use the mechanism.
func (o *oauthBearer) Judged() bool { return o.failed != nil }

// Failed returns the server's error about the token, or nil.
func (o *oauthBearer) Failed() error {
	if o.failed == nil {
		return nil
	}
	return o.failed
}

// parseOAuthBearer parses the client's message (RFC 7628 §3.1).
func parseOAuthBearer(s *Server, response string) (name string, token Secret, ok bool) {
	header, rest, ok := strings.Cut(response, "\x01")
	if !ok || !strings.HasSuffix(rest, "\x01\x01") {
		return "", Secret{}, false
	}
	// The flag may also be "y", from a client that knows channel binding. This mechanism does not have channel binding.
	authzid, ok := strings.CutSuffix(header[min(2, len(header)):], ",")
	if flag := header[:min(2, len(header))]; !ok || flag != "n," && flag != "y," {
		return "", Secret{}, false
	}
	if authzid != "" {
		if authzid, ok = strings.CutPrefix(authzid, "a="); !ok {
			return "", Secret{}, false
		}
		if name, ok = parseSASLName(authzid); !ok {
			return "", Secret{}, false
		}
	}
	found := false
	for field := range strings.SplitSeq(strings.TrimSuffix(rest, "\x01\x01"), "\x01") {
		key, value, ok := strings.Cut(field, "=")
		if !ok {
			return "", Secret{}, false
		}
		switch key {
		case "host":
			if s.cfg.Host != "" && !strings.EqualFold(value, s.cfg.Host) {
				return "", Secret{}, false
			}
		case "port":
			if n, err := strconv.ParseUint(value, 10, 16); err != nil || s.cfg.Port != 0 && int(n) != s.cfg.Port {
				return "", Secret{}, false
			}
		case "auth":
			// Refuse a message with two tokens, because another program that reads it might use the other token.
			if found {
				return "", Secret{}, false
			}
			found = true
			token = bearer(value)
		}
	}
	return name, token, found
}
