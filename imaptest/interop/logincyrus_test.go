package interop

import (
	"crypto/tls"
	"errors"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/imaptest/peer"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

var versions = []uint16{tls.VersionTLS12, tls.VersionTLS13}

// TestInteropLoginCyrus logs in with each mechanism of Cyrus 3.6, except those with channel binding.
func TestInteropLoginCyrus(t *testing.T) {
	p := peer.Cyrus(t)
	for _, mech := range strings.Fields("PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256 EXTERNAL") {
		t.Run(mech, func(t *testing.T) {
			for _, version := range versions {
				byName(t, secured(t, p, version, mech == "EXTERNAL"), mech, credentials(t, p, mech))
			}
		})
	}
	for _, mech := range strings.Fields("PLAIN DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256") {
		t.Run(mech+" for another", func(t *testing.T) {
			cred := auth.Credentials{Username: p.Master, Authzid: p.Other, Password: auth.NewSecret(p.Password)}
			byName(t, secured(t, p, 0, false), mech, cred)
		})
	}
}

// TestInteropLoginCyrusBinding binds to the TLS connection. Cyrus 3.6 offers SCRAM-*-PLUS over every version of TLS,
// but supports only tls-unique, which TLS 1.3 does not have. So over TLS 1.3 it refuses the mechanisms that it offers.
func TestInteropLoginCyrusBinding(t *testing.T) {
	p := peer.Cyrus(t)
	for _, mech := range []string{"SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"} {
		t.Run(mech, func(t *testing.T) {
			byName(t, secured(t, p, tls.VersionTLS12, false), mech, credentials(t, p, mech))
		})
	}
	for _, c := range []struct {
		version uint16
		binding string
	}{
		{tls.VersionTLS12, auth.TLSServerEndPoint}, {tls.VersionTLS12, auth.TLSExporter}, {tls.VersionTLS13, auth.TLSServerEndPoint}, {tls.VersionTLS13, auth.TLSExporter},
	} {
		t.Run(tls.VersionName(c.version)+" "+c.binding, func(t *testing.T) {
			t.Parallel() // a refusal takes Cyrus three seconds
			opts := auth.Options{Min: auth.StrengthBound, Binding: c.binding, Mechanisms: []string{"SCRAM-SHA-256-PLUS"}}
			s := secured(t, p, c.version, false)
			in, err := commands.SignIn(timeout(t), s, credentials(t, p, "PLAIN"), opts)
			if !errors.Is(err, parser.NO) || s.State() != session.NotAuthenticated {
				t.Fatalf("Cyrus now supports %s: %+v, %v", c.binding, in, err)
			}
			// SCRAM without channel binding succeeds if the client says truthfully whether -PLUS was offered.
			byName(t, s, "SCRAM-SHA-256", credentials(t, p, "PLAIN"))
		})
	}
}

// TestInteropLoginCyrusChoice lets SignIn choose the mechanism. Cyrus refuses the channel binding only after the client
// has sent its proof.
func TestInteropLoginCyrusChoice(t *testing.T) {
	p := peer.Cyrus(t)
	s := secured(t, p, tls.VersionTLS12, false)
	in, err := commands.SignIn(timeout(t), s, credentials(t, p, "PLAIN"), auth.Options{})
	if err != nil || in.Mechanism != "SCRAM-SHA-256-PLUS" || len(in.Passed) > 0 {
		t.Errorf("TLS 1.2: %+v, %v", in, err)
	}
	s = secured(t, p, tls.VersionTLS13, false)
	in, err = commands.SignIn(timeout(t), s, credentials(t, p, "PLAIN"), auth.Options{Seen: in.Offered})
	if err != nil || in.Mechanism != "SCRAM-SHA-256" || len(in.Passed) != 1 {
		t.Errorf("TLS 1.3: %+v, %v", in, err)
	}
	inside(t, s)
	// The second time, SignIn does not try the mechanism that was refused, which saves the three seconds that a refusal
	// takes.
	for range 2 {
		s = secured(t, p, tls.VersionTLS13, false)
		in, err = commands.SignIn(timeout(t), s, credentials(t, p, "PLAIN"), in.Next(auth.Options{}))
		if err != nil || in.Mechanism != "SCRAM-SHA-256" || len(in.Passed) > 0 || len(in.Failed) != 1 {
			t.Errorf("TLS 1.3, again: %+v, %v", in, err)
		}
	}
	s = secured(t, p, tls.VersionTLS13, false)
	if in, err := commands.SignIn(timeout(t), s, credentials(t, p, "PLAIN"), auth.Options{Min: auth.StrengthBound}); !errors.Is(err, parser.NO) || s.State() != session.NotAuthenticated {
		t.Errorf("TLS 1.3, bound or not at all: %+v, %v", in, err)
	}
}

// TestInteropLoginCyrusStripped removes -PLUS from the list of mechanisms, as an attacker between client and server
// might. The client then says that it saw no -PLUS. Cyrus knows that it offered -PLUS, and refuses.
func TestInteropLoginCyrusStripped(t *testing.T) {
	p := peer.Cyrus(t)
	s := secured(t, p, tls.VersionTLS12, false)
	opts := auth.Options{Secure: true, TLS: stateOf(t, s)}
	client, err := auth.Choose(t.Context(), []string{"SCRAM-SHA-256"}, opts, credentials(t, p, "PLAIN"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := commands.Authenticate(s, client).Wait(timeout(t)); !errors.Is(err, parser.NO) {
		t.Errorf("want NO, got %v", err)
	}
	byName(t, s, "SCRAM-SHA-256-PLUS", credentials(t, p, "PLAIN"))
}

// TestInteropLoginCyrusRefused tries wrong passwords.
func TestInteropLoginCyrusRefused(t *testing.T) {
	p := peer.Cyrus(t)
	for _, mech := range strings.Fields("PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-256 SCRAM-SHA-256-PLUS") {
		t.Run(mech, func(t *testing.T) {
			t.Parallel() // a refusal takes Cyrus three seconds
			cred := auth.Credentials{Username: p.User, Password: auth.NewSecret("wrong")}
			refused(t, p, secured(t, p, tls.VersionTLS12, false), mech, cred, auth.Options{})
		})
	}
}

func stateOf(t *testing.T, s *session.Session) *tls.ConnectionState {
	t.Helper()
	state, ok := transport.ConnectionState(s.Conn())
	if !ok {
		t.Fatal("no TLS")
	}
	return &state
}
