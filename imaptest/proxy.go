package imaptest

import (
	"crypto/tls"
	"net"
	"sync"
	"testing"
)

// A Proxy stands between clients and any server, and records what both sides send. It also records what they send
// within TLS, because it has separate TLS connections with the client and the server. Channel binding therefore fails,
// as it should.
type Proxy struct {
	// Addr is where clients connect, as "127.0.0.1:port", in plain text. STARTTLS works if the server supports it.
	Addr string
	// TLSAddr is where clients connect with TLS from the beginning. Whether the proxy's connection to the server also
	// begins with TLS depends only on the function dial of NewProxy.
	TLSAddr string

	dial      func() (net.Conn, error)
	upstream  *tls.Config
	ca        *authority
	mu        sync.Mutex
	listeners []net.Listener
	recorders []*Recorder
	conns     map[net.Conn]struct{}
	closed    bool
	wg        sync.WaitGroup
}

// NewProxy starts a proxy on loopback, and closes it when t ends. For each client it calls dial for a connection to the
// server. upstream is the TLS configuration for STARTTLS with the server; it may be nil if no client uses STARTTLS.
func NewProxy(t testing.TB, dial func() (net.Conn, error), upstream *tls.Config) *Proxy {
	t.Helper()
	p := &Proxy{dial: dial, upstream: upstream, conns: map[net.Conn]struct{}{}}
	var err error
	if p.ca, err = newAuthority(); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		addr *string
		tls  bool
	}{{&p.Addr, false}, {&p.TLSAddr, true}} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		*x.addr = l.Addr().String()
		p.listeners = append(p.listeners, l)
		p.wg.Go(func() { p.accept(l, x.tls) })
	}
	t.Cleanup(p.close)
	return p
}

// TLSConfig returns the configuration of a client that trusts the proxy.
func (p *Proxy) TLSConfig() *tls.Config {
	return &tls.Config{RootCAs: p.ca.pool(), ServerName: "localhost"}
}

// Recorders returns the recorder of each connection, in the order in which they began. The slice is the caller's.
func (p *Proxy) Recorders() []*Recorder {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]*Recorder(nil), p.recorders...)
}

func (p *Proxy) serverTLS() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{p.ca.server}, MinVersion: tls.VersionTLS12}
}

func (p *Proxy) accept(l net.Listener, withTLS bool) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		if withTLS {
			c = tls.Server(c, p.serverTLS())
		}
		p.wg.Go(func() { p.serve(c) })
	}
}

// hold notes a connection, so that Close closes it. If the proxy is closed, hold closes c and reports false.
func (p *Proxy) hold(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		c.Close()
		return false
	}
	p.conns[c] = struct{}{}
	return true
}

func (p *Proxy) drop(c net.Conn) {
	c.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

func (p *Proxy) close() {
	p.mu.Lock()
	p.closed = true
	for _, l := range p.listeners {
		l.Close()
	}
	for c := range p.conns {
		c.Close()
	}
	p.mu.Unlock()
	p.wg.Wait()
}

// serve passes on what a client and the server send, until one of them ends.
func (p *Proxy) serve(client net.Conn) {
	if !p.hold(client) {
		return
	}
	defer p.drop(client)
	server, err := p.dial()
	if err != nil || !p.hold(server) {
		return
	}
	defer p.drop(server)
	r := &Recorder{through: true}
	p.mu.Lock()
	p.recorders = append(p.recorders, r)
	p.mu.Unlock()
	s := &proxied{p: p, r: r, client: client, server: server, settled: make(chan struct{}, 1)}
	p.wg.Go(s.up)
	s.down()
}

// proxied is one connection through a proxy.
type proxied struct {
	p              *Proxy
	r              *Recorder
	client, server net.Conn      // down puts TLS on them while up waits
	settled        chan struct{} // STARTTLS has been answered
}

// up passes the octets of the client to the server.
func (s *proxied) up() {
	buf := make([]byte, 16<<10)
	for {
		n, err := s.client.Read(buf)
		s.r.hear(ClientSide, buf[:n])
		waits := s.r.waitsForTLS()
		if _, err := s.server.Write(buf[:n]); err != nil {
			s.client.Close()
			return
		}
		if waits {
			<-s.settled
			continue
		}
		if err != nil {
			closeWrite(s.server)
			return
		}
	}
}

// down passes the octets of the server to the client, and begins TLS on both sides after the server has said OK to
// STARTTLS.
func (s *proxied) down() {
	defer func() {
		s.client.Close()
		select {
		case s.settled <- struct{}{}:
		default:
		}
	}()
	buf := make([]byte, 16<<10)
	for {
		n, err := s.server.Read(buf)
		waited := s.r.waitsForTLS()
		s.r.hear(ServerSide, buf[:n])
		settled := waited && !s.r.waitsForTLS()
		begin := settled && s.r.endsInTLS()
		if begin {
			if s.p.upstream == nil {
				return
			}
			// Begin TLS with the server first: once the client has read OK, it must get TLS.
			t := tls.Client(s.server, s.p.upstream)
			if t.Handshake() != nil {
				return
			}
			s.server = t
		}
		if _, err := s.client.Write(buf[:n]); err != nil {
			return
		}
		if begin {
			s.client = tls.Server(s.client, s.p.serverTLS())
		}
		if settled {
			s.settled <- struct{}{}
		}
		if err != nil {
			return
		}
	}
}

// waitsForTLS reports whether the client has sent STARTTLS and the server has not answered it.
func (r *Recorder) waitsForTLS() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, name := range r.client.waiting {
		if name == "STARTTLS" {
			return true
		}
	}
	return false
}

// endsInTLS reports whether TLS begins at the end of the recording.
func (r *Recorder) endsInTLS() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := len(r.steps)
	return k > 0 && r.steps[k-1].tls
}

// LoopbackTLS returns configurations for both sides of a connection with TLS, such as one on which a recorded script is
// played. The client trusts the server, whose certificate is for localhost and 127.0.0.1.
func LoopbackTLS() (server, client *tls.Config, err error) {
	a, err := newAuthority()
	if err != nil {
		return nil, nil, err
	}
	p := &Proxy{ca: a}
	return p.serverTLS(), p.TLSConfig(), nil
}
