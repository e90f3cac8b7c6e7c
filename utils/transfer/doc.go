// Package transfer undoes content transfer encodings (RFC 2045 §6) while it reads: base64 and quoted-printable, as mail has them and not
// only as they should be. What is not well encoded is read as far as it makes sense, and never an error.
package transfer
