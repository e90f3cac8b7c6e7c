package message

import (
	"strings"
	"unicode/utf8"

	"github.com/imapstack/imapstack/utils/mimeword"
)

// decodeText converts text from the given charset to UTF-8. If the charset is missing or not known, it assumes UTF-8
// for valid UTF-8, and windows-1252 for anything else.
func decodeText(charset string, b []byte) string {
	charset, _, _ = strings.Cut(charset, "*") // a language may follow the charset (RFC 2231 §5)
	switch strings.ToLower(strings.TrimSpace(charset)) {
	case "", "utf-8", "utf8", "us-ascii", "ascii", "unknown-8bit":
	default:
		if s, err := mimeword.DecodeBytes(charset, b); err == nil {
			return s
		}
	}
	if utf8.Valid(b) {
		return string(b)
	}
	s, err := mimeword.DecodeBytes("windows-1252", b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return s
}

// decodeHeader decodes the value of a field: its encoded words (RFC 2047), and octets that are not ASCII.
func decodeHeader(b []byte) string {
	for _, c := range b {
		if c >= 0x80 || c == '=' {
			return mimeword.Decode(string(b))
		}
	}
	return string(b)
}
