package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"time"
)

// StartTLS returns the Upgrade to TLS, for use after the OK to STARTTLS (RFC 9051 §6.2.1), and for TLS over whatever a
// Dialer connects to (see Layer). It returns a *tls.Conn.
//
// cfg may be nil and is not changed; nor may the caller change it after its first use, as crypto/tls says. The Upgrade
// fills in what it leaves open: ServerName with serverName (a host name without a port), MinVersion with TLS 1.2, and
// NextProtos with "imap" (RFC 7301); an empty slice that is not nil sends no ALPN. Certificates are verified unless cfg
// says otherwise.
//
// It fails with ErrInjected if rest is not empty, or if something other than TLS arrives in place of the handshake;
// timing decides in which of the two ways injected bytes appear. If ctx has no deadline, the handshake has 30 seconds.
//
// A Read that a deadline ends may be repeated. A Write that a deadline ends, even before its first byte, ends writing
// for good: every later Write fails, because the cut record cannot be completed. Close tells the server of the end, and
// waits at most five seconds to send that.
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
			return nil, failed(ctx, "starttls", context.Cause(ctx))
		}
		if _, ok := ctx.Deadline(); !ok {
			var cancel context.CancelFunc
			ctx, cancel = bound(ctx, defaultTimeout)
			defer cancel()
		}
		if err := clearDeadlines(c); err != nil {
			return nil, fmt.Errorf("transport: starttls: %w", err)
		}
		t := tls.Client(NetConn(c), own)
		if err := t.HandshakeContext(ctx); err != nil {
			if errors.As(err, new(tls.RecordHeaderError)) {
				return nil, fmt.Errorf("%w: %w", ErrInjected, err)
			}
			return nil, failed(ctx, "starttls", hungUp(err))
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
