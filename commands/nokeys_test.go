package commands_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
)

// TestNoKeysForSCRAM signs in to a server that offers SCRAM, but has no keys for the account. The server refuses after
// the full exchange, without a response code, as GNU mailutils' imap4d 3.15 does. If TLS has verified the server,
// SignIn tries the next mechanism. If the server says that the password is wrong, SignIn tries no other mechanism.
func TestNoKeysForSCRAM(t *testing.T) {
	for _, c := range []struct{ refusal, mechanism string }{
		{"NO AUTHENTICATE SCRAM-SHA-256 authentication failed", "PLAIN"},
		{"NO [AUTHENTICATIONFAILED] wrong password", ""},
	} {
		withoutKeys(t, c.refusal, func(signIn signIn) {
			in, err := signIn(auth.Options{})
			if in.Mechanism != c.mechanism || (err == nil) != (c.mechanism != "") {
				t.Errorf("%s: signed in by %q, %v", c.refusal, in.Mechanism, err)
			}
			if err != nil {
				return
			}
			// The next two times, SignIn begins with the mechanism that works.
			for range 2 {
				in, err = signIn(in.Next(auth.Options{}))
				if err != nil || in.Mechanism != "PLAIN" || len(in.Passed) > 0 || !slices.Equal(in.Failed, []string{"SCRAM-SHA-256"}) {
					t.Errorf("the next SignIn: got %+v, %v", in, err)
				}
			}
		})
	}
}

type signIn = func(auth.Options) (commands.SignedIn, error)

// withoutKeys calls f with a function that signs in to a server that accepts PLAIN and refuses SCRAM-SHA-256 after a
// full exchange.
func withoutKeys(t *testing.T, refusal string, f func(signIn)) {
	conf, err := loopbackTLS()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now() // the bubble's clock shows another time, at which the certificates are not valid
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		dial := func() net.Conn {
			a, b := imaptest.Pipe(0)
			srv := tls.Server(b, conf[0])
			go func() {
				defer srv.Close()
				p := &peer{srv, bufio.NewReader(srv)}
				p.say("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=SCRAM-SHA-256 AUTH=PLAIN] ready")
				for line := p.hear(); line != ""; line = p.hear() {
					tag, rest, _ := strings.Cut(line, " ")
					switch {
					case strings.HasPrefix(rest, "AUTHENTICATE SCRAM-SHA-256 "):
						first, _ := base64.StdEncoding.DecodeString(rest[strings.LastIndexByte(rest, ' ')+1:])
						_, nonce, _ := strings.Cut(string(first), ",r=")
						p.say("+ %s", base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "r=%sx,s=QUFBQUFBQUE=,i=4096", nonce)))
						p.hear()
						p.say("%s %s", tag, refusal)
					case strings.HasPrefix(rest, "AUTHENTICATE PLAIN"):
						p.say("%s OK [CAPABILITY IMAP4rev1] in", tag)
					default:
						p.say("%s BAD what?", tag)
					}
				}
			}()
			return a
		}
		signIn := func(opts auth.Options) (commands.SignedIn, error) {
			client := conf[1].Clone()
			client.ServerName = "localhost"
			client.Time = func() time.Time { return now }
			s, err := session.Open(ctx, tls.Client(dial(), client), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			return commands.SignIn(ctx, s, withPassword("secret"), opts)
		}
		f(signIn)
	})
}
