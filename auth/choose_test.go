package auth_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/emersion/go-sasl"

	"github.com/imapstack/imapstack/auth"
)

func password() auth.Credentials {
	return auth.Credentials{Username: "alice", Password: auth.NewSecret("hunter2")}
}

func token(tokens ...string) auth.TokenSource {
	i := -1
	return func(context.Context) (auth.Secret, error) {
		if i++; i >= len(tokens) {
			return auth.Secret{}, errNoToken
		}
		return auth.NewSecret(tokens[i]), nil
	}
}

var errNoToken = errors.New("no more tokens")

const all = "PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-512 SCRAM-SHA-1-PLUS SCRAM-SHA-256-PLUS SCRAM-SHA-512-PLUS " +
	"XOAUTH2 OAUTHBEARER EXTERNAL ANONYMOUS GSSAPI NTLM X-NEW"

const unbound = "PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-512 XOAUTH2 OAUTHBEARER EXTERNAL ANONYMOUS GSSAPI"

func TestCandidates(t *testing.T) {
	cert := certificate(t, ecdsaKey(t), x509.ECDSAWithSHA256)
	state, _ := handshake(t, cert, tls.VersionTLS13, nil)
	tlsOpts := auth.Options{Secure: true, TLS: state}
	with := func(o auth.Options, f func(*auth.Options)) auth.Options { f(&o); return o }
	cred := func(f func(*auth.Credentials)) auth.Credentials { c := password(); f(&c); return c }
	everything := cred(func(c *auth.Credentials) { c.Token, c.External = auth.StaticToken(auth.NewSecret("t")), true })
	for _, c := range []struct {
		name    string
		offered string
		opts    auth.Options
		cred    auth.Credentials
		want    string
	}{
		{"a password over TLS", all, tlsOpts, password(), "SCRAM-SHA-512-PLUS SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN"},
		{"a password, no channel binding", all, auth.Options{Secure: true}, password(), "SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN"},
		{"everything, no channel binding", all, auth.Options{Secure: true}, everything, "SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1 EXTERNAL OAUTHBEARER XOAUTH2 CRAM-MD5 PLAIN LOGIN"},
		{"a password, not secure", all, auth.Options{}, password(), "SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5"},
		{"not secure, plaintext allowed", "PLAIN LOGIN", auth.Options{AllowPlaintext: true}, password(), "PLAIN LOGIN"},
		{"a token", all, tlsOpts, auth.Credentials{Username: "alice", Token: auth.StaticToken(auth.NewSecret("t"))}, "OAUTHBEARER XOAUTH2"},
		{"a token and no name", all, tlsOpts, auth.Credentials{Token: auth.StaticToken(auth.NewSecret("t"))}, "OAUTHBEARER"},
		{"a certificate", all, tlsOpts, auth.Credentials{External: true}, "EXTERNAL"},
		{"anonymous", all, tlsOpts, auth.Credentials{Anonymous: true, Trace: "x"}, "ANONYMOUS"},
		{"a password, and anonymous too", unbound, tlsOpts, cred(func(c *auth.Credentials) { c.Anonymous = true }), "SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN"},
		{"for another", unbound, tlsOpts, cred(func(c *auth.Credentials) { c.Authzid = "bob" }), "SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1 PLAIN"},
		{"DIGEST-MD5 by name", all, with(tlsOpts, func(o *auth.Options) { o.Mechanisms, o.Host = []string{"digest-md5"}, "h" }), password(), "DIGEST-MD5"},
		{"by name, in order", all, with(tlsOpts, func(o *auth.Options) { o.Mechanisms = []string{"LOGIN", "SCRAM-SHA-1", "X-NEW", "PLAIN"} }), password(), "LOGIN SCRAM-SHA-1 PLAIN"},
		{"the certificate's binding", all, with(tlsOpts, func(o *auth.Options) { o.Binding = auth.TLSServerEndPoint }), password(), "SCRAM-SHA-512-PLUS SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN"},
		{"the connection lacks the binding", all, with(tlsOpts, func(o *auth.Options) { o.Binding = auth.TLSUnique }), password(), "SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN"},
		{"only with channel binding", all, with(tlsOpts, func(o *auth.Options) { o.Min = auth.StrengthBound }), everything, "SCRAM-SHA-512-PLUS SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS"},
		{"a minimum", unbound, with(tlsOpts, func(o *auth.Options) { o.Min = auth.StrengthMutual }), everything, "SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1"},
		{"names in any case, and repeated", "plain Plain scram-sha-1", tlsOpts, password(), "SCRAM-SHA-1 PLAIN"},
		{"keys only", unbound, tlsOpts, auth.Credentials{Username: "alice", Keys: auth.NewKeyCache()}, "SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1"},
		{"what was seen is still offered", unbound, with(tlsOpts, func(o *auth.Options) { o.Seen = strings.Fields("CRAM-MD5 SCRAM-SHA-256") }), password(), "SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN"},
		{"mechanisms below StrengthMutual were seen", "PLAIN", with(tlsOpts, func(o *auth.Options) { o.Seen = []string{"CRAM-MD5", "GSSAPI", "EXTERNAL"} }), password(), "PLAIN"},
		{"the binding was refused", all, failed(tlsOpts, false, "SCRAM-SHA-512-PLUS"), password(), "SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1 SCRAM-SHA-512-PLUS SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS CRAM-MD5 PLAIN LOGIN"},
		{"the binding was refused, verified", all, failed(tlsOpts, true, "scram-sha-1-plus"), password(), "SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN SCRAM-SHA-512-PLUS SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS"},
		{"one was refused", unbound, failed(tlsOpts, true, "SCRAM-SHA-256"), password(), "SCRAM-SHA-512 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN SCRAM-SHA-256"},
		{"refused, not verified: nothing weaker first", "SCRAM-SHA-1 PLAIN", failed(tlsOpts, false, "SCRAM-SHA-1"), password(), "SCRAM-SHA-1 PLAIN"},
		{"refused, verified", "SCRAM-SHA-1 PLAIN", failed(tlsOpts, true, "SCRAM-SHA-1"), password(), "PLAIN SCRAM-SHA-1"},
		{"refused while the server offered other mechanisms", "SCRAM-SHA-1 PLAIN", with(failed(tlsOpts, true, "SCRAM-SHA-1"), func(o *auth.Options) { o.Seen = []string{"SCRAM-SHA-1"} }), password(), "SCRAM-SHA-1 PLAIN"},
		{"refused, but asked for by name", "SCRAM-SHA-1 PLAIN", with(failed(tlsOpts, true, "SCRAM-SHA-1"), func(o *auth.Options) { o.Mechanisms = []string{"SCRAM-SHA-1"} }), password(), "SCRAM-SHA-1"},
		{"what was seen could not be used", "PLAIN", auth.Options{Secure: true, Seen: []string{"SCRAM-SHA-1-PLUS"}}, password(), "PLAIN"},
	} {
		if c.opts.Failed != nil && c.opts.Seen == nil {
			c.opts.Seen = strings.Fields(c.offered)
		}
		got, err := auth.Candidates(strings.Fields(c.offered), c.opts, c.cred)
		if s := strings.Trim(fmt.Sprint(got), "[]"); s != c.want || err != nil {
			t.Errorf("%s:\n got %s\nwant %s, %v", c.name, s, c.want, err)
		}
		for _, x := range got {
			client, err := x.Client(t.Context())
			if err != nil {
				t.Errorf("%s: Client of %s: %v", c.name, x, err)
				continue
			}
			if mech, _, err := client.Start(); mech != x.Name || err != nil {
				t.Errorf("%s: %s starts as %s, %v", c.name, x, mech, err)
			}
			if x.Reveals != auth.Reveals(x.Name) {
				t.Errorf("%s: Reveals is %v, but the function Reveals returns %v", x, x.Reveals, !x.Reveals)
			}
		}
	}
}

// failed returns opts for a sign-in after one in which the server refused a mechanism. The argument name is the name
// of that mechanism.
func failed(opts auth.Options, verified bool, name string) auth.Options {
	state := *opts.TLS
	if state.VerifiedChains = nil; verified {
		state.VerifiedChains = [][]*x509.Certificate{{{}}}
	}
	opts.TLS, opts.Failed = &state, []string{name}
	return opts
}

func TestNoCandidate(t *testing.T) {
	for _, c := range []struct {
		offered string
		opts    auth.Options
		cred    auth.Credentials
		is      error
		says    string
	}{
		{"", auth.Options{}, password(), auth.ErrNoMechanism, "auth: no usable mechanism: the server offers no mechanism"},
		{"PLAIN", auth.Options{}, password(), auth.ErrPlaintext, `auth: no usable mechanism: "PLAIN": refused to send a secret over an unencrypted connection`},
		{"PLAIN", auth.Options{Mechanisms: []string{"PLAIN"}}, password(), auth.ErrPlaintext, ""},
		{"XOAUTH2", auth.Options{}, auth.Credentials{Username: "u", Token: token("t")}, auth.ErrPlaintext, ""},
		{"GSSAPI X-NEW", auth.Options{}, password(), auth.ErrNoMechanism, `auth: no usable mechanism: "GSSAPI": unknown; "X-NEW": unknown`},
		{"DIGEST-MD5", auth.Options{Host: "h"}, password(), auth.ErrNoMechanism, `auth: no usable mechanism: "DIGEST-MD5": was not asked for by name`},
		{"EXTERNAL XOAUTH2", auth.Options{}, password(), auth.ErrArgument, `auth: no usable mechanism: "EXTERNAL": needs a client certificate; "XOAUTH2": needs a token`},
		{"SCRAM-SHA-1-PLUS", auth.Options{}, password(), auth.ErrNoMechanism, `auth: no usable mechanism: "SCRAM-SHA-1-PLUS": the connection has no channel binding`},
		{"CRAM-MD5", auth.Options{}, auth.Credentials{Username: "u", Authzid: "v", Password: auth.NewSecret("p")}, auth.ErrNoMechanism,
			`auth: no usable mechanism: "CRAM-MD5": cannot act as somebody else`},
		{"CRAM-MD5", auth.Options{Min: auth.StrengthMutual}, password(), auth.ErrNoMechanism, `auth: no usable mechanism: "CRAM-MD5": is weaker than required`},
		{"\r\nA1 OK" + strings.Repeat("x", 100), auth.Options{}, password(), auth.ErrNoMechanism, ""},
		{"ANONYMOUS", auth.Options{}, auth.Credentials{External: true}, auth.ErrNoMechanism, `auth: no usable mechanism: "ANONYMOUS": was not asked for`},
		{"SCRAM-SHA-256 PLAIN XOAUTH2 X-NEW", auth.Options{Secure: true}, auth.Credentials{Username: "u"}, auth.ErrNoMechanism,
			"auth: no usable mechanism: the credentials have no password, no token and no certificate"},
	} {
		_, err := auth.Candidates(strings.Fields(c.offered), c.opts, c.cred)
		if !errors.Is(err, c.is) || !errors.Is(err, auth.ErrNoMechanism) || c.says != "" && err.Error() != c.says {
			t.Errorf("Candidates of %q: %v, want %v and the text %q", c.offered, err, c.is, c.says)
		}
		if _, err := auth.Choose(t.Context(), strings.Fields(c.offered), c.opts, c.cred); !errors.Is(err, auth.ErrNoMechanism) {
			t.Errorf("Choose of %q: %v, want ErrNoMechanism", c.offered, err)
		}
	}
}

func TestDowngrade(t *testing.T) {
	cert := certificate(t, ecdsaKey(t), x509.ECDSAWithSHA256)
	state, _ := handshake(t, cert, tls.VersionTLS13, nil)
	for _, c := range []struct{ seen, offered, says string }{
		{"SCRAM-SHA-256 PLAIN", "PLAIN LOGIN", "auth: the server offered SCRAM-SHA-256 before, but now offers nothing better than PLAIN"},
		{"SCRAM-SHA-256", "X-NEW", "auth: the server offered SCRAM-SHA-256 before, but now offers nothing that can be used"},
		{"SCRAM-SHA-256", "", "auth: the server offered SCRAM-SHA-256 before, but now offers nothing that can be used"},
		{"SCRAM-SHA-512 SCRAM-SHA-1", "SCRAM-SHA-1", "auth: the server offered SCRAM-SHA-512 before, but now offers nothing better than SCRAM-SHA-1"},
		{"SCRAM-SHA-256-PLUS SCRAM-SHA-256", "SCRAM-SHA-256 PLAIN", "auth: the server offered SCRAM-SHA-256-PLUS before, but now offers nothing better than SCRAM-SHA-256"},
		{"GSSAPI", "SCRAM-SHA-256", "auth: the server offered GSSAPI before, but now offers nothing better than SCRAM-SHA-256"},
	} {
		cred := password()
		cred.Own = []auth.Mechanism{{Name: "GSSAPI", New: func(context.Context) (sasl.Client, error) { return auth.External(""), nil }}}
		_, err := auth.Candidates(strings.Fields(c.offered), auth.Options{Secure: true, TLS: state, Seen: strings.Fields(c.seen)}, cred)
		var e *auth.DowngradeError
		if !errors.Is(err, auth.ErrDowngrade) || !errors.As(err, &e) || !auth.Final(err) || err.Error() != c.says {
			t.Errorf("%s, then %s: %v", c.seen, c.offered, err)
		}
	}
}

func TestOwnMechanism(t *testing.T) {
	made := 0
	cred := password()
	cred.Own = []auth.Mechanism{
		{Name: "gssapi", New: func(context.Context) (sasl.Client, error) { made++; return own{}, nil }},
		{Name: "NTLM", Strength: auth.StrengthDigest + 5, New: func(context.Context) (sasl.Client, error) { return nil, errors.New("no ticket") }},
		{Name: "X-NEW", Strength: auth.StrengthPlaintext, Reveals: true, New: func(context.Context) (sasl.Client, error) { return own{}, nil }},
		{Name: "X-NIL"},
	}
	offered := strings.Fields("PLAIN CRAM-MD5 SCRAM-SHA-1 GSSAPI NTLM X-NEW X-NIL")
	got, err := auth.Candidates(offered, auth.Options{}, cred)
	if s := fmt.Sprint(got); s != "[GSSAPI SCRAM-SHA-1 NTLM CRAM-MD5]" || err != nil {
		t.Errorf("got %s, %v", s, err)
	}
	c, err := auth.Choose(t.Context(), offered, auth.Options{}, cred)
	if _, ok := c.(own); !ok || made != 1 || err != nil {
		t.Errorf("got %T, %v", c, err)
	}
	if _, err := got[2].Client(t.Context()); err == nil {
		t.Error("Client does not return the error of Mechanism.New")
	}
	if err := auth.Outcome(c, nil, nil); err != nil {
		t.Error(err)
	}
	if err := auth.Outcome(c, nil, errNo); err != errNo {
		t.Error(err)
	}
}

type own struct{}

func (own) Start() (string, []byte, error)        { return "GSSAPI", nil, nil }
func (own) Next(challenge []byte) ([]byte, error) { return challenge, nil }

// login logs in with a candidate, and repeats this as long as Retry returns a client.
func login(ctx context.Context, x *auth.Candidate, cfg *auth.ServerConfig) (tries int, err error) {
	client, err := x.Client(ctx)
	for err == nil {
		tries++
		s, e := auth.NewServer(x.Name, cfg)
		if e != nil {
			return tries, e
		}
		_, outcome, _ := exchange(client, s, true)
		if outcome == nil {
			return tries, nil
		}
		client, err = x.Retry(ctx, outcome)
	}
	return tries, err
}

func TestTokenRenewed(t *testing.T) {
	for _, mech := range []string{"OAUTHBEARER", "XOAUTH2"} {
		for _, c := range []struct {
			name   string
			tokens []string
			tries  int
			ok     bool
		}{
			{"good", []string{"hunter2"}, 1, true},
			{"expired", []string{"old", "hunter2"}, 2, true},
			{"expired twice", []string{"old", "older", "hunter2"}, 2, false},
			{"the same again", []string{"old", "old", "hunter2"}, 1, false},
			{"no other", []string{"old"}, 1, false},
			{"none", nil, 0, false},
		} {
			var fresh []bool
			source := token(c.tokens...)
			cred := auth.Credentials{Username: "alice", Token: func(ctx context.Context) (auth.Secret, error) {
				fresh = append(fresh, auth.FreshToken(ctx))
				return source(ctx)
			}}
			list, err := auth.Candidates([]string{mech}, auth.Options{Secure: true, Host: "mail.example.com", Port: 143}, cred)
			if err != nil {
				t.Fatal(err)
			}
			tries, err := login(t.Context(), list[0], alice(nil))
			if tries != c.tries || (err == nil) != c.ok {
				t.Errorf("%s %s: %d tries, %v; want %d tries, success %v", mech, c.name, tries, err, c.tries, c.ok)
			}
			if !c.ok && c.tries > 0 && !auth.TokenExpired(err) {
				t.Errorf("%s %s: TokenExpired(%v) = false", mech, c.name, err)
			}
			if want := []bool{false, true}[:min(len(fresh), 2)]; fmt.Sprint(fresh) != fmt.Sprint(want) {
				t.Errorf("%s %s: FreshToken returned %v, want %v", mech, c.name, fresh, want)
			}
		}
	}
	// After an error that does not concern the token, Retry does not allow another exchange.
	list, _ := auth.Candidates([]string{"XOAUTH2"}, auth.Options{Secure: true}, auth.Credentials{Username: "u", Token: token("a", "b")})
	list[0].Client(t.Context())
	if _, err := list[0].Retry(t.Context(), errNo); err != errNo {
		t.Errorf("got %v", err)
	}
	// The caller may wrap ErrTokenExpired in an error of its own.
	if _, err := list[0].Retry(t.Context(), fmt.Errorf("NO [EXPIRED]: %w", auth.ErrTokenExpired)); err != nil {
		t.Errorf("got %v", err)
	}
}

func TestOtherBindingTried(t *testing.T) {
	cert := certificate(t, ecdsaKey(t), x509.ECDSAWithSHA256)
	// The server uses TLS 1.2 and does not know tls-unique.
	client, srv := handshake(t, cert, tls.VersionTLS12, nil)
	state := *srv
	state.TLSUnique = nil
	cfg := alice(func(cfg *auth.ServerConfig) { cfg.TLS, cfg.Certificate = &state, cert.Leaf })
	list, err := auth.Candidates([]string{"SCRAM-SHA-256-PLUS"}, auth.Options{Secure: true, TLS: client}, password())
	if err != nil {
		t.Fatal(err)
	}
	if tries, err := login(t.Context(), list[0], cfg); tries != 2 || err != nil {
		t.Errorf("%d tries, %v", tries, err)
	}
	cfg.Certificate = nil
	list, _ = auth.Candidates([]string{"SCRAM-SHA-256-PLUS"}, auth.Options{Secure: true, TLS: client}, password())
	if tries, err := login(t.Context(), list[0], cfg); tries != 2 || err == nil {
		t.Errorf("%d tries, %v", tries, err)
	}
}

// TestRulesOut lets a server refuse a mechanism, and checks which other candidates RulesOut then rules out. It does so
// for several mechanisms.
func TestRulesOut(t *testing.T) {
	cert := certificate(t, ecdsaKey(t), x509.ECDSAWithSHA256)
	state, _ := handshake(t, cert, tls.VersionTLS13, nil)
	cred := password()
	cred.Token, cred.External = auth.StaticToken(auth.NewSecret("t")), true
	cred.Own = []auth.Mechanism{{Name: "GSSAPI", New: func(context.Context) (sasl.Client, error) { return own{}, nil }}}
	list, err := auth.Candidates(strings.Fields(all), auth.Options{Secure: true, TLS: state}, cred)
	if err != nil {
		t.Fatal(err)
	}
	wrong := fmt.Errorf("NO: %w", &auth.ServerError{Mechanism: "SCRAM-SHA-1-PLUS", Value: "invalid-proof"})
	for name, c := range map[string]struct {
		err error
		out string
	}{
		"SCRAM-SHA-256-PLUS": {errNo, "SCRAM-SHA-512-PLUS SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS"},
		"SCRAM-SHA-1-PLUS":   {wrong, "SCRAM-SHA-512-PLUS SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN"},
		"SCRAM-SHA-1":        {errNo, "SCRAM-SHA-512-PLUS SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN"},
		"OAUTHBEARER":        {errNo, "OAUTHBEARER XOAUTH2"},
		"EXTERNAL":           {errNo, "EXTERNAL"},
		"GSSAPI":             {errNo, "GSSAPI"},
	} {
		var out []string
		for _, x := range list {
			if x.Name != name {
				continue
			}
			if x.TakesToken() != (name == "OAUTHBEARER") {
				t.Errorf("%s: TakesToken() = %v, want %v", name, x.TakesToken(), !x.TakesToken())
			}
			for _, y := range list {
				if x.RulesOut(y, c.err) {
					out = append(out, y.Name)
				}
			}
		}
		if got := strings.Join(out, " "); got != c.out {
			t.Errorf("%s rules out\n %s, want\n %s", name, got, c.out)
		}
	}
}

// TestJudged checks after which challenges of an exchange the function Judged returns true.
func TestJudged(t *testing.T) {
	s := auth.NewSecret("hunter2")
	for _, c := range []struct {
		client     sasl.Client
		challenges []string
		want       bool
	}{
		{auth.Plain("", "alice", s), nil, true},
		{auth.Login("alice", s), nil, false},
		{auth.Login("alice", s), []string{"Username:"}, false},
		{auth.Login("alice", s), []string{"Username:", "Password:"}, true},
		{auth.CRAMMD5("alice", s), []string{"<1>"}, false},
		{auth.XOAuth2("alice", s), nil, false},
		{auth.XOAuth2("alice", s), []string{`{"status":"401"}`}, true},
		{auth.OAuthBearer("alice", s, "", 0), nil, false},
		{auth.OAuthBearer("alice", s, "", 0), []string{"{}"}, true},
		{auth.External(""), nil, false},
		{started(nil), nil, false},
		{started(nil), []string{"e=other-error"}, false},
		{started(nil), []string{"r=abcd,s=" + salt64 + ",i=1"}, false},
		{started(nil), []string{"r=abcd,s=" + salt64 + ",i=4096"}, true},
		{own{}, nil, false},
		{judging{}, nil, true},
	} {
		if _, ok := c.client.(auth.Verifier); !ok {
			c.client.Start()
		}
		for _, challenge := range c.challenges {
			c.client.Next([]byte(challenge))
		}
		if got := auth.Judged(c.client); got != c.want {
			t.Errorf("%T after %q: Judged = %v, want %v", c.client, c.challenges, got, c.want)
		}
	}
}

// judging stands for a mechanism of another package that has a method Judged.
type judging struct{ own }

func (judging) Judged() bool { return true }

func TestServerErrors(t *testing.T) {
	for value, is := range map[string]error{
		"invalid-proof": auth.ErrRefused, "unknown-user": auth.ErrRefused, "channel-bindings-dont-match": auth.ErrBinding,
		"server-does-support-channel-binding": auth.ErrDowngrade, "other-error": nil, "": nil,
	} {
		err := &auth.ServerError{Mechanism: "SCRAM-SHA-1", Value: value}
		for _, target := range []error{auth.ErrRefused, auth.ErrBinding, auth.ErrDowngrade, auth.ErrUnverified} {
			if errors.Is(err, target) != (target == is) {
				t.Errorf("a ServerError %q: errors.Is(err, %v) = %v, want %v", value, target, !(target == is), target == is)
			}
		}
	}
}
