package peer

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"strings"
	"testing"
)

// Dovecot returns the Dovecot that "make interop" has started. Without one, it skips the test.
func Dovecot(t testing.TB) Env {
	t.Helper()
	return find(t, "IMAPSTACK_DOVECOT")
}

// Cyrus returns the Cyrus that "make interop" has started. Without one, it skips the test.
func Cyrus(t testing.TB) Env {
	t.Helper()
	return find(t, "IMAPSTACK_CYRUS")
}

// Courier returns the Courier that "make interop" has started. Without one, it skips the test.
func Courier(t testing.TB) Env {
	t.Helper()
	return find(t, "IMAPSTACK_COURIER")
}

// DovecotProxy returns the Dovecot that "make interop" has started as a proxy in front of the server that [Dovecot]
// returns. The proxy has no mail of its own, and passes every user on. Without one, it skips the test.
func DovecotProxy(t testing.TB) Env {
	t.Helper()
	return find(t, "IMAPSTACK_DOVECOT_PROXY")
}

// Named returns a server that "make interop" has started by the script of that name in imaptest/interop: nginx for
// nginx.sh. Without one, it skips the test.
func Named(t testing.TB, name string) Env {
	t.Helper()
	return find(t, "IMAPSTACK_"+strings.ToUpper(name))
}

// Server returns the server behind a proxy.
func (e Env) Server(t testing.TB) Env {
	t.Helper()
	return read(t, e.Backend)
}

func find(t testing.TB, variable string) Env {
	t.Helper()
	name := os.Getenv(variable)
	if name == "" {
		t.Skipf("SKIPPED: needs a real server, and %s is not set: run \"make interop\"", variable)
	}
	return read(t, name)
}

func read(t testing.TB, name string) Env {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	e, err := Read(f)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return e
}

// TLS returns a new configuration that trusts the server under the name "localhost".
func (e Env) TLS(t testing.TB) *tls.Config {
	t.Helper()
	pem, err := os.ReadFile(e.CA)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		t.Fatalf("%s: no certificate", e.CA)
	}
	return &tls.Config{RootCAs: pool, ServerName: "localhost"}
}

// ClientTLS is like [Env.TLS], with the certificate of User, for the mechanism EXTERNAL.
func (e Env) ClientTLS(t testing.TB) *tls.Config {
	t.Helper()
	cert, err := tls.LoadX509KeyPair(e.ClientCert, e.ClientKey)
	if err != nil {
		t.Fatal(err)
	}
	cfg := e.TLS(t)
	cfg.Certificates = []tls.Certificate{cert}
	return cfg
}

// BearerToken returns the OAuth 2.0 bearer token of User.
func (e Env) BearerToken(t testing.TB) string {
	t.Helper()
	token, err := os.ReadFile(e.Token)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(token))
}
