package auth_test

import (
	"strings"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/google/go-cmp/cmp"

	"github.com/imapstack/imapstack/auth"
)

// knows returns the configuration of a server on which all users have the same password.
func knows(password string) *auth.ServerConfig {
	return &auth.ServerConfig{Password: func(string) (auth.Secret, error) { return auth.NewSecret(password), nil }}
}

// TestVectors performs the example exchanges of the RFCs, both as the client and as the server.
func TestVectors(t *testing.T) {
	for _, v := range []struct {
		name          string
		client        sasl.Client
		server        *auth.ServerConfig
		mech          string
		cnonce, nonce string
		script        string
	}{
		{
			name: "RFC 5802 section 5", client: auth.SCRAM(auth.SCRAMSHA1, "user", auth.NewSecret("pencil"), nil),
			mech: "SCRAM-SHA-1", cnonce: "fyko+d2lbbFgONRv9qkxdawL", nonce: "3rfcNHYJY1ZVvWVs7j",

			script: `C: n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL
S: r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096
C: c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=
S: v=rmF9pqV8S7suAoZWja4dJRkFsKQ=
C: `,
		},
		{
			name: "RFC 7677 section 3", client: auth.SCRAM(auth.SCRAMSHA256, "user", auth.NewSecret("pencil"), nil),
			mech: "SCRAM-SHA-256", cnonce: "rOprNGfwEbeRWgbNEkqO", nonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
			script: `C: n,,n=user,r=rOprNGfwEbeRWgbNEkqO
S: r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096
C: c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=
S: v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=
C: `,
		},
		{
			// No RFC has an example exchange with SHA-512. This is the exchange of RFC 7677, computed again with
			// Python's hashlib and hmac.
			name: "the same with SHA-512", client: auth.SCRAM(auth.SCRAMSHA512, "user", auth.NewSecret("pencil"), nil),
			mech: "SCRAM-SHA-512", cnonce: "rOprNGfwEbeRWgbNEkqO", nonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
			script: `C: n,,n=user,r=rOprNGfwEbeRWgbNEkqO
S: r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096
C: c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=gMGXRcevScNtxZ6/8lQYpGtnsNAc3mGcmNomv+xnoOMw+3R2xNJdMNnzMlTN8PPC6wdp6dybEmDYXYTxwnYPJQ==
S: v=ZQnYEgWQMFmmsM8aQMF0nDDCy/AgCzkwk8CmMZYcMg0vSVlKDanekLtifDSeVGT4+5ZxXnJq199RVG2rR7N7Zw==
C: `,
		},
		{
			name: "RFC 2195 section 2", client: auth.CRAMMD5("tim", auth.NewSecret("tanstaaftanstaaf")), mech: "CRAM-MD5",
			server: knows("tanstaaftanstaaf"), nonce: "<1896.697170952@postoffice.reston.mci.net>",
			script: `S: <1896.697170952@postoffice.reston.mci.net>
C: tim b913a602c7eda7a495b4e6e7334d3890`,
		},
		{
			name:   "RFC 2831 section 4, IMAP",
			client: auth.DigestMD5("chris", auth.NewSecret("secret"), auth.DigestOptions{Host: "elwood.innosoft.com"}),
			mech:   "DIGEST-MD5", cnonce: "OA6MHXh6VqTrRk", nonce: "OA6MG9tEQGm2hh",
			server: &auth.ServerConfig{Password: knows("secret").Password, Host: "elwood.innosoft.com"},
			script: `S: realm="elwood.innosoft.com",nonce="OA6MG9tEQGm2hh",qop="auth",algorithm=md5-sess,charset=utf-8
C: charset=utf-8,username="chris",realm="elwood.innosoft.com",nonce="OA6MG9tEQGm2hh",nc=00000001,cnonce="OA6MHXh6VqTrRk",digest-uri="imap/elwood.innosoft.com",response=d388dad90d4bbd760a152321f2143af7,qop=auth
S: rspauth=ea40f60335c427b5527b84dbabcdfffd
C: `,
		},
		{
			name:   "RFC 2831 section 4, ACAP",
			client: auth.DigestMD5("chris", auth.NewSecret("secret"), auth.DigestOptions{Host: "elwood.innosoft.com", Service: "acap"}),
			mech:   "DIGEST-MD5", cnonce: "OA9BSuZWMSpW8m", nonce: "OA9BSXrbuRhWay",
			server: &auth.ServerConfig{Password: knows("secret").Password, Host: "elwood.innosoft.com", Service: "acap"},
			script: `S: realm="elwood.innosoft.com",nonce="OA9BSXrbuRhWay",qop="auth",algorithm=md5-sess,charset=utf-8
C: charset=utf-8,username="chris",realm="elwood.innosoft.com",nonce="OA9BSXrbuRhWay",nc=00000001,cnonce="OA9BSuZWMSpW8m",digest-uri="acap/elwood.innosoft.com",response=6084c6db3fede7352c551284490fd0fc,qop=auth
S: rspauth=2f0b3d7c3c2e486600ef710726aa2eae
C: `,
		},
		{
			name: "draft-murchison-sasl-login section 2.3", client: auth.Login("tim", auth.NewSecret("tanstaaftanstaaf")), mech: "LOGIN",
			server: knows("tanstaaftanstaaf"), script: "S: Username:\nC: tim\nS: Password:\nC: tanstaaftanstaaf",
		},
		{
			name: "RFC 4616 section 4, first", client: auth.Plain("", "tim", auth.NewSecret("tanstaaftanstaaf")), mech: "PLAIN",
			server: knows("tanstaaftanstaaf"), script: "C: \x00tim\x00tanstaaftanstaaf",
		},
		{
			name: "RFC 4616 section 4, second", client: auth.Plain("Ursel", "Kurt", auth.NewSecret("xipj3plmq")), mech: "PLAIN",
			server: &auth.ServerConfig{Password: knows("xipj3plmq").Password, Authorize: func(string, string) error { return nil }},
			script: "C: Ursel\x00Kurt\x00xipj3plmq",
		},
		{
			name: "RFC 4505 section 3", client: auth.Anonymous("sirhc"), mech: "ANONYMOUS",
			server: &auth.ServerConfig{Anonymous: func(trace string) (string, error) { return trace, nil }}, script: "C: sirhc",
		},
		{
			name:   "RFC 7628 section 4.1",
			client: auth.OAuthBearer("user@example.com", auth.NewSecret("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="), "server.example.com", 143),
			mech:   "OAUTHBEARER", server: &auth.ServerConfig{Host: "server.example.com", Port: 143, Token: func(name string, token auth.Secret) (string, error) {
				return name, nil
			}},
			script: "C: n,a=user@example.com,\x01host=server.example.com\x01port=143\x01auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01\x01",
		},
	} {
		t.Run(v.name, func(t *testing.T) {
			cfg := v.server
			if strings.HasPrefix(v.mech, "SCRAM") {
				salt := "[m\x99h\x9d\x125\x8e\xec\xa0K\x14\x126\xfa\x81"
				if v.mech == auth.SCRAMSHA1 {
					salt = "A%\xc2G\xe4:\xb1\xe9<m\xffv"
				}
				cfg = stored(v.mech, "pencil", salt)
			}
			s := server(t, v.mech, cfg)
			if v.nonce != "" {
				auth.FixNonce(s, v.nonce)
			}
			if v.cnonce != "" {
				auth.FixNonce(v.client, v.cnonce)
			}
			said, clientErr, serverErr := exchange(v.client, s, true)
			if clientErr != nil || serverErr != nil {
				t.Errorf("the client: %v; the server: %v", clientErr, serverErr)
			}
			if diff := cmp.Diff(v.script, strings.Join(said, "\n")); diff != "" {
				t.Errorf("the messages differ from the RFC's (-want +got):\n%s", diff)
			}
		})
	}
}

// stored returns the configuration of a server that has the keys of one user, and no password.
func stored(mech, password, salt string) *auth.ServerConfig {
	return &auth.ServerConfig{Keys: func(string, string) (auth.StoredKeys, error) {
		return auth.NewStoredKeys(mech, auth.NewSecret(password), salt, 4096)
	}}
}

// TestDiscovery performs the example exchanges of RFC 7628 §4.3 and §4.4.
func TestDiscovery(t *testing.T) {
	c := auth.DiscoverOAuth("user@example.com", "server.example.com", 143)
	if _, ir, err := c.Start(); string(ir) != "n,a=user@example.com,\x01host=server.example.com\x01port=143\x01auth=\x01\x01" || err != nil {
		t.Errorf("got %q, %v", ir, err)
	}
	answer, err := c.Next([]byte(`{"status":"invalid_token","scope":"example_scope","openid-configuration":"https://example.com/.well-known/openid-config"}`))
	if string(answer) != "\x01" || err != nil {
		t.Errorf("got %q, %v", answer, err)
	}
	want := &auth.OAuthError{Mechanism: "OAUTHBEARER", Status: "invalid_token", Scope: "example_scope", OpenIDConfiguration: "https://example.com/.well-known/openid-config"}
	if diff := cmp.Diff(error(want), c.(auth.Failer).Failed()); diff != "" {
		t.Errorf("Failed returns another error (-want +got):\n%s", diff)
	}
	s := server(t, "OAUTHBEARER", alice(nil))
	said, ce, se := exchange(auth.DiscoverOAuth("alice", "", 0), s, true)
	if ce == nil || se == nil || said[1] != `S: {"status":"invalid_token","schemes":"bearer"}` {
		t.Errorf("OAUTHBEARER without a token: the client: %v; the server: %v; messages %q", ce, se, said)
	}
}
