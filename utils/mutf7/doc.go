// Package mutf7 implements modified UTF-7 (RFC 3501 §5.1.3). Mailbox names have this encoding, unless client and server
// have agreed on UTF-8.
package mutf7
