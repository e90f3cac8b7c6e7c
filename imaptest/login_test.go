package imaptest_test

import (
	"context"
	"crypto/tls"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-sasl"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
	"github.com/imapstack/imapstack/wire"
)

// loginServer returns a server that accepts all kinds of credentials. "boss" may act for others, and the token is
// alice's.
func loginServer(t *testing.T, opts ...imaptest.Option) *imaptest.Server {
	t.Helper()
	opts = append([]imaptest.Option{
		imaptest.WithUser("alice", "secret"), imaptest.WithMaster("boss", "secret"), imaptest.WithToken("alice", "the-token"),
	}, opts...)
	srv, err := imaptest.New(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)
	return srv
}

// open opens a session over a pipe, with the given version of TLS, or without TLS if version is 0.
func open(t *testing.T, srv *imaptest.Server, version uint16, cert *tls.Certificate) *session.Session {
	t.Helper()
	s, err := session.Open(t.Context(), srv.Pipe(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if version == 0 {
		return s
	}
	cfg := srv.TLSConfig()
	cfg.MinVersion, cfg.MaxVersion = version, version
	if cert != nil {
		cfg.Certificates = []tls.Certificate{*cert}
	}
	if err := commands.StartTLS(t.Context(), s, cfg, ""); err != nil {
		t.Fatal(err)
	}
	return s
}

// clientOf makes the client's half of a mechanism, with a wrong secret if bad is set.
func clientOf(mech string, s *session.Session, authzid string, bad bool) sasl.Client {
	user, password, token := "alice", auth.NewSecret("secret"), auth.NewSecret("the-token")
	if authzid != "" {
		user = "boss"
	}
	if bad {
		password, token = auth.NewSecret("wrong"), auth.NewSecret("old")
	}
	switch mech {
	case "PLAIN":
		return auth.Plain(authzid, user, password)
	case "LOGIN":
		return auth.Login(user, password)
	case "CRAM-MD5":
		return auth.CRAMMD5(user, password)
	case "DIGEST-MD5":
		return auth.DigestMD5(user, password, auth.DigestOptions{Host: "localhost", Authzid: authzid})
	case "OAUTHBEARER":
		return auth.OAuthBearer("alice", token, "localhost", 993)
	case "XOAUTH2":
		return auth.XOAuth2("alice", token)
	case "EXTERNAL":
		return auth.External(authzid)
	case "ANONYMOUS":
		return auth.Anonymous("guest@example.com")
	}
	opts := &auth.SCRAMOptions{Authzid: authzid, PlusOffered: s.Caps().HasAuth("SCRAM-SHA-1-PLUS")}
	if state, ok := transport.ConnectionState(s.Conn()); ok {
		opts.TLS = &state
	}
	return auth.SCRAM(mech, user, password, opts)
}

// TestServerMechanisms logs in with each mechanism that the server offers, over a pipe and over both versions of TLS,
// with and without an initial response, and with wrong secrets.
func TestServerMechanisms(t *testing.T) {
	const pipe = "SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1 OAUTHBEARER XOAUTH2 DIGEST-MD5 CRAM-MD5 PLAIN LOGIN ANONYMOUS"
	const overTLS = "SCRAM-SHA-512-PLUS SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS EXTERNAL " + pipe
	for _, c := range []struct {
		name    string
		version uint16
		opts    []imaptest.Option
		want    string
	}{
		{"pipe", 0, nil, pipe},
		{"pipe without SASL-IR", 0, []imaptest.Option{imaptest.Without("SASL-IR", "IMAP4rev2")}, pipe},
		{"TLS 1.2", tls.VersionTLS12, nil, overTLS},
		{"TLS 1.3", tls.VersionTLS13, nil, overTLS},
		{"TLS 1.3 without SASL-IR", tls.VersionTLS13, []imaptest.Option{imaptest.Without("SASL-IR", "IMAP4rev2")}, overTLS},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := loginServer(t, c.opts...)
				cert, err := srv.ClientCertificate("alice")
				if err != nil {
					t.Fatal(err)
				}
				offered := strings.Fields(c.want)
				slices.Sort(offered)
				for _, mech := range offered {
					s := open(t, srv, c.version, &cert)
					if got := s.Caps().Auth(); !slices.Equal(got, offered) {
						t.Fatalf("offered\n %q, want\n %q", got, offered)
					}
					if mech != "EXTERNAL" && mech != "ANONYMOUS" {
						if _, err := commands.Authenticate(s, clientOf(mech, s, "", true), commands.AllowPlaintext()).Wait(t.Context()); !errors.Is(err, parser.CodeAuthenticationFailed) {
							t.Errorf("%s: a wrong secret: %v", mech, err)
						}
					}
					if _, err := commands.Authenticate(s, clientOf(mech, s, "", false), commands.AllowPlaintext()).Wait(t.Context()); err != nil {
						t.Errorf("%s: AUTHENTICATE: %v", mech, err)
						continue
					}
					if _, err := commands.Select(s, "INBOX").Wait(t.Context()); err != nil {
						t.Errorf("%s: SELECT: %v", mech, err)
					}
				}
			})
		})
	}
}

// TestServerMasters checks that a master may act for another user, and that nobody else may.
func TestServerMasters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := loginServer(t)
		srv.Mailbox("alice", "hers")
		boss, err := srv.ClientCertificate("boss")
		if err != nil {
			t.Fatal(err)
		}
		for _, mech := range []string{"PLAIN", "SCRAM-SHA-256", "DIGEST-MD5", "EXTERNAL"} {
			s := open(t, srv, tls.VersionTLS13, &boss)
			if _, err := commands.Authenticate(s, clientOf(mech, s, "nobody", false)).Wait(t.Context()); !errors.Is(err, parser.CodeAuthorizationFailed) {
				t.Errorf("%s for nobody: %v", mech, err)
			}
			if _, err := commands.Authenticate(s, clientOf(mech, s, "alice", false)).Wait(t.Context()); err != nil {
				t.Errorf("%s: AUTHENTICATE as alice: %v", mech, err)
			}
			if _, err := commands.Select(s, "hers").Wait(t.Context()); err != nil {
				t.Errorf("%s: SELECT of alice's mailbox: %v", mech, err)
			}
		}
		s := open(t, srv, 0, nil)
		_, err = commands.Authenticate(s, auth.Plain("boss", "alice", auth.NewSecret("secret")), commands.AllowPlaintext()).Wait(t.Context())
		if !errors.Is(err, parser.CodeAuthorizationFailed) {
			t.Errorf("alice for boss: %v", err)
		}
	})
}

// TestServerMechanismsSwitched tests each option that changes which mechanisms the server offers.
func TestServerMechanismsSwitched(t *testing.T) {
	offers := func(t *testing.T, version uint16, opts ...imaptest.Option) string {
		return strings.Join(open(t, loginServer(t, opts...), version, nil).Caps().Auth(), " ")
	}
	synctest.Test(t, func(t *testing.T) {
		if got := offers(t, 0, imaptest.WithMechanisms("PLAIN", "SCRAM-SHA-1"), imaptest.Without("AUTH=plain")); got != "SCRAM-SHA-1" {
			t.Errorf("offered %s", got)
		}
		if got := offers(t, 0, imaptest.WithMechanisms()); got != "" {
			t.Errorf("offered %s", got)
		}
		if got := offers(t, tls.VersionTLS13, imaptest.WithMechanisms("SCRAM-SHA-1-PLUS", "EXTERNAL")); got != "SCRAM-SHA-1-PLUS" {
			t.Errorf("offered %s", got)
		}
		// A server without channel binding accepts a client that supports it.
		srv := loginServer(t, imaptest.WithMechanisms("SCRAM-SHA-256"))
		s := open(t, srv, tls.VersionTLS13, nil)
		if _, err := commands.Authenticate(s, clientOf("SCRAM-SHA-256", s, "", false)).Wait(t.Context()); err != nil {
			t.Error(err)
		}
		// A server with channel binding refuses a client that has seen no -PLUS, because an attacker may have removed
		// it from the list.
		s = open(t, loginServer(t), tls.VersionTLS13, nil)
		state, _ := transport.ConnectionState(s.Conn())
		blind := auth.SCRAM(auth.SCRAMSHA256, "alice", auth.NewSecret("secret"), &auth.SCRAMOptions{TLS: &state})
		if _, err := commands.Authenticate(s, blind).Wait(t.Context()); !errors.Is(err, parser.CodeAuthenticationFailed) {
			t.Errorf("a client that saw no -PLUS: %v", err)
		}
		if s := open(t, loginServer(t, imaptest.Without("LOGIN")), 0, nil); !s.Caps().Has("LOGINDISABLED") {
			t.Errorf("no LOGINDISABLED among %v", s.Caps())
		}
	})
}

// TestServerGuests checks whose mailboxes a client sees after it has logged in by ANONYMOUS.
func TestServerGuests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := loginServer(t, imaptest.WithGuest("alice"))
		srv.Mailbox("alice", "hers")
		s := open(t, srv, 0, nil)
		if _, err := commands.Authenticate(s, auth.Anonymous("")).Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := commands.Select(s, "hers").Wait(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestServerTokens adds and revokes tokens while a client is connected.
func TestServerTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := loginServer(t)
		try := func(token string) error {
			s := open(t, srv, 0, nil)
			_, err := commands.Authenticate(s, auth.XOAuth2("alice", auth.NewSecret(token)), commands.AllowPlaintext()).Wait(t.Context())
			return err
		}
		srv.AddToken("alice", "second")
		srv.RevokeToken("the-token")
		if err := try("second"); err != nil {
			t.Error(err)
		}
		if err := try("the-token"); !errors.Is(err, parser.CodeAuthenticationFailed) {
			t.Error(err)
		}
		// A token logs in its own user, even if the client names another.
		srv.AddToken("boss", "boss-token")
		if err := try("boss-token"); err != nil {
			t.Errorf("boss as alice: %v", err)
		}
		srv.AddUser("bob", "x")
		srv.AddToken("bob", "bob-token")
		if err := try("bob-token"); !errors.Is(err, parser.CodeAuthorizationFailed) {
			t.Errorf("bob as alice: %v", err)
		}
	})
}

// TestServerTLSFromTheStart checks that the greeting over TLS offers the mechanisms that need TLS, and that clients can
// log in by their certificate.
func TestServerTLSFromTheStart(t *testing.T) {
	srv := imaptest.NewServer(t, imaptest.WithTLS(func(cfg *tls.Config) { cfg.MaxVersion = tls.VersionTLS12 }))
	dial := func(cert tls.Certificate, err error) (*session.Session, error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		target, err := transport.Parse("imaps://" + srv.TLSAddr)
		if err != nil {
			t.Fatal(err)
		}
		target.TLSConfig = srv.TLSConfig()
		target.TLSConfig.Certificates = []tls.Certificate{cert}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		t.Cleanup(cancel)
		return session.Dial(ctx, target, nil)
	}
	s, err := dial(srv.ClientCertificate("alice"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if state, _ := transport.ConnectionState(s.Conn()); state.Version != tls.VersionTLS12 {
		t.Errorf("TLS %#x", state.Version)
	}
	if caps := s.Caps(); !caps.HasAuth("EXTERNAL") || !caps.HasAuth("SCRAM-SHA-256-PLUS") {
		t.Errorf("greeted with %v", caps)
	}
	if _, err := commands.Authenticate(s, auth.External("")).Wait(t.Context()); err != nil {
		t.Error(err)
	}
	if s, err := dial(srv.ForeignCertificate("alice")); err == nil {
		s.Close()
		t.Error("a certificate of another authority is accepted")
	}
}

// TestServerRefusesInTheOpen checks that on a connection that others can read, the server offers only mechanisms that
// do not reveal the secret.
func TestServerRefusesInTheOpen(t *testing.T) {
	srv := imaptest.NewServer(t)
	s, err := session.Dial(t.Context(), transport.TCP(srv.Addr), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if caps := s.Caps(); caps.HasAuth("PLAIN") || caps.HasAuth("XOAUTH2") || !caps.HasAuth("SCRAM-SHA-256") || !caps.Has("LOGINDISABLED") {
		t.Errorf("greeted with %v", caps)
	}
	for name, args := range map[string]string{"LOGIN": " alice secret", "AUTHENTICATE": " PLAIN"} {
		if err := commands.Raw(s, name, func(e *wire.Encoder) { e.Raw(args) }).Wait(t.Context()); !errors.Is(err, parser.CodePrivacyRequired) {
			t.Errorf("%s: want PRIVACYREQUIRED, got %v", name, err)
		}
	}
	if _, err := commands.Authenticate(s, auth.SCRAM(auth.SCRAMSHA256, "alice", auth.NewSecret("secret"), nil)).Wait(t.Context()); err != nil {
		t.Error(err)
	}
}
