package mimeword

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/transform"
)

// ErrCharset reports an unknown charset.
var ErrCharset = errors.New("mimeword: unknown charset")

// lookup returns the encoding for the name of a charset in mail. It first looks among the names that browsers use,
// because browsers read iso-8859-1 as windows-1252, and most senders who write iso-8859-1 mean windows-1252.
func lookup(charset string) (encoding.Encoding, error) {
	charset = strings.ToLower(strings.TrimSpace(charset))
	if charset == "" {
		return nil, ErrCharset
	}
	if e, err := htmlindex.Get(charset); err == nil {
		if name, _ := htmlindex.Name(e); name != "replacement" {
			return e, nil
		}
	}
	for _, index := range []*ianaindex.Index{ianaindex.MIME, ianaindex.IANA} {
		if e, err := index.Encoding(charset); err == nil && e != nil {
			return e, nil
		}
	}
	return nil, ErrCharset
}

// isUTF8 reports whether text in a charset is also UTF-8.
func isUTF8(charset string) bool {
	switch strings.ToLower(charset) {
	case "utf-8", "utf8", "us-ascii", "ascii":
		return true
	}
	return false
}

// NewReader returns a reader that converts r from a charset to UTF-8. Invalid octets become U+FFFD.
func NewReader(charset string, r io.Reader) (io.Reader, error) {
	e, err := lookup(charset)
	if err != nil {
		return nil, err
	}
	return transform.NewReader(r, e.NewDecoder()), nil
}

// DecodeBytes converts b from a charset to UTF-8. Invalid octets become U+FFFD.
func DecodeBytes(charset string, b []byte) (string, error) {
	if isUTF8(charset) {
		return strings.ToValidUTF8(string(b), "\uFFFD"), nil
	}
	e, err := lookup(charset)
	if err != nil {
		return "", err
	}
	out, err := e.NewDecoder().Bytes(b)
	if err != nil {
		return "", err
	}
	return string(out), nil
}

// EncodeString converts s, which is UTF-8, to a charset. It fails if the charset is unknown, or if s has a character that
// the charset does not have.
func EncodeString(charset, s string) (string, error) {
	if isUTF8(charset) {
		if i := strings.IndexFunc(s, func(r rune) bool { return r > unicode.MaxASCII }); i >= 0 && strings.HasSuffix(strings.ToLower(charset), "ascii") {
			return "", fmt.Errorf("mimeword: US-ASCII has no %.4q", s[i:])
		}
		return s, nil
	}
	e, err := lookup(charset)
	if err != nil {
		return "", err
	}
	out, err := e.NewEncoder().String(s)
	if err != nil {
		return "", fmt.Errorf("mimeword: %s: %w", charset, err)
	}
	return out, nil
}

// decoder decodes encoded words in all charsets that lookup knows.
var decoder = mime.WordDecoder{CharsetReader: func(charset string, r io.Reader) (io.Reader, error) {
	// The charset may be followed by "*" and a language (RFC 2231 §5).
	charset, _, _ = strings.Cut(charset, "*")
	return NewReader(charset, r)
}}

// Decode returns the text of a header with its encoded words decoded. It drops white space between two encoded words,
// as RFC 2047 §6.2 requires. A malformed word, or a word in an unknown charset, stays unchanged. If the text is not
// UTF-8, Decode takes it for windows-1252.
func Decode(s string) string {
	if !strings.Contains(s, "=?") {
		return toUTF8(s)
	}
	if out, err := decoder.DecodeHeader(s); err == nil {
		return toUTF8(out)
	}
	return toUTF8(decodeEach(s))
}

// decodeEach decodes each word by itself, so that the other words are decoded even if one is in an unknown charset.
func decodeEach(s string) string {
	var b strings.Builder
	gap, last := "", false
	for len(s) > 0 {
		i := strings.IndexAny(s, " \t\r\n")
		if i == 0 {
			j := strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune(" \t\r\n", r) })
			if j < 0 {
				j = len(s)
			}
			gap, s = s[:j], s[j:]
			continue
		}
		word := s
		if i > 0 {
			word = s[:i]
		}
		s = s[len(word):]
		out, err := decoder.Decode(word)
		if err != nil {
			out = word
		}
		if !(last && err == nil) {
			b.WriteString(gap)
		}
		b.WriteString(out)
		gap, last = "", err == nil
	}
	b.WriteString(gap)
	return b.String()
}

// toUTF8 returns s, whose charset is not known, as UTF-8.
func toUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	if out, err := DecodeBytes("windows-1252", []byte(s)); err == nil {
		return out
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// Encode returns s in a form that can be the text of a header. ASCII stays unchanged. Other text becomes encoded words
// in UTF-8, with the encoding Q or B, whichever is shorter.
func Encode(s string) string {
	q := mime.QEncoding.Encode("utf-8", s)
	if b := mime.BEncoding.Encode("utf-8", s); len(b) < len(q) {
		return b
	}
	return q
}
