package message

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// A lexer splits the structured value of a field into tokens (RFC 2045 §5.1). It guesses what malformed values
// mean.
type lexer struct {
	b []byte
	i int
}

// space skips white space and comments. Comments nest (RFC 5322 §3.2.2).
func (l *lexer) space() {
	depth := 0
	for ; l.i < len(l.b); l.i++ {
		switch c := l.b[l.i]; {
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case c == '\\' && depth > 0:
			l.i++
		case c == ' ' || c == '\t' || c == '\r' || c == '\n' || depth > 0:
		default:
			return
		}
	}
	l.i = min(l.i, len(l.b))
}

// got reads c if it comes next, and reports whether it did.
func (l *lexer) got(c byte) bool {
	l.space()
	if l.i < len(l.b) && l.b[l.i] == c {
		l.i++
		return true
	}
	return false
}

// until reads up to the first octet that is one of those in stops. It returns what it has read, without space at its
// ends.
func (l *lexer) until(stops string) []byte {
	l.space()
	n := bytes.IndexAny(l.b[l.i:], stops)
	if n < 0 {
		n = len(l.b) - l.i
	}
	b := bytes.TrimSpace(l.b[l.i : l.i+n])
	l.i += n
	return b[:len(b):len(b)]
}

// quoted reads a quoted string after its opening quote. The closing quote may be missing.
func (l *lexer) quoted() []byte {
	from := l.i
	for ; l.i < len(l.b) && l.b[l.i] != '"'; l.i++ {
		if l.b[l.i] == '\\' {
			l.i++
		}
	}
	l.i = min(l.i, len(l.b))
	b := l.b[from:l.i:l.i]
	if l.i < len(l.b) {
		l.i++
	}
	return unescape(b)
}

// unescape replaces quoted pairs, which are a backslash and an octet, with the octet.
func unescape(b []byte) []byte {
	if bytes.IndexByte(b, '\\') < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for k := 0; k < len(b); k++ {
		if b[k] == '\\' && k+1 < len(b) {
			k++
		}
		out = append(out, b[k])
	}
	return out
}

// params reads the parameters that follow a type.
func (l *lexer) params() []Param {
	var out []Param
	for len(out) < MaxParams {
		for l.got(';') {
		}
		if l.i >= len(l.b) {
			break
		}
		name := l.until("=;")
		if !l.got('=') {
			continue // a word that is not a parameter
		}
		var value []byte
		if l.got('"') {
			value = l.quoted()
			l.until(";")
		} else if value = l.until(";"); bytes.IndexByte(value, ' ') > 0 && bytes.IndexByte(value, '(') > 0 {
			value = bytes.TrimSpace(value[:bytes.IndexByte(value, '(')]) // the rest is a comment
		}
		if len(name) > 0 && len(name) <= 200 && !bytes.ContainsAny(name, " \t\"") {
			out = append(out, Param{lower(name), value})
		}
	}
	return join(out)
}

// join joins the pieces of parameters that RFC 2231 §3 names "name*0", "name*1*" and so on. The result is named
// "name", or "name*" if a piece is in extended form.
func join(in []Param) []Param {
	if !slices.ContainsFunc(in, func(p Param) bool { return strings.IndexByte(p.Name, '*') >= 0 }) {
		return unique(in)
	}
	type piece struct {
		base     string
		n        int
		extended bool
		value    []byte
	}
	var out []Param
	var pieces []piece
	for _, p := range in {
		name, extended := strings.CutSuffix(p.Name, "*")
		base, number, ok := strings.Cut(name, "*")
		if !ok {
			out = append(out, p)
			continue
		}
		n, err := strconv.Atoi(number)
		if err != nil || n < 0 {
			out = append(out, p)
			continue
		}
		pieces = append(pieces, piece{base, n, extended, p.Value})
	}
	slices.SortStableFunc(pieces, func(a, b piece) int {
		return cmp.Or(strings.Compare(a.base, b.base), cmp.Compare(a.n, b.n))
	})
	for len(pieces) > 0 {
		base := pieces[0].base
		k := slices.IndexFunc(pieces, func(p piece) bool { return p.base != base })
		if k < 0 {
			k = len(pieces)
		}
		extended := slices.ContainsFunc(pieces[:k], func(p piece) bool { return p.extended })
		var v []byte
		for _, p := range pieces[:k] {
			if extended && !p.extended {
				v = escape(v, p.value)
			} else {
				v = append(v, p.value...)
			}
		}
		if extended {
			base += "*"
		}
		out = append(out, Param{base, v})
		pieces = pieces[k:]
	}
	return unique(out)
}

// escape appends b in the form of an extended value (RFC 2231 §7).
func escape(dst, b []byte) []byte {
	const hex = "0123456789ABCDEF"
	for _, c := range b {
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || bytes.IndexByte([]byte("!#$&+-.^_`{|}~"), c) >= 0 {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', hex[c>>4], hex[c&15])
		}
	}
	return dst
}

// unique drops repeated parameters.
func unique(in []Param) []Param {
	var out []Param
	for _, p := range in {
		if !slices.ContainsFunc(out, func(q Param) bool { return q.Name == p.Name }) {
			out = append(out, p)
		}
	}
	return slices.Clip(out)
}

// contentType sets type and parameters from the value of a Content-Type. A value without a slash means text/plain.
func (p *Part) contentType(v []byte) {
	l := lexer{b: v}
	full := l.until(";")
	if i := bytes.IndexByte(full, '('); i > 0 {
		full = bytes.TrimSpace(full[:i])
	}
	t, sub, ok := bytes.Cut(full, []byte{'/'})
	t, sub = bytes.TrimSpace(t), bytes.TrimSpace(sub)
	if !ok || !token(t) || !token(sub) {
		// Programs older than MIME wrote "Content-Type: text". Any other value without a slash, and any other malformed
		// value, also becomes text/plain.
		p.Type, p.Subtype = "text", "plain"
		p.Params = l.params()
		return
	}
	p.Type, p.Subtype = lower(t), lower(sub)
	p.Params = l.params()
}

// token reports whether b can be the type or the subtype of a media type (RFC 2045 §5.1).
func token(b []byte) bool {
	if len(b) == 0 || len(b) > 127 {
		return false
	}
	for _, c := range b {
		if c <= ' ' || c >= 0x7f || bytes.IndexByte([]byte(`()<>@,;:\"/[]?=`), c) >= 0 {
			return false
		}
	}
	return true
}

// Disposition returns the part's disposition in lower case, and the parameters of the disposition (RFC 2183). The
// disposition is "" if the part has none.
func (p *Part) Disposition() (string, []Param) {
	if p.content == nil || len(p.content.disposition) == 0 {
		return "", nil
	}
	l := lexer{b: p.content.disposition}
	d := l.until(";")
	if i := bytes.IndexAny(d, " \t("); i > 0 {
		d = d[:i]
	}
	if !token(d) {
		return "", nil
	}
	return lower(d), l.params()
}

// Languages returns the tags of Content-Language (RFC 3282).
func (p *Part) Languages() []string {
	if p.content == nil {
		return nil
	}
	var out []string
	l := lexer{b: p.content.language}
	for l.i < len(l.b) && len(out) < MaxParams {
		if t := l.until(",("); token(t) {
			out = append(out, string(t))
		}
		l.got(',')
	}
	return out
}
