// Package imapdate reads and writes the dates of IMAP: date-time of INTERNALDATE and APPEND, and date of SEARCH
// (RFC 9051 §9).
package imapdate
