package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Target has the contents of a URL: where and how to connect, the user and the mailbox. A Target is a Dialer. If
// StartTLS is true, session.Dial also performs STARTTLS. The fields may be changed before Dial, but not during it.
type Target struct {
	// Scheme is the scheme of the URL, in lower case.
	Scheme string
	// Addr is the host and port, the path of a Unix socket, or empty for a process.
	Addr string
	// ServerName is the host that the certificate must name. It is empty for a Unix socket or a process.
	ServerName string
	// StartTLS means that the connection begins in clear text, and that STARTTLS must succeed before anything else is
	// sent. Upgrade returns the TLS layer.
	StartTLS bool
	// Secure means that the connection is secure from the first byte, because it is TLS, a Unix socket or a process.
	Secure bool
	// AllowPlaintext means that the scheme of the URL is imap+insecure. Secrets may then be sent in clear text.
	AllowPlaintext bool
	// User is the decoded user name of the URL, or empty.
	User string
	// Auth is the SASL mechanism that the URL names (RFC 5092 §3.2), in upper case; "*" or empty means any.
	Auth string
	// Mailbox is the mailbox name of the URL, in UTF-8, or empty.
	Mailbox string
	// TLSConfig, if not nil, is the configuration for TLS and StartTLS, for example with RootCAs or a client
	// certificate.
	TLSConfig *tls.Config
	// Command is the program of imap+process, and nil for all other schemes.
	Command *Command

	opts []Option
}

// defaultPorts has the schemes that have a host, and their ports.
var defaultPorts = map[string]string{
	"imaps":         "993",
	"imap":          "143",
	"imap+starttls": "143",
	"imap+insecure": "143",
}

const schemes = "imaps://, imap+starttls://, imap://, imap+insecure://, imap+unix:PATH and imap+process:COMMAND"

// Parse understands these URLs:
//
//	imaps://[user@]host[:port][/mailbox]          TLS, port 993 (RFC 8314)
//	imap+starttls://[user@]host[:port][/mailbox]  STARTTLS is required, port 143
//	imap://[user@]host[:port][/mailbox]           the same as imap+starttls
//	imap+insecure://[user@]host[:port][/mailbox]  in clear text
//	imap+unix:/path, imap+unix://[user@]/path     a Unix socket
//	imap+process:command word "two words"         a program's standard input and output
//
// User, mailbox and path are percent-encoded UTF-8. After the user, the URL may have ";AUTH=" and a mechanism (RFC
// 5092). Parse refuses a URL that names a message or a part of one.
//
// The text after imap+process: is not percent-encoded. Parse splits it into words at spaces, tabs and line ends. Within
// '…', no character is special. Within "…", a \ escapes only " and \. Elsewhere, a \ escapes any character. No shell is
// used. Such a URL starts a program, so do not dial a URL from an untrusted source unless Command is nil.
//
// Parse refuses a URL with a password, because URLs appear in logs and process lists. The errors of Parse quote nothing
// of the URL. The errors of Dial quote only the address in the URL, or the program's name. The options apply to the
// schemes that have a host.
func Parse(rawURL string, opts ...Option) (*Target, error) {
	scheme, rest, ok := strings.Cut(rawURL, ":")
	if !ok {
		return nil, errors.New("transport: url: no scheme; the schemes are " + schemes)
	}
	t := &Target{Scheme: strings.ToLower(scheme), opts: opts}
	var err error
	switch t.Scheme {
	case "imaps", "imap", "imap+starttls", "imap+insecure":
		err = t.parseHost(rest)
	case "imap+unix":
		err = t.parseUnix(rest)
	case "imap+process":
		err = t.parseProcess(rest)
	default:
		err = errors.New("unknown scheme; the schemes are " + schemes)
	}
	if err != nil {
		return nil, fmt.Errorf("transport: url: %w", err)
	}
	return t, nil
}

func (t *Target) parseHost(rest string) error {
	rest, ok := strings.CutPrefix(rest, "//")
	if !ok {
		return errors.New(`no "//" after the scheme`)
	}
	authority, mailbox, _ := strings.Cut(rest, "/")
	host, err := t.parseUser(authority)
	if err != nil {
		return err
	}
	if err := t.parseAddr(host); err != nil {
		return err
	}
	if t.Mailbox, err = decode(mailbox, "mailbox", ";?#"); err != nil {
		return err
	}
	t.Secure = t.Scheme == "imaps"
	t.AllowPlaintext = t.Scheme == "imap+insecure"
	t.StartTLS = !t.Secure && !t.AllowPlaintext
	return nil
}

// parseUser sets the user and the mechanism from the authority of a URL, and returns the rest of the authority.
func (t *Target) parseUser(authority string) (string, error) {
	at := strings.LastIndexByte(authority, '@')
	if at < 0 {
		return authority, nil
	}
	user, auth, _ := strings.Cut(authority[:at], ";")
	if strings.Contains(user, ":") || strings.Contains(auth, ":") {
		return "", errors.New("it contains a password, which is not allowed")
	}
	if auth != "" {
		mech, ok := cutPrefixFold(auth, "AUTH=")
		if !ok || mech == "" || strings.Trim(mech, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_*") != "" {
			return "", errors.New(`the user is not followed by ";AUTH=" and a mechanism`)
		}
		t.Auth = strings.ToUpper(mech)
	}
	var err error
	t.User, err = decode(user, "user", "")
	return authority[at+1:], err
}

func (t *Target) parseAddr(host string) error {
	name, port := splitPort(host)
	if port == "" {
		port = defaultPorts[t.Scheme]
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return errors.New("the port is not a number from 1 to 65535")
	}
	bracketed := strings.HasPrefix(host, "[")
	if bracketed {
		name = strings.Replace(name, "%25", "%", 1) // a zone follows "%25" (RFC 6874)
	}
	bare, zone, zoned := name, "", false
	if bracketed {
		bare, zone, zoned = strings.Cut(name, "%")
	}
	switch {
	case name == "":
		return errors.New("no host")
	case bracketed != strings.Contains(name, ":"), bracketed && net.ParseIP(bare) == nil:
		return errors.New("brackets must contain an IPv6 address")
	case strings.ContainsFunc(bare+zone, notInHost), !utf8.ValidString(name), zoned && zone == "":
		return errors.New("the host has a character that is not allowed")
	}
	t.Addr, t.ServerName = net.JoinHostPort(name, port), bare
	return nil
}

// notInHost reports whether r is not allowed in a host, because a program that parses the host again might give r a
// special meaning.
func notInHost(r rune) bool {
	return r <= ' ' || r == 0x7f || strings.ContainsRune(`%/\?#[]@;"'<>`, r)
}

func (t *Target) parseUnix(rest string) error {
	path := rest
	if authority, ok := strings.CutPrefix(rest, "//"); ok {
		authority, path, ok = strings.Cut(authority, "/")
		if !ok {
			return errors.New("no path")
		}
		path = "/" + path
		host, err := t.parseUser(authority)
		if err != nil {
			return err
		}
		if host != "" && host != "localhost" {
			return errors.New("the URL of a Unix socket must not have a host other than localhost")
		}
	}
	var err error
	if t.Addr, err = decode(path, "path", "?#"); err != nil {
		return err
	}
	if t.Addr == "" {
		return errors.New("no path")
	}
	t.Secure = true
	return nil
}

func (t *Target) parseProcess(rest string) error {
	words, err := split(rest)
	if err != nil {
		return err
	}
	if len(words) == 0 || words[0] == "" {
		return errors.New("no command")
	}
	t.Command = Process(words[0], words[1:]...)
	t.Secure = true
	return nil
}

// Dial connects. It does not perform STARTTLS, which needs a command to the server: see Upgrade.
func (t *Target) Dial(ctx context.Context) (Conn, error) {
	switch {
	case t.Command != nil:
		return t.Command.Dial(ctx)
	case t.Scheme == "imap+unix":
		return Unix(t.Addr).Dial(ctx)
	case t.Scheme == "imaps":
		cfg, err := clientConfig(t.TLSConfig, t.ServerName)
		if err != nil {
			return nil, err
		}
		return TLS(t.Addr, cfg, t.opts...).Dial(ctx)
	case t.Addr != "":
		return TCP(t.Addr, t.opts...).Dial(ctx)
	}
	return nil, errors.New("transport: the target has no address")
}

// Upgrade returns the layer to put on the connection after the server's OK to STARTTLS, before anything else is sent.
// It returns nil if StartTLS is false.
func (t *Target) Upgrade() Upgrade {
	if !t.StartTLS {
		return nil
	}
	return StartTLS(t.TLSConfig, t.ServerName)
}

// String returns the scheme and the address, for display. It has no secrets.
func (t *Target) String() string {
	switch {
	case t.Command != nil:
		return t.Scheme + ":" + t.Command.Name
	case t.Scheme == "imap+unix":
		return t.Scheme + ":" + t.Addr
	}
	return t.Scheme + "://" + t.Addr
}

// decode decodes the percent-encoding of s. It fails if s has one of the reserved characters unencoded. part says what
// s is, such as "path", for the error.
func decode(s, part, reserved string) (string, error) {
	if i := strings.IndexAny(s, reserved); i >= 0 {
		return "", fmt.Errorf("%c after the %s is not supported, and %[1]c within it must be written %%%02[1]X", s[i], part)
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' {
			if i+2 >= len(s) {
				return "", fmt.Errorf("a %% in the %s is not followed by two hexadecimal digits", part)
			}
			n, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
			if err != nil {
				return "", fmt.Errorf("a %% in the %s is not followed by two hexadecimal digits", part)
			}
			c = byte(n)
			i += 2
		}
		if c == 0 || c == '\r' || c == '\n' {
			return "", fmt.Errorf("a NUL or line end in the %s", part)
		}
		b = append(b, c)
	}
	if part != "path" && !utf8.Valid(b) {
		return "", fmt.Errorf("the %s is not UTF-8", part)
	}
	return string(b), nil
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}
