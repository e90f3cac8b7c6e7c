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

// conn holds what the server keeps for one connection besides the machine of package serve. The machine reads commands
// and answers them, and calls the methods of conn for what is different in this server. See hooks.go.
type conn struct {
	srv *Server
	m   *serve.Conn

	num  int // its number, from 1
	user *store.User
	full bool  // there are too many connections, so the server refuses this one
	link *Link // its network; nil if the server does not control it

	info    sync.Mutex // guards what the test can see; no other lock is taken while it is held
	shown   string     // the user's name
	opened  string     // the mailbox's name
	inIdle  bool
	command string // the current one, if there are faults

	rng     *rand.Rand // see chance
	hit     *hit       // the faults of the current command
	held    *heldBack
	batch   together
	late    []byte   // see HoldTagged
	slips   []string // what the client did wrong in the current command
	slipped bool     // the command was refused for that
	entry   int      // the number of the current command in the history

	commands int         // how many were answered
	turned   atomic.Bool // turned away by ConnLimit or Bye

	out     *wire.Encoder         // the machine's
	cmds    *parser.CommandReader // the machine's, as it is now
	foreign bool                  // the caller has put TLS on the connection, with an unknown certificate
	cert    *x509.Certificate     // the server's own, if it is known; for channel binding
	name    string                // of the user
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

// hangUp ends the connection from outside.
func (c *conn) hangUp() {
	if c.link != nil && c.link.stalls() {
		c.link.abort() // TLS would wait to say good-bye
	}
	c.m.HangUp()
	if c.link != nil {
		c.link.abort()
	}
}

// own makes a command of the machine from a method of conn.
func own(run func(*conn) error) func(*serve.Conn) error {
	return func(m *serve.Conn) error {
		return told(run(m.Hooks().(*conn)))
	}
}

// untagged writes an untagged response from text.
func (c *conn) untagged(text string) { c.m.Untagged(text) }

// flush sends what has been encoded.
func (c *conn) flush() error { return c.m.Flush() }
