package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"strings"
	"time"

	"github.com/imapstack/imapstack/imaptest"
)

// secrets reads the certificates and the passwords.
func (s *server) secrets() error {
	cert, err := certificate(s.set.cert, s.set.key)
	if err != nil {
		return err
	}
	s.tls = &tls.Config{Certificates: []tls.Certificate{cert}}
	if s.set.ca != "" {
		pem, err := os.ReadFile(s.set.ca)
		if err != nil {
			return err
		}
		trust := &tls.Config{RootCAs: x509.NewCertPool()}
		if !trust.RootCAs.AppendCertsFromPEM(pem) {
			return fmt.Errorf("%s contains no certificate", s.set.ca)
		}
		for _, b := range s.set.backs {
			b.target.TLSConfig = trust
		}
	}
	if s.set.master == "" {
		return nil
	}
	if s.master = os.Getenv("PROXY_MASTER"); s.master == "" {
		return errors.New("-master needs a password in $PROXY_MASTER")
	}
	text, err := os.ReadFile(s.set.users)
	s.password = map[string]string{}
	for line := range strings.Lines(string(text)) {
		if name, password, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			s.password[name] = password
		}
	}
	return err
}

// certificate reads the proxy's certificate, or makes one.
func certificate(cert, key string) (tls.Certificate, error) {
	if cert != "" {
		return tls.LoadX509KeyPair(cert, key)
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	t := x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 1, 0), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, &t, &t, private.Public(), private)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private}, err
}

// demo starts two servers in memory. alice has mail on one of them, and bob on the other.
func demo(set *settings, out io.Writer) (stop func(), err error) {
	var servers []*imaptest.Server
	stop = func() {
		for _, s := range servers {
			s.Close()
		}
	}
	for users, name := range map[string]string{"alice": "alice", "[^a]*": "bob"} {
		s, err := imaptest.New(imaptest.WithUser(name, "secret"), imaptest.AllowPlain())
		if err != nil {
			return stop, err
		}
		servers = append(servers, s)
		if err := s.Listen("127.0.0.1:0", ""); err != nil {
			return stop, err
		}
		if err := set.backs.Set(users + "=imap+insecure://" + s.Addr); err != nil {
			return stop, err
		}
		fmt.Fprintf(out, "%s, whose password is secret, has mail on %s.\n", name, s.Addr)
	}
	fmt.Fprintf(out, "Try: curl --ssl-reqd --insecure --user alice:secret imap://%s/INBOX -X 'STATUS INBOX (MESSAGES)'\n", set.addr)
	return stop, nil
}
