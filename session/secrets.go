package session

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// Words is what a server said while a secret was being sent. The server may repeat the secret in any form, so fmt
// never prints the words.
type Words struct{ f func() string }

// Reveal returns the words. A program may interpret them, or show them to the user whose secret was being sent. It must
// not log them.
func (w Words) Reveal() string {
	if w.f == nil {
		return ""
	}
	return w.f()
}

// Format writes only whether the server said anything, whatever the verb.
func (w Words) Format(f fmt.State, _ rune) {
	if w.f == nil {
		fmt.Fprint(f, "[none]")
		return
	}
	fmt.Fprint(f, hidden)
}

// hidden is shown in place of text that may contain a secret.
const hidden = "[hidden]"

// secretInFlight reports whether a command with a dialogue, such as AUTHENTICATE, or with a secret, such as LOGIN, is
// in flight. During such a command the session shows only what kind of response the server sends, and not its text.
func (s *Session) secretInFlight() bool {
	for _, p := range s.queue.begun() {
		if p.inFlight() && (p.cmd.hasDialogue() || p.secret) {
			return true
		}
	}
	return false
}

// newError makes an Error from a status response. The Error has copies of the response's data.
func (s *Session) newError(command string, r *parser.Response) *Error {
	e := &Error{Command: command, Status: r.Status, Code: parser.Code{Name: r.Code.Name}}
	text := string(clipText(r.Text))
	if s.secretInFlight() {
		e.Hidden = Words{func() string { return text }}
		switch {
		case !knownCode(r.Code.Name):
			e.Code.Name = ""
		case r.Code.Name == parser.CodeReferral:
			// The program needs to know where to log in instead (RFC 2221 §3).
			e.Code.Args = []byte(s.scrub(string(clipText(r.Code.Args))))
		}
		return e
	}
	e.Text = s.scrub(text)
	if !knownCode(r.Code.Name) && !registeredCode(r.Code.Name) {
		e.Code.Name = parser.CodeName(s.scrub(string(r.Code.Name)))
	}
	if len(r.Code.Args) > 0 {
		e.Code.Args = []byte(s.scrub(string(clipText(r.Code.Args))))
	}
	return e
}

// knownCode reports whether c is one of the response codes that servers send when a login fails. While a secret
// is in flight, the name of any other code may be the secret.
func knownCode(c parser.CodeName) bool {
	switch c {
	case "", parser.CodeAlert, parser.CodeAuthenticationFailed, parser.CodeAuthorizationFailed, parser.CodeExpired, parser.CodePrivacyRequired,
		parser.CodeContactAdmin, parser.CodeUnavailable, parser.CodeInUse, parser.CodeLimit, parser.CodeServerBug, parser.CodeClientBug,
		parser.CodeCannot, parser.CodeNoPerm, parser.CodeCapability, parser.CodeReferral, parser.CodeWebAlert, "THROTTLED", "SYS/TEMP", "SYS/PERM", "AUTH":
		return true
	}
	return false
}

// shownText returns the text of a status response in a form that an error may show.
func (s *Session) shownText(r *parser.Response) string {
	if s.secretInFlight() {
		return hidden
	}
	return s.scrub(string(clipText(r.Text)))
}

// quotable returns the beginning of b, which the server has sent, in a form that an error may quote.
func (s *Session) quotable(b []byte) []byte {
	if s.secretInFlight() {
		return []byte(hidden)
	}
	return []byte(s.scrub(string(b[:min(len(b), 32)])))
}

// withoutQuote returns err, or, if err quotes the server, an error with a quotation that may be shown.
func (s *Session) withoutQuote(err error) error {
	var syntax *wire.SyntaxError
	if !errors.As(err, &syntax) || len(syntax.Got) == 0 {
		return err
	}
	return &wire.SyntaxError{Offset: syntax.Offset, Want: syntax.Want, Got: s.quotable(syntax.Got)}
}

// cleanError is an error that quotes the server, after secrets were removed from its text.
type cleanError struct {
	text string
	err  error
}

func (e *cleanError) Error() string { return e.text }
func (e *cleanError) Unwrap() error { return e.err }

// scrubError removes secrets from the error of a response that could not be parsed, because such an error quotes the
// server.
func (s *Session) scrubError(err error) error {
	if err == nil || len(s.secrets) == 0 {
		return err
	}
	var syntax *wire.SyntaxError
	text := err.Error()
	if errors.As(err, &syntax) {
		syntax.Got = s.quotable(syntax.Got)
	}
	if low := s.scrub(text); low != text {
		return &cleanError{low, err}
	}
	return err
}

const (
	maxSecrets  = 4        // how many secrets the session remembers in order to find them in the server's text
	maxSecret   = 1024     // how many octets it remembers of the beginning and of the end of each secret
	maxResponse = 64 << 10 // how many octets of the encoded form of a secret it stores; SASL responses are shorter
	minSecret   = 3        // a shorter secret cannot be distinguished from other words
	minEcho     = 6        // how many octets in a row make a text count as a part of a secret
	longSecret  = 32       // a secret that is longer counts as random, such as a token or a SASL response
	minInner    = 10       // minEcho for the middle of such a secret, which by chance has some letters of other words
)

// rememberSecrets stores the secrets in a segment that is about to be sent, so that scrub can remove them from what
// the server sends later.
func (s *Session) rememberSecrets(seg wire.Segment) {
	for _, x := range seg.Secrets {
		s.rememberOne(seg.Bytes[x.Start:x.End])
	}
}

// rememberOne stores a secret. b is its encoded form: an atom, a quoted string, a literal, or a line of base64.
func (s *Session) rememberOne(b []byte) {
	if i := bytes.IndexByte(b, '\n'); i >= 0 && bytes.HasPrefix(bytes.TrimLeft(b, " ~"), []byte("{")) {
		b = b[i+1:]
	}
	text := bytes.TrimSpace(b[:min(len(b), maxResponse)])
	if s.secrets = append(s.secrets, secret{text: string(text)}); len(s.secrets) > maxSecrets {
		s.secrets = slices.Delete(s.secrets, 0, 1)
	}
}

// secret is a secret that was sent. text is its encoded form. forms are all forms in which the server might repeat
// the secret. lowerForms computes them from text when they are first needed.
type secret struct {
	text  string
	forms []string
	made  bool
}

var (
	unescape = strings.NewReplacer(`\\`, `\`, `\"`, `"`)
	escape   = strings.NewReplacer(`\`, `\\`, `"`, `\"`)
)

// lowerForms returns the forms of the secret, in lower case.
func (x *secret) lowerForms() []string {
	if x.made {
		return x.forms
	}
	text := x.text
	if n := len(text); n > 1 && text[0] == '"' && text[n-1] == '"' {
		text = unescape.Replace(text[1 : n-1])
	}
	forms := []string{text}
	if raw, err := base64.StdEncoding.DecodeString(text); err == nil {
		forms = append(forms, secretFields(string(raw))...)
	}
	var all []string
	for _, f := range endsOfLong(forms) {
		if len(f) < minSecret {
			continue
		}
		all = append(all, f, escape.Replace(f), hex.EncodeToString([]byte(f)), url.QueryEscape(f))
		for shift := range 3 { // in base64, the form of a secret depends on its offset modulo 3
			enc := base64.RawStdEncoding.EncodeToString(append(make([]byte, shift), f...))
			all = append(all, enc[min(len(enc), (shift*8+5)/6):])
		}
	}
	for i := range all {
		all[i] = strings.ToLower(all[i])
	}
	x.forms, x.text, x.made = all, "", true
	return all
}

// endsOfLong returns short secrets unchanged. Of a long secret, such as a token, it returns the beginning and the
// end.
func endsOfLong(forms []string) (list []string) {
	for _, f := range forms {
		if len(f) > 2*maxSecret {
			list = append(list, f[:maxSecret], f[len(f)-maxSecret:])
		} else {
			list = append(list, f)
		}
	}
	return list
}

// secretFields returns the secrets in a response of a SASL mechanism: the password of PLAIN, the token of XOAUTH2 and
// OAUTHBEARER, or, for any other mechanism, the whole response.
func secretFields(raw string) []string {
	if i := strings.LastIndexByte(raw, 0); i >= 0 {
		return []string{raw[i+1:]}
	}
	var list []string
	for f := range strings.SplitSeq(raw, "\x01") {
		if token, ok := strings.CutPrefix(f, "auth="); ok {
			list = append(list, token[strings.LastIndexByte(token, ' ')+1:])
		}
	}
	if list == nil {
		list = []string{raw}
	}
	return list
}

// scrub removes the secrets that the session has sent from a text of the server. It finds a secret that is unchanged,
// quoted, truncated, in a different case, in base64, in hexadecimal or percent-encoded. Octets count as a part of a
// secret if at least minEcho of them in a row are the same. In the middle of a secret of more than longSecret octets,
// minInner must be the same. A secret that is shorter than minEcho must be there as a whole.
func (s *Session) scrub(text string) string {
	if len(s.secrets) == 0 || text == "" {
		return text
	}
	low := strings.ToLower(text)
	if len(low) != len(text) {
		low = text
	}
	var out []byte
	for i := 0; i < len(text); {
		n := 0
		for k := range s.secrets {
			for _, f := range s.secrets[k].lowerForms() {
				n = max(n, echo(low[i:], f))
			}
		}
		if n == 0 {
			out = append(out, text[i])
			i++
			continue
		}
		out = append(out, "[secret]"...)
		i += n
	}
	return string(out)
}

// echo returns how many octets at the front of text are a part of secret, or 0 if these are too few to count.
func echo(text, secret string) int {
	least := min(minEcho, len(secret))
	if len(text) < least {
		return 0
	}
	best := 0
	for j := 0; j+least <= len(secret); j++ {
		n := 0
		for n < len(text) && j+n < len(secret) && text[n] == secret[j+n] {
			n++
		}
		if len(secret) > longSecret && j > 0 && j+n < len(secret) && n < minInner {
			continue
		}
		if n >= least {
			best = max(best, n)
		}
	}
	return best
}
