package commands

import (
	"context"
	"crypto/tls"

	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

// StartTLS starts TLS on the connection (RFC 9051 §6.2.1). It drives the session until the handshake is done and the
// server has sent its capabilities again. The certificate must be valid for serverName, unless cfg says otherwise.
//
// If the server does not offer STARTTLS, or refuses it, the error wraps session.ErrNoTLS. If the server sends
// anything in plain text after its answer, the error wraps transport.ErrInjected, and the session has ended.
func StartTLS(ctx context.Context, s *session.Session, cfg *tls.Config, serverName string) error {
	return s.StartTLS(ctx, transport.StartTLS(cfg, serverName))
}
