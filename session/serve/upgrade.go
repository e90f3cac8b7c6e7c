package serve

import (
	"compress/flate"
	"crypto/tls"
	"fmt"
	"net"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/transport"
)

func (c *Conn) startTLS() error {
	if err := c.decode(parser.NoArgs{}); err != nil {
		return err
	}
	if c.TLS() != nil {
		return badf("TLS is active")
	}
	return &Reply{Status: parser.OK, Text: "begin TLS negotiation now", Then: func() error {
		if n := c.cmds.Buffered() + len(c.reader.rest); n > 0 {
			// Somebody has sent clear text after STARTTLS, perhaps an attacker who wants the server to treat it as data
			// within TLS (RFC 9051 §11.1).
			return fmt.Errorf("%w (%d octets)", transport.ErrInjected, n)
		}
		c.nc.SetReadDeadline(time.Time{})
		c.nc.SetWriteDeadline(time.Time{})
		t := tls.Server(c.nc, c.srv.TLSConfig)
		if err := c.handshake(t); err != nil {
			c.err = err
			return err
		}
		c.tlsConfig = c.srv.TLSConfig
		c.mu.Lock()
		c.id = nil // it came without TLS, perhaps from an attacker
		c.mu.Unlock()
		c.attach(t, nil)
		return nil
	}}
}

func (c *Conn) compress() error {
	var a parser.CompressArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	if a.Algorithm != "DEFLATE" {
		return no(parser.CodeCannot, "only DEFLATE is supported")
	}
	if c.deflate {
		return no(parser.CodeCompressionActive, "compression is active")
	}
	return &Reply{Status: parser.OK, Then: func() error {
		z, err := transport.Deflate(orDefault(c.srv.DeflateLevel, flate.BestSpeed))(c.ctx, c.nc, append(c.cmds.Take(), c.reader.rest...))
		if err != nil {
			return err
		}
		c.deflate = true
		c.attach(compressed{z, c.nc}, nil)
		return nil
	}}
}

// compressed is a connection with the layer DEFLATE. It has the addresses of the connection below that layer.
type compressed struct {
	transport.Conn
	below net.Conn
}

// end writes the end of the compressed data, so that the client can see that the data is complete.
func (z compressed) end() {
	if w, ok := z.Conn.(interface{ CloseWrite() error }); ok {
		w.CloseWrite()
	}
}

func (z compressed) Unwrap() transport.Conn { return z.below.(transport.Conn) }
func (z compressed) LocalAddr() net.Addr    { return z.below.LocalAddr() }
func (z compressed) RemoteAddr() net.Addr   { return z.below.RemoteAddr() }

func (z compressed) SetDeadline(t time.Time) error {
	if err := z.SetReadDeadline(t); err != nil {
		return err
	}
	return z.SetWriteDeadline(t)
}

func (c *Conn) unauthenticate() error {
	if err := c.decode(parser.NoArgs{}); err != nil {
		return err
	}
	return &Reply{Status: parser.OK, Then: func() error {
		c.dropUser()
		c.began = time.Now()
		c.reattach()
		return nil
	}}
}
