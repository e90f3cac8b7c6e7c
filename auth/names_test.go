package auth_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/emersion/go-sasl"

	"github.com/imapstack/imapstack/auth"
)

// TestServerRefusesBadNames sends names that are not UTF-8, or have NUL, CR or LF, to each mechanism. The Server must
// not call a function of the ServerConfig with such a name. A function that passes the name on to C would check only
// the part before the NUL, and one that logs the name would begin a new line.
func TestServerRefusesBadNames(t *testing.T) {
	check := func(what, name string) {
		if strings.ContainsAny(name, "\x00\r\n") || !utf8.ValidString(name) {
			t.Errorf("%s is called with the name %q, want no call with such a name", what, name)
		}
	}
	cfg := &auth.ServerConfig{
		Password: func(user string) (auth.Secret, error) {
			check("Password", user)
			return auth.NewSecret("secret"), nil
		},
		Token: func(name string, _ auth.Secret) (string, error) {
			check("Token", name)
			return "alice", nil
		},
		Authorize: func(_, authzid string) error {
			check("Authorize", authzid)
			return nil
		},
		External: "alice",
		Host:     "localhost",
	}
	digest := func(challenge, user, authzid string) string {
		_, nonce, _ := strings.Cut(challenge, `nonce="`)
		nonce, _, _ = strings.Cut(nonce, `"`)
		return `charset=utf-8,username="` + user + `",realm="localhost",nonce="` + nonce + `",nc=00000001,cnonce="x",digest-uri="imap/localhost",response=0,authzid="` + authzid + `"`
	}
	for _, bad := range []string{"al\x00ice", "alice\r", "al\nice", "al\xffice"} {
		for what, respond := range map[string]func(step int, challenge string) string{
			"PLAIN":               func(int, string) string { return "\x00" + bad + "\x00secret" },
			"PLAIN authzid":       func(int, string) string { return bad + "\x00alice\x00secret" },
			"LOGIN":               func(step int, _ string) string { return []string{bad, "secret"}[min(step, 1)] },
			"CRAM-MD5":            func(step int, _ string) string { return []string{"-", bad + " 0"}[min(step, 1)] },
			"EXTERNAL":            func(int, string) string { return bad },
			"XOAUTH2":             func(int, string) string { return "user=" + bad + "\x01auth=Bearer x\x01\x01" },
			"OAUTHBEARER":         func(int, string) string { return "n,a=" + bad + ",\x01auth=Bearer x\x01\x01" },
			"SCRAM-SHA-256":       func(int, string) string { return "n,,n=" + bad + ",r=x" },
			"SCRAM-SHA-1 authzid": func(int, string) string { return "n,a=" + bad + ",n=alice,r=x" },
			"DIGEST-MD5": func(step int, challenge string) string {
				return []string{"-", digest(challenge, bad, "")}[min(step, 1)]
			},
			"DIGEST-MD5 authzid": func(step int, challenge string) string {
				return []string{"-", digest(challenge, "alice", bad)}[min(step, 1)]
			},
		} {
			mech, _, _ := strings.Cut(what, " ")
			s, err := auth.NewServer(mech, cfg)
			if err != nil {
				t.Fatal(err)
			}
			var challenge []byte
			done := false
			for step := 0; err == nil && !done && step < 4; step++ {
				r := []byte(respond(step, string(challenge)))
				if string(r) == "-" { // the client has no response yet
					r = nil
				}
				challenge, done, err = s.Next(r)
			}
			if !errors.Is(err, auth.ErrResponse) {
				t.Errorf("%s with %q: %v, want ErrResponse", what, bad, err)
			}
		}
	}
	for mech, responses := range map[string][]string{
		"LOGIN":       {"alice", "secret\x00more"},                         // a NUL in the password
		"OAUTHBEARER": {"n,a=alice,bob,\x01auth=Bearer x\x01\x01", "\x01"}, // a comma that is not encoded
	} {
		s, err := auth.NewServer(mech, cfg)
		for _, r := range responses {
			if err == nil {
				_, _, err = s.Next([]byte(r))
			}
		}
		if !errors.Is(err, auth.ErrResponse) {
			t.Errorf("%s %q: %v, want ErrResponse", mech, responses, err)
		}
	}
}

// TestServerPreparesNames logs in with a name and a password that are not prepared. The client prepares them only for
// SCRAM, so the server must prepare them for the other mechanisms.
func TestServerPreparesNames(t *testing.T) {
	const (
		name     = "\uff21lice"  // with a wide A
		password = "cafe\u0301"  // with a combining accent
		stored   = "caf\u00e9"   // the same, composed
		other    = "cafe\u00e9 " // another password
	)
	cfg := &auth.ServerConfig{Host: "localhost", Password: func(user string) (auth.Secret, error) {
		if user != "Alice" {
			t.Errorf("Password is called with %q, want Alice", user)
		}
		return auth.NewSecret(stored), nil
	}}
	for mech, client := range map[string]func(password string) sasl.Client{
		"PLAIN": func(p string) sasl.Client { return auth.Plain(name, name, auth.NewSecret(p)) },
		"LOGIN": func(p string) sasl.Client { return auth.Login(name, auth.NewSecret(p)) },
		"SCRAM-SHA-256": func(p string) sasl.Client {
			return auth.SCRAM("SCRAM-SHA-256", name, auth.NewSecret(p), &auth.SCRAMOptions{Authzid: name})
		},
		"CRAM-MD5": func(p string) sasl.Client {
			if p == password {
				p = stored // CRAM-MD5 and DIGEST-MD5 do not prepare passwords
			}
			return auth.CRAMMD5(name, auth.NewSecret(p))
		},
		"DIGEST-MD5": func(p string) sasl.Client {
			if p == password {
				p = stored
			}
			return auth.DigestMD5(name, auth.NewSecret(p), auth.DigestOptions{Host: "localhost", Authzid: name})
		},
	} {
		s, err := auth.NewServer(mech, cfg)
		if err != nil {
			t.Fatal(err)
		}
		if said, clientErr, serverErr := exchange(client(password), s, true); clientErr != nil || serverErr != nil || s.User() != "Alice" || s.Authenticated() != "Alice" {
			t.Errorf("%s: %q, %v, %v, user %q; want Alice", mech, said, clientErr, serverErr, s.User())
		}
		if s, err = auth.NewServer(mech, cfg); err != nil {
			t.Fatal(err)
		}
		if _, _, err := exchange(client(other), s, true); !errors.Is(err, auth.ErrRefused) {
			t.Errorf("%s with another password: %v, want ErrRefused", mech, err)
		}
	}
}
