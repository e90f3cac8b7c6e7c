package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"weak"
)

// TLS returns a Dialer for TLS from the first byte (RFC 8314 §3) to addr, a host with or without a port. The default
// port is 993. The configuration cfg may be nil. TLS does not change cfg. It uses a copy, in which it sets empty
// fields as StartTLS does. If cfg has no ServerName, the certificate must be valid for the host of addr.
//
// Besides the errors of TCP, the error may wrap a *tls.CertificateVerificationError with an x509 error. If the server
// hung up, it wraps io.EOF. If the port does not speak TLS, it wraps a tls.RecordHeaderError.
func TLS(addr string, cfg *tls.Config, opts ...Option) Dialer {
	o := newOptions(opts)
	full := withPort(addr, "993")
	return dialed{func(ctx context.Context) (Conn, error) {
		ctx, cancel := withTimeout(ctx, o.timeout)
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
		if err := handshake(ctx, t, c); err != nil {
			c.Close()
			if errors.As(err, new(tls.RecordHeaderError)) {
				err = fmt.Errorf("the server does not speak TLS on this port: %w", err)
			}
			return nil, dialError(ctx, "dial "+full, explainEOF(err))
		}
		return t, nil
	}, full}
}

// A handshaker is a *tls.Conn, or a layer with the same method.
type handshaker interface {
	HandshakeContext(ctx context.Context) error
}

// handshake performs the handshake of t, a layer over c. If ctx ends first, handshake aborts c, because
// HandshakeContext only closes it, and Close of a process waits until the program ends. If c is nil, handshake aborts
// nothing.
func handshake(ctx context.Context, t handshaker, c Conn) error {
	if c == nil {
		return t.HandshakeContext(ctx)
	}
	aborted := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(aborted)
		Abort(c)
	})
	err := t.HandshakeContext(ctx)
	if stop() {
		return err
	}
	<-aborted
	return ctx.Err()
}

// completed has the completed copies of the configurations in use, so that 10,000 connections with one configuration
// share one copy of 0.5 KB.
var completed sync.Map // maps configFor to weak.Pointer[tls.Config]

type configFor struct {
	cfg  weak.Pointer[tls.Config]
	host string
}

// clientConfig returns a completed copy of cfg. All connections with the same cfg and host share this copy. Sharing is
// safe, because crypto/tls forbids changes to a Config after its first use.
func clientConfig(cfg *tls.Config, host string) (*tls.Config, error) {
	key := configFor{weak.Make(cfg), host}
	if v, ok := completed.Load(key); ok {
		if own := v.(weak.Pointer[tls.Config]).Value(); own != nil {
			return own, nil
		}
	}
	own, err := complete(cfg, host)
	if err != nil {
		return nil, err
	}
	at := weak.Make(own)
	completed.Store(key, at)
	runtime.AddCleanup(own, func(key configFor) { completed.CompareAndDelete(key, at) }, key)
	return own, nil
}

// complete returns a copy of cfg in which empty fields are set, as StartTLS says.
func complete(cfg *tls.Config, host string) (*tls.Config, error) {
	own := &tls.Config{}
	if cfg != nil {
		own = cfg.Clone()
	}
	if own.ServerName == "" {
		host, _, _ = strings.Cut(host, "%") // the zone of an IPv6 address is not part of its name
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

// explainEOF adds an explanation to err if the stream ended during a handshake.
func explainEOF(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the server closed the connection during the TLS handshake: %w", err)
	}
	return err
}
