package session_test

import (
	"context"
	"net"
	"testing"
	"testing/synctest"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

// TestServerIsKnown checks that Server returns the host and port that Dial connected to, as far as they are known.
func TestServerIsKnown(t *testing.T) {
	const greeting = "S: * OK [CAPABILITY IMAP4rev1] ready\n"
	dials := func(t *testing.T) transport.Option {
		return transport.DialContext(func(context.Context, string, string) (net.Conn, error) {
			c, srv := imaptest.Pipe(0)
			imaptest.Play(t, srv, greeting)
			return c, nil
		})
	}
	synctest.Test(t, func(t *testing.T) {
		target, err := transport.Parse("imap+insecure://alice@mail.example.com:1143/INBOX", dials(t))
		if err != nil {
			t.Fatal(err)
		}
		bare := transport.DialFunc(func(context.Context) (transport.Conn, error) {
			c, srv := imaptest.Pipe(0)
			imaptest.Play(t, srv, greeting)
			return c, nil
		})
		for _, c := range []struct {
			d    transport.Dialer
			host string
			port int
		}{
			{target, "mail.example.com", 1143}, {transport.TCP("[2001:db8::1]", dials(t)), "2001:db8::1", 143}, {bare, "", 0},
		} {
			s, err := session.Dial(t.Context(), c.d, nil)
			if err != nil {
				t.Fatal(err)
			}
			if host, port := s.Server(); host != c.host || port != c.port {
				t.Errorf("Server: got %q, %d, want %q, %d", host, port, c.host, c.port)
			}
			s.Close()
		}
	})
	srv := imaptest.NewServer(t)
	s, err := session.Dial(t.Context(), transport.TCP(srv.Addr), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if host, port := s.Server(); host != "127.0.0.1" || port == 0 {
		t.Errorf("Server: got %q, %d, want 127.0.0.1 and a port", host, port)
	}
	// Without Dial, a session knows the host that TLS has verified.
	c, err := transport.TCP(srv.Addr).Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s, err = session.Open(t.Context(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if host, _ := s.Server(); host != "" {
		t.Errorf("Server before TLS: got host %q, want none", host)
	}
	if err := s.StartTLS(t.Context(), transport.StartTLS(srv.TLSConfig(), "")); err != nil {
		t.Fatal(err)
	}
	if host, _ := s.Server(); host != "localhost" {
		t.Errorf("Server after STARTTLS: got host %q, want localhost", host)
	}
}
