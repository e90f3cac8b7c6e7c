// Package transfer provides readers that decode the content transfer encodings base64 and quoted-printable (RFC 2045
// §6). They also accept the malformed encodings of real mail: they decode what they can, and do not fail.
package transfer
