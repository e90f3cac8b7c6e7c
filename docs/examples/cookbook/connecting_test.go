package cookbook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

// Connect with TLS, and sign in with a password
//
// `cfg` may be nil. SignIn uses the strongest mechanism that the server offers, and never reveals a password to others.
// With auth.Options{Min: auth.StrengthMutual}, SignIn does not send the password even to the server: it uses SCRAM, or
// fails.
func signIn(ctx context.Context, addr string, cfg *tls.Config, user, password string) (*session.Session, error) {
	s, err := session.Dial(ctx, transport.TLS(addr, cfg), nil)
	if err != nil {
		return nil, err
	}
	cred := auth.Credentials{Username: user, Password: auth.NewSecret(password)}
	if _, err := commands.SignIn(ctx, s, cred, auth.Options{}); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func TestSignIn(t *testing.T) {
	srv := imaptest.NewServer(t)
	s, err := signIn(t.Context(), srv.TLSAddr, srv.TLSConfig(), "alice", "secret")
	if err != nil || s.State() != session.Authenticated {
		t.Fatalf("got %v, want an authenticated session", err)
	}
	s.Close()
	if _, err := signIn(t.Context(), srv.TLSAddr, srv.TLSConfig(), "alice", "wrong"); err == nil {
		t.Error("a wrong password was accepted")
	}
}

// Sign in to Gmail, iCloud or Yahoo with an app password
//
// The user creates an app password in the settings of the account. The settings show the password in groups with spaces
// between them; the spaces are not part of it. If the server refuses the password, the user may have entered the
// password of the account.
func appPassword(ctx context.Context, s *session.Session, address, password string) error {
	cred := auth.Credentials{Username: address, Password: auth.NewSecret(strings.ReplaceAll(password, " ", ""))}
	_, err := commands.SignIn(ctx, s, cred, auth.Options{})
	if errors.Is(account.Classify(err), account.ErrCredentials) {
		return fmt.Errorf("make an app password in the settings of the account, and enter it here: %w", err)
	}
	return err
}

func TestAppPassword(t *testing.T) {
	srv := imaptest.NewServer(t, imaptest.Preset("gmail"), imaptest.WithUser("alice@gmail.com", "abcdefghijklmnop"))
	for password, says := range map[string]string{"abcd efgh ijkl mnop": "", "secret": "make an app password"} {
		s, err := session.Dial(t.Context(), transport.TLS(srv.TLSAddr, srv.TLSConfig()), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		err = appPassword(t.Context(), s, "alice@gmail.com", password)
		if (err != nil) != (says != "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("password %q: got %v, want an error with %q", password, err, says)
		}
	}
}

// Sign in with an OAuth token, and refresh it
//
// `refresh` gets a new access token, as the TokenSource of golang.org/x/oauth2 does. The account calls it once for
// all connections, and again when the token is older than Options.TokenLife. If the server refuses the token, the
// account calls `refresh` at once, with a ctx for which auth.FreshToken is true. Gmail and Microsoft 365 accept
// tokens. The account sends the token with OAUTHBEARER or XOAUTH2, whichever the server offers.
func oauth(addr string, cfg *tls.Config, user string, refresh func(ctx context.Context) (string, error)) *account.Account {
	return account.New(account.Options{
		Dialer: transport.TLS(addr, cfg),
		Credentials: auth.Credentials{
			Username: user,
			Token: func(ctx context.Context) (auth.Secret, error) {
				token, err := refresh(ctx)
				return auth.NewSecret(token), err
			},
		},
	})
}

func TestOAuth(t *testing.T) {
	srv := imaptest.NewServer(t, imaptest.Preset("outlook"), imaptest.WithToken("alice", "second"))
	asked := 0
	a := oauth(srv.TLSAddr, srv.TLSConfig(), "alice", func(ctx context.Context) (string, error) {
		if asked++; auth.FreshToken(ctx) {
			return "second", nil
		}
		return "first", nil // it has expired
	})
	defer a.Close()
	if err := a.Do(t.Context(), "INBOX", func(*session.Session) error { return nil }); err != nil || asked != 2 {
		t.Errorf("got %v, and refresh was called %d times; want 2 calls", err, asked)
	}
}

// Trust your own certificate authority
func ownCA(file string) (*tls.Config, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool() // or x509.SystemCertPool, to trust the system's authorities, too
	if !roots.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s contains no certificate", file)
	}
	return &tls.Config{RootCAs: roots}, nil
}

func TestOwnCA(t *testing.T) {
	srv := imaptest.NewServer(t)
	text, err := srv.CAPEM()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := ownCA(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := signIn(t.Context(), srv.TLSAddr, cfg, "alice", "secret")
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	var unknown x509.UnknownAuthorityError
	if _, err := signIn(t.Context(), srv.TLSAddr, nil, "alice", "secret"); !errors.As(err, &unknown) {
		t.Errorf("without the authority: got %v, want an x509.UnknownAuthorityError", err)
	}
}

// Sign in with a client certificate
//
// `cert` is what tls.LoadX509KeyPair returns.
func clientCertificate(ctx context.Context, addr string, cfg *tls.Config, cert tls.Certificate) (*session.Session, error) {
	cfg = cfg.Clone()
	cfg.Certificates = []tls.Certificate{cert}
	s, err := session.Dial(ctx, transport.TLS(addr, cfg), nil)
	if err != nil {
		return nil, err
	}
	if _, err := commands.SignIn(ctx, s, auth.Credentials{External: true}, auth.Options{}); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func TestClientCertificate(t *testing.T) {
	srv := imaptest.NewServer(t)
	cert, err := srv.ClientCertificate("alice")
	if err != nil {
		t.Fatal(err)
	}
	s, err := clientCertificate(t.Context(), srv.TLSAddr, srv.TLSConfig(), cert)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if list := srv.Connections(); len(list) != 1 || list[0].User != "alice" {
		t.Errorf("the server has the connections %+v, want one of alice", list)
	}
}

// Require STARTTLS
//
// If the server does not offer STARTTLS, the error is session.ErrNoTLS. If somebody has inserted data after the
// server's answer, the error is transport.ErrInjected. In both cases no secret has been sent.
func startTLS(ctx context.Context, host string, cfg *tls.Config) (*session.Session, error) {
	target, err := transport.Parse("imap+starttls://" + host)
	if err != nil {
		return nil, err
	}
	target.TLSConfig = cfg
	return session.Dial(ctx, target, nil)
}

func TestStartTLS(t *testing.T) {
	srv := imaptest.NewServer(t)
	s, err := startTLS(t.Context(), srv.Addr, srv.TLSConfig())
	if err != nil || !s.Secure() {
		t.Fatalf("got %v, want a session over TLS", err)
	}
	s.Close()
	srv = imaptest.NewServer(t, imaptest.Without("STARTTLS"))
	if _, err := startTLS(t.Context(), srv.Addr, srv.TLSConfig()); !errors.Is(err, session.ErrNoTLS) {
		t.Errorf("a server without STARTTLS: got %v, want ErrNoTLS", err)
	}
}

// Connect through a proxy
//
// `proxy` is the method DialContext of a dialer of golang.org/x/net/proxy (SOCKS), of an *ssh.Client, or of a
// net.Dialer with your settings.
func throughProxy(addr string, cfg *tls.Config, proxy func(ctx context.Context, network, addr string) (net.Conn, error)) transport.Dialer {
	return transport.TLS(addr, cfg, transport.DialContext(proxy))
}

func TestThroughProxy(t *testing.T) {
	srv := imaptest.NewServer(t, imaptest.WithHosts("mail.example.com"))
	asked := ""
	d := throughProxy("mail.example.com", srv.TLSConfig(), func(ctx context.Context, network, addr string) (net.Conn, error) {
		asked = network + " " + addr
		return new(net.Dialer).DialContext(ctx, network, srv.TLSAddr)
	})
	s, err := session.Dial(t.Context(), d, nil)
	if err != nil || asked != "tcp mail.example.com:993" {
		t.Fatalf("the proxy was asked for %q, %v; want mail.example.com:993", asked, err)
	}
	s.Close()
}

// Connect to whatever address a user types
//
// The URL may ask for TLS, STARTTLS, a Unix socket, or a program such as "imap+process:ssh mail.example.com imapd",
// which speaks IMAP on its standard input and output. A URL with a password is refused. If a stranger chose the URL,
// refuse it unless target.Command is nil, because Dial runs that command.
func connectTo(ctx context.Context, url string) (*session.Session, error) {
	target, err := transport.Parse(url)
	if err != nil {
		return nil, err
	}
	return session.Dial(ctx, target, nil) // the rest of the URL is in target.User and target.Mailbox
}

func TestConnectTo(t *testing.T) {
	srv := imaptest.NewServer(t)
	path := filepath.Join(t.TempDir(), "imap")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	srv.Serve(l)
	s, err := connectTo(t.Context(), "imap+unix:"+path)
	if err != nil || !s.Secure() {
		t.Fatalf("got %v, want a session that others cannot read", err)
	}
	s.Close()
	if _, err := connectTo(t.Context(), "imaps://alice:secret@"+srv.TLSAddr); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("a URL with a password: got %v, want an error without the password", err)
	}
}

// Find the servers of a domain
//
// `r` is nil for the system's resolver. A server is Foreign if its host is outside the domain. Ask the user before you
// connect to such a server.
func findServers(ctx context.Context, r transport.Resolver, address string) (urls []string, err error) {
	_, domain, _ := strings.Cut(address, "@")
	servers, err := transport.Discover(ctx, r, domain)
	for _, v := range servers {
		if !v.Foreign {
			urls = append(urls, v.URL(address)) // a URL for transport.Parse
		}
	}
	return urls, err
}

type records map[string][]*net.SRV

func (r records) LookupSRV(_ context.Context, service, _, name string) (string, []*net.SRV, error) {
	return "", r[service+" "+name], nil
}

func TestFindServers(t *testing.T) {
	r := records{
		"imap example.com":  {{Target: "imap.example.com.", Port: 143}},
		"imaps example.com": {{Target: "imap.example.com.", Port: 993}, {Target: "imap.example.net.", Port: 993}},
	}
	urls, err := findServers(t.Context(), r, "alice@example.com")
	want := "imaps://alice%40example.com@imap.example.com:993 imap+starttls://alice%40example.com@imap.example.com:143"
	if got := strings.Join(urls, " "); got != want || err != nil {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
}

// Give up after a time
//
// Nothing waits forever. The context limits how long the whole function may take. When the context ends, the command is
// abandoned, and the session lives on. StallTimeout is how long the server may be silent while it owes an answer (by
// default five minutes), however long the whole answer takes.
func giveUp(ctx context.Context, d transport.Dialer) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	s, err := session.Dial(ctx, d, &session.Config{StallTimeout: time.Minute})
	if err != nil {
		return err
	}
	defer s.Close()
	_, err = commands.Noop(s).Wait(ctx)
	return err
}

func TestGiveUp(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *imaptest.Server) {
		d := transport.DialFunc(func(context.Context) (transport.Conn, error) { return srv.Pipe(), nil })
		if err := giveUp(t.Context(), d); err != nil {
			t.Error(err)
		}
		srv.Inject(imaptest.Delay{For: time.Hour}, imaptest.When{Command: "NOOP"})
		began := time.Now()
		if err := giveUp(t.Context(), d); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 10*time.Second {
			t.Errorf("got %v after %v, want %v after 10s", err, time.Since(began), context.DeadlineExceeded)
		}
	})
}

// Compress the connection
//
// An account does this by itself when it is worthwhile (account.Options.Compress).
func compress(ctx context.Context, s *session.Session) error {
	if !s.Caps().Has("COMPRESS=DEFLATE") {
		return nil
	}
	return commands.Compress(ctx, s) // after signing in: send secrets before compression begins
}

func TestCompress(t *testing.T) {
	srv := imaptest.NewServer(t)
	s := open(t, srv, "alice")
	if err := compress(t.Context(), s); err != nil || !transport.Compressed(s.Conn()) {
		t.Errorf("got %v, want a compressed connection", err)
	}
	if _, err := commands.Select(s, "INBOX").Wait(t.Context()); err != nil {
		t.Error(err)
	}
}

// Exchange program names and versions with the server
//
// Some providers require this before they let a client open a mailbox. An account does it by itself
// (account.Options.ID).
func tellWho(ctx context.Context, s *session.Session) (string, error) {
	id, err := commands.ID(s, commands.IDField{Name: "name", Value: "cookbook"}, commands.IDField{Name: "version", Value: "1.0"}).Wait(ctx)
	return string(id.Get("name")), err
}

func TestTellWho(t *testing.T) {
	srv := imaptest.NewServer(t)
	name, err := tellWho(t.Context(), open(t, srv, "alice"))
	if name == "" || err != nil {
		t.Errorf("got the name %q, %v; want a name", name, err)
	}
	srv.Received().Named("ID").ExpectCommands(t, `ID ("name" "cookbook" "version" "1.0")`)
}
