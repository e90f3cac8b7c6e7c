package commands_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/emersion/go-sasl"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
)

// minPiece is the length in octets of the shortest piece of a secret that traces finds.
const minPiece = 6

// traces searches for a secret in a text, whole or in pieces, and returns the forms that it finds: raw, quoted,
// escaped, in base64 of any alignment and alphabet, in hexadecimal, and as numbers.
func traces(text, secret string) (found []string) {
	look := func(form, piece string) {
		if piece != "" && strings.Contains(text, piece) {
			found = append(found, form+" "+piece)
		}
	}
	folded := strings.ToLower(text)
	for i := 0; i+minPiece <= len(secret); i++ {
		piece := secret[i : i+minPiece]
		look("raw", piece)
		look("quoted", strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(piece))
		look("in Go", strings.Trim(strconv.Quote(piece), `"`))
		look("in Go twice", strings.Trim(strconv.Quote(strings.Trim(strconv.Quote(piece), `"`)), `"`))
		inJSON, _ := json.Marshal(piece)
		look("in JSON", strings.Trim(string(inJSON), `"`))
		look("in a URL", url.QueryEscape(piece))
		if h := hex.EncodeToString([]byte(piece)); strings.Contains(folded, h) {
			found = append(found, "hexadecimal "+h)
		}
		look("octets", strings.Trim(fmt.Sprint([]byte(piece)), "[]"))
		look("octets in Go", strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", []byte(piece)), "[]byte{"), "}"))
	}
	// In base64, a group of three octets always gives the same four characters. The secret's groups may begin at any
	// of three positions.
	for i := 0; i+9 <= len(secret); i++ {
		piece := []byte(secret[i : i+9])
		look("base64", base64.StdEncoding.EncodeToString(piece))
		look("base64 for URLs", base64.URLEncoding.EncodeToString(piece))
	}
	return found
}

// TestTracesAreFound puts secrets into texts. It shows that the tests below can fail.
func TestTracesAreFound(t *testing.T) {
	const secret = `correct "horse" battery\staple ÿ`
	enc := base64.StdEncoding.EncodeToString
	for name, text := range map[string]string{
		"raw":              "x " + secret + " y",
		"quoted":           `x "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(secret) + `"`,
		"a piece":          "x " + secret[3:10],
		"split":            secret[:len(secret)/2] + "\nx " + secret[len(secret)/2:],
		"in Go":            fmt.Sprintf("%q", secret[14:]),
		"in a log":         slogged("line", `A1 LOGIN a "`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(secret)+`"`),
		"PLAIN":            enc([]byte("\x00alice\x00" + secret)),
		"PLAIN, shifted":   enc([]byte("x\x00alice\x00" + secret)),
		"PLAIN, shifted 2": enc([]byte("xy\x00alice\x00" + secret)),
		"a piece of PLAIN": enc([]byte("\x00alice\x00" + secret))[16:36],
		"XOAUTH2":          enc([]byte("user=alice\x01auth=Bearer " + secret + "\x01\x01")),
		"base64 for URLs":  base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("ÿ", 12))),
		"hex":              fmt.Sprintf("%x", secret),
		"Hex":              fmt.Sprintf("%X", secret),
		"octets":           fmt.Sprint([]byte(secret)),
		"octets in Go":     fmt.Sprintf("%#v", []byte(secret)),
		"JSON":             func() string { b, _ := json.Marshal(map[string]string{"p": secret}); return string(b) }(),
		"a struct":         fmt.Sprintf("%+v", struct{ p string }{secret}),
		"a URL":            "imaps://alice:" + url.QueryEscape(secret) + "@h",
	} {
		want := secret
		if name == "base64 for URLs" {
			want = strings.Repeat("ÿ", 12)
		}
		if len(traces(text, want)) == 0 {
			t.Errorf("%s: not found in %s", name, text)
		}
	}
	if found := traces("nothing of the sort: [secret], orrec, horse, atter, Staple", secret); len(found) > 0 {
		t.Errorf("found %q", found)
	}
}

func slogged(args ...any) string {
	var b bytes.Buffer
	slog.New(slog.NewTextHandler(&b, nil)).Info("imap", args...)
	return b.String()
}

// output collects everything that is logged or printed.
type output struct {
	mu sync.Mutex
	bytes.Buffer
}

func (w *output) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.Buffer.Write(p)
}

// print writes values in all the ways in which a program may print them.
func (w *output) print(values ...any) {
	for _, v := range values {
		fmt.Fprintf(w, "%v\n%+v\n%#v\n%s\n%q\n%x\n", v, v, v, v, v, v)
		b, err := json.Marshal(v)
		fmt.Fprintf(w, "%s %v\n", b, err)
		slog.New(slog.NewTextHandler(w, nil)).Info("print", "value", v)
		slog.New(slog.NewJSONHandler(w, nil)).Info("print", "value", v)
	}
}

// tap is a connection that records what the client writes.
type tap struct {
	net.Conn
	sent bytes.Buffer
}

func (c *tap) Write(p []byte) (int, error) {
	c.sent.Write(p)
	return c.Conn.Write(p)
}

// TestNoSecretIsShown logs in with every mechanism, with right and wrong secrets, and logs and prints everything. It
// then searches the output for the secrets, and for the responses that were sent.
func TestNoSecretIsShown(t *testing.T) {
	const password = `correct "horse" battery\staple`
	const token = "ya29.A0AfH6SMBtoken-Token~42+/abcdefghijklmnop=="
	const wrong = `incorrect "pony" accumulator\clip`
	const wrongToken = "ya29.expired-Expired~43+/ponmlkjihgfedcba=="
	cred := func(password, token string) auth.Credentials {
		return auth.Credentials{
			Username: "alice", Password: auth.NewSecret(password), Token: auth.StaticToken(auth.NewSecret(token)), External: true, Keys: auth.NewKeyCache(),
		}
	}
	for _, version := range []uint16{0, tls.VersionTLS12, tls.VersionTLS13} {
		synctest.Test(t, func(t *testing.T) {
			ctx := t.Context()
			out := new(output)
			all := &slog.HandlerOptions{Level: session.LevelTrace - 100, AddSource: true}
			opts := []imaptest.Option{
				imaptest.WithUser("alice", password), imaptest.WithToken("alice", token), imaptest.WithLogger(slog.New(slog.NewJSONHandler(out, all))),
			}
			offered := 0
			for _, how := range []string{"", "SASL-IR", "LITERAL+"} {
				srv, err := imaptest.New(append(opts, imaptest.Without(how, "IMAP4rev2"))...)
				if err != nil {
					t.Fatal(err)
				}
				var names []string
				for i := 0; i <= len(names); i++ {
					conn := &tap{Conn: srv.Pipe()}
					s, err := session.Open(ctx, conn, &session.Config{TraceText: true, Logger: slog.New(slog.NewTextHandler(out, all))})
					if err != nil {
						t.Fatal(err)
					}
					if version != 0 {
						cfg := srv.TLSConfig()
						cfg.MinVersion, cfg.MaxVersion = version, version
						cert, err := srv.ClientCertificate("alice")
						if err != nil {
							t.Fatal(err)
						}
						cfg.Certificates = []tls.Certificate{cert}
						if err := commands.StartTLS(ctx, s, cfg, ""); err != nil {
							t.Fatal(err)
						}
					}
					names = s.Caps().Auth()
					offered = max(offered, len(names))
					mech := "LOGIN"
					if i < len(names) {
						mech = names[i]
					}
					begin := conn.sent.Len()
					show(ctx, t, out, s, mech, i == len(names), cred(wrong, wrongToken), false)
					show(ctx, t, out, s, mech, i == len(names), cred(password, token), true)
					if version == 0 {
						sentIsHidden(t, mech, out.String(), conn.sent.String()[begin:])
					}
					s.Close()
					out.print(s)
				}
				out.print(srv, srv.Received())
				srv.Close()
			}
			if want := map[bool]int{true: 14, false: 10}[version != 0]; offered != want {
				t.Errorf("%d mechanisms were offered, want %d", offered, want)
			}
			text := out.String()
			for _, secret := range []string{password, token, wrong, wrongToken} {
				if found := traces(text, secret); len(found) > 0 {
					_, form, _ := strings.Cut(found[0], " ")
					at := max(strings.Index(text, form), 0)
					t.Errorf("TLS %#x: found %q, in … %q", version, found, text[max(0, at-600):min(len(text), at+200)])
				}
			}
			for _, word := range []string{"AUTHENTICATE", "LOGIN", "[secret]", "AUTHENTICATIONFAILED", "SCRAM-SHA-256", "serve: login failed"} {
				if !strings.Contains(text, word) {
					t.Errorf("TLS %#x: there is no %q in %d octets of text", version, word, len(text))
				}
			}
		})
	}
}

// show logs in, and prints all values and errors that a program has after that.
func show(ctx context.Context, t *testing.T, out *output, s *session.Session, mech string, login bool, cred auth.Credentials, right bool) {
	t.Helper()
	opts := auth.Options{Mechanisms: []string{mech}, AllowPlaintext: true, Host: "localhost"}
	out.print(cred, opts, cred.Keys)
	var err error
	if login {
		call := commands.Login(s, cred.Username, cred.Password, commands.AllowPlaintext())
		out.print(call, s)
		_, err = call.Wait(ctx)
		out.print(call)
	} else {
		if mech == "ANONYMOUS" {
			cred = auth.Credentials{Anonymous: true}
		}
		var list []*auth.Candidate
		if list, err = auth.Candidates([]string{mech}, auth.Options{Secure: true, Mechanisms: opts.Mechanisms, Host: "localhost"}, cred); err == nil {
			var client sasl.Client
			if client, err = list[0].Client(ctx); err == nil {
				out.print(list, client)
				client.Start()
				client.Next([]byte("an unexpected challenge"))
				out.print(client)
			}
		}
		in, signErr := commands.SignIn(ctx, s, cred, opts)
		err = signErr
		out.print(in)
	}
	out.print(err, cred, cred.Keys)
	refusable := login || mech != "EXTERNAL" && mech != "ANONYMOUS"
	if (err == nil) != right && refusable {
		t.Errorf("%s: %v", mech, err)
	}
}

// sentIsHidden searches text for the responses that were sent, because an attacker who has a response can use it to
// test guesses of the secret.
func sentIsHidden(t *testing.T, mech, text, sent string) {
	t.Helper()
	n := 0
	for line := range strings.Lines(sent) {
		words := strings.Fields(line)
		if len(words) == 0 || len(words) == 2 && words[0][0] == 'A' {
			continue
		}
		response := words[len(words)-1]
		if raw, err := base64.StdEncoding.DecodeString(response); err == nil && len(raw) > 12 && len(words) != 2 {
			n++
			for i := 0; i+16 <= len(response); i += 4 {
				if piece := response[i : i+16]; strings.Contains(text, piece) {
					t.Errorf("%s: the text contains %q, which is a part of the response %q", mech, piece, raw)
					return
				}
			}
		}
	}
	if n == 0 && mech != "ANONYMOUS" && mech != "LOGIN" {
		t.Errorf("%s: the client sent no response, only %q", mech, sent)
	}
}
