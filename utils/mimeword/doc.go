// Package mimeword decodes the text of mail headers for display: encoded words (RFC 2047), parameters in several pieces
// and charsets (RFC 2231), and octets in any charset that golang.org/x/text knows.
//
// Decode and Lookup do not fail. An encoded word that they cannot decode stays unchanged, and text that is not UTF-8
// is taken for windows-1252.
package mimeword
