// Package imapurl parses and formats IMAP URLs of mailboxes, messages and parts of messages (RFC 5092), with the
// authorization of URLAUTH at their end (RFC 4467). Such URLs are arguments of CATENATE, GENURLAUTH and URLFETCH. For
// the URL of a server, see package transport.
package imapurl
