package session_test

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
	"github.com/imapstack/imapstack/wire"
)

// eager is a connection that supports waiting without a buffer (transport.Awaiter). Its Read returns ErrNothing
// together with octets. TLS 1.2 does so if a part of an alert follows the octets.
type eager struct {
	net.Conn
	now   bool
	ahead []byte
	waits chan bool // gets a value at each call of Await
}

func (c *eager) Immediate(on bool) { c.now = on }

func (c *eager) Await() error {
	c.waits <- true
	b := make([]byte, 1000)
	n, err := c.Conn.Read(b)
	c.ahead = b[:n]
	return err
}

func (c *eager) Read(p []byte) (int, error) {
	switch {
	case len(c.ahead) > 0:
		n := copy(p, c.ahead)
		if c.ahead = c.ahead[n:]; c.now && len(c.ahead) == 0 {
			return n, transport.ErrNothing
		}
		return n, nil
	case c.now:
		return 0, transport.ErrNothing
	}
	return c.Conn.Read(p)
}

// TestNothingAfterOctets checks that an ErrNothing that came with octets does not end a later read.
func TestNothingAfterOctets(t *testing.T) {
	c, srv := imaptest.Pipe(0)
	begun, waits := make(chan bool), make(chan bool, 9)
	go func() {
		io.WriteString(srv, "* PREAUTH [CAPABILITY IMAP4rev1 IDLE] ready\r\n")
		buf := make([]byte, 100)
		srv.Read(buf)
		io.WriteString(srv, "+ idling\r\n")
		<-waits
		io.WriteString(srv, "* 1 FETCH (BODY[] {200}\r\n")
		<-begun
		io.WriteString(srv, strings.Repeat("x", 200)+")\r\n")
		srv.Read(buf)
		io.WriteString(srv, "A1 OK done\r\n")
	}()
	s, err := session.Open(t.Context(), &eager{Conn: c, waits: waits}, &session.Config{Limits: wire.Limits{Inline: 64}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	stream := session.StartStream(s, idle(), (*parser.Response).Fetch)
	for m, err := range stream.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		close(begun)
		for sec := range m.Sections {
			if b, err := io.ReadAll(sec); err != nil || len(b) != 200 {
				t.Errorf("got %d octets and %v, want 200 octets", len(b), err)
			}
		}
		stream.Stop()
	}
}

// gone is a connection whose Read fails with a time-out of the operating system when the session begins to wait in
// IDLE, as if the peer no longer answered.
type gone struct{ eager }

func (c *gone) Read(p []byte) (int, error) {
	if c.now {
		return 0, &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ETIMEDOUT)}
	}
	return c.eager.Read(p)
}

// TestGoneWhileResting checks that the error is ErrLost, and not ErrStalled, if the peer disappears while a session
// waits in IDLE.
func TestGoneWhileResting(t *testing.T) {
	c, srv := imaptest.Pipe(0)
	imaptest.Play(t, srv, preauth+"C: A1 IDLE\nS: + idling\n")
	s, err := session.Open(t.Context(), &gone{eager{Conn: c}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = session.StartStream(s, idle(), itself).Wait(t.Context())
	if !errors.Is(err, session.ErrLost) || errors.Is(err, session.ErrStalled) {
		t.Errorf("got %v, want ErrLost", err)
	}
}
