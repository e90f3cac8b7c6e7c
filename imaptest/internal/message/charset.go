package message

import (
	"bytes"
	"io"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode/utf32"
)

// Charset returns the encoding of a charset by its MIME name, or nil if it is not known. For UTF-8 and US-ASCII it is
// encoding.Nop.
func Charset(name string) encoding.Encoding {
	name = strings.ToLower(strings.TrimSpace(name))
	if i := strings.IndexByte(name, '*'); i >= 0 {
		name = name[:i] // RFC 2231 §5: a language behind the charset
	}
	switch name {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
		return encoding.Nop
	case "utf-32", "utf-32be":
		return utf32.UTF32(utf32.BigEndian, utf32.UseBOM)
	case "utf-32le":
		return utf32.UTF32(utf32.LittleEndian, utf32.UseBOM)
	}
	// What browsers take a name for first: mail that says iso-8859-1 and means windows-1252 is common.
	if e, err := htmlindex.Get(name); err == nil {
		return e
	}
	if e, err := ianaindex.MIME.Encoding(name); err == nil && e != nil {
		return e
	}
	return nil
}

// decodeText turns text in a charset into UTF-8. What is in an unknown charset, or not in the charset it says, is
// taken for UTF-8 where it is that, else for windows-1252.
func decodeText(charset string, b []byte) string {
	e := Charset(charset)
	if e != nil && e != encoding.Nop {
		if out, err := e.NewDecoder().Bytes(b); err == nil {
			return string(out)
		}
	}
	if ascii(b) || utf8.Valid(b) {
		return string(b)
	}
	e, _ = htmlindex.Get("windows-1252")
	out, err := e.NewDecoder().Bytes(b)
	if err != nil {
		return string(bytes.ToValidUTF8(b, []byte("\uFFFD")))
	}
	return string(out)
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// decodeHeader decodes the encoded words of a field's value (RFC 2047), and octets that are not ASCII.
func decodeHeader(b []byte) string {
	s := decodeText("", b)
	if !strings.Contains(s, "=?") {
		return s
	}
	d := mime.WordDecoder{CharsetReader: func(charset string, r io.Reader) (io.Reader, error) {
		b, err := io.ReadAll(r)
		return strings.NewReader(decodeText(charset, b)), err
	}}
	out, err := d.DecodeHeader(s)
	if err != nil {
		return s
	}
	return out
}
