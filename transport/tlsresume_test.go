package transport

import (
	"crypto/tls"
	"errors"
	"net"
	"testing"
)

// TestTLSResumption dials twice. The second connection resumes the session of the first only if the configuration has a
// cache. It is verified like the first, by VerifyConnection and by the authorities that the configuration trusts at
// that time.
func TestTLSResumption(t *testing.T) {
	a, stranger := newAuthority(t), newAuthority(t)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		server := a.good(t)
		server.MaxVersion = version
		l := listen(t, "tcp", "127.0.0.1:0", func(c net.Conn) { tlsEcho(c, server) })
		for path, dial := range bothPaths {
			twice := func(cfg *tls.Config) (resumed bool) {
				t.Helper()
				for i := range 2 {
					c, err := dial("localhost:"+port(l), cfg).Dial(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					chat(t, c, "a NOOP\r\n") // a server of TLS 1.3 sends tickets after the handshake
					state, _ := ConnectionState(c)
					if resumed = state.DidResume; resumed && i == 0 {
						t.Errorf("%s, %x: the first connection is resumed", path, version)
					}
					if len(state.VerifiedChains) == 0 || len(state.PeerCertificates) == 0 {
						t.Errorf("%s, %x: the connection has no verified certificates: %+v", path, version, state)
					}
					c.Close()
				}
				return resumed
			}
			if twice(a.client()) {
				t.Errorf("%s, %x: resumed without a cache", path, version)
			}
			cfg := a.client()
			cfg.ClientSessionCache = tls.NewLRUClientSessionCache(1)
			refused := errors.New("not today")
			verified := 0
			cfg.VerifyConnection = func(s tls.ConnectionState) error {
				if verified++; verified > 2 {
					return refused
				}
				return nil
			}
			if !twice(cfg) || verified != 2 {
				t.Errorf("%s, %x: not resumed, or verified %d times", path, version, verified)
			}
			if _, err := dial("localhost:"+port(l), cfg).Dial(t.Context()); !errors.Is(err, refused) {
				t.Errorf("%s, %x: %v, want the error of VerifyConnection", path, version, err)
			}
			other := stranger.client()
			other.ClientSessionCache = cfg.ClientSessionCache
			var verify *tls.CertificateVerificationError
			if _, err := dial("localhost:"+port(l), other).Dial(t.Context()); !errors.As(err, &verify) {
				t.Errorf("%s, %x: with an authority that is no longer trusted: %v, want a CertificateVerificationError", path, version, err)
			}
		}
	}
}
