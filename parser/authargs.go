package parser

import (
	"encoding/base64"
	"fmt"
	"io"

	"github.com/imapstack/imapstack/wire"
)

// LoginArgs holds the arguments of LOGIN (RFC 9051 §6.2.3). The caller owns its strings. Packages fmt and encoding/json
// do not write the password.
type LoginArgs struct {
	User     string
	Password string
}

// Decode reads the arguments. The error does not show the password.
func (a *LoginArgs) Decode(d *wire.Decoder) error {
	*a = LoginArgs{}
	a.User = string(d.AString())
	d.SP()
	if d.Err() == nil {
		a.Password = string(d.AString())
		d.CRLF()
	}
	return at("LOGIN", redacted(d.Err()))
}

// redacted returns err without the octets that it quotes, because they may be part of a secret.
func redacted(err error) error {
	if s, ok := err.(*wire.SyntaxError); ok {
		return &wire.SyntaxError{Offset: s.Offset, Want: s.Want, Got: []byte("[secret]")}
	}
	return err
}

// Encode writes the arguments, and marks the password as a secret.
func (a *LoginArgs) Encode(e *wire.Encoder) {
	e.SP().AString(a.User).SP().Hidden(func() { e.AString(a.Password) })
}

// String returns the name of the user, without the password.
func (a LoginArgs) String() string { return a.User + " [secret]" }

// Format writes what String returns, whatever the verb.
func (a LoginArgs) Format(f fmt.State, _ rune) { io.WriteString(f, a.String()) }

// MarshalText returns what String returns, so that a log in JSON does not have the password either. The
// caller owns the slice.
func (a LoginArgs) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// AuthenticateArgs holds the arguments of AUTHENTICATE (RFC 9051 §6.2.2). CommandReader.ReadAnswer reads the lines that
// follow. Packages fmt and encoding/json do not write the initial response.
type AuthenticateArgs struct {
	Mechanism string // in upper case
	// Initial is the decoded initial response (RFC 4959). It is nil if the client sent none, and empty but not nil
	// for "=". The caller owns it.
	Initial []byte
}

// Decode reads the arguments. The error does not show the initial response.
func (a *AuthenticateArgs) Decode(d *wire.Decoder) error {
	*a = AuthenticateArgs{}
	a.Mechanism = d.InternUpper(atom(d))
	if !d.GotSP() {
		d.CRLF()
		return at("AUTHENTICATE", redacted(d.Err()))
	}
	at0 := d.Pos()
	b := d.Rest()
	n := 0
	for n < len(b) && b[n] > ' ' {
		n++
	}
	ok := n > 0
	if a.Initial = []byte{}; ok && string(b[:n]) != "=" {
		a.Initial, ok = appendBase64(a.Initial, b[:n])
	}
	if !ok && d.Err() == nil {
		d.Fail(&wire.SyntaxError{Offset: int64(at0), Want: "base64", Got: []byte("[secret]")})
	}
	d.Seek(at0 + n)
	d.CRLF()
	return at("AUTHENTICATE", redacted(d.Err()))
}

// Encode writes the arguments, and marks the initial response as a secret.
func (a *AuthenticateArgs) Encode(e *wire.Encoder) {
	e.SP().Atom(a.Mechanism)
	switch {
	case a.Initial == nil:
	case len(a.Initial) == 0:
		e.SP().Byte('=')
	default:
		e.SP().Hidden(func() {
			e.Append(func(dst []byte) []byte { return base64.StdEncoding.AppendEncode(dst, a.Initial) })
		})
	}
}

// String returns the name of the mechanism, without the initial response.
func (a AuthenticateArgs) String() string {
	if a.Initial == nil {
		return a.Mechanism
	}
	return a.Mechanism + " [secret]"
}

// Format writes what String returns, whatever the verb.
func (a AuthenticateArgs) Format(f fmt.State, _ rune) { io.WriteString(f, a.String()) }

// MarshalText returns what String returns, so that a log in JSON does not have the initial response either. The
// caller owns the slice.
func (a AuthenticateArgs) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// EnableArgs holds the arguments of ENABLE (RFC 9051 §6.3.1).
type EnableArgs struct {
	Caps []string // in upper case; at least one; valid until the next Decode
}

// Decode reads the arguments.
func (a *EnableArgs) Decode(d *wire.Decoder) error {
	a.Caps = reuse(a.Caps)
	for room(d, len(a.Caps), maxNames, "capabilities") {
		a.Caps = append(a.Caps, d.InternUpper(atom(d)))
		if !d.GotSP() {
			break
		}
	}
	return ended(d, "ENABLE")
}

// Encode writes the arguments.
func (a *EnableArgs) Encode(e *wire.Encoder) {
	if len(a.Caps) == 0 {
		e.Fail(&wire.ArgumentError{What: "capability", Reason: "is missing"})
	}
	for _, c := range a.Caps {
		e.SP().Atom(c)
	}
}

// CompressArgs holds the argument of COMPRESS (RFC 4978 §3).
type CompressArgs struct {
	Algorithm string // in upper case: "DEFLATE"
}

// Decode reads the argument.
func (a *CompressArgs) Decode(d *wire.Decoder) error {
	a.Algorithm = d.InternUpper(atom(d))
	return ended(d, "COMPRESS")
}

// Encode writes the argument.
func (a *CompressArgs) Encode(e *wire.Encoder) { e.SP().Atom(a.Algorithm) }

// ProxyAuthArgs holds the argument of PROXYAUTH. On servers that derive from Sun's, an administrator uses the command
// to act as another user.
type ProxyAuthArgs struct {
	User string // the other user
}

// Decode reads the argument.
func (a *ProxyAuthArgs) Decode(d *wire.Decoder) error {
	a.User = string(d.AString())
	return ended(d, "PROXYAUTH")
}

// Encode writes the argument.
func (a *ProxyAuthArgs) Encode(e *wire.Encoder) { e.SP().AString(a.User) }
