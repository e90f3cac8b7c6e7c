package interop

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/imaptest"
)

// TestInteropLoginGsasl logs in to the test server with GNU SASL, which shares no code with this project and with the
// servers in other tests. It uses each mechanism that both support, over TCP and over both versions of TLS, with
// channel binding by GnuTLS.
func TestInteropLoginGsasl(t *testing.T) {
	gsasl, err := exec.LookPath("gsasl")
	if err != nil {
		t.Skip(`SKIPPED: needs the program gsasl, which "make interop" installs`)
	}
	srv := imaptest.NewServer(t, imaptest.AllowPlain(), imaptest.WithUser("alice", "secret"))
	dir := t.TempDir()
	ca, err := srv.CAPEM()
	if err != nil {
		t.Fatal(err)
	}
	cert, err := srv.ClientCertificate("alice")
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"ca": ca, "cert": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}),
		"key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, port, err := net.SplitHostPort(srv.Addr)
	if err != nil {
		t.Fatal(err)
	}
	run := func(t *testing.T, mech, password string, args ...string) error {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		args = append([]string{"--imap", "--connect=localhost:" + port, "--mechanism=" + mech, "--no-client-first", "--authentication-id=alice", "--password=" + password,
			"--anonymous-token=guest", "--hostname=localhost", "--realm=localhost", "--quality-of-protection=qop-auth", "--application-data"}, args...)
		out, err := exec.CommandContext(ctx, gsasl, args...).CombinedOutput()
		if (err == nil) != (password == "secret") {
			t.Errorf("%v\n%s", err, out)
		}
		return err
	}
	overTLS := func(priority string) []string {
		return []string{"--starttls", "--x509-ca-file=" + filepath.Join(dir, "ca"), "--x509-cert-file=" + filepath.Join(dir, "cert"), "--x509-key-file=" + filepath.Join(dir, "key"), "--priority=" + priority}
	}
	for name, c := range map[string]struct {
		args  []string
		mechs string
	}{
		"in the open":                     {[]string{"--no-starttls"}, "ANONYMOUS PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256"},
		tls.VersionName(tls.VersionTLS12): {overTLS("NORMAL:-VERS-ALL:+VERS-TLS1.2"), "EXTERNAL PLAIN CRAM-MD5 SCRAM-SHA-1-PLUS SCRAM-SHA-256-PLUS"},
		tls.VersionName(tls.VersionTLS13): {overTLS("NORMAL:-VERS-ALL:+VERS-TLS1.3"), "EXTERNAL PLAIN CRAM-MD5 SCRAM-SHA-1-PLUS SCRAM-SHA-256-PLUS"},
		"TLS, not bound":                  {append(overTLS("NORMAL"), "--no-cb"), "SCRAM-SHA-1 SCRAM-SHA-256"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, mech := range strings.Fields(c.mechs) {
				t.Run(mech, func(t *testing.T) {
					run(t, mech, "secret", c.args...)
					if mech != "EXTERNAL" && mech != "ANONYMOUS" {
						run(t, mech, "wrong", c.args...)
					}
				})
			}
		})
	}
}

// TestInteropLoginCurl logs in to the test server with curl, to test what GNU SASL lacks: valid and expired tokens, and
// passwords with and without SASL-IR.
func TestInteropLoginCurl(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip(`SKIPPED: needs the program curl, which "make interop" installs`)
	}
	for name, opts := range map[string][]imaptest.Option{"SASL-IR": nil, "no SASL-IR": {imaptest.Without("SASL-IR", "IMAP4rev2")}} {
		t.Run(name, func(t *testing.T) {
			srv := imaptest.NewServer(t, append(opts, imaptest.AllowPlain(), imaptest.WithUser("alice", "secret"), imaptest.WithToken("alice", "good-token"))...)
			ca, err := srv.CAPEM()
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "ca")
			if err := os.WriteFile(file, ca, 0o600); err != nil {
				t.Fatal(err)
			}
			for _, mech := range strings.Fields("PLAIN LOGIN CRAM-MD5 DIGEST-MD5 XOAUTH2 OAUTHBEARER") {
				for _, good := range []bool{true, false} {
					args := []string{"--silent", "--show-error", "--verbose", "--cacert", file, "--ssl-reqd", "--max-time", "60", "--login-options", "AUTH=" + mech}
					switch {
					case mech == "XOAUTH2" || mech == "OAUTHBEARER":
						args = append(args, "--user", "alice", "--oauth2-bearer", map[bool]string{true: "good-token", false: "old-token"}[good])
					default:
						args = append(args, "--user", map[bool]string{true: "alice:secret", false: "alice:wrong"}[good])
					}
					_, port, err := net.SplitHostPort(srv.Addr)
					if err != nil {
						t.Fatal(err)
					}
					out, err := exec.CommandContext(t.Context(), curl, append(args, "imap://localhost:"+port+"/INBOX", "--request", "NOOP")...).CombinedOutput()
					if (err == nil) != good || !good && !strings.Contains(string(out), "AUTHENTICATIONFAILED") {
						t.Errorf("%s, good %v: %v\n%s", mech, good, err, out)
					}
				}
			}
		})
	}
}
