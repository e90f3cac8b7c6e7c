package interop

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/imaptest/peer"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

// secured connects with the given version of TLS, or any version if it is 0. If certificate is true, the client has a
// certificate.
func secured(t *testing.T, p peer.Env, version uint16, certificate bool) *session.Session {
	t.Helper()
	target, err := transport.Parse("imaps://" + p.TLSAddr())
	if err != nil {
		t.Fatal(err)
	}
	target.TLSConfig = p.TLS(t)
	if certificate {
		target.TLSConfig = p.ClientTLS(t)
	}
	target.TLSConfig.MinVersion, target.TLSConfig.MaxVersion = version, version
	s, err := session.Dial(timeout(t), target, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// credentials returns alice's credentials for a mechanism.
func credentials(t *testing.T, p peer.Env, mech string) auth.Credentials {
	cred := auth.Credentials{Username: p.User}
	switch mech {
	case "XOAUTH2", "OAUTHBEARER":
		cred.Token = auth.StaticToken(auth.NewSecret(p.BearerToken(t)))
	case "EXTERNAL":
		cred.External = true
	case "ANONYMOUS":
		return auth.Credentials{Anonymous: true, Trace: "guest@example.com"}
	default:
		cred.Password = auth.NewSecret(p.Password)
	}
	return cred
}

// inside checks that a session is logged in and has the capabilities that the server offers after login.
func inside(t *testing.T, s *session.Session) {
	t.Helper()
	if s.State() != session.Authenticated || !s.Caps().Has("UIDPLUS") {
		t.Errorf("the state is %v, the capabilities are %v; want UIDPLUS after the login", s.State(), s.Caps())
	}
	if _, err := commands.Status(s, "INBOX", status.Messages).Wait(timeout(t)); err != nil {
		t.Error(err)
	}
}

// byName logs in with one mechanism.
func byName(t *testing.T, s *session.Session, mech string, cred auth.Credentials) {
	t.Helper()
	in, err := commands.SignIn(timeout(t), s, cred, auth.Options{Mechanisms: []string{mech}})
	if err != nil || in.Mechanism != mech || len(in.Passed) > 0 {
		t.Fatalf("want a login by %s, got %+v, %v", mech, in, err)
	}
	inside(t, s)
}

var dovecotMechanisms = strings.Fields("PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256 XOAUTH2 OAUTHBEARER EXTERNAL ANONYMOUS")

// TestInteropLoginDovecot logs in with each mechanism of Dovecot 2.3.
func TestInteropLoginDovecot(t *testing.T) {
	p := peer.Dovecot(t)
	for _, mech := range dovecotMechanisms {
		t.Run(mech, func(t *testing.T) {
			// Only EXTERNAL gets a client certificate. If LOGIN had one, Dovecot would take the user's name from the
			// certificate, and would not ask for it.
			for _, version := range versions {
				byName(t, secured(t, p, version, mech == "EXTERNAL"), mech, credentials(t, p, mech))
			}
		})
	}
	t.Run("all are offered", func(t *testing.T) {
		offered := strings.Join(secured(t, p, 0, true).Caps().Auth(), " ")
		for _, mech := range dovecotMechanisms {
			if !strings.Contains(" "+offered+" ", " "+mech+" ") {
				t.Errorf("%s is not among %s", mech, offered)
			}
		}
	})
}

// TestInteropLoginDovecotChoice lets SignIn choose the mechanism.
func TestInteropLoginDovecotChoice(t *testing.T) {
	p := peer.Dovecot(t)
	for want, cred := range map[string]auth.Credentials{
		"SCRAM-SHA-256": credentials(t, p, "PLAIN"), "OAUTHBEARER": credentials(t, p, "OAUTHBEARER"),
		"EXTERNAL": credentials(t, p, "EXTERNAL"), "ANONYMOUS": credentials(t, p, "ANONYMOUS"),
	} {
		s := secured(t, p, 0, true)
		in, err := commands.SignIn(timeout(t), s, cred, auth.Options{})
		if err != nil || in.Mechanism != want {
			t.Errorf("want a login by %s, got %+v, %v", want, in, err)
			continue
		}
		inside(t, s)
	}
	// A wrong password is tried only once.
	var failed *commands.SignInError
	wrong := auth.Credentials{Username: p.User, Password: auth.NewSecret("wrong")}
	if _, err := commands.SignIn(timeout(t), secured(t, p, 0, false), wrong, auth.Options{}); !errors.As(err, &failed) || len(failed.Tried) != 1 || failed.Tried[0].Mechanism != "SCRAM-SHA-256" {
		t.Errorf("a wrong password: %v", err)
	}
	// Without TLS, a mechanism that reveals a secret is used only if the caller allows it.
	s := dial(func(e peer.Env) string { return "imap+insecure://" + e.Addr() })(t, p, nil)
	if in, err := commands.SignIn(timeout(t), s, credentials(t, p, "XOAUTH2"), auth.Options{}); !errors.Is(err, auth.ErrPlaintext) {
		t.Errorf("a token in the open: %+v, %v", in, err)
	}
	if in, err := commands.SignIn(timeout(t), s, credentials(t, p, "PLAIN"), auth.Options{}); err != nil || in.Mechanism != "SCRAM-SHA-256" {
		t.Errorf("in the open: %+v, %v", in, err)
	}
}

// TestInteropLoginDovecotHashed logs in to an account for which the server has only a hash of the password. The server
// offers mechanisms for which a hash is not enough. It refuses each of them before the client has sent a proof, so
// SignIn tries the next one.
func TestInteropLoginDovecotHashed(t *testing.T) {
	p := peer.Dovecot(t)
	s := secured(t, p, 0, false)
	in, err := commands.SignIn(timeout(t), s, auth.Credentials{Username: "carol", Password: auth.NewSecret(p.Password)}, auth.Options{})
	var passed []string
	for _, r := range in.Passed {
		passed = append(passed, r.Mechanism)
	}
	if err != nil || in.Mechanism != "PLAIN" || strings.Join(passed, " ") != "SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5" {
		t.Fatalf("want a login by PLAIN after three refusals, got %+v, %v", in, err)
	}
	inside(t, s)
	// A caller that requires SCRAM gets nothing weaker.
	s = secured(t, p, 0, false)
	in, err = commands.SignIn(timeout(t), s, auth.Credentials{Username: "carol", Password: auth.NewSecret(p.Password)}, auth.Options{Min: auth.StrengthMutual})
	if !errors.Is(err, parser.CodeAuthenticationFailed) {
		t.Errorf("want AUTHENTICATIONFAILED, got %+v, %v", in, err)
	}
}

// TestInteropLoginDovecotMaster logs in as another user.
func TestInteropLoginDovecotMaster(t *testing.T) {
	p := peer.Dovecot(t)
	for _, mech := range []string{"PLAIN", "DIGEST-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"} {
		t.Run(mech, func(t *testing.T) {
			cred := auth.Credentials{Username: p.Master, Authzid: p.Other, Password: auth.NewSecret(p.Password)}
			byName(t, secured(t, p, 0, false), mech, cred)
		})
	}
}

// refused tries to log in with wrong credentials, and then checks that the session can still be used.
func refused(t *testing.T, p peer.Env, s *session.Session, mech string, cred auth.Credentials, opts auth.Options) error {
	t.Helper()
	opts.Mechanisms = []string{mech}
	in, err := commands.SignIn(timeout(t), s, cred, opts)
	if !errors.Is(err, parser.NO) || session.SafeToRetry(err) {
		t.Fatalf("want NO, got %+v, %v", in, err)
	}
	t.Log(err)
	byName(t, s, "PLAIN", credentials(t, p, "PLAIN"))
	return err
}

// TestInteropLoginDovecotRefused tries wrong passwords and tokens.
func TestInteropLoginDovecotRefused(t *testing.T) {
	p := peer.Dovecot(t)
	for _, mech := range dovecotMechanisms[:6] {
		t.Run(mech, func(t *testing.T) {
			for _, user := range []string{p.User, "nobody"} {
				cred := auth.Credentials{Username: user, Password: auth.NewSecret("wrong")}
				err := refused(t, p, secured(t, p, 0, false), mech, cred, auth.Options{})
				if !errors.Is(err, parser.CodeAuthenticationFailed) {
					t.Errorf("%s: want AUTHENTICATIONFAILED, got %v", user, err)
				}
				// SignIn sends a wrong password only once, and does not try every mechanism with it.
				var failed *commands.SignInError
				if errors.As(err, &failed) && len(failed.Tried) != 1 {
					t.Errorf("tried %v", failed.Tried)
				}
			}
		})
	}
	for _, mech := range []string{"XOAUTH2", "OAUTHBEARER"} {
		t.Run(mech, func(t *testing.T) {
			asked := 0
			cred := auth.Credentials{Username: p.User, Token: func(ctx context.Context) (auth.Secret, error) {
				if asked++; auth.FreshToken(ctx) != (asked > 1) {
					t.Errorf("asked %d times", asked)
				}
				return expiredToken(t, p, asked), nil
			}}
			err := refused(t, p, secured(t, p, 0, false), mech, cred, auth.Options{})
			var why *auth.OAuthError
			if !errors.As(err, &why) || why.Status == "" || asked != 2 || !auth.TokenExpired(err) {
				t.Errorf("asked %d times, %+v, %v", asked, why, err)
			}
			asked = 0
			cred.Token = func(ctx context.Context) (auth.Secret, error) {
				if asked++; auth.FreshToken(ctx) {
					return auth.NewSecret(p.BearerToken(t)), nil
				}
				return expiredToken(t, p, 1), nil
			}
			byName(t, secured(t, p, 0, false), mech, cred)
			if asked != 2 {
				t.Errorf("asked %d times", asked)
			}
		})
	}
	t.Run("EXTERNAL without a certificate", func(t *testing.T) {
		s := secured(t, p, 0, false)
		if _, err := commands.Authenticate(s, auth.External(p.User)).Wait(timeout(t)); !errors.Is(err, parser.NO) && !asCapability(err) {
			t.Errorf("EXTERNAL without a certificate: want NO, got %v", err)
		}
		byName(t, s, "PLAIN", credentials(t, p, "PLAIN"))
	})
	t.Run("EXTERNAL for another", func(t *testing.T) {
		cred := auth.Credentials{External: true, Authzid: p.Other}
		refused(t, p, secured(t, p, 0, true), "EXTERNAL", cred, auth.Options{})
	})
}

// expiredToken returns a token of the user that was valid for some hours and expired an hour ago.
func expiredToken(t *testing.T, p peer.Env, hours int) auth.Secret {
	t.Helper()
	key, err := os.ReadFile(filepath.Join(filepath.Dir(p.Token), "keys", "default", "HS256", "default"))
	if err != nil {
		t.Fatal(err)
	}
	if key, err = base64.StdEncoding.AppendDecode(nil, key); err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(p.BearerToken(t), ".")
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims map[string]any
	if err != nil || json.Unmarshal(body, &claims) != nil {
		t.Fatalf("the token's claims are %q, %v", body, err)
	}
	claims["exp"] = time.Now().Add(-time.Hour).Unix()
	claims["iat"] = time.Now().Add(-time.Duration(1+hours) * time.Hour).Unix()
	if body, err = json.Marshal(claims); err != nil {
		t.Fatal(err)
	}
	signed := parts[0] + "." + base64.RawURLEncoding.EncodeToString(body)
	m := hmac.New(sha256.New, key)
	m.Write([]byte(signed))
	return auth.NewSecret(signed + "." + base64.RawURLEncoding.EncodeToString(m.Sum(nil)))
}

func asCapability(err error) bool {
	var needs *session.CapabilityError
	return errors.As(err, &needs)
}

// stranger makes an untrusted certificate.
func stranger(t *testing.T, name string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// TestInteropLoginStrangersCertificate shows servers a certificate for alice that no trusted authority has signed. They
// must refuse it.
func TestInteropLoginStrangersCertificate(t *testing.T) {
	for name, find := range map[string]func(testing.TB) peer.Env{"dovecot": peer.Dovecot, "cyrus": peer.Cyrus} {
		t.Run(name, func(t *testing.T) {
			p := find(t)
			target, err := transport.Parse("imaps://" + p.TLSAddr())
			if err != nil {
				t.Fatal(err)
			}
			target.TLSConfig = p.TLS(t)
			target.TLSConfig.Certificates = []tls.Certificate{stranger(t, p.User)}
			s, err := session.Dial(timeout(t), target, nil)
			if err != nil {
				t.Log(err)
				return
			}
			defer s.Close()
			in, err := commands.SignIn(timeout(t), s, auth.Credentials{External: true}, auth.Options{})
			t.Log(err)
			if err == nil || s.State() != session.NotAuthenticated {
				t.Errorf("want a refusal, got %+v in state %v", in, s.State())
			}
		})
	}
}
