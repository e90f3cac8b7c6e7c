package auth_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"strings"
	"testing"

	"github.com/emersion/go-sasl"

	"github.com/imapstack/imapstack/auth"
)

// seeds has the messages of several exchanges, one exchange in each element.
var seeds = []string{
	"r=abcd,s=QSXCR+Q6sek8bf92,i=4096\nv=rmF9pqV8S7suAoZWja4dJRkFsKQ=", "e=other-error", "m=x,r=abcd,s=QSXCR+Q6sek8bf92,i=4096",
	"n,,n=alice,r=abc\nc=biws,r=abcxyz,p=AAAA\n", "y,a=x=2Cy,n=a=3D,r=abc", "p=tls-exporter,,n=alice,r=abc",
	`realm="r",nonce="n",qop="auth",algorithm=md5-sess,charset=utf-8` + "\nrspauth=x",
	`charset=utf-8,username="chris",realm="r",nonce="xyz",nc=00000001,cnonce="c",digest-uri="imap/h",response=d388dad90d4bbd760a152321f2143af7,qop=auth` + "\n",
	"<1896.697170952@postoffice.reston.mci.net>\nalice 00", "User Name\x00\nPassword\x00\nalice", `{"status":"invalid_token","scope":"mail"}` + "\n\x01",
	"n,a=alice,\x01host=h\x01port=143\x01auth=Bearer t\x01\x01", "user=alice\x01auth=Bearer t\x01\x01", "\x00alice\x00hunter2", "a\x00b\x00c\n", "",
}

// FuzzClients runs each mechanism against a server that sends random challenges. A mechanism must not panic. Its method
// Verified must return an error, because the server does not know the password.
func FuzzClients(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := auth.NewSecret("hunter2")
		clients := []sasl.Client{
			auth.External("a"), auth.Anonymous("t"), auth.DiscoverOAuth("u", "h", 1),
			auth.SCRAM(auth.SCRAMSHA1, "u", s, &auth.SCRAMOptions{MaxIterations: 4096, Keys: auth.NewKeyCache()}),
		}
		for mech, make := range makers {
			if !strings.HasPrefix(mech, "SCRAM") {
				clients = append(clients, make("", "alice", s))
			}
		}
		for _, c := range clients {
			if _, ok := c.(auth.Verifier); ok {
				auth.FixNonce(c, "abc")
			}
			if _, _, err := c.Start(); err != nil {
				t.Fatal(err)
			}
			for challenge := range bytes.SplitSeq(data, []byte("\n")) {
				before := bytes.Clone(challenge)
				answer, err := c.Next(challenge)
				if !bytes.Equal(before, challenge) {
					t.Errorf("%T changes the challenge", c)
				}
				if err == nil && answer == nil {
					t.Errorf("%T returns a nil answer without an error", c)
				}
				if len(answer) > 1024+4*len(challenge) {
					t.Errorf("%T answers a challenge of %d octets with %d", c, len(challenge), len(answer))
				}
			}
			if v, ok := c.(auth.Verifier); ok && v.Verified() == nil {
				t.Errorf("%T: Verified() = nil, but the server does not know the password", c)
			}
			auth.Outcome(c, data, nil)
			auth.Outcome(c, nil, errNo)
		}
	})
}

// FuzzServers runs the server's half of each mechanism against a client that sends random responses. The server must
// not panic, and must not authenticate the client, which does not know the password.
func FuzzServers(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s), true)
		f.Add([]byte(s), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, ir bool) {
		if bytes.Contains(data, []byte("9f86d081884c7d65")) {
			return
		}
		cfg := alice(func(cfg *auth.ServerConfig) {
			cfg.External = ""
			cfg.Anonymous = nil
			cfg.Password = func(string) (auth.Secret, error) { return auth.NewSecret("9f86d081884c7d65"), nil }
			cfg.Token = func(_ string, token auth.Secret) (string, error) { return "", errNo }
			cfg.Keys = func(mech, user string) (auth.StoredKeys, error) {
				return auth.NewStoredKeys(mech, auth.NewSecret("9f86d081884c7d65"), "salt", 1)
			}
		})
		for _, mech := range cfg.Mechanisms() {
			s, err := auth.NewServer(mech, cfg)
			if err != nil {
				t.Fatal(err)
			}
			auth.FixNonce(s, "xyz")
			if !ir {
				s.Next(nil)
			}
			for response := range bytes.SplitSeq(data, []byte("\n")) {
				challenge, done, err := s.Next(response)
				if done || s.User() != "" || s.Authenticated() != "" {
					t.Errorf("%s authenticates a client that sends %q", mech, data)
				}
				if err == nil && challenge == nil {
					t.Errorf("%s returns a nil challenge without an error", mech)
				}
				if len(challenge) > 1024+4*len(response) {
					t.Errorf("%s answers a response of %d octets with a challenge of %d", mech, len(response), len(challenge))
				}
			}
		}
	})
}

// FuzzPrepare checks that a prepared string does not change when it is prepared again.
func FuzzPrepare(f *testing.F) {
	for _, s := range []string{"user", "I\u00adX", "\u2168", "\u0627\u0031", "e\u0301", "\uff21 \u3000", "\xff", "\u1e9b\u0323"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, prepare := range map[string]func(string) (string, error){"OpaqueString": auth.OpaqueString, "SASLprep": auth.SASLprep, "Username": auth.Username} {
			p, err := prepare(s)
			if err != nil {
				continue
			}
			if again, err := prepare(p); err != nil || again != p {
				t.Errorf("%s(%q) = %q, then %q, %v", name, s, p, again, err)
			}
			if len(p) > 64+32*len(s) {
				t.Errorf("%s returns %d octets for %d", name, len(p), len(s))
			}
		}
	})
}

// FuzzChoose lets a server offer random names. Choose must not panic, and must not choose a mechanism that reveals a
// secret.
func FuzzChoose(f *testing.F) {
	cert := certificate(f, ecdsaKey(f), x509.ECDSAWithSHA256)
	state, _ := handshake(f, cert, 0x0304, nil)
	f.Add(all, unbound, true)
	f.Add("PLAIN\x00 scram-sha-1 =", "", false)
	f.Fuzz(func(t *testing.T, offered, seen string, bind bool) {
		opts := auth.Options{Seen: strings.Fields(seen), Host: "h"}
		if bind {
			opts.TLS = state
		}
		cred := password()
		cred.Token, cred.External = auth.StaticToken(auth.NewSecret("t")), true
		list, err := auth.Candidates(strings.Fields(offered), opts, cred)
		if (err == nil) != (len(list) > 0) {
			t.Errorf("Candidates returns %v and the error %v, want one of them", list, err)
		}
		if err != nil && len(err.Error()) > 4096 {
			t.Errorf("an error of %d octets", len(err.Error()))
		}
		for i, x := range list {
			c, err := x.Client(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			mech, _, err := c.Start()
			if err != nil || mech != x.Name || auth.Reveals(mech) || i > 0 && list[i-1].Strength < x.Strength {
				t.Errorf("candidate %d starts as %s, %v; want %s, weaker than the one before it, which does not reveal the secret", i, mech, err, x.Name)
			}
		}
	})
}
