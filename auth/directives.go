package auth

import (
	"errors"
	"strings"
)

// maxDirectives is how many directives a message of DIGEST-MD5 may have.
const maxDirectives = 64

var errDirectives = errors.New("does not follow DIGEST-MD5's grammar")

// directives is a parsed message of DIGEST-MD5. It maps each name, in lower case, to the values of that name, without
// quotes.
type directives map[string][]string

// parseDirectives parses a message of the form 1#( name "=" ( token | quoted-string ) ), as in RFC 2831 §7.1. It allows
// white space between all tokens, and empty elements.
func parseDirectives(message string) (directives, error) {
	d := directives{}
	for n, rest := 0, message; ; n++ {
		rest = strings.TrimLeft(rest, ", \t\r\n")
		if rest == "" {
			return d, nil
		}
		if n == maxDirectives {
			return nil, errDirectives
		}
		name, after, ok := strings.Cut(rest, "=")
		name = strings.ToLower(strings.TrimRight(name, " \t\r\n"))
		if !ok || name == "" || strings.ContainsFunc(name, notToken) {
			return nil, errDirectives
		}
		value := ""
		if value, rest, ok = cutValue(strings.TrimLeft(after, " \t\r\n")); !ok {
			return nil, errDirectives
		}
		d[name] = append(d[name], value)
		if rest = strings.TrimLeft(rest, " \t\r\n"); rest != "" && rest[0] != ',' {
			return nil, errDirectives
		}
	}
}

// cutValue splits s after the token or quoted string with which it begins.
func cutValue(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		i := strings.IndexFunc(s, notToken)
		if i < 0 {
			i = len(s)
		}
		return s[:i], s[i:], i > 0
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:], true
		case '\\':
			if i++; i == len(s) {
				return "", "", false
			}
			b.WriteByte(s[i])
		case 0:
			return "", "", false
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", false
}

// notToken reports whether r is not allowed in a token. It allows "/" and ":", because servers send tokens with them.
func notToken(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),;<=>?@[\]{}`, r)
}

// one returns the value of a directive, or "". It fails if the message has the directive more than once.
func (d directives) one(name string) (value string, err error) {
	switch v := d[name]; len(v) {
	case 0:
		return "", nil
	case 1:
		return v[0], nil
	}
	return "", errors.New("more than one " + name)
}

var quotedEscape = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// quoteDirective returns s as a quoted string.
func quoteDirective(s string) string {
	return `"` + quotedEscape.Replace(s) + `"`
}

// listed reports whether a comma-separated list has the word, without regard to case.
func listed(list, word string) bool {
	for w := range strings.SplitSeq(list, ",") {
		if strings.EqualFold(strings.Trim(w, " \t\r\n"), word) {
			return true
		}
	}
	return false
}
