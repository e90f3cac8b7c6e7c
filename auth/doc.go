// Package auth provides the SASL mechanisms by which a client logs in, as values of sasl.Client of
// github.com/emersion/go-sasl. It also provides the servers' halves, the choice of a mechanism, and a type for secrets
// that cannot be printed. It does not depend on IMAP.
//
// # Mechanisms
//
//	SCRAM-SHA-512, -256, -1   [SCRAM]        the server learns nothing, and must prove itself (RFC 5802, RFC 7677)
//	  with -PLUS              [SCRAM]        and nobody can be in between: bound to TLS (RFC 5929, RFC 9266)
//	EXTERNAL                  [External]     the connection says who the client is, as by a certificate (RFC 4422)
//	OAUTHBEARER, XOAUTH2      [OAuthBearer]  a token (RFC 7628), [XOAuth2] as Gmail and Outlook have it
//	DIGEST-MD5                [DigestMD5]    by name only (RFC 2831)
//	CRAM-MD5                  [CRAMMD5]      RFC 2195
//	PLAIN, LOGIN              [Plain]        the password in clear (RFC 4616), [Login] the same in two steps
//	ANONYMOUS                 [Anonymous]    RFC 4505
//
// A mechanism of your own, such as GSSAPI or NTLM, is any sasl.Client. It works wherever those of this package do, and
// [Credentials] has a field for it.
//
// # Choice
//
// [Candidates] returns the mechanisms that a server offers and that the [Credentials] suffice for, the strongest first.
// It leaves out those that would reveal a secret to others. [Choose] returns the first of them:
//
//	client, err := auth.Choose(ctx, offered, auth.Options{Secure: true, TLS: &state}, auth.Credentials{
//		Username: "alice", Password: auth.NewSecret(password),
//	})
//
// A stronger mechanism that was offered before (Options.Seen) must still be offered, or the error is an [ErrDowngrade].
// After the exchange, [Outcome] says how it ended: if the server had to prove itself and has not, the error is an
// [ErrUnverified].
//
// # Secrets
//
// A [Secret] prints as "[secret]" everywhere: with fmt, log/slog and encoding/json, also inside other values.
// [Secret.Reveal] returns its text. Mechanisms, credentials and servers' halves hide what they hold in the same way. No
// error contains a secret or a challenge.
//
// # Ownership
//
// Strings belong to the caller. So does what a mechanism returns from Start and Next. A mechanism keeps no part of a
// challenge.
//
// # Servers
//
// [NewServer] makes the server's half of a mechanism. The functions in a [ServerConfig] check or return passwords, the
// keys stored for SCRAM ([NewStoredKeys]), tokens and certificates.
package auth
