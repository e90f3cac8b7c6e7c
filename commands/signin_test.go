package commands_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

func withPassword(password string) auth.Credentials {
	return auth.Credentials{Username: "alice", Password: auth.NewSecret(password)}
}

func withTokens(tokens ...string) auth.Credentials {
	return auth.Credentials{Username: "alice", Token: func(context.Context) (auth.Secret, error) {
		if len(tokens) == 0 {
			return auth.Secret{}, errors.New("no more tokens")
		}
		t := tokens[0]
		tokens = tokens[1:]
		return auth.NewSecret(t), nil
	}}
}

// signingIn starts a server with opts, and calls f with a session on it. The session uses TLS of the given version,
// or no TLS if version is 0.
func signingIn(t *testing.T, version uint16, opts []imaptest.Option, f func(ctx context.Context, s *session.Session)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv, err := imaptest.New(append([]imaptest.Option{imaptest.WithUser("alice", "secret"), imaptest.WithToken("alice", "new-token")}, opts...)...)
		if err != nil {
			t.Fatal(err)
		}
		defer srv.Close()
		s, err := session.Open(t.Context(), srv.Pipe(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if version != 0 {
			cfg := srv.TLSConfig()
			cfg.MinVersion, cfg.MaxVersion = version, version
			cert, err := srv.ClientCertificate("alice")
			if err != nil {
				t.Fatal(err)
			}
			cfg.Certificates = []tls.Certificate{cert}
			if err := commands.StartTLS(t.Context(), s, cfg, ""); err != nil {
				t.Fatal(err)
			}
		}
		f(t.Context(), s)
	})
}

// TestSignInTakesTheStrongest signs in with each kind of credentials to each kind of server, and checks which
// mechanism SignIn uses.
func TestSignInTakesTheStrongest(t *testing.T) {
	only := func(names ...string) []imaptest.Option { return []imaptest.Option{imaptest.WithMechanisms(names...)} }
	all := withTokens("new-token")
	all.Password, all.External = auth.NewSecret("secret"), true
	guest := auth.Credentials{Anonymous: true}
	for _, c := range []struct {
		name    string
		version uint16
		server  []imaptest.Option
		cred    auth.Credentials
		opts    auth.Options
		want    string
	}{
		{"a password, TLS 1.3", tls.VersionTLS13, nil, withPassword("secret"), auth.Options{}, "SCRAM-SHA-512-PLUS"},
		{"a password, TLS 1.2", tls.VersionTLS12, nil, withPassword("secret"), auth.Options{}, "SCRAM-SHA-512-PLUS"},
		{"a password, the certificate's binding", tls.VersionTLS13, nil, withPassword("secret"), auth.Options{Binding: auth.TLSServerEndPoint}, "SCRAM-SHA-512-PLUS"},
		{"a password, no TLS", 0, nil, withPassword("secret"), auth.Options{}, "SCRAM-SHA-512"},
		{"a password, a poor server", tls.VersionTLS13, only("PLAIN", "LOGIN", "ANONYMOUS"), withPassword("secret"), auth.Options{}, "PLAIN"},
		{"a password, LOGIN", tls.VersionTLS13, only("LOGIN"), withPassword("secret"), auth.Options{}, "LOGIN"},
		{"a password, nothing", tls.VersionTLS13, only(), withPassword("secret"), auth.Options{}, ""},
		{"a password, CRAM-MD5", 0, only("PLAIN", "CRAM-MD5"), withPassword("secret"), auth.Options{}, "CRAM-MD5"},
		{"a password in clear, as asked for", 0, only("PLAIN", "LOGIN"), withPassword("secret"), auth.Options{AllowPlaintext: true}, "PLAIN"},
		{"a password by LOGIN in clear, as asked for", 0, only(), withPassword("secret"), auth.Options{AllowPlaintext: true}, ""},
		{"a password, by name", tls.VersionTLS13, nil, withPassword("secret"), auth.Options{Mechanisms: []string{"x-new", "digest-md5", "PLAIN"}, Host: "h"}, "DIGEST-MD5"},
		{"a password, DIGEST-MD5 knows the host", tls.VersionTLS13, nil, withPassword("secret"), auth.Options{Mechanisms: []string{"DIGEST-MD5"}}, "DIGEST-MD5"},
		{"a token", tls.VersionTLS13, nil, withTokens("new-token"), auth.Options{}, "OAUTHBEARER"},
		{"a token, XOAUTH2", tls.VersionTLS13, only("XOAUTH2"), withTokens("new-token"), auth.Options{}, "XOAUTH2"},
		{"a certificate", tls.VersionTLS13, nil, auth.Credentials{External: true}, auth.Options{}, "EXTERNAL"},
		{"everything", tls.VersionTLS13, nil, all, auth.Options{}, "SCRAM-SHA-512-PLUS"},
		{"everything, no SCRAM", tls.VersionTLS13, only("PLAIN", "XOAUTH2", "EXTERNAL"), all, auth.Options{}, "EXTERNAL"},
		{"nobody", 0, nil, guest, auth.Options{}, "ANONYMOUS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			signingIn(t, c.version, c.server, func(ctx context.Context, s *session.Session) {
				offered := s.Caps().Auth()
				in, err := commands.SignIn(ctx, s, c.cred, c.opts)
				if err != nil || in.Mechanism != c.want || len(in.Passed) > 0 || fmt.Sprint(in.Offered) != fmt.Sprint(offered) {
					t.Fatalf("SignIn: got %+v, %v", in, err)
				}
				if s.State() != session.Authenticated || !s.Caps().Has("MOVE") {
					t.Errorf("after SignIn: state %v, capabilities %v", s.State(), s.Caps())
				}
				if _, err := commands.SignIn(ctx, s, c.cred, c.opts); !asError(err, new(*session.StateError)) {
					t.Errorf("a second SignIn: got error %v", err)
				}
			})
		})
	}
}

// TestSignInRefused checks which mechanisms SignIn tries with a wrong secret.
func TestSignInRefused(t *testing.T) {
	only := func(names ...string) []imaptest.Option { return []imaptest.Option{imaptest.WithMechanisms(names...)} }
	both := withTokens("old", "older")
	both.Password = auth.NewSecret("secret")
	for _, c := range []struct {
		name   string
		server []imaptest.Option
		cred   auth.Credentials
		opts   auth.Options
		tried  string // the mechanisms that have failed, in order
		ok     string // the final result
	}{
		{"a wrong password, SCRAM", nil, withPassword("wrong"), auth.Options{}, "SCRAM-SHA-512-PLUS", "NO"},
		{"a wrong password, PLAIN", only("PLAIN", "LOGIN"), withPassword("wrong"), auth.Options{}, "PLAIN", "NO"},
		{"a wrong password, LOGIN", only("LOGIN"), withPassword("wrong"), auth.Options{}, "LOGIN", "NO"},
		{"a wrong password, the command LOGIN", only(), withPassword("wrong"), auth.Options{}, "the command LOGIN", "NO"},
		{"a wrong password, CRAM-MD5", only("CRAM-MD5", "PLAIN"), withPassword("wrong"), auth.Options{}, "CRAM-MD5 PLAIN", "NO"},
		{"once", only("CRAM-MD5", "PLAIN"), withPassword("wrong"), auth.Options{Once: true}, "CRAM-MD5", "NO"},
		{"an old token", only("XOAUTH2", "OAUTHBEARER"), withTokens("old", "older", "new-token"), auth.Options{}, "OAUTHBEARER", "NO"},
		{"an old token and a good one", nil, withTokens("old", "new-token"), auth.Options{}, "", "OAUTHBEARER"},
		{"an old token and a password", only("XOAUTH2", "OAUTHBEARER", "PLAIN"), both, auth.Options{}, "OAUTHBEARER", "PLAIN"},
		{"as another user", only("PLAIN"), auth.Credentials{Username: "alice", Authzid: "bob", Password: auth.NewSecret("secret")}, auth.Options{}, "PLAIN", "NO"},
	} {
		t.Run(c.name, func(t *testing.T) {
			signingIn(t, tls.VersionTLS13, c.server, func(ctx context.Context, s *session.Session) {
				in, err := commands.SignIn(ctx, s, c.cred, c.opts)
				passed, got := in.Passed, in.Mechanism
				var failed *commands.SignInError
				if errors.As(err, &failed) {
					passed, got = failed.Tried, "NO"
				}
				var tried []string
				for _, r := range passed {
					tried = append(tried, r.Mechanism)
				}
				if got != c.ok || strings.Join(tried, " ") != c.tried {
					t.Errorf("SignIn tried %q and ended with %q: %v", tried, got, err)
				}
				if err != nil && (!errors.Is(err, parser.NO) || session.SafeToRetry(err) || s.State() != session.NotAuthenticated) {
					t.Errorf("SignIn: got error %v in state %v", err, s.State())
				}
				if strings.HasPrefix(c.name, "an old token") && err != nil && (!errors.Is(err, auth.ErrTokenExpired) || !asError(err, new(*auth.OAuthError))) {
					t.Errorf("the error does not wrap ErrTokenExpired and an OAuthError: %v", err)
				}
				if err == nil {
					return
				}
				// The session is still usable.
				if in, err := commands.SignIn(ctx, s, withPassword("secret"), auth.Options{}); err != nil {
					t.Errorf("the next SignIn: got %+v, %v", in, err)
				}
			})
		})
	}
}

// TestSignInNothingIsSent checks that SignIn sends nothing if no mechanism of the server can be used, or none may be
// used.
func TestSignInNothingIsSent(t *testing.T) {
	for _, c := range []struct {
		name, caps string
		cred       auth.Credentials
		opts       auth.Options
		is         error
		says       string
	}{
		{"others can read", "AUTH=PLAIN AUTH=LOGIN", withPassword("p"), auth.Options{}, auth.ErrPlaintext, `"the command LOGIN": commands: auth: refused to send`},
		{"others can read, and no SASL", "", withPassword("p"), auth.Options{}, commands.ErrPlaintext, ""},
		{"others can read a token", "AUTH=XOAUTH2 AUTH=OAUTHBEARER", withTokens("t"), auth.Options{}, auth.ErrPlaintext, ""},
		{"LOGINDISABLED", "LOGINDISABLED", withPassword("p"), auth.Options{AllowPlaintext: true}, auth.ErrNoMechanism, "needs a server with no LOGINDISABLED"},
		{"LOGIN is not named", "", withPassword("p"), auth.Options{AllowPlaintext: true, Mechanisms: []string{"PLAIN"}}, auth.ErrNoMechanism, "was not asked for by name"},
		{"LOGIN as another user", "", auth.Credentials{Username: "a", Authzid: "b", Password: auth.NewSecret("p")}, auth.Options{AllowPlaintext: true}, auth.ErrNoMechanism, "cannot act"},
		{"a minimum strength", "AUTH=PLAIN", withPassword("p"), auth.Options{AllowPlaintext: true, Min: auth.StrengthMutual}, auth.ErrNoMechanism, "is weaker"},
		{"nothing to log in with", "AUTH=PLAIN", auth.Credentials{}, auth.Options{AllowPlaintext: true}, auth.ErrNoMechanism, "no password, no token and no certificate"},
		{"the strong mechanism is gone", "AUTH=PLAIN", withPassword("p"), auth.Options{AllowPlaintext: true, Seen: []string{"SCRAM-SHA-256"}}, auth.ErrDowngrade, "offered SCRAM-SHA-256 before, but now offers nothing better than PLAIN"},
		{"all mechanisms are gone", "", withPassword("p"), auth.Options{AllowPlaintext: true, Seen: []string{"SCRAM-SHA-256"}}, auth.ErrDowngrade, ""},
	} {
		on(t, "OK [CAPABILITY IMAP4rev1 "+c.caps+"] ready", "C: A1 NOOP\nS: A1 OK\n", func(ctx context.Context, s *session.Session) {
			in, err := commands.SignIn(ctx, s, c.cred, c.opts)
			if !errors.Is(err, c.is) || !strings.Contains(fmt.Sprint(err), c.says) {
				t.Errorf("%s: %+v, %v", c.name, in, err)
			}
			if _, err := commands.Noop(s).Wait(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	on(t, "PREAUTH [CAPABILITY IMAP4rev1] in", "", func(ctx context.Context, s *session.Session) {
		if _, err := commands.SignIn(ctx, s, withPassword("p"), auth.Options{}); !asError(err, new(*session.StateError)) {
			t.Errorf("PREAUTH: %v", err)
		}
	})
}

// TestSignInGoesOn checks that SignIn tries another mechanism or another token if the server's refusal does not prove
// that the secret is wrong.
func TestSignInGoesOn(t *testing.T) {
	clear := auth.Options{AllowPlaintext: true}
	const in = "S: A2 OK [CAPABILITY IMAP4rev1] in\n"
	const plain = "C: A2 AUTHENTICATE PLAIN\nS: + \nC: AGFsaWNlAHA=\n"
	for _, c := range []struct {
		name, caps, script string
		cred               auth.Credentials
		passed             error
	}{
		{"no keys", "AUTH=SCRAM-SHA-256 AUTH=PLAIN", "C: A1 AUTHENTICATE SCRAM-SHA-256\nS: + \nC: …\nS: A1 NO [AUTHENTICATIONFAILED] no\n" + plain + in, withPassword("p"), parser.NO},
		{"BAD", "AUTH=CRAM-MD5 AUTH=PLAIN", "C: A1 AUTHENTICATE CRAM-MD5\nS: A1 BAD what\n" + plain + in, withPassword("p"), parser.BAD},
		{"a challenge that makes no sense", "AUTH=SCRAM-SHA-1 AUTH=PLAIN", "C: A1 AUTHENTICATE SCRAM-SHA-1\nS: + \nC: …\nS: + bm9uc2Vuc2U=\nC: *\nS: A1 BAD gone\n" + plain + in, withPassword("p"), auth.ErrChallenge},
		{"not base64", "AUTH=CRAM-MD5 AUTH=PLAIN", "C: A1 AUTHENTICATE CRAM-MD5\nS: + !!!!\nC: *\nS: A1 BAD gone\n" + plain + in, withPassword("p"), auth.ErrChallenge},
		{"PLAIN is refused", "AUTH=PLAIN", "C: A1 AUTHENTICATE PLAIN\nS: A1 NO [CANNOT] no\nC: A2 LOGIN alice \"p\"\n" + in, withPassword("p"), parser.CodeCannot},
		{"a poor server", "", "C: A1 LOGIN alice \"p\"\nS: A1 OK in\nC: A2 CAPABILITY\nS: * CAPABILITY IMAP4rev1 X-NEW\nS: A2 OK\n", withPassword("p"), nil},
		{"an old token, without a reason", "AUTH=XOAUTH2", "C: A1 AUTHENTICATE XOAUTH2\nS: + \nC: dXNlcj1hbGljZQFhdXRoPUJlYXJlciBvbGQBAQ==\nS: A1 NO AUTHENTICATE failed.\n" +
			"C: A2 AUTHENTICATE XOAUTH2\nS: + \nC: dXNlcj1hbGljZQFhdXRoPUJlYXJlciBuZXcBAQ==\n" + in, withTokens("old", "new"), nil},
	} {
		on(t, "OK [CAPABILITY IMAP4rev1 "+c.caps+"] ready", c.script, func(ctx context.Context, s *session.Session) {
			in, err := commands.SignIn(ctx, s, c.cred, clear)
			if err != nil || c.passed == nil && len(in.Passed) > 0 || c.passed != nil && (len(in.Passed) != 1 || !errors.Is(in.Passed[0].Err, c.passed)) {
				t.Errorf("%s: %+v, %v", c.name, in, err)
			}
			if err == nil && s.State() != session.Authenticated {
				t.Errorf("%s: %v", c.name, s.State())
			}
		})
	}
}

// TestSignInStops checks that SignIn does not try another mechanism if that would do harm or be useless.
func TestSignInStops(t *testing.T) {
	clear := auth.Options{AllowPlaintext: true}
	for _, c := range []struct {
		name, script string
		is           error
	}{
		{"UNAVAILABLE", "C: A1 AUTHENTICATE SCRAM-SHA-256\nS: A1 NO [UNAVAILABLE] later\n", parser.CodeUnavailable},
		{"CONTACTADMIN", "C: A1 AUTHENTICATE SCRAM-SHA-256\nS: A1 NO [CONTACTADMIN] ask\n", parser.CodeContactAdmin},
		{"EXPIRED", "C: A1 AUTHENTICATE SCRAM-SHA-256\nS: A1 NO [EXPIRED] change it\n", parser.CodeExpired},
		{"-PLUS was taken off the list", "C: A1 AUTHENTICATE SCRAM-SHA-256\nS: + \nC: …\nS: + ZT1zZXJ2ZXItZG9lcy1zdXBwb3J0LWNoYW5uZWwtYmluZGluZw==\nC: \nS: A1 NO no\n", auth.ErrDowngrade},
		{"the list changes", "C: A1 AUTHENTICATE SCRAM-SHA-256\nS: * CAPABILITY IMAP4rev1 AUTH=PLAIN\nS: A1 BAD what\n", auth.ErrDowngrade},
		{"OK after the end", "C: A1 AUTHENTICATE SCRAM-SHA-256\nS: + \nC: …\nS: + bm9uc2Vuc2U=\nC: *\nS: A1 OK [CAPABILITY IMAP4rev1] welcome\n", auth.ErrChallenge},
		{"an impostor", "C: A1 AUTHENTICATE SCRAM-SHA-256\nS: A1 OK welcome\nC: A2 CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: A2 OK\n", auth.ErrUnverified},
	} {
		caps := "AUTH=SCRAM-SHA-256 AUTH=PLAIN"
		if c.name == "the list changes" {
			caps += " AUTH=SCRAM-SHA-1"
		}
		on(t, "OK [CAPABILITY IMAP4rev1 "+caps+"] ready", c.script, func(ctx context.Context, s *session.Session) {
			in, err := commands.SignIn(ctx, s, withPassword("p"), clear)
			if !errors.Is(err, c.is) || in.Mechanism != "" || !asError(err, new(*commands.SignInError)) {
				t.Errorf("%s: %+v, %v", c.name, in, err)
			}
			impostor := errors.Is(err, auth.ErrUnverified)
			if closed := impostor || errors.Is(err, auth.ErrChallenge); closed != (s.Err() != nil) || impostor != errors.Is(err, commands.ErrUnverified) {
				t.Errorf("%s: the session has ended with %v", c.name, s.Err())
			}
		})
	}
}
