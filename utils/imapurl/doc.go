// Package imapurl reads and writes the URLs of IMAP that name a mailbox, a message or a part of one (RFC 5092), with the authorization that
// URLAUTH puts behind them (RFC 4467): what CATENATE, GENURLAUTH and URLFETCH take. How to connect to a server is package transport's.
package imapurl
