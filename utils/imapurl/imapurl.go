package imapurl

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A URL is a parsed IMAP URL. A field that the URL does not have is zero.
type URL struct {
	Relative    bool   // the URL has no server, and refers to the server of the connection
	User        string // decoded
	Auth        string // the mechanism after ";AUTH=", or "*"
	Host        string // the host and the port, unchanged
	Mailbox     string // in UTF-8
	UIDValidity uint32
	UID         uint32
	Section     string // as in FETCH: "1.2.MIME"; "" is the whole message
	Partial     bool   // the URL is for Length octets from Offset on
	Offset      uint64
	Length      uint64 // 0 means all octets up to the end

	Expire    time.Time // until when the URL is valid; zero means for ever
	Access    string    // who may use the URL: "anonymous", "authuser", "user+alice", "submit+alice"
	Mechanism string    // in upper case: "INTERNAL"
	Token     string    // in hexadecimal digits
	// Rump is the part of the URL before the mechanism. The token authenticates it (RFC 4467 §2).
	Rump string
}

// ErrSyntax reports text that is not a URL of a mailbox or message. Every error of Parse wraps it.
var ErrSyntax = errors.New("imapurl: not the URL of a mailbox or message")

func syntaxError(what string) error { return fmt.Errorf("%w: %s", ErrSyntax, what) }

// Parse parses the URL of a mailbox, a message or a part of a message. The URL is absolute, or begins with "/" or with
// the mailbox name.
func Parse(s string) (u URL, err error) {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return u, syntaxError("it has an octet that must be encoded")
		}
	}
	rest := s
	if i := strings.Index(strings.ToUpper(s), ";URLAUTH="); i >= 0 {
		access, after, proved := strings.Cut(s[i+len(";URLAUTH="):], ":")
		u.Access, u.Rump = access, s[:i+len(";URLAUTH=")+len(access)]
		if proved {
			mech, token, _ := strings.Cut(after, ":")
			if strings.Trim(token, "0123456789abcdefABCDEF") != "" || token == "" || mech == "" || strings.ContainsFunc(mech, notMechanism) {
				return u, syntaxError("the mechanism or the token of URLAUTH is malformed")
			}
			u.Mechanism, u.Token = strings.ToUpper(mech), token
		}
		rest = s[:i]
		if at := strings.Index(strings.ToUpper(rest), ";EXPIRE="); at >= 0 {
			if u.Expire, err = time.Parse(time.RFC3339, rest[at+len(";EXPIRE="):]); err != nil {
				return u, syntaxError("the time of EXPIRE is malformed")
			}
			rest = rest[:at]
		}
		if !validAccess(access) {
			return u, syntaxError("the access of URLAUTH is unknown or malformed")
		}
	}
	if len(rest) >= 7 && strings.EqualFold(rest[:7], "imap://") {
		if rest, err = u.server(rest[7:]); err != nil {
			return u, err
		}
	} else if strings.Contains(rest, "://") {
		return u, syntaxError("the scheme is not imap")
	} else {
		u.Relative = true
		rest = strings.TrimPrefix(rest, "/")
	}
	return u, u.path(rest)
}

// notMechanism reports whether c is not allowed in the name of a mechanism (RFC 4467 §9 uauth-mechanism).
func notMechanism(c rune) bool {
	return (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '-' && c != '.'
}

// validAccess reports whether a is an access identifier (RFC 5092 §11 access). A user in it cannot have octets that begin
// another part of the URL.
func validAccess(a string) bool {
	name, user, ok := strings.Cut(a, "+")
	switch strings.ToLower(name) {
	case "anonymous", "authuser":
		return !ok
	case "user", "submit":
		return user != "" && !strings.ContainsAny(user, ";/?#")
	}
	return false
}

// server parses the user and the host, and returns the rest of the URL.
func (u *URL) server(s string) (rest string, err error) {
	host, rest, ok := strings.Cut(s, "/")
	if !ok {
		return "", syntaxError("no mailbox")
	}
	if user, after, ok := strings.Cut(host, "@"); ok {
		host = after
		user, auth, _ := cutFold(user, ";AUTH=")
		if u.User, err = unescape(user); err != nil {
			return "", err
		}
		if u.Auth, err = unescape(auth); err != nil {
			return "", err
		}
	}
	// Refuse a second "@". Programs disagree whether the first or the last "@" ends the user, and would use different
	// hosts.
	if u.Host = host; host == "" || strings.Contains(host, "@") {
		return "", syntaxError("no host, or more than one @")
	}
	return rest, nil
}

// path parses the part of the URL after the server.
func (u *URL) path(s string) (err error) {
	box := s
	var parts []string
	if i := strings.Index(s, "/;"); i >= 0 {
		box, parts = s[:i], strings.Split(s[i+1:], "/;")
		parts[0] = parts[0][1:]
	}
	if name, validity, ok := cutFold(box, ";UIDVALIDITY="); ok {
		box = name
		if u.UIDValidity, err = number(validity); err != nil {
			return err
		}
	}
	if strings.ContainsAny(box, ";?#") {
		// After "?", the URL would have a search (RFC 5092 §6.2), and after "#" a fragment.
		return syntaxError(`the mailbox name has a ";", "?" or "#" that is not encoded`)
	}
	if u.Mailbox, err = unescape(strings.TrimRight(box, "/")); err != nil {
		return err
	}
	if u.Mailbox == "" {
		return syntaxError("no mailbox")
	}
	order := []string{"UID", "SECTION", "PARTIAL"}
	for _, p := range parts {
		name, value, _ := strings.Cut(p, "=")
		name = strings.ToUpper(name)
		// The parts must have this order. Refuse a part that occurs twice, because programs disagree on which one counts.
		i := slices.Index(order, name)
		if i < 0 {
			return syntaxError("unknown part, or a part in the wrong place: " + strconv.Quote(name))
		}
		order = order[i+1:]
		switch name {
		case "UID":
			if u.UID, err = number(value); err != nil {
				return err
			}
		case "SECTION":
			if u.Section, err = unescape(value); err != nil {
				return err
			}
		case "PARTIAL":
			u.Partial = true
			from, length, ok := strings.Cut(value, ".")
			if u.Offset, err = strconv.ParseUint(from, 10, 63); err != nil {
				return syntaxError("PARTIAL")
			}
			if ok {
				if u.Length, err = strconv.ParseUint(length, 10, 63); err != nil || u.Length == 0 {
					return syntaxError("PARTIAL")
				}
			}
		}
	}
	if u.UID == 0 && (u.Section != "" || u.Partial) {
		return syntaxError("SECTION or PARTIAL without UID")
	}
	return nil
}

// cutFold works like strings.Cut, but ignores case. The separator must be in upper case.
func cutFold(s, sep string) (before, after string, ok bool) {
	if i := strings.Index(strings.ToUpper(s), sep); i >= 0 && len(strings.ToUpper(s)) == len(s) {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

func number(s string) (uint32, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || n == 0 || s[0] == '+' {
		return 0, syntaxError(strconv.Quote(s) + " is not a number")
	}
	return uint32(n), nil
}

// unescape decodes the percent-encoding of s. The result must be UTF-8.
func unescape(s string) (string, error) {
	if strings.IndexByte(s, '%') < 0 {
		return s, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' {
			n, err := strconv.ParseUint(s[min(i+1, len(s)):min(i+3, len(s))], 16, 8)
			if err != nil || i+2 >= len(s) || n == 0 {
				return "", syntaxError("a % is not followed by two hexadecimal digits, or encodes NUL")
			}
			c = byte(n)
			i += 2
		}
		b.WriteByte(c)
	}
	if !utf8.ValidString(b.String()) {
		return "", syntaxError("the percent-encoded octets are not UTF-8")
	}
	return b.String(), nil
}

// String returns the text of the URL, with Access, Mechanism and Token at its end if they are set.
func (u URL) String() string {
	var b []byte
	if !u.Relative {
		b = append(b, "imap://"...)
		if u.User != "" || u.Auth != "" {
			b = escape(b, u.User, false)
			if u.Auth != "" {
				b = escape(append(b, ";AUTH="...), u.Auth, false)
			}
			b = append(b, '@')
		}
		b = append(b, u.Host...)
	}
	b = escapeMailbox(append(b, '/'), u.Mailbox)
	if u.UIDValidity != 0 {
		b = fmt.Appendf(b, ";UIDVALIDITY=%d", u.UIDValidity)
	}
	if u.UID != 0 {
		b = fmt.Appendf(b, "/;UID=%d", u.UID)
		if u.Section != "" {
			b = escape(append(b, "/;SECTION="...), u.Section, false)
		}
		if u.Partial {
			b = fmt.Appendf(b, "/;PARTIAL=%d", u.Offset)
			if u.Length > 0 {
				b = fmt.Appendf(b, ".%d", u.Length)
			}
		}
	}
	if u.Access != "" {
		if !u.Expire.IsZero() {
			b = u.Expire.UTC().AppendFormat(append(b, ";EXPIRE="...), "2006-01-02T15:04:05.999Z")
		}
		b = append(append(b, ";URLAUTH="...), u.Access...)
		if u.Mechanism != "" {
			b = append(append(b, ':'), u.Mechanism...)
			if u.Token != "" {
				b = append(append(b, ':'), u.Token...)
			}
		}
	}
	return string(b)
}

// escapeMailbox appends the name of a mailbox, and escapes characters that have a meaning in a URL. It escapes slashes
// at the beginning and the end of the name, but not those between. A slash at the beginning would begin a server (RFC
// 5092 §7), and one at the end would not be part of the name.
func escapeMailbox(dst []byte, name string) []byte {
	front := len(name) - len(strings.TrimLeft(name, "/"))
	end := max(front, len(strings.TrimRight(name, "/")))
	dst = escape(dst, name[:front], false)
	dst = escape(dst, name[front:end], true)
	return escape(dst, name[end:], false)
}

// escape appends s, and percent-encodes all octets that may have a meaning in a URL. If slash is true, it does not
// encode "/".
func escape(dst []byte, s string, slash bool) []byte {
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-._~!$'()*+,", c) >= 0, c == '/' && slash:
			dst = append(dst, c)
		default:
			dst = fmt.Appendf(dst, "%%%02X", c)
		}
	}
	return dst
}
