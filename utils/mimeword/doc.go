// Package mimeword turns the text of mail headers into what a person reads: encoded words (RFC 2047), parameters in
// several pieces and charsets (RFC 2231), and octets in any charset that golang.org/x/text knows.
//
// It is for showing: nothing here fails because of what a sender has done. What cannot be decoded is left as it is.
package mimeword
