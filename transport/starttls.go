package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"time"
)

// StartTLS returns the Upgrade to TLS. It is for use after the OK to STARTTLS (RFC 9051 §6.2.1), and for TLS over the
// connections of any Dialer (see Layer). The new connection is a *tls.Conn.
//
// The argument cfg may be nil. StartTLS does not change cfg, and the caller must not change it after its first use (see
// tls.Config). The Upgrade uses a copy of cfg. In the copy, it sets empty fields: ServerName to serverName (a host name
// without a port), MinVersion to TLS 1.2, and NextProtos to "imap" (RFC 7301). If NextProtos is an empty slice that is
// not nil, the client sends no ALPN. The Upgrade verifies certificates unless cfg says otherwise. It resumes earlier
// TLS sessions only if cfg has a ClientSessionCache. With client certificates, each identity needs a cache of its own,
// because the server takes the identity from the session.
//
// The Upgrade fails with ErrInjected if rest is not empty, or if the first bytes that arrive are not those of a TLS
// handshake. Injected bytes may appear in either way, depending on when they arrive. If ctx has no deadline, the
// handshake may take at most 30 seconds.
//
// If a deadline ends a Read, the Read may be repeated. If a deadline ends a Write, even before its first byte, every
// later Write fails, because crypto/tls cannot complete the record. Close sends a close_notify alert to the server, and
// waits at most five seconds until the alert is sent.
func StartTLS(cfg *tls.Config, serverName string) Upgrade {
	return func(ctx context.Context, c Conn, rest []byte) (Conn, error) {
		if len(rest) > 0 {
			return nil, fmt.Errorf("%w (%d bytes)", ErrInjected, len(rest))
		}
		own, err := clientConfig(cfg, serverName)
		if err != nil {
			return nil, err
		}
		if ctx.Err() != nil {
			return nil, dialError(ctx, "starttls", context.Cause(ctx))
		}
		if _, ok := ctx.Deadline(); !ok {
			var cancel context.CancelFunc
			ctx, cancel = withTimeout(ctx, defaultTimeout)
			defer cancel()
		}
		if err := clearDeadlines(c); err != nil {
			return nil, fmt.Errorf("transport: starttls: %w", err)
		}
		t := tls.Client(NetConn(c), own)
		if err := handshake(ctx, t, c); err != nil {
			if errors.As(err, new(tls.RecordHeaderError)) {
				return nil, fmt.Errorf("%w: %w", ErrInjected, err)
			}
			return nil, dialError(ctx, "starttls", explainEOF(err))
		}
		return t, nil
	}
}

func clearDeadlines(c Conn) error {
	if err := c.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	return c.SetWriteDeadline(time.Time{})
}
