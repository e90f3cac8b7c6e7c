// Package imapurl reads and writes IMAP URLs that name a mailbox, a message or a part of one (RFC 5092), with the
// authorization that URLAUTH appends to them (RFC 4467). CATENATE, GENURLAUTH and URLFETCH take such URLs. Package
// transport connects to a server by its URL.
package imapurl
