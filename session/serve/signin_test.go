package serve_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/serve"
)

// TestUnavailableAtLogin checks that a client can distinguish a wrong password from a server that cannot check
// passwords at the moment.
func TestUnavailableAtLogin(t *testing.T) {
	down := fmt.Errorf("%w: ldap.internal does not answer", parser.CodeUnavailable)
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	const bearer = "n,,\x01auth=Bearer token\x01\x01"
	for _, x := range []struct {
		name  string
		why   error
		cfg   func(why error) *auth.ServerConfig
		lines []string // of the client: a command, and then its answers to challenges
		want  string
	}{
		{"LOGIN", down, checks, []string{"a LOGIN alice secret"}, "a NO [UNAVAILABLE] "},
		{"LOGIN, wrong", errors.New("wrong"), checks, []string{"a LOGIN alice secret"}, "a NO [AUTHENTICATIONFAILED] "},
		{"PLAIN", down, checks, []string{"a AUTHENTICATE PLAIN " + b64("\x00alice\x00secret")}, "a NO [UNAVAILABLE] "},
		{"PLAIN by Password", down, passwords, []string{"a AUTHENTICATE PLAIN " + b64("\x00alice\x00secret")}, "a NO [UNAVAILABLE] "},
		{"CRAM-MD5", down, passwords, []string{"a AUTHENTICATE CRAM-MD5", b64("alice 00000000000000000000000000000000")}, "a NO [UNAVAILABLE] "},
		{"SCRAM", down, passwords, []string{"a AUTHENTICATE SCRAM-SHA-256 " + b64("n,,n=alice,r=nonce"), ""}, "a NO [UNAVAILABLE] "},
		{"OAUTHBEARER", down, tokens, []string{"a AUTHENTICATE OAUTHBEARER " + b64(bearer), b64("\x01")}, "a NO [UNAVAILABLE] "},
		{"OAUTHBEARER, wrong", errors.New("wrong"), tokens, []string{"a AUTHENTICATE OAUTHBEARER " + b64(bearer), b64("\x01")}, "a NO [AUTHENTICATIONFAILED] "},
	} {
		t.Run(x.name, func(t *testing.T) {
			s, _ := newServer(t, func(s *serve.Server) { s.Auth = x.cfg(x.why) })
			c := dial(t, s)
			got := ""
			for _, line := range x.lines {
				if line == "" { // the end of SCRAM, with the server's nonce and a wrong proof
					first, err := base64.StdEncoding.DecodeString(strings.TrimSpace(strings.TrimPrefix(got, "+ ")))
					if err != nil {
						t.Fatalf("the first challenge of SCRAM: got %q, want base64: %v", got, err)
					}
					nonce, _, _ := strings.Cut(string(first), ",")
					line = b64("c=biws," + nonce + ",p=" + b64(strings.Repeat("x", 32)))
				}
				c.send("%s", line)
				got = c.line()
			}
			if strings.HasPrefix(got, "+ ") { // SCRAM ends in a challenge that says what is wrong
				c.send("")
				got = c.line()
			}
			if !strings.HasPrefix(got, x.want) || strings.Contains(got, "ldap") {
				t.Errorf("got %q, want %q and not the reason", got, x.want)
			}
			if got := c.do("NOOP"); got[len(got)-1] != "T OK NOOP completed" {
				t.Errorf("NOOP: got %q, want OK", got)
			}
		})
	}
}

func checks(why error) *auth.ServerConfig {
	return &auth.ServerConfig{Check: func(string, auth.Secret) error { return why }}
}

func passwords(why error) *auth.ServerConfig {
	return &auth.ServerConfig{Password: func(string) (auth.Secret, error) { return auth.Secret{}, why }}
}

func tokens(why error) *auth.ServerConfig {
	return &auth.ServerConfig{Token: func(string, auth.Secret) (string, error) { return "", why }}
}
