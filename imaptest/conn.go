package imaptest

import (
	"crypto/tls"
	"crypto/x509"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"

	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/wire"
)

// conn holds the state of one connection of a Server. Package serve reads and answers the commands. It calls the
// methods in hooks.go, in which a Server differs from a serve.Server.
type conn struct {
	srv *Server
	m   *serve.Conn

	num  int // the number of the connection, from 1
	user *store.User
	full bool  // there are too many connections, so the server refuses this one
	link *Link // the link below the connection; nil if the server cannot control the network

	info    sync.Mutex // guards the fields that a test can read; a goroutine that holds it takes no other lock
	shown   string     // the user's name, for whoami
	opened  string     // the name of the selected mailbox
	inIdle  bool
	command string // the current command; set only if there are faults

	rng     *rand.Rand     // see chance
	faults  *commandFaults // the faults of the current command
	held    *heldBack
	batch   together
	late    []byte   // see HoldTagged
	slips   []string // what the client did wrong in the current command
	slipped bool     // the server refused the current command because of slips
	entry   int      // the number of the current command in the history

	commands int         // how many commands were answered
	turned   atomic.Bool // ConnLimit or Bye has refused or ended the connection

	out     *wire.Encoder         // the encoder of package serve
	cmds    *parser.CommandReader // the reader that package serve uses now
	foreign bool                  // the caller has put TLS on the connection, with a certificate that the server does not know
	cert    *x509.Certificate     // the server's certificate if it is known, for channel binding
	name    string                // the user's name
}

func newConn(s *Server, nc net.Conn, cert *x509.Certificate, user string) *conn {
	nc, link := s.linkConn(nc)
	_, foreign := nc.(*tls.Conn)
	c := &conn{srv: s, link: link, cert: cert, foreign: foreign && cert == nil}
	c.m = s.machine.NewConn(nc, serve.ConnOptions{User: user, Hooks: c})
	c.out = c.m.Encoder()
	if link != nil {
		link.report = c.noteFault
	}
	return c
}

// utf8 reports whether mailbox names and quoted strings are UTF-8.
func (c *conn) utf8() bool { return c.m.UTF8() }

// has reports whether the server has a capability.
func (c *conn) has(name string) bool { return c.m.Has(name) }

// hangUp ends the connection. It is called on other goroutines than the one that serves the connection.
func (c *conn) hangUp() {
	if c.link != nil && c.link.stalls() {
		c.link.abort() // otherwise HangUp would wait until TLS has sent close_notify
	}
	c.m.HangUp()
	if c.link != nil {
		c.link.abort()
	}
}

// own returns a function for the field Run of a serve.Command, which calls a method of conn.
func own(run func(*conn) error) func(*serve.Conn) error {
	return func(m *serve.Conn) error {
		return asReply(run(m.Hooks().(*conn)))
	}
}

// untagged writes an untagged response from text.
func (c *conn) untagged(text string) { c.m.Untagged(text) }

// flush sends what has been encoded.
func (c *conn) flush() error { return c.m.Flush() }
