// Package mutf7 is modified UTF-7, in which mailbox names travel where neither side has agreed on UTF-8
// (RFC 3501 §5.1.3).
package mutf7
