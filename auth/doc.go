// Package auth provides SASL mechanisms for clients, as values of type sasl.Client of github.com/emersion/go-sasl. It
// also provides the server's half of each mechanism, the choice of a mechanism, and a type for secrets that cannot be
// printed. It does not depend on IMAP.
//
// # Mechanisms
//
//	SCRAM-SHA-512, -256, -1   [SCRAM]        password not sent; the server proves itself (RFC 5802, RFC 7677)
//	  with -PLUS              [SCRAM]        the same with channel binding to TLS (RFC 5929, RFC 9266)
//	EXTERNAL                  [External]     the connection identifies the user, e.g. by a certificate (RFC 4422)
//	OAUTHBEARER, XOAUTH2      [OAuthBearer]  an OAuth 2.0 token (RFC 7628); [XOAuth2] for Gmail and Outlook
//	DIGEST-MD5                [DigestMD5]    used only if Options.Mechanisms names it (RFC 2831)
//	CRAM-MD5                  [CRAMMD5]      a digest of the password (RFC 2195)
//	PLAIN, LOGIN              [Plain]        the password in clear text (RFC 4616); [Login] in two steps
//	ANONYMOUS                 [Anonymous]    no credentials (RFC 4505)
//
// A program can add other mechanisms, such as GSSAPI or NTLM, by [Credentials].Own. Each of them is a sasl.Client, and
// is used like the mechanisms of this package.
//
// # Choice
//
// [Candidates] returns those mechanisms that a server offers and for which the [Credentials] suffice. The strongest
// comes first. Mechanisms that would reveal a secret to others are not among them, unless Options.AllowPlaintext is
// set. [Choose] returns the first candidate:
//
//	client, err := auth.Choose(ctx, offered, auth.Options{Secure: true, TLS: &state}, auth.Credentials{
//		Username: "alice", Password: auth.NewSecret(password),
//	})
//
// If the server offered a stronger mechanism before (Options.Seen), such as SCRAM, and no longer does, both functions
// return an [ErrDowngrade]. After the exchange, [Outcome] returns its result. If the mechanism requires the server to
// prove that it knows the password, and the server has not, the error is an [ErrUnverified].
//
// # Secrets
//
// A [Secret] prints as "[secret]" with fmt, log/slog and encoding/json, even inside other values. [Secret.Reveal]
// returns its text. Mechanisms (both the client's and the server's half) and credentials also print as "[secret]".
// Errors do not contain secrets. They quote a challenge only if the server reports an error in it ([ServerError],
// [OAuthError]).
//
// # Ownership
//
// The caller owns the strings, and the slices that a mechanism returns from Start and Next. A mechanism does not keep a
// challenge after Next has returned.
//
// # Servers
//
// [NewServer] returns the server's half of a mechanism. The functions in a [ServerConfig] check or return passwords,
// keys stored for SCRAM ([NewStoredKeys]) and tokens.
package auth

// Where things are:
//
//	mechanism.go                        the table of all mechanisms, with their strengths
//	choose.go, candidate.go             which mechanisms fit the credentials and the server, in their order
//	credentials.go, secret.go, hide.go  credentials, and how they hide secrets
//	plain.go, scram.go and so on        the client's half of the mechanism with that name
//	*server.go, server.go               the server's half of each mechanism, and NewServer
//	scramkeys.go, scrammessage.go       the keys and the messages of SCRAM
//	binding.go                          channel binding
//	prepare.go, saslprep.go             preparing user names and passwords (RFC 8265, RFC 4013)
//	outcome.go, errors.go               what a mechanism knows when it ends, and the errors
