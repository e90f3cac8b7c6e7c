package auth

import (
	"crypto"
	_ "crypto/sha256" // registers the hash, for signatureHash
	_ "crypto/sha512" // registers the hashes, for signatureHash
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
)

// These are the types of channel binding for TLS.
const (
	TLSExporter       = "tls-exporter"         // RFC 9266: TLS 1.3, and 1.2 with the extended master secret
	TLSUnique         = "tls-unique"           // RFC 5929 §3: TLS 1.2 and below
	TLSServerEndPoint = "tls-server-end-point" // RFC 5929 §4: any version, but binds only to the server's certificate
)

// These are the server errors of RFC 5802 §7 that concern channel binding.
const (
	valueBindingMismatch    = "channel-bindings-dont-match"
	valueBindingStripped    = "server-does-support-channel-binding"
	valueBindingType        = "unsupported-channel-binding-type"
	valueBindingUnsupported = "channel-binding-not-supported"
)

// Bindings returns the types of channel binding that a client can use on a connection. The default type comes first.
// That is tls-exporter for TLS 1.3 (RFC 9266 §3), and tls-unique for older versions (RFC 5802 §6.1). Some resumed
// connections do not have tls-unique. For a nil state, and before the handshake is complete, the result is empty.
func Bindings(state *tls.ConnectionState) []string {
	if state == nil || len(state.PeerCertificates) == 0 {
		return bindings(state, nil)
	}
	return bindings(state, state.PeerCertificates[0])
}

func bindings(state *tls.ConnectionState, server *x509.Certificate) []string {
	order := []string{TLSExporter, TLSServerEndPoint}
	if state != nil && state.Version < tls.VersionTLS13 {
		order = []string{TLSUnique, TLSServerEndPoint, TLSExporter}
	}
	return slices.DeleteFunc(order, func(typ string) bool {
		_, err := ChannelBinding(typ, state, server)
		return err != nil
	})
}

// bindings returns the types of channel binding that the server accepts.
func (cfg *ServerConfig) bindings() []string {
	have := bindings(cfg.TLS, cfg.Certificate)
	if cfg.Bindings == nil {
		return have
	}
	return slices.DeleteFunc(have, func(typ string) bool { return !slices.Contains(cfg.Bindings, typ) })
}

// ChannelBinding returns the channel binding data of a connection, for the type typ. The caller owns the slice. The
// argument server is the server's certificate, which a client finds in state.PeerCertificates[0]. If the connection
// does not have the type, the error is an ErrBinding.
func ChannelBinding(typ string, state *tls.ConnectionState, server *x509.Certificate) ([]byte, error) {
	if state == nil || !state.HandshakeComplete {
		return nil, fmt.Errorf("%w: the connection does not use TLS", ErrBinding)
	}
	switch typ {
	case TLSExporter:
		// crypto/tls refuses this for TLS 1.2 without the extended master secret, as RFC 9266 §4.2 requires.
		data, err := state.ExportKeyingMaterial("EXPORTER-Channel-Binding", nil, 32)
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrBinding, typ, err)
		}
		return data, nil
	case TLSUnique:
		if state.Version >= tls.VersionTLS13 || len(state.TLSUnique) == 0 {
			return nil, fmt.Errorf("%w: the connection has no %s", ErrBinding, typ)
		}
		return slices.Clone(state.TLSUnique), nil
	case TLSServerEndPoint:
		if server == nil {
			return nil, fmt.Errorf("%w: %s needs the server's certificate", ErrBinding, typ)
		}
		h := signatureHash(server.SignatureAlgorithm)
		if h == 0 {
			return nil, fmt.Errorf("%w: %s is not defined for a certificate signed with %s", ErrBinding, typ, server.SignatureAlgorithm)
		}
		m := h.New()
		m.Write(server.Raw)
		return m.Sum(nil), nil
	}
	return nil, fmt.Errorf("%w: unknown type %.32q", ErrBinding, typ)
}

// signatureHash returns the hash of RFC 5929 §4.1: the hash of the certificate's signature, or SHA-256 if that hash is
// weak. It returns 0 for signatures that do not use exactly one hash, such as Ed25519.
func signatureHash(a x509.SignatureAlgorithm) crypto.Hash {
	switch a {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1,
		x509.SHA256WithRSA, x509.SHA256WithRSAPSS, x509.DSAWithSHA256, x509.ECDSAWithSHA256:
		return crypto.SHA256
	case x509.SHA384WithRSA, x509.SHA384WithRSAPSS, x509.ECDSAWithSHA384:
		return crypto.SHA384
	case x509.SHA512WithRSA, x509.SHA512WithRSAPSS, x509.ECDSAWithSHA512:
		return crypto.SHA512
	}
	return 0
}
