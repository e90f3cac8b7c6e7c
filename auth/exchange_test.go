package auth_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/emersion/go-sasl"

	"github.com/imapstack/imapstack/auth"
)

// exchange performs an exchange between a client and a server as in IMAP, where the client also answers the server's
// last message. It returns the messages, as "C: …" and "S: …", and the errors of both.
func exchange(c sasl.Client, s sasl.Server, withIR bool) (said []string, clientErr, serverErr error) {
	_, ir, err := c.Start()
	if err != nil {
		return nil, err, nil
	}
	response := ir
	if !withIR || ir == nil {
		response = nil
	} else {
		said = append(said, "C: "+string(ir))
	}
	for first := true; ; {
		challenge, done, err := s.Next(response)
		if err != nil {
			return said, auth.Outcome(c, nil, errNo), err
		}
		if done {
			return said, auth.Outcome(c, nil, nil), nil
		}
		said = append(said, "S: "+string(challenge))
		if first && !withIR && ir != nil {
			response = ir
		} else if response, err = c.Next(challenge); err != nil {
			return said, err, nil
		}
		first = false
		if response == nil {
			return said, errors.New("the client's response is nil"), nil
		}
		said = append(said, "C: "+string(response))
		if len(said) > 20 {
			return said, errors.New("the exchange does not end"), nil
		}
	}
}

var errNo = errors.New("NO")

// alice returns the configuration of a server with one user, alice.
func alice(change func(*auth.ServerConfig)) *auth.ServerConfig {
	cfg := &auth.ServerConfig{
		Password: func(user string) (auth.Secret, error) {
			if user != "alice" {
				return auth.Secret{}, errors.New("no such user")
			}
			return auth.NewSecret("hunter2"), nil
		},
		Token: func(name string, token auth.Secret) (string, error) {
			if token.Reveal() != "hunter2" {
				return "", &auth.OAuthError{Scope: "mail"}
			}
			return "alice", nil
		},
		Anonymous: func(trace string) (string, error) { return "anonymous", nil },
		External:  "alice",
		Authorize: func(user, authzid string) error {
			if authzid != "shared" {
				return errors.New("may not")
			}
			return nil
		},
		Host: "mail.example.com", Port: 143,
	}
	if change != nil {
		change(cfg)
	}
	return cfg
}

// makers has a function for each mechanism. The function returns the mechanism for a user and a secret.
var makers = map[string]func(authzid, user string, secret auth.Secret) sasl.Client{
	"PLAIN":    auth.Plain,
	"LOGIN":    func(_, u string, s auth.Secret) sasl.Client { return auth.Login(u, s) },
	"CRAM-MD5": func(_, u string, s auth.Secret) sasl.Client { return auth.CRAMMD5(u, s) },
	"OAUTHBEARER": func(a, u string, s auth.Secret) sasl.Client {
		return auth.OAuthBearer(or(a, u), s, "mail.example.com", 143)
	},
	"XOAUTH2": func(a, u string, s auth.Secret) sasl.Client { return auth.XOAuth2(or(a, u), s) },
	"DIGEST-MD5": func(a, u string, s auth.Secret) sasl.Client {
		return auth.DigestMD5(u, s, auth.DigestOptions{Host: "mail.example.com", Authzid: a})
	},
	"SCRAM-SHA-1": func(a, u string, s auth.Secret) sasl.Client {
		return auth.SCRAM(auth.SCRAMSHA1, u, s, &auth.SCRAMOptions{Authzid: a})
	},
	"SCRAM-SHA-256": func(a, u string, s auth.Secret) sasl.Client {
		return auth.SCRAM(auth.SCRAMSHA256, u, s, &auth.SCRAMOptions{Authzid: a})
	},
	"SCRAM-SHA-512": func(a, u string, s auth.Secret) sasl.Client {
		return auth.SCRAM(auth.SCRAMSHA512, u, s, &auth.SCRAMOptions{Authzid: a})
	},
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func server(t testing.TB, mech string, cfg *auth.ServerConfig) *auth.Server {
	t.Helper()
	s, err := auth.NewServer(mech, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestBothHalves(t *testing.T) {
	for mech, client := range makers {
		for _, ir := range []bool{true, false} {
			s := server(t, mech, alice(nil))
			said, clientErr, serverErr := exchange(client("", "alice", auth.NewSecret("hunter2")), s, ir)
			if clientErr != nil || serverErr != nil || s.User() != "alice" || s.Authenticated() != "alice" {
				t.Errorf("%s: %v, %v, user %q\n%q", mech, clientErr, serverErr, s.User(), said)
			}
			if _, _, err := s.Next([]byte{}); !errors.Is(err, auth.ErrResponse) || s.User() != "" {
				t.Errorf("%s: a response after the end: %v, user %q; want ErrResponse, no user", mech, err, s.User())
			}
		}
	}
	for _, c := range []struct {
		client sasl.Client
		mech   string
		user   string
	}{
		{auth.External(""), "EXTERNAL", "alice"}, {auth.External("shared"), "EXTERNAL", "shared"}, {auth.Anonymous("someone"), "ANONYMOUS", "anonymous"},
		{auth.Anonymous(""), "ANONYMOUS", "anonymous"},
	} {
		for _, ir := range []bool{true, false} {
			s := server(t, c.mech, alice(nil))
			if said, ce, se := exchange(c.client, s, ir); ce != nil || se != nil || s.User() != c.user {
				t.Errorf("%s: %v, %v, user %q\n%q", c.mech, ce, se, s.User(), said)
			}
		}
	}
}

func TestWrongCredentials(t *testing.T) {
	for mech, client := range makers {
		for _, c := range []struct{ authzid, user, secret string }{
			{"", "alice", "hunter3"}, {"", "bob", "hunter2"}, {"bob", "alice", "hunter2"}, {"shared", "alice", "no"},
		} {
			if c.authzid != "" && (mech == "LOGIN" || mech == "CRAM-MD5") {
				continue
			}
			s := server(t, mech, alice(nil))
			said, clientErr, serverErr := exchange(client(c.authzid, c.user, auth.NewSecret(c.secret)), s, true)
			if !errors.Is(clientErr, errNo) || !errors.Is(serverErr, auth.ErrRefused) || s.User() != "" {
				t.Errorf("%s %v: %v, %v, user %q\n%q", mech, c, clientErr, serverErr, s.User(), said)
			}
			if _, _, err := s.Next([]byte{}); err != serverErr {
				t.Errorf("%s: a response after a refusal: %v, want the same error", mech, err)
			}
		}
	}
}

func TestActingForAnother(t *testing.T) {
	for mech, client := range makers {
		if mech == "LOGIN" || mech == "CRAM-MD5" {
			continue
		}
		s := server(t, mech, alice(nil))
		said, ce, se := exchange(client("shared", "alice", auth.NewSecret("hunter2")), s, true)
		if ce != nil || se != nil || s.User() != "shared" || s.Authenticated() != "alice" {
			t.Errorf("%s: %v, %v, %q acts as %q; want alice as shared\n%q", mech, ce, se, s.Authenticated(), s.User(), said)
		}
	}
}

func TestServerOffers(t *testing.T) {
	got := fmt.Sprint(alice(nil).Mechanisms())
	want := "[SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1 EXTERNAL OAUTHBEARER XOAUTH2 DIGEST-MD5 CRAM-MD5 PLAIN LOGIN ANONYMOUS]"
	if got != want {
		t.Errorf("the server offers %s, want %s", got, want)
	}
	if m := (&auth.ServerConfig{}).Mechanisms(); len(m) > 0 {
		t.Errorf("a server without functions offers %v", m)
	}
	for _, mech := range []string{"", "GSSAPI", "SCRAM-MD5", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-256-PLUS-PLUS"} {
		if _, err := auth.NewServer(mech, alice(nil)); !errors.Is(err, auth.ErrNoMechanism) {
			t.Errorf("NewServer(%q): %v, want ErrNoMechanism", mech, err)
		}
	}
	if _, err := auth.NewServer("plain", alice(nil)); err != nil {
		t.Error(err)
	}
}
