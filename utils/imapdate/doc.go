// Package imapdate parses and formats the dates of IMAP: the date-time of INTERNALDATE and APPEND, and the date of
// SEARCH (RFC 9051 §9).
package imapdate
