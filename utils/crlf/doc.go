// Package crlf turns the line ends of text into those of mail, CRLF (RFC 5322 §2.1), and back: what is read from a file of a system with
// other line ends is not a message until then. Octets that are no line end pass as they are.
package crlf
