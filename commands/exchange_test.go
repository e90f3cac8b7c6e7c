package commands_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-sasl"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// peer is the connection of a hand-written server.
type peer struct {
	net.Conn
	in *bufio.Reader
}

// hear returns the next line without its end, or "" at the end of the stream.
func (p *peer) hear() string {
	line, _ := p.in.ReadString('\n')
	return strings.TrimRight(line, "\r\n")
}

func (p *peer) say(format string, args ...any) { fmt.Fprintf(p, format+"\r\n", args...) }

// with opens a session with a hand-written server that offers the capabilities in caps, and calls f with that session.
// server, which reads commands and writes answers, runs at the same time as f.
func with(t *testing.T, caps string, server func(p *peer), f func(ctx context.Context, s *session.Session)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c, srv := imaptest.Pipe(0)
		go func() {
			p := &peer{srv, bufio.NewReader(srv)}
			p.say("* OK [CAPABILITY IMAP4rev1 %s] ready", caps)
			server(p)
			for line := p.hear(); line != ""; line = p.hear() {
				tag, _, _ := strings.Cut(line, " ")
				p.say("%s OK done", tag)
			}
			srv.Close()
		}()
		s, err := session.Open(t.Context(), c, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		f(t.Context(), s)
		if s.Err() == nil {
			if _, err := commands.Noop(s).Wait(t.Context()); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		}
	})
}

// mechanism is a sasl.Client that a program provides.
type mechanism struct {
	name string
	ir   []byte
	next func(challenge []byte) ([]byte, error)
}

func (m mechanism) Start() (string, []byte, error)        { return m.name, m.ir, nil }
func (m mechanism) Next(challenge []byte) ([]byte, error) { return m.next(challenge) }

// TestOwnMechanism logs in with a program's own mechanism of several steps, like GSSAPI.
func TestOwnMechanism(t *testing.T) {
	server := func(ir bool) func(p *peer) {
		return func(p *peer) {
			line := p.hear()
			if !ir {
				p.say("+ ")
				line += " " + p.hear()
			}
			if want := "A1 AUTHENTICATE GSSAPI dG9rZW4x"; line != want {
				p.say("A1 BAD got %q, want %q", line, want)
				return
			}
			p.say("+ Y2hhbGxlbmdlMQ==")
			if line := p.hear(); line != "" {
				p.say("A1 BAD got %q", line)
				return
			}
			p.say("+ Y2hhbGxlbmdlMg==")
			if line := p.hear(); line != "dG9rZW4y" {
				p.say("A1 BAD got %q", line)
				return
			}
			p.say("A1 OK [CAPABILITY IMAP4rev1] in")
		}
	}
	for caps, ir := range map[string]bool{"AUTH=GSSAPI AUTH=PLAIN SASL-IR": true, "AUTH=GSSAPI AUTH=PLAIN": false} {
		with(t, caps, server(ir), func(ctx context.Context, s *session.Session) {
			made := 0
			cred := auth.Credentials{Own: []auth.Mechanism{{Name: "GSSAPI", New: func(context.Context) (sasl.Client, error) {
				made++
				return mechanism{"gssapi", []byte("token1"), func(challenge []byte) ([]byte, error) {
					switch string(challenge) {
					case "challenge1":
						return nil, nil
					case "challenge2":
						return []byte("token2"), nil
					}
					return nil, fmt.Errorf("challenge %q", challenge)
				}}, nil
			}}}}
			in, err := commands.SignIn(ctx, s, cred, auth.Options{})
			if err != nil || in.Mechanism != "GSSAPI" || made != 1 {
				t.Errorf("%+v, %d made, %v", in, made, err)
			}
		})
	}
}

// TestOwnMechanismWithoutTicket checks that SignIn tries the next mechanism if the program's own mechanism cannot
// begin.
func TestOwnMechanismWithoutTicket(t *testing.T) {
	noTicket := errors.New("no ticket")
	on(t, "OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=GSSAPI AUTH=NTLM AUTH=PLAIN] ready", "C: A1 AUTHENTICATE PLAIN AGFsaWNlAHA=\nS: A1 OK [CAPABILITY IMAP4rev1] in\n", func(ctx context.Context, s *session.Session) {
		cred := withPassword("p")
		cred.Own = []auth.Mechanism{
			{Name: "GSSAPI", New: func(context.Context) (sasl.Client, error) { return nil, noTicket }},
			{Name: "NTLM", New: func(context.Context) (sasl.Client, error) { return nil, nil }},
		}
		in, err := commands.SignIn(ctx, s, cred, auth.Options{AllowPlaintext: true})
		if err != nil || in.Mechanism != "PLAIN" || len(in.Passed) != 2 || !errors.Is(in.Passed[0].Err, noTicket) {
			t.Errorf("SignIn: got %+v, %v", in, err)
		}
	})
	// If AUTHENTICATE was sent for one of the mechanisms, the error is not safe to retry.
	on(t, "OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=GSSAPI AUTH=PLAIN] ready", "C: A1 AUTHENTICATE PLAIN AGFsaWNlAHA=\nS: A1 NO no\n", func(ctx context.Context, s *session.Session) {
		cred := withPassword("p")
		cred.Own = []auth.Mechanism{{Name: "GSSAPI", New: func(context.Context) (sasl.Client, error) { return nil, nil }}}
		if _, err := commands.SignIn(ctx, s, cred, auth.Options{AllowPlaintext: true}); !errors.Is(err, parser.NO) || session.SafeToRetry(err) {
			t.Errorf("SignIn: got error %v", err)
		}
	})
	// If the program's own mechanism was the only one, nothing was sent, and the error is safe to retry.
	on(t, "OK [CAPABILITY IMAP4rev1 AUTH=NTLM] ready", "", func(ctx context.Context, s *session.Session) {
		cred := auth.Credentials{Own: []auth.Mechanism{{Name: "NTLM", New: func(context.Context) (sasl.Client, error) { return nil, nil }}}}
		if _, err := commands.SignIn(ctx, s, cred, auth.Options{}); err == nil || !session.SafeToRetry(err) {
			t.Errorf("SignIn: got error %v", err)
		}
	})
}

// TestMechanismNames checks that invalid names are refused before an octet is sent.
func TestMechanismNames(t *testing.T) {
	on(t, "OK [CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=X+Y AUTH=A-NAME_OF-MORE-THAN-20] ready", "", func(ctx context.Context, s *session.Session) {
		for _, name := range []string{"", "PLAIN x", "PLAIN\r\nA9 LOGOUT", "X+Y", "A-NAME_OF-MORE-THAN-20", "ÜBER"} {
			_, err := commands.Authenticate(s, mechanism{name: name}).Wait(ctx)
			if !asError(err, new(*wire.ArgumentError)) || !session.SafeToRetry(err) || len(err.Error()) > 200 {
				t.Errorf("%q: %v", name, err)
			}
		}
		if _, err := commands.Authenticate(s, mechanism{name: "SCRAM-SHA3-512-PLUS"}).Wait(ctx); !asError(err, new(*session.CapabilityError)) || !session.SafeToRetry(err) {
			t.Errorf("not offered: %v", err)
		}
	})
}

// TestEndlessChallenges checks what happens if a server sends too many or too long challenges. The client ends the
// exchange, and the session remains usable.
func TestEndlessChallenges(t *testing.T) {
	yes := mechanism{"X-YES", nil, func([]byte) ([]byte, error) { return []byte("yes"), nil }}
	with(t, "AUTH=X-YES", func(p *peer) {
		p.hear()
		n := 0
		for p.say("+ bW9yZQ=="); p.hear() != "*"; p.say("+ bW9yZQ==") {
			n++
		}
		p.say("A1 BAD after %d answers", n)
	}, func(ctx context.Context, s *session.Session) {
		_, err := commands.Authenticate(s, yes).Wait(ctx)
		if !errors.Is(err, commands.ErrChallenges) || !errors.Is(err, parser.BAD) || !strings.Contains(said(err), "after 32 answers") {
			t.Errorf("Authenticate: got error %v", err)
		}
	})
	with(t, "AUTH=X-YES", func(p *peer) {
		p.hear()
		p.say("+ %s", strings.Repeat("AAAA", 300_000))
		if p.hear() == "*" {
			p.say("A1 BAD gone")
		}
	}, func(ctx context.Context, s *session.Session) {
		if _, err := commands.Authenticate(s, yes).Wait(ctx); !errors.Is(err, commands.ErrChallenges) {
			t.Errorf("Authenticate: got error %v", err)
		}
	})
	// A server that continues after "*" does not speak IMAP.
	with(t, "AUTH=X-YES", func(p *peer) {
		p.hear()
		for range 1000 {
			p.say("+ bW9yZQ==")
		}
	}, func(ctx context.Context, s *session.Session) {
		if _, err := commands.Authenticate(s, yes).Wait(ctx); s.Err() == nil || !asError(err, new(*wire.SyntaxError)) {
			t.Errorf("Authenticate: got error %v", err)
		}
	})
}

// TestAuthenticateCancelled ends the wait at each point of an exchange. The client ends the exchange with "*", reads
// the answer, and the session remains usable.
func TestAuthenticateCancelled(t *testing.T) {
	why := errors.New("the user has left")
	cram := func() sasl.Client { return auth.CRAMMD5("alice", auth.NewSecret("p")) }
	ended := func(p *peer) {
		if line := p.hear(); line != "*" {
			p.say("* BAD got %q", line)
			return
		}
		p.say("A1 BAD cancelled")
	}
	t.Run("before it is sent", func(t *testing.T) {
		with(t, "AUTH=CRAM-MD5", func(*peer) {}, func(ctx context.Context, s *session.Session) {
			ctx, cancel := context.WithCancelCause(ctx)
			cancel(why)
			if _, err := commands.SignIn(ctx, s, withPassword("p"), auth.Options{}); !errors.Is(err, why) || !session.SafeToRetry(err) {
				t.Errorf("SignIn: got error %v", err)
			}
		})
	})
	t.Run("while the server thinks", func(t *testing.T) {
		with(t, "AUTH=CRAM-MD5 AUTH=PLAIN", func(p *peer) {
			p.hear()
			time.Sleep(time.Minute)
			p.say("+ PDE+")
			ended(p)
		}, func(ctx context.Context, s *session.Session) {
			short, cancel := context.WithTimeoutCause(ctx, time.Second, why)
			defer cancel()
			if _, err := commands.SignIn(short, s, withPassword("p"), auth.Options{AllowPlaintext: true}); !errors.Is(err, why) || s.Err() != nil {
				t.Errorf("SignIn: got %v, %v", err, s.Err())
			}
		})
	})
	t.Run("while the client thinks", func(t *testing.T) {
		with(t, "AUTH=X", func(p *peer) {
			p.hear()
			p.say("+ PDE+")
			ended(p)
		}, func(ctx context.Context, s *session.Session) {
			short, cancel := context.WithCancelCause(ctx)
			slow := mechanism{"X", nil, func([]byte) ([]byte, error) {
				cancel(why)
				synctest.Wait()
				return []byte("too late"), nil
			}}
			if _, err := commands.Authenticate(s, slow).Wait(short); !errors.Is(err, why) || s.Err() != nil {
				t.Errorf("Authenticate: got %v, %v", err, s.Err())
			}
		})
	})
	t.Run("while the server judges", func(t *testing.T) {
		with(t, "AUTH=CRAM-MD5", func(p *peer) {
			p.hear()
			p.say("+ PDE+")
			p.hear()
			time.Sleep(time.Minute)
			p.say("A1 OK [CAPABILITY IMAP4rev1] in")
		}, func(ctx context.Context, s *session.Session) {
			short, cancel := context.WithTimeoutCause(ctx, time.Second, why)
			defer cancel()
			if _, err := commands.Authenticate(s, cram()).Wait(short); !errors.Is(err, why) {
				t.Errorf("Authenticate: got error %v", err)
			}
			// The session has read the answer that arrived later.
			if _, err := commands.Noop(s).Wait(ctx); err != nil || s.State() != session.Authenticated {
				t.Errorf("Noop: got %v, %v", s.State(), err)
			}
		})
	})
}

// TestInitialResponse checks that the initial response is sent in the command, with "=" for an empty one, or in a
// line of its own.
func TestInitialResponse(t *testing.T) {
	const in = "S: A1 OK [CAPABILITY IMAP4rev1] in\n"
	long := strings.Repeat("t", 6000)
	longLine := base64.StdEncoding.EncodeToString([]byte("user=u\x01auth=Bearer " + long + "\x01\x01"))
	for _, c := range []struct {
		caps, script string
		mech         sasl.Client
	}{
		{"SASL-IR AUTH=EXTERNAL", "C: A1 AUTHENTICATE EXTERNAL =\n", auth.External("")},
		{"SASL-IR AUTH=ANONYMOUS", "C: A1 AUTHENTICATE ANONYMOUS =\n", auth.Anonymous("")},
		{"IMAP4rev2 AUTH=EXTERNAL", "C: A1 AUTHENTICATE EXTERNAL ZQ==\n", auth.External("e")},
		{"AUTH=EXTERNAL", "C: A1 AUTHENTICATE EXTERNAL\nS: + \nC: \n", auth.External("")},
		{"AUTH=EXTERNAL", "C: A1 AUTHENTICATE EXTERNAL\nS= \"+\\r\\n\"\nC: ZQ==\n", auth.External("e")},
		{"SASL-IR AUTH=LOGIN", "C: A1 AUTHENTICATE LOGIN\nS: + VXNlcm5hbWU6\nC: dQ==\nS: + UGFzc3dvcmQ6\nC: cA==\n", auth.Login("u", auth.NewSecret("p"))},
		{"AUTH=LOGIN", "C: A1 AUTHENTICATE LOGIN\nS: + VXNlcm5hbWU6\nC: dQ==\nS: + UGFzc3dvcmQ6\nC: cA==\n", sasl.NewLoginClient("u", "p")},
		{"SASL-IR AUTH=LOGIN", "C: A1 AUTHENTICATE LOGIN dQ==\nS: + UGFzc3dvcmQ6\nC: cA==\n", sasl.NewLoginClient("u", "p")},
		{"AUTH=PLAIN", "C: A1 AUTHENTICATE PLAIN\nS: + \nC: AHUAcA==\n", sasl.NewPlainClient("", "u", "p")},
		{"SASL-IR AUTH=XOAUTH2", "C: A1 AUTHENTICATE XOAUTH2\nS: + \nC: " + longLine + "\n", auth.XOAuth2("u", auth.NewSecret(long))},
	} {
		on(t, "OK [CAPABILITY IMAP4rev1 "+c.caps+"] ready", c.script+in, func(ctx context.Context, s *session.Session) {
			if _, err := commands.Authenticate(s, c.mech, commands.AllowPlaintext()).Wait(ctx); err != nil {
				t.Errorf("%s: %v", c.script, err)
			}
		})
	}
}

// TestWhereTheServerProvesItself checks that the server's SCRAM signature is accepted in a challenge and in the text
// of OK, and that nothing else is accepted instead of it.
func TestWhereTheServerProvesItself(t *testing.T) {
	for _, c := range []struct {
		name string
		last func(p *peer, proof string) // sends what follows the client's proof
		ok   bool
		is   error
	}{
		{"in a challenge", func(p *peer, proof string) {
			p.say("+ %s", base64.StdEncoding.EncodeToString([]byte(proof)))
			p.say("A1 OK%s [CAPABILITY IMAP4rev1] in", p.hear())
		}, true, nil},
		{"in OK, in base64", func(p *peer, proof string) {
			p.say("A1 OK [CAPABILITY IMAP4rev1] %s", base64.StdEncoding.EncodeToString([]byte(proof)))
		}, true, nil},
		{"in OK, in base64 without padding, and more", func(p *peer, proof string) {
			p.say("A1 OK [CAPABILITY IMAP4rev1] Success %s", base64.RawStdEncoding.EncodeToString([]byte(proof)))
		}, true, nil},
		{"in OK, bare", func(p *peer, proof string) { p.say("A1 OK [CAPABILITY IMAP4rev1] %s welcome", proof) }, true, nil},
		{"nowhere", func(p *peer, proof string) { p.say("A1 OK [CAPABILITY IMAP4rev1] in") }, false, auth.ErrUnverified},
		{"in OK, wrong", func(p *peer, proof string) { p.say("A1 OK [CAPABILITY IMAP4rev1] v=AAAAAAAAAAAAAAAAAAAAAAAAAAA=") }, false, auth.ErrUnverified},
		{"an error in OK", func(p *peer, proof string) {
			p.say("A1 OK [CAPABILITY IMAP4rev1] %s", base64.StdEncoding.EncodeToString([]byte("e=other-error")))
		}, false, auth.ErrUnverified},
		{"in a challenge, wrong, and OK", func(p *peer, proof string) {
			p.say("+ %s", base64.StdEncoding.EncodeToString([]byte("v=AAAAAAAAAAAAAAAAAAAAAAAAAAA=")))
			p.hear()
			p.say("A1 OK [CAPABILITY IMAP4rev1] in all the same")
		}, false, auth.ErrUnverified},
		{"in a challenge, wrong", func(p *peer, proof string) {
			p.say("+ %s", base64.StdEncoding.EncodeToString([]byte("v=AAAAAAAAAAAAAAAAAAAAAAAAAAA=")))
			p.say("A1 BAD got %s", p.hear())
		}, false, auth.ErrUnverified},
		{"one challenge too many", func(p *peer, proof string) {
			p.say("+ %s", base64.StdEncoding.EncodeToString([]byte(proof)))
			p.hear()
			p.say("+ AAAA")
			p.say("A1 BAD got %s", p.hear())
		}, false, auth.ErrChallenge},
	} {
		with(t, "AUTH=SCRAM-SHA-1 SASL-IR", func(p *peer) {
			half, err := auth.NewServer("SCRAM-SHA-1", &auth.ServerConfig{Password: func(string) (auth.Secret, error) { return auth.NewSecret("p"), nil }})
			if err != nil {
				t.Error(err)
				return
			}
			line := p.hear()
			response, _ := base64.StdEncoding.DecodeString(line[strings.LastIndexByte(line, ' ')+1:])
			first, _, _ := half.Next(response)
			p.say("+ %s", base64.StdEncoding.EncodeToString(first))
			response, _ = base64.StdEncoding.DecodeString(p.hear())
			proof, _, err := half.Next(response)
			if err != nil || !strings.HasPrefix(string(proof), "v=") {
				t.Errorf("%s: the client's proof: %q, %v", c.name, proof, err)
			}
			c.last(p, string(proof))
		}, func(ctx context.Context, s *session.Session) {
			in, err := commands.SignIn(ctx, s, withPassword("p"), auth.Options{})
			if c.ok != (err == nil) || c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("%s: %+v, %v", c.name, in, err)
			}
			// If the server has said OK without a valid proof, the session is closed. Otherwise it remains usable.
			if said := !errors.Is(err, parser.BAD); !c.ok && said != (s.Err() != nil) {
				t.Errorf("%s: the session: %v", c.name, s.Err())
			}
		})
	}
}

// TestRefusalsDoNotRepeatTheSecret checks that the error does not show the secret, even if the server's refusal
// quotes what the client has sent.
func TestRefusalsDoNotRepeatTheSecret(t *testing.T) {
	const secret = "hunter2-s3cret"
	for _, caps := range []string{"", "AUTH=PLAIN SASL-IR", "AUTH=PLAIN", "AUTH=LOGIN", "AUTH=XOAUTH2 SASL-IR"} {
		with(t, caps, func(p *peer) {
			var heard []string
			for {
				line := p.hear()
				heard = append(heard, line)
				words := strings.Fields(line)
				if len(words) > 0 {
					if raw, err := base64.StdEncoding.DecodeString(words[len(words)-1]); err == nil {
						heard = append(heard, strings.Map(func(r rune) rune { return max(r, ' ') }, string(raw)))
					}
				}
				if text := strings.Join(heard, " | "); strings.Contains(text, secret) {
					p.say("* NO what is %q", text)
					p.say("A1 BAD [X %s] what is %s", strings.ReplaceAll(text, "]", ""), text)
					return
				}
				p.say("+ ")
			}
		}, func(ctx context.Context, s *session.Session) {
			cred := withPassword(secret)
			cred.Token = auth.StaticToken(auth.NewSecret(secret))
			_, err := commands.SignIn(ctx, s, cred, auth.Options{AllowPlaintext: true, Once: true})
			if !errors.Is(err, parser.BAD) {
				t.Errorf("%s: %v", caps, err)
			}
			for _, text := range []string{fmt.Sprintf("%v %+v %#v", err, err, err)} {
				if strings.Contains(text, secret) || strings.Contains(text, base64.StdEncoding.EncodeToString([]byte(secret))[:16]) {
					t.Errorf("%s: %s", caps, text)
				}
			}
			var e *session.Error
			if !errors.As(err, &e) || e.Text != "" || e.Hidden.Reveal() == "" || strings.Contains(fmt.Sprintf("%+v %s", *e, e.Code.Args), secret) {
				t.Errorf("%s: %+v", caps, e)
			}
		})
	}
}

// said returns the hidden text of the server's refusal.
func said(err error) string {
	var e *session.Error
	errors.As(err, &e)
	return e.Hidden.Reveal()
}

// TestSlowMechanismIsAbandoned ends the context while a mechanism computes a response for a long time, as SCRAM's
// hashing does. The wait ends at once, the client ends the exchange, and the session remains usable.
func TestSlowMechanismIsAbandoned(t *testing.T) {
	with(t, "AUTH=X-SLOW", func(p *peer) {
		p.hear()
		p.say("+ ")
		if line := p.hear(); line != "*" {
			t.Errorf("the exchange continues with %q", line)
		}
		p.say("A1 BAD cancelled")
	}, func(ctx context.Context, s *session.Session) {
		release := make(chan struct{})
		defer close(release)
		slow := mechanism{"X-SLOW", nil, func([]byte) ([]byte, error) { <-release; return []byte("late"), nil }}
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		begin := time.Now()
		_, err := commands.Authenticate(s, slow, commands.AllowPlaintext()).Wait(short)
		if took := time.Since(begin); !errors.Is(err, context.DeadlineExceeded) || took != time.Second {
			t.Errorf("%v after %v", err, took)
		}
	})
}

// TestTokenRefused checks the errors for a token that the server refuses without a reason, and for one that it
// reports as expired.
func TestTokenRefused(t *testing.T) {
	for _, c := range []struct {
		answer           string
		expired, refused bool
	}{
		{"NO Invalid credentials or IMAP access is disabled", false, true},
		{"NO [AUTHENTICATIONFAILED] no", false, true},
		{"NO [EXPIRED] no", true, false},
		{"NO [UNAVAILABLE] later", false, false},
	} {
		with(t, "AUTH=XOAUTH2 SASL-IR", func(p *peer) {
			p.hear()
			p.say("A1 " + c.answer)
		}, func(ctx context.Context, s *session.Session) {
			cred := auth.Credentials{Username: "alice", Token: auth.StaticToken(auth.NewSecret("token"))}
			_, err := commands.SignIn(ctx, s, cred, auth.Options{AllowPlaintext: true, Once: true})
			if errors.Is(err, auth.ErrTokenExpired) != c.expired || errors.Is(err, auth.ErrTokenRefused) != c.refused {
				t.Errorf("%s: %v", c.answer, err)
			}
		})
	}
}
