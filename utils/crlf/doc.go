// Package crlf turns the line ends of text into CRLF, as mail has them (RFC 5322 §2.1), and back. A file from a system with other line ends
// is a message only after that. Octets that are not line ends pass unchanged.
package crlf
