package interop

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

// peer is a real server that a script has started.
type peer struct{ env map[string]string }

// server returns the peer whose description is in the file that an environment variable names.
func server(t *testing.T, variable string) *peer {
	t.Helper()
	file := os.Getenv(variable)
	if file == "" {
		t.Skipf("SKIPPED: no real server: %s is not set; run make interop", variable)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{env: map[string]string{}}
	for line := range strings.Lines(string(text)) {
		if k, v, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			p.env[k] = v
		}
	}
	return p
}

func (p *peer) tls(t *testing.T) *tls.Config {
	t.Helper()
	pem, err := os.ReadFile(p.env["CA"])
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return &tls.Config{RootCAs: pool, ServerName: "localhost"}
}

// way is a way to a server.
type way struct {
	name string
	open func(t *testing.T, p *peer, cfg *session.Config) *session.Session
}

// timeout bounds each test: a server that hangs fails it.
func timeout(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func dial(url string) func(t *testing.T, p *peer, cfg *session.Config) *session.Session {
	return func(t *testing.T, p *peer, cfg *session.Config) *session.Session {
		t.Helper()
		url := url
		for k, v := range p.env {
			url = strings.ReplaceAll(url, "$"+k, v)
		}
		target, err := transport.Parse(url)
		if err != nil {
			t.Fatal(err)
		}
		target.TLSConfig = p.tls(t)
		s, err := session.Dial(timeout(t), target, cfg)
		if err != nil {
			t.Fatalf("%s: %v", url, err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
}

// loggedIn logs alice in, unless the server has done that.
func loggedIn(open func(t *testing.T, p *peer, cfg *session.Config) *session.Session) func(t *testing.T, p *peer, cfg *session.Config) *session.Session {
	return func(t *testing.T, p *peer, cfg *session.Config) *session.Session {
		t.Helper()
		s := open(t, p, cfg)
		if s.State() == session.NotAuthenticated {
			if _, err := commands.Login(s, "alice", auth.NewSecret("secret"), commands.AllowInsecure()).Wait(timeout(t)); err != nil {
				t.Fatal(err)
			}
		}
		return s
	}
}

func deflated(open func(t *testing.T, p *peer, cfg *session.Config) *session.Session) func(t *testing.T, p *peer, cfg *session.Config) *session.Session {
	return func(t *testing.T, p *peer, cfg *session.Config) *session.Session {
		t.Helper()
		s := open(t, p, cfg)
		if err := commands.Compress(timeout(t), s); err != nil {
			t.Fatal(err)
		}
		return s
	}
}

var (
	tcp      = loggedIn(dial("imap+insecure://$ADDR"))
	startTLS = loggedIn(dial("imap+starttls://$ADDR"))
	overTLS  = loggedIn(dial("imaps://$TLS_ADDR"))
	process  = loggedIn(dial("imap+process:$PROCESS"))
)

var dovecotWays = []way{
	{"tcp", tcp}, {"starttls", startTLS}, {"tls", overTLS}, {"process", process}, {"tls+deflate", deflated(overTLS)}, {"process+deflate", deflated(process)},
}

var cyrusWays = []way{{"tcp", tcp}, {"starttls", startTLS}, {"tls", overTLS}, {"tls+deflate", deflated(overTLS)}}
