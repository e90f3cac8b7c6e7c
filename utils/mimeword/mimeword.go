package mimeword

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/transform"
)

// ErrCharset reports a charset that is not known.
var ErrCharset = errors.New("mimeword: unknown charset")

// lookup finds a charset by its name in mail. Browsers' names come first: they read what is labelled iso-8859-1
// as windows-1252, which is what senders mean.
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

// utf8Names are the charsets whose octets are UTF-8 already.
func isUTF8(charset string) bool {
	switch strings.ToLower(charset) {
	case "utf-8", "utf8", "us-ascii", "ascii":
		return true
	}
	return false
}

// NewReader returns a reader of UTF-8 that reads r in a charset. What is invalid becomes U+FFFD.
func NewReader(charset string, r io.Reader) (io.Reader, error) {
	e, err := lookup(charset)
	if err != nil {
		return nil, err
	}
	return transform.NewReader(r, e.NewDecoder()), nil
}

// DecodeBytes returns b, which is in a charset, as UTF-8. Octets that are invalid become U+FFFD.
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

// EncodeString returns s in a charset. It fails for a charset that is not known or has not all of s.
func EncodeString(charset, s string) (string, error) {
	if isUTF8(charset) {
		return s, nil
	}
	e, err := lookup(charset)
	if err != nil {
		return "", err
	}
	return e.NewEncoder().String(s)
}

// decoder reads words of any charset; of one that is not known it makes U+FFFD of what is not ASCII.
var decoder = mime.WordDecoder{CharsetReader: func(charset string, r io.Reader) (io.Reader, error) {
	// RFC 2231 §5: a language may follow.
	charset, _, _ = strings.Cut(charset, "*")
	return NewReader(charset, r)
}}

// Decode returns the text of a header with its encoded words decoded. White space between two of them is dropped, as
// RFC 2047 §6.2 has it. A word that is broken, or in a charset that is not known, is left as it is; octets that are no UTF-8
// are taken for windows-1252.
func Decode(s string) string {
	if !strings.Contains(s, "=?") {
		return text(s)
	}
	if out, err := decoder.DecodeHeader(s); err == nil {
		return text(out)
	}
	return text(decodeEach(s))
}

// decodeEach decodes word by word, so that one in an unknown charset does not spoil the others.
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

// text makes UTF-8 of octets whose charset nobody told.
func text(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	if out, err := DecodeBytes("windows-1252", []byte(s)); err == nil {
		return out
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// Encode returns s as the text of a header: as it is if it is ASCII, else as encoded words in UTF-8, Q or B, whichever is shorter.
func Encode(s string) string {
	q := mime.QEncoding.Encode("utf-8", s)
	if b := mime.BEncoding.Encode("utf-8", s); len(b) < len(q) {
		return b
	}
	return q
}

// maxPieces is how many pieces of one parameter are joined.
const maxPieces = 1000

// A Param is a parameter as it came: name or name*0*, and its value.
type Param struct{ Name, Value string }

// Lookup returns the value of the parameter of a name, in any case, among params: in one piece or several, with a charset or
// without (RFC 2231 §3, §4), and with encoded words in it, which RFC 2047 forbids and many send.
func Lookup(params []Param, name string) (value string, ok bool) {
	find := func(name string) (string, bool) {
		for _, p := range params {
			if strings.EqualFold(p.Name, name) {
				return p.Value, true
			}
		}
		return "", false
	}
	if v, ok := find(name + "*"); ok {
		charset, rest := charsetOf(v)
		return inCharset(charset, unescape(rest)), true
	}
	var pieces bytes.Buffer
	charset := ""
	n := 0
	for ; n < maxPieces; n++ {
		at := name + "*" + itoa(n)
		if v, ok := find(at + "*"); ok {
			if n == 0 {
				charset, v = charsetOf(v)
			}
			pieces.Write(unescape(v))
		} else if v, ok := find(at); ok {
			pieces.WriteString(v)
		} else {
			break
		}
	}
	if n > 0 {
		return inCharset(charset, pieces.Bytes()), true
	}
	if v, ok := find(name); ok {
		return Decode(v), true
	}
	return "", false
}

func itoa(n int) string {
	var a [4]byte
	i := len(a)
	for {
		i--
		a[i] = byte('0' + n%10)
		if n /= 10; n == 0 {
			return string(a[i:])
		}
	}
}

// charsetOf takes the charset and the language from the front of an extended value.
func charsetOf(v string) (charset, rest string) {
	charset, rest, ok := strings.Cut(v, "'")
	if !ok {
		return "", v
	}
	if _, after, ok := strings.Cut(rest, "'"); ok {
		return charset, after
	}
	return "", v
}

func unescape(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			hi, ok1 := hex(s[i+1])
			lo, ok2 := hex(s[i+2])
			if ok1 && ok2 {
				out = append(out, hi<<4|lo)
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return out
}

func hex(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

func inCharset(charset string, b []byte) string {
	if charset != "" {
		if s, err := DecodeBytes(charset, b); err == nil {
			return s
		}
	}
	return text(string(b))
}
