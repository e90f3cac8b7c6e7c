package mimeword

import (
	"bytes"
	"strings"
)

// maxPieces is how many pieces one parameter may have.
const maxPieces = 1000

// A Param is a parameter as it was received. Its name may have the forms of RFC 2231, such as filename*0*.
type Param struct{ Name, Value string }

// Lookup returns the decoded value of a parameter. The case of name does not matter. The value may be in one piece or
// in several, with or without a charset (RFC 2231 §3, §4). It may have encoded words, because many senders use them,
// although RFC 2047 forbids that.
func Lookup(params []Param, name string) (value string, ok bool) {
	whole, extended := "", ""
	hasWhole, hasExtended := false, false
	var pieces []piece
	for _, p := range params {
		if len(p.Name) < len(name) || !strings.EqualFold(p.Name[:len(name)], name) {
			continue
		}
		switch rest := p.Name[len(name):]; {
		case rest == "" && !hasWhole:
			whole, hasWhole = p.Value, true
		case rest == "*" && !hasExtended:
			extended, hasExtended = p.Value, true
		default:
			if n, star, ok := number(rest); ok {
				pieces = storePiece(pieces, n, piece{p.Value, star, true})
			}
		}
	}
	switch {
	case hasExtended:
		charset, rest := charsetOf(extended)
		return inCharset(charset, unescape(rest)), true
	case len(pieces) > 0 && pieces[0].there:
		return join(pieces), true
	case hasWhole:
		return Decode(whole), true
	}
	return "", false
}

// A piece is the value of a parameter name*n or name*n*.
type piece struct {
	value           string
	extended, there bool
}

// storePiece stores piece number n, unless an earlier piece has that number. An extended piece replaces one that is not
// extended.
func storePiece(pieces []piece, n int, p piece) []piece {
	for len(pieces) <= n {
		pieces = append(pieces, piece{})
	}
	if old := pieces[n]; !old.there || p.extended && !old.extended {
		pieces[n] = p
	}
	return pieces
}

// number parses the end of a name, *n or *n*. The number must be less than maxPieces and have no leading zero.
func number(s string) (n int, star, ok bool) {
	digits, ok := strings.CutPrefix(s, "*")
	digits, star = strings.CutSuffix(digits, "*")
	if !ok || digits == "" || len(digits) > 3 || digits[0] == '0' && digits != "0" {
		return 0, false, false
	}
	for _, c := range []byte(digits) {
		if c -= '0'; c > 9 {
			return 0, false, false
		}
		n = 10*n + int(c)
	}
	return n, star, n < maxPieces
}

// join joins the pieces up to the first missing number.
func join(pieces []piece) string {
	var b bytes.Buffer
	charset := ""
	for i, p := range pieces {
		switch {
		case !p.there:
			return inCharset(charset, b.Bytes())
		case !p.extended:
			b.WriteString(p.value)
			continue
		case i == 0:
			charset, p.value = charsetOf(p.value)
		}
		b.Write(unescape(p.value))
	}
	return inCharset(charset, b.Bytes())
}

// charsetOf splits an extended value into its charset and the text, and drops the language.
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
	return toUTF8(string(b))
}
