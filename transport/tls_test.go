package transport

import (
	"crypto/tls"
	"io"
	"net"
)

// tlsEcho is an echo behind TLS.
func tlsEcho(c net.Conn, cfg *tls.Config) {
	t := tls.Server(c, cfg)
	io.Copy(t, t)
}
