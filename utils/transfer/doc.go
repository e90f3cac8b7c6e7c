// Package transfer decodes content transfer encodings (RFC 2045 §6) while it reads: base64 and quoted-printable, as
// real mail has them and not only as they should be. Badly encoded text is decoded as far as it makes sense, and is
// never an error.
package transfer
