// Package mimeword decodes the text of mail headers for display: encoded words (RFC 2047), parameters in several pieces
// and charsets (RFC 2231), and octets in any charset that golang.org/x/text knows.
//
// Decoding does not fail. Text that cannot be decoded stays unchanged.
package mimeword
