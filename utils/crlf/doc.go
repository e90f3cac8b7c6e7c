// Package crlf converts the line ends of text to CRLF, as mail requires (RFC 5322 §2.1), and back. A file from a system
// with other line ends becomes a message only by that. Octets that are not line ends pass unchanged.
package crlf
