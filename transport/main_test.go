package transport

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"os"
	"testing"
	"time"
)

// The test binary is also the program that Process starts. See child_test.go.
func TestMain(m *testing.M) {
	if mode := os.Getenv("TRANSPORT_TEST_CHILD"); mode != "" {
		child(mode)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// An authority signs the certificates of a test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &authority{cert, key, pool}
}

// server returns a server configuration with a certificate. The certificate is for the host names and IP addresses
// in the parameter names, and is valid until the given time.
func (a *authority) server(t testing.TB, until time.Time, names ...string) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: until.Add(-48 * time.Hour), NotAfter: until,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			tmpl.IPAddresses = append(tmpl.IPAddresses, ip)
		} else {
			tmpl.DNSNames = append(tmpl.DNSNames, n)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
		NextProtos:   []string{"imap"},
	}
}

// good returns a server configuration with a valid certificate for localhost and 127.0.0.1.
func (a *authority) good(t testing.TB) *tls.Config {
	return a.server(t, time.Now().Add(time.Hour), "localhost", "127.0.0.1")
}

// client returns a client configuration that trusts a.
func (a *authority) client() *tls.Config { return &tls.Config{RootCAs: a.pool} }

// listen listens on a loopback port until the end of the test. It calls f with each connection, and then closes the
// connection.
func listen(t testing.TB, network, addr string, f func(net.Conn)) net.Listener {
	t.Helper()
	l, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				f(c)
			}()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return l
}

// echo sends back all bytes that it receives.
func echo(c net.Conn) { io.Copy(c, c) }

// chat sends a line to a peer that runs echo, and checks that the line comes back.
func chat(t testing.TB, c Conn, line string) {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(2 * time.Minute))
	c.SetWriteDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(c, line); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(line))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != line {
		t.Fatalf("%q came back as %q, %v", line, got, err)
	}
	c.SetReadDeadline(time.Time{})
	c.SetWriteDeadline(time.Time{})
}

// streamOnly has only the methods of Conn, and none of the other methods of a net.Conn.
type streamOnly struct{ Conn }

// A stutter is a connection on which a deadline ends a Read before each byte.
type stutter struct {
	net.Conn
	on  bool
	odd bool
}

func (s *stutter) Read(p []byte) (int, error) {
	if !s.on || len(p) == 0 {
		return s.Conn.Read(p)
	}
	if s.odd = !s.odd; s.odd {
		return 0, &net.OpError{Op: "read", Net: "test", Err: os.ErrDeadlineExceeded}
	}
	return s.Conn.Read(p[:1])
}

// readLine reads a line one byte at a time, so that it reads nothing after the line.
func readLine(c io.Reader) (string, error) {
	r := bufio.NewReaderSize(oneByte{c}, 16)
	return r.ReadString('\n')
}

type oneByte struct{ io.Reader }

func (r oneByte) Read(p []byte) (int, error) { return r.Reader.Read(p[:1]) }
