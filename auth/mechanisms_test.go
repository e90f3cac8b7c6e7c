package auth_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/emersion/go-sasl"

	"github.com/imapstack/imapstack/auth"
)

func TestBadArguments(t *testing.T) {
	s := auth.NewSecret
	for name, c := range map[string]sasl.Client{
		"PLAIN no user": auth.Plain("", "", s("x")), "PLAIN NUL in user": auth.Plain("", "a\x00b", s("x")), "PLAIN NUL in password": auth.Plain("", "a", s("b\x00")),
		"PLAIN NUL in authzid": auth.Plain("\x00", "a", s("b")), "PLAIN no password": auth.Plain("", "a", auth.Secret{}),
		"EXTERNAL NUL":   auth.External("\x00"),
		"ANONYMOUS long": auth.Anonymous(strings.Repeat("é", 256)), "ANONYMOUS NUL": auth.Anonymous("\x00"), "ANONYMOUS line": auth.Anonymous("a\r\nb"), "ANONYMOUS bytes": auth.Anonymous("\xff"),
		"OAUTHBEARER kvsep in token": auth.OAuthBearer("u", s("a\x01b"), "", 0), "OAUTHBEARER space": auth.OAuthBearer("u", s("a b"), "", 0),
		"OAUTHBEARER no token": auth.OAuthBearer("u", s(""), "", 0), "OAUTHBEARER host": auth.OAuthBearer("u", s("t"), "h\x01auth=x", 0),
		"OAUTHBEARER port": auth.OAuthBearer("u", s("t"), "h", 65536), "OAUTHBEARER user": auth.OAuthBearer("u\x01", s("t"), "h", 1),
		"XOAUTH2 user": auth.XOAuth2("u\x01", s("t")), "XOAUTH2 no user": auth.XOAuth2("", s("t")), "XOAUTH2 token": auth.XOAuth2("u", s("t\r\n")),
		"LOGIN no user": auth.Login("", s("x")), "LOGIN no password": auth.Login("x", s("")), "LOGIN line": auth.Login("x", s("a\nb")),
		"CRAM-MD5 no user": auth.CRAMMD5("", s("x")), "CRAM-MD5 no password": auth.CRAMMD5("x", s("")), "CRAM-MD5 line": auth.CRAMMD5("x\r\n", s("x")),
		"DIGEST-MD5 no host": auth.DigestMD5("u", s("x"), auth.DigestOptions{}), "DIGEST-MD5 no user": auth.DigestMD5("", s("x"), auth.DigestOptions{Host: "h"}),
		"DIGEST-MD5 line": auth.DigestMD5("u\n", s("x"), auth.DigestOptions{Host: "h"}), "DIGEST-MD5 bytes": auth.DigestMD5("u", s("\xff"), auth.DigestOptions{Host: "h"}),
	} {
		mech, ir, err := c.Start()
		if !errors.Is(err, auth.ErrArgument) || ir != nil || mech != "" {
			t.Errorf("%s: Start: %q, %q, %v; want ErrArgument", name, mech, ir, err)
		}
	}
}

func TestInitialResponses(t *testing.T) {
	for _, c := range []struct {
		client   sasl.Client
		mech, ir string // "-" means no initial response
	}{
		{auth.External(""), "EXTERNAL", ""}, {auth.External("fred@example.com"), "EXTERNAL", "fred@example.com"}, // RFC 4422 A.3
		{auth.Anonymous(""), "ANONYMOUS", ""},
		{auth.XOAuth2("someuser@example.com", auth.NewSecret("vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg==")), "XOAUTH2",
			"user=someuser@example.com\x01auth=Bearer vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg==\x01\x01"},
		{auth.OAuthBearer("a=b,c", auth.NewSecret("t"), "", 0), "OAUTHBEARER", "n,a=a=3Db=2Cc,\x01auth=Bearer t\x01\x01"},
		{auth.OAuthBearer("", auth.NewSecret("t"), "", 0), "OAUTHBEARER", "n,,\x01auth=Bearer t\x01\x01"},
		{auth.Login("tim", auth.NewSecret("x")), "LOGIN", "-"},
		{auth.CRAMMD5("tim", auth.NewSecret("x")), "CRAM-MD5", "-"},
		{auth.DigestMD5("tim", auth.NewSecret("x"), auth.DigestOptions{Host: "h"}), "DIGEST-MD5", "-"},
	} {
		mech, ir, err := c.client.Start()
		if mech != c.mech || string(ir) != strings.TrimPrefix(c.ir, "-") || (ir == nil) != (c.ir == "-") || err != nil {
			t.Errorf("%s: Start: %q, %q, %v; want the initial response %q", c.mech, mech, ir, err, c.ir)
		}
	}
}

// TestNoChallenge sends each mechanism more challenges than it expects.
func TestNoChallenge(t *testing.T) {
	s := auth.NewSecret("t")
	for _, c := range []struct {
		client sasl.Client
		after  int // how many challenges the mechanism expects
	}{
		{auth.Plain("", "u", s), 0}, {auth.External(""), 0}, {auth.Anonymous(""), 0}, {auth.Login("u", s), 2}, {auth.CRAMMD5("u", s), 1},
		{auth.XOAuth2("u", s), 1}, {auth.OAuthBearer("u", s, "", 0), 1},
	} {
		for range 2 { // the second iteration checks the client after a second call of Start
			c.client.Start()
			for i := range c.after + 2 {
				answer, err := c.client.Next([]byte("x"))
				if i < c.after && (err != nil || answer == nil) || i >= c.after && !errors.Is(err, auth.ErrChallenge) {
					t.Errorf("%T: answer to challenge %d: %q, %v; it expects %d challenges", c.client, i+1, answer, err, c.after)
				}
			}
		}
	}
	c := auth.CRAMMD5("u", s)
	c.Start()
	if _, err := c.Next(nil); !errors.Is(err, auth.ErrChallenge) {
		t.Errorf("CRAM-MD5: an empty challenge: %v, want ErrChallenge", err)
	}
}

func TestLoginChallenges(t *testing.T) {
	// Real servers send these challenges.
	for _, words := range [][2]string{{"Username:", "Password:"}, {"User Name\x00", "Password\x00"}, {"", ""}, {"VXNlcm5hbWU6", "Passwort?"}} {
		c := auth.Login("tim", auth.NewSecret("x"))
		c.Start()
		a, err := c.Next([]byte(words[0]))
		b, err2 := c.Next([]byte(words[1]))
		if string(a) != "tim" || string(b) != "x" || err != nil || err2 != nil {
			t.Errorf("challenges %q: answers %q and %q, errors %v and %v; want \"tim\" and \"x\"", words, a, b, err, err2)
		}
	}
	// Some clients send the user's name as the initial response.
	s := newServer("LOGIN")
	if says, _, err := s.Next([]byte("alice")); string(says) != "Password:" || err != nil {
		t.Errorf("the user's name as initial response: %q, %v; want the challenge Password:", says, err)
	}
	if _, done, err := s.Next([]byte("hunter2")); !done || err != nil || s.User() != "alice" {
		t.Errorf("then the password: done %v, %v, user %q; want alice", done, err, s.User())
	}
}

func TestOAuthErrors(t *testing.T) {
	for _, c := range []struct {
		challenge, status, scope string
		expired                  bool
	}{
		{`{"status":"invalid_token","scope":"mail"}`, "invalid_token", "mail", true},
		{`{"status":"401","schemes":"bearer mac","scope":"https://mail.google.com/"}`, "401", "https://mail.google.com/", true},
		{`{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}`, "400", "https://mail.google.com/", true},
		{`{"status":401}`, "401", "", true},
		{`{"status":"insufficient_scope","scope":"mail"}`, "insufficient_scope", "mail", false},
		{`{"status":["x"],"scope":7}`, "", "7", false},
		{`{"status":null}`, "", "", false},
		{`{}`, "", "", false}, {``, "", "", false}, {`null`, "", "", false}, {`[]`, "", "", false}, {`no JSON`, "", "", false}, {`{"status":`, "", "", false},
		{strings.Repeat("[", 60000), "", "", false}, {strings.Repeat(" ", 70000) + `{"status":"401"}`, "", "", false},
	} {
		for _, client := range []sasl.Client{auth.OAuthBearer("u", auth.NewSecret("t"), "", 0), auth.XOAuth2("u", auth.NewSecret("t"))} {
			client.Start()
			if err := client.(auth.Failer).Failed(); err != nil {
				t.Errorf("Failed() = %v before the server has sent an error", err)
			}
			answer, err := client.Next([]byte(c.challenge))
			if err != nil || len(answer) > 1 || answer == nil {
				t.Errorf("%.50q: the answer is %q, %v; want at most one octet", c.challenge, answer, err)
			}
			var e *auth.OAuthError
			err = auth.Outcome(client, nil, errNo)
			if !errors.As(err, &e) || !errors.Is(err, errNo) || e.Status != c.status || e.Scope != c.scope || auth.TokenExpired(err) != c.expired {
				t.Errorf("%.50q: %v, want an OAuthError with status %q and scope %q; a new token may help: %v", c.challenge, err, c.status, c.scope, c.expired)
			}
			if len(err.Error()) > 400 {
				t.Errorf("%.50q: an error of %d octets", c.challenge, len(err.Error()))
			}
		}
	}
}

func TestOAuthServer(t *testing.T) {
	for _, c := range []struct{ mech, response, says string }{
		{"OAUTHBEARER", "n,a=alice,\x01host=mail.example.com\x01port=143\x01auth=Bearer hunter2\x01\x01", ""},
		{"OAUTHBEARER", "n,,\x01auth=bEARER  hunter2\x01x=y\x01\x01", ""},
		{"OAUTHBEARER", "y,,\x01auth=Bearer hunter2\x01\x01", ""},
		{"OAUTHBEARER", "n,a=shared,\x01auth=Bearer hunter2\x01\x01", ""},
		{"OAUTHBEARER", "n,a=alice,\x01host=other.example.com\x01auth=Bearer hunter2\x01\x01", "invalid_request"},
		{"OAUTHBEARER", "n,a=alice,\x01port=993\x01auth=Bearer hunter2\x01\x01", "invalid_request"},
		{"OAUTHBEARER", "n,a=alice,\x01port=x\x01auth=Bearer hunter2\x01\x01", "invalid_request"},
		{"OAUTHBEARER", "n,a=alice,\x01auth=Bearer x\x01auth=Bearer hunter2\x01\x01", "invalid_request"},
		{"OAUTHBEARER", "n,a=alice,\x01auth=Bearer hunter2\x01", "invalid_request"},
		{"OAUTHBEARER", "n,a=alice,\x01auth\x01\x01", "invalid_request"},
		{"OAUTHBEARER", "n,user=alice,\x01auth=Bearer hunter2\x01\x01", "invalid_request"},
		{"OAUTHBEARER", "n,a==,\x01auth=Bearer hunter2\x01\x01", "invalid_request"},
		{"OAUTHBEARER", "p=tls-exporter,,\x01auth=Bearer hunter2\x01\x01", "invalid_request"},
		{"OAUTHBEARER", "\x01", "invalid_request"}, {"OAUTHBEARER", "", "invalid_request"}, {"OAUTHBEARER", "n", "invalid_request"}, {"OAUTHBEARER", "n,,\x01\x01", "invalid_request"},
		{"OAUTHBEARER", "n,,\x01auth=Basic hunter2\x01\x01", "invalid_token"}, {"OAUTHBEARER", "n,,\x01auth=\x01\x01", "invalid_token"},
		{"OAUTHBEARER", "n,,\x01auth=Bearer wrong\x01\x01", "invalid_token"},
		{"XOAUTH2", "user=alice\x01auth=Bearer hunter2\x01\x01", ""},
		{"XOAUTH2", "user=shared\x01auth=Bearer hunter2\x01\x01", ""},
		{"XOAUTH2", "user=alice\x01auth=Bearer wrong\x01\x01", "401"},
		{"XOAUTH2", "user=\x01auth=Bearer hunter2\x01\x01", "invalid_request"}, {"XOAUTH2", "user=alice\x01auth=Bearer hunter2\x01", "invalid_request"},
		{"XOAUTH2", "auth=Bearer hunter2\x01\x01", "invalid_request"}, {"XOAUTH2", "user=alice\x01\x01", "invalid_request"}, {"XOAUTH2", "", "invalid_request"},
	} {
		s := newServer(c.mech)
		says, done, err := s.Next([]byte(c.response))
		if err != nil || done != (c.says == "") || c.says != "" && !strings.Contains(string(says), `"status":"`+c.says+`"`) {
			t.Errorf("%q: %q, done %v, %v; want the status %q", c.response, says, done, err, c.says)
		}
		if c.says == "" {
			continue
		}
		if _, done, err := s.Next([]byte{1}); done || err == nil || s.User() != "" {
			t.Errorf("%q: then %v, %v", c.response, done, err)
		}
	}
}

func TestServerResponses(t *testing.T) {
	for _, c := range []struct {
		mech      string
		responses []string
		err       error
	}{
		{"PLAIN", []string{""}, auth.ErrResponse}, {"PLAIN", []string{"alice\x00hunter2"}, auth.ErrResponse}, {"PLAIN", []string{"\x00alice\x00hunter2\x00"}, auth.ErrResponse},
		{"PLAIN", []string{"\x00\x00hunter2"}, auth.ErrResponse}, {"PLAIN", []string{"\x00alice\x00"}, auth.ErrResponse}, {"PLAIN", []string{strings.Repeat("x", 70000)}, auth.ErrResponse},
		{"EXTERNAL", []string{"\x00"}, auth.ErrResponse}, {"EXTERNAL", []string{"bob"}, auth.ErrRefused},
		{"ANONYMOUS", []string{"a\nb"}, auth.ErrResponse},
		{"LOGIN", []string{""}, auth.ErrResponse}, {"LOGIN", []string{"alice", ""}, auth.ErrResponse}, {"LOGIN", []string{"alice", "x"}, auth.ErrRefused},
		{"CRAM-MD5", []string{"alice x"}, auth.ErrResponse}, {"CRAM-MD5", []string{"-", ""}, auth.ErrResponse}, {"CRAM-MD5", []string{"-", "alice"}, auth.ErrResponse},
		{"CRAM-MD5", []string{"-", " x"}, auth.ErrResponse}, {"CRAM-MD5", []string{"-", "alice 00"}, auth.ErrRefused},
	} {
		s := newServer(c.mech)
		var err error
		for i, r := range c.responses {
			var done bool
			b := []byte(r)
			if r == "-" {
				b = nil
			}
			_, done, err = s.Next(b)
			if i < len(c.responses)-1 && (done || err != nil) {
				t.Errorf("%s %.40q: before the last response: done %v, %v", c.mech, c.responses, done, err)
			}
		}
		if !errors.Is(err, c.err) {
			t.Errorf("%s %.40q: %v, want %v", c.mech, c.responses, err, c.err)
		}
	}
	s := newServer("PLAIN")
	s.Next(nil)
	if _, _, err := s.Next(nil); !errors.Is(err, auth.ErrResponse) {
		t.Errorf("a second nil response: %v, want ErrResponse", err)
	}
}

// TestServerCheck tests a server that has Check and no Password.
func TestServerCheck(t *testing.T) {
	down := errors.New("the database is down")
	cfg := &auth.ServerConfig{Check: func(user string, password auth.Secret) error {
		if user == "bob" {
			return down
		}
		if password.Reveal() != "hunter2" {
			return errors.New("wrong")
		}
		return nil
	}}
	if m := strings.Join(cfg.Mechanisms(), " "); m != "PLAIN LOGIN" {
		t.Errorf("a server with only Check offers %s, want PLAIN LOGIN", m)
	}
	for _, mech := range cfg.Mechanisms() {
		for _, c := range []struct{ user, password string }{{"alice", "hunter2"}, {"alice", "x"}, {"bob", "hunter2"}} {
			s := server(t, mech, cfg)
			_, ce, se := exchange(makers[mech]("", c.user, auth.NewSecret(c.password)), s, false)
			good := c.user == "alice" && c.password == "hunter2"
			if good != (ce == nil) || good != (se == nil) || !good && !errors.Is(se, auth.ErrRefused) || errors.Is(se, down) != (c.user == "bob") {
				t.Errorf("%s %v: the client: %v; the server: %v; want success: %v", mech, c, ce, se, good)
			}
		}
	}
}
