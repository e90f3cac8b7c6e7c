// Package crlf converts the line ends of text to CRLF, as mail requires (RFC 5322 §2.1), and back. A file from a system
// with other line ends must be converted before it is a valid message. All other octets stay unchanged.
package crlf
