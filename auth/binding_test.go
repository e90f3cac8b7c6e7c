package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/imapstack/imapstack/auth"
)

// certificate returns a self-signed certificate.
func certificate(t testing.TB, key crypto.Signer, alg x509.SignatureAlgorithm) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.example.com"}, DNSNames: []string{"mail.example.com"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), SignatureAlgorithm: alg,
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func ecdsaKey(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// handshake performs a TLS handshake between a client and a server in memory.
func handshake(t testing.TB, cert tls.Certificate, version uint16, cache tls.ClientSessionCache) (client, server *tls.ConnectionState) {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(cert.Leaf)
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	c := tls.Client(a, &tls.Config{RootCAs: roots, ServerName: "mail.example.com", MinVersion: version, MaxVersion: version, ClientSessionCache: cache})
	cfg := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: version, MaxVersion: version}
	cfg.SetSessionTicketKeys([][32]byte{{1}})
	s := tls.Server(b, cfg)
	done := make(chan error, 1)
	go func() {
		err := s.Handshake()
		if err == nil {
			_, err = s.Write([]byte("x")) // a client that has read this byte has the session tickets of TLS 1.3, too
		}
		done <- err
	}()
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	cs, ss := c.ConnectionState(), s.ConnectionState()
	return &cs, &ss
}

func TestChannelBinding(t *testing.T) {
	cert := certificate(t, ecdsaKey(t), x509.ECDSAWithSHA256)
	for _, v := range []struct {
		version uint16
		types   []string
	}{
		{tls.VersionTLS13, []string{auth.TLSExporter, auth.TLSServerEndPoint}},
		{tls.VersionTLS12, []string{auth.TLSUnique, auth.TLSServerEndPoint, auth.TLSExporter}},
	} {
		client, srv := handshake(t, cert, v.version, nil)
		other, _ := handshake(t, cert, v.version, nil)
		if got := auth.Bindings(client); !slices.Equal(got, v.types) {
			t.Errorf("TLS version %x: Bindings returns %v, want %v", v.version, got, v.types)
		}
		for _, typ := range append(v.types, "") {
			for _, mech := range []string{auth.SCRAMSHA1, auth.SCRAMSHA256, auth.SCRAMSHA512} {
				mech += "-PLUS"
				cfg := alice(func(cfg *auth.ServerConfig) { cfg.TLS, cfg.Certificate = srv, cert.Leaf })
				s := server(t, mech, cfg)
				said, ce, se := exchange(auth.SCRAM(mech, "alice", auth.NewSecret("hunter2"), &auth.SCRAMOptions{TLS: client, Binding: typ}), s, true)
				if ce != nil || se != nil || s.User() != "alice" {
					t.Errorf("%x %s %q: %v, %v\n%q", v.version, mech, typ, ce, se, said)
				}
				if typ == auth.TLSServerEndPoint {
					continue // the data of tls-server-end-point is the same on all connections to a server
				}
				s = server(t, mech, cfg)
				_, ce, se = exchange(auth.SCRAM(mech, "alice", auth.NewSecret("hunter2"), &auth.SCRAMOptions{TLS: other, Binding: typ}), s, true)
				if !errors.Is(ce, auth.ErrBinding) || !auth.Final(ce) || !errors.Is(se, auth.ErrRefused) {
					t.Errorf("%x %s %q: man in the middle: %v, %v; want ErrBinding, ErrRefused", v.version, mech, typ, ce, se)
				}
			}
		}
		// The certificate in the server's configuration is not that of the connection.
		cfg := alice(func(cfg *auth.ServerConfig) {
			cfg.TLS, cfg.Certificate = srv, certificate(t, ecdsaKey(t), x509.ECDSAWithSHA256).Leaf
		})
		_, ce, _ := exchange(auth.SCRAM("SCRAM-SHA-1-PLUS", "alice", auth.NewSecret("hunter2"), &auth.SCRAMOptions{TLS: client, Binding: auth.TLSServerEndPoint}),
			server(t, "SCRAM-SHA-1-PLUS", cfg), true)
		if !errors.Is(ce, auth.ErrBinding) {
			t.Errorf("%x: another certificate: %v, want ErrBinding", v.version, ce)
		}
	}
}

func TestChannelBindingResumed(t *testing.T) {
	cert := certificate(t, ecdsaKey(t), x509.ECDSAWithSHA256)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		cache := tls.NewLRUClientSessionCache(1)
		handshake(t, cert, version, cache)
		client, srv := handshake(t, cert, version, cache)
		if !client.DidResume {
			t.Fatalf("%x: the second connection does not resume the session of the first", version)
		}
		cfg := alice(func(cfg *auth.ServerConfig) { cfg.TLS, cfg.Certificate = srv, cert.Leaf })
		for _, typ := range auth.Bindings(client) {
			x := auth.SCRAM("SCRAM-SHA-256-PLUS", "alice", auth.NewSecret("hunter2"), &auth.SCRAMOptions{TLS: client, Binding: typ})
			if _, ce, se := exchange(x, server(t, "SCRAM-SHA-256-PLUS", cfg), true); ce != nil || se != nil {
				t.Errorf("TLS version %x, %s: the client: %v; the server: %v", version, typ, ce, se)
			}
		}
	}
}

func TestChannelBindingRefused(t *testing.T) {
	cert := certificate(t, ecdsaKey(t), x509.ECDSAWithSHA256)
	c13, _ := handshake(t, cert, tls.VersionTLS13, nil)
	unfinished := *c13
	unfinished.HandshakeComplete = false
	for _, c := range []struct {
		typ   string
		state *tls.ConnectionState
		cert  *x509.Certificate
	}{
		{auth.TLSExporter, nil, nil}, {auth.TLSExporter, &unfinished, nil}, {auth.TLSUnique, c13, cert.Leaf}, {auth.TLSServerEndPoint, c13, nil},
		{"tls-unique-for-telnet", c13, cert.Leaf}, {"", c13, cert.Leaf},
	} {
		if data, err := auth.ChannelBinding(c.typ, c.state, c.cert); !errors.Is(err, auth.ErrBinding) || data != nil {
			t.Errorf("%q: %x, %v; want ErrBinding", c.typ, data, err)
		}
	}
	if b := auth.Bindings(&unfinished); len(b) > 0 {
		t.Errorf("Bindings of an unfinished handshake: %v, want none", b)
	}
}

// TestServerEndPoint checks the hash of the channel binding tls-server-end-point (RFC 5929 §4.1).
func TestServerEndPoint(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, _ := ed25519.GenerateKey(rand.Reader)
	state := &tls.ConnectionState{HandshakeComplete: true, Version: tls.VersionTLS13}
	sum256 := func(b []byte) string { return fmt.Sprintf("%x", sha256.Sum256(b)) }
	sum384 := func(b []byte) string { return fmt.Sprintf("%x", sha512.Sum384(b)) }
	sum512 := func(b []byte) string { return fmt.Sprintf("%x", sha512.Sum512(b)) }
	for _, c := range []struct {
		key crypto.Signer
		alg x509.SignatureAlgorithm
		sum func([]byte) string
	}{
		{rsaKey, x509.SHA256WithRSA, sum256}, {rsaKey, x509.SHA384WithRSA, sum384}, {rsaKey, x509.SHA512WithRSA, sum512},
		{rsaKey, x509.SHA256WithRSAPSS, sum256}, {rsaKey, x509.SHA512WithRSAPSS, sum512}, {ecdsaKey(t), x509.ECDSAWithSHA384, sum384}, {edKey, x509.PureEd25519, nil},
	} {
		leaf := certificate(t, c.key, c.alg).Leaf
		data, err := auth.ChannelBinding(auth.TLSServerEndPoint, state, leaf)
		if c.sum == nil {
			if !errors.Is(err, auth.ErrBinding) {
				t.Errorf("%s: %v, want ErrBinding", c.alg, err)
			}
			continue
		}
		if got := fmt.Sprintf("%x", data); got != c.sum(leaf.Raw) || err != nil {
			t.Errorf("%s: got %s, %v; want %s", c.alg, got, err, c.sum(leaf.Raw))
		}
	}
	// The hash for a certificate with a weak signature is SHA-256. No library makes such certificates any more, so the
	// test changes the algorithm of another certificate.
	leaf := *certificate(t, ecdsaKey(t), x509.ECDSAWithSHA384).Leaf
	leaf.SignatureAlgorithm = x509.SHA1WithRSA
	if data, err := auth.ChannelBinding(auth.TLSServerEndPoint, state, &leaf); fmt.Sprintf("%x", data) != sum256(leaf.Raw) || err != nil {
		t.Errorf("SHA-1: %x, %v; want the SHA-256 of the certificate", data, err)
	}
}

// TestGS2Flag checks that the client sends the flags "n", "y" and "p" as RFC 5802 §6 says, and how the server reacts to
// each.
func TestGS2Flag(t *testing.T) {
	cert := certificate(t, ecdsaKey(t), x509.ECDSAWithSHA256)
	client, srv := handshake(t, cert, tls.VersionTLS13, nil)
	binds := alice(func(cfg *auth.ServerConfig) { cfg.TLS, cfg.Certificate = srv, cert.Leaf })
	bindsNot := alice(nil)
	for _, c := range []struct {
		name   string
		mech   string
		opts   auth.SCRAMOptions
		cfg    *auth.ServerConfig
		header string
		want   error
	}{
		{"neither can bind", "SCRAM-SHA-256", auth.SCRAMOptions{}, bindsNot, "n,,", nil},
		{"the server can, the client cannot", "SCRAM-SHA-256", auth.SCRAMOptions{}, binds, "n,,", nil},
		{"the client can, the server cannot", "SCRAM-SHA-256", auth.SCRAMOptions{TLS: client}, bindsNot, "y,,", nil},
		{"both can, and -PLUS was taken away", "SCRAM-SHA-256", auth.SCRAMOptions{TLS: client}, binds, "y,,", auth.ErrDowngrade},
		{"both can, and the client will not", "SCRAM-SHA-256", auth.SCRAMOptions{TLS: client, PlusOffered: true}, binds, "n,,", nil},
		{"both can", "SCRAM-SHA-256-PLUS", auth.SCRAMOptions{TLS: client}, binds, "p=tls-exporter,,", nil},
		{"the certificate only", "SCRAM-SHA-256-PLUS", auth.SCRAMOptions{TLS: client, Binding: auth.TLSServerEndPoint}, binds, "p=tls-server-end-point,,", nil},
	} {
		x := auth.SCRAM(c.mech, "alice", auth.NewSecret("hunter2"), &c.opts)
		if _, ir, err := x.Start(); string(ir[:len(c.header)]) != c.header || err != nil {
			t.Errorf("%s: the initial response is %q, %v; want the header %q", c.name, ir, err, c.header)
		}
		_, ce, _ := exchange(x, server(t, c.mech, c.cfg), true)
		if c.want == nil && ce != nil || c.want != nil && (!errors.Is(ce, c.want) || !auth.Final(ce)) {
			t.Errorf("%s: %v, want %v", c.name, ce, c.want)
		}
	}
	// Use a type of channel binding that the server does not know.
	only := *binds
	only.Certificate = nil
	_, ce, _ := exchange(auth.SCRAM("SCRAM-SHA-1-PLUS", "alice", auth.NewSecret("hunter2"), &auth.SCRAMOptions{TLS: client, Binding: auth.TLSServerEndPoint}),
		server(t, "SCRAM-SHA-1-PLUS", &only), true)
	if e := (*auth.ServerError)(nil); !errors.As(ce, &e) || e.Value != "unsupported-channel-binding-type" {
		t.Errorf("a type that the server does not know: %v, want unsupported-channel-binding-type", ce)
	}
	if m := binds.Mechanisms()[:3]; !slices.Equal(m, []string{"SCRAM-SHA-512-PLUS", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"}) {
		t.Errorf("the server offers %v first, want the -PLUS mechanisms", m)
	}
	// Send the flag "n" with a -PLUS mechanism.
	s := server(t, "SCRAM-SHA-1-PLUS", binds)
	if says, _, _ := s.Next([]byte("n,,n=alice,r=abc")); string(says) != "e=channel-binding-not-supported" {
		t.Errorf("the flag \"n\" with a -PLUS mechanism: %q, want e=channel-binding-not-supported", says)
	}
}
