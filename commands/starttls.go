package commands

import (
	"context"
	"crypto/tls"

	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

// StartTLS turns the connection into a TLS one (RFC 9051 §6.2.1). It drives the session until the handshake is
// done and the server's capabilities have been asked for anew. serverName is whom the certificate must name,
// unless cfg says.
//
// A server that does not offer it, or refuses, gives session.ErrNoTLS; one that sends anything behind its
// answer in plain text gives transport.ErrInjected, and the session has ended.
func StartTLS(ctx context.Context, s *session.Session, cfg *tls.Config, serverName string) error {
	return s.StartTLS(ctx, transport.StartTLS(cfg, serverName))
}
