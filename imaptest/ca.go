package imaptest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"time"
)

// authority is a new certificate authority, with one server certificate for localhost, example.com and the loopback
// addresses. Its key never leaves the process.
type authority struct {
	cert   *x509.Certificate
	der    []byte
	key    *ecdsa.PrivateKey
	server tls.Certificate
}

func newAuthority() (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	tmpl := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "imaptest CA"},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.Add(10 * 365 * 24 * time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	a := &authority{cert: cert, der: der, key: key}
	a.server, err = a.issue("localhost", x509.ExtKeyUsageServerAuth)
	return a, err
}

// issue makes a certificate for a name.
func (a *authority) issue(name string, usage x509.ExtKeyUsage) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return tls.Certificate{}, err
	}
	tmpl := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    a.cert.NotBefore,
		NotAfter:     a.cert.NotAfter,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{usage},
	}
	if usage == x509.ExtKeyUsageServerAuth {
		tmpl.DNSNames = []string{name, "example.com"}
		tmpl.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, key.Public(), a.key)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, nil
}

func (a *authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

func (a *authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.der})
}

// authority returns the certificate authority. It makes the authority on first use, so that a server without TLS starts
// at once.
func (s *Server) authority() (*authority, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ca == nil && s.caErr == nil {
		s.ca, s.caErr = newAuthority()
	}
	return s.ca, s.caErr
}

// serverTLS returns the server's TLS configuration, and the certificate that the server presents. The certificate is
// nil if it depends on the client.
func (s *Server) serverTLS() (*tls.Config, *x509.Certificate, error) {
	a, err := s.authority()
	if err != nil {
		return nil, nil, err
	}
	cfg := &tls.Config{
		Certificates: []tls.Certificate{a.server},
		NextProtos:   []string{"imap"},
		ClientCAs:    a.pool(),
		ClientAuth:   tls.VerifyClientCertIfGiven,
		MinVersion:   tls.VersionTLS12,
	}
	for _, change := range s.opt.login.tls {
		change(cfg)
	}
	if len(cfg.Certificates) != 1 || cfg.GetCertificate != nil || cfg.GetConfigForClient != nil {
		return cfg, nil, nil
	}
	if leaf := cfg.Certificates[0].Leaf; leaf != nil {
		return cfg, leaf, nil
	}
	leaf, err := x509.ParseCertificate(cfg.Certificates[0].Certificate[0])
	return cfg, leaf, err
}

// TLSConfig returns the configuration of a client that trusts the server.
func (s *Server) TLSConfig() *tls.Config {
	a, err := s.authority()
	if err != nil {
		return &tls.Config{}
	}
	return &tls.Config{RootCAs: a.pool(), ServerName: "localhost"}
}

// ClientCertificate returns a certificate with which user can log in by EXTERNAL.
func (s *Server) ClientCertificate(user string) (tls.Certificate, error) {
	a, err := s.authority()
	if err != nil {
		return tls.Certificate{}, err
	}
	return a.issue(user, x509.ExtKeyUsageClientAuth)
}

// ForeignCertificate returns a certificate in the name of user from an authority that the server does not trust.
func (s *Server) ForeignCertificate(user string) (tls.Certificate, error) {
	a, err := newAuthority()
	if err != nil {
		return tls.Certificate{}, err
	}
	return a.issue(user, x509.ExtKeyUsageClientAuth)
}

// CAPEM returns, as PEM, the certificate of the authority that issued the server's certificate. The slice is the
// caller's.
func (s *Server) CAPEM() ([]byte, error) {
	a, err := s.authority()
	if err != nil {
		return nil, err
	}
	return a.pem(), nil
}
