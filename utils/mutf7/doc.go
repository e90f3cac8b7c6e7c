// Package mutf7 implements modified UTF-7, the encoding of mailbox names unless both sides have agreed on UTF-8 (RFC
// 3501 §5.1.3).
package mutf7
