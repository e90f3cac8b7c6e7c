// Package auth has the SASL mechanisms by which a client logs in, as values of sasl.Client of
// github.com/emersion/go-sasl, the server's halves of them, and a type for secrets that cannot be printed. It knows nothing of IMAP.
//
// # Secrets
//
// A [Secret] shows itself as "[secret]" to every way of printing: fmt, log/slog, encoding/json. [Secret.Reveal] gives it.
package auth
