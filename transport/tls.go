package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"strings"
)

// TLS returns a Dialer for TLS from the first byte (RFC 8314 §3) to addr, a host with or without a port; the
// port is 993 if there is none. cfg may be nil, and is not changed; see StartTLS for what it is completed with.
// The name to verify is the host of addr, if cfg has none.
//
// The error says what went wrong, besides the errors of TCP: *tls.CertificateVerificationError with the x509
// error within, io.EOF if the server hung up, and tls.RecordHeaderError if the port does not speak TLS.
func TLS(addr string, cfg *tls.Config, opts ...Option) Dialer {
	o := gather(opts)
	full := withPort(addr, "993")
	return dialed{func(ctx context.Context) (Conn, error) {
		ctx, cancel := bound(ctx, o.timeout)
		defer cancel()
		host, _ := splitPort(full)
		own, err := clientConfig(cfg, host)
		if err != nil {
			return nil, err
		}
		c, err := o.connect(ctx, full)
		if err != nil {
			return nil, err
		}
		t := tls.Client(c, own)
		if err := t.HandshakeContext(ctx); err != nil {
			c.Close()
			if errors.As(err, new(tls.RecordHeaderError)) {
				err = fmt.Errorf("the server does not speak TLS on this port: %w", err)
			}
			return nil, failed(ctx, "dial "+full, hungUp(err))
		}
		return t, nil
	}, full}
}

// clientConfig completes a copy of cfg.
func clientConfig(cfg *tls.Config, host string) (*tls.Config, error) {
	own := &tls.Config{}
	if cfg != nil {
		own = cfg.Clone()
	}
	if own.ServerName == "" {
		host, _, _ = strings.Cut(host, "%") // the zone of an IPv6 address is no part of its name
		own.ServerName = strings.TrimSuffix(host, ".")
	}
	if own.ServerName == "" && !own.InsecureSkipVerify {
		return nil, errors.New("transport: tls: no server name to verify")
	}
	if own.MinVersion == 0 {
		own.MinVersion = tls.VersionTLS12
	}
	if own.NextProtos == nil {
		own.NextProtos = []string{"imap"}
	}
	return own, nil
}

// hungUp says what the end of the stream means in a handshake.
func hungUp(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the server closed the connection during the TLS handshake: %w", err)
	}
	return err
}
