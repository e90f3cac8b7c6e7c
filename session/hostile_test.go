package session_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
	"github.com/imapstack/imapstack/wire"
)

func startTLS() transport.Upgrade {
	return transport.StartTLS(&tls.Config{ServerName: "localhost"}, "localhost")
}

// TestInjectedAfterSTARTTLS sends plain text after the answer to STARTTLS, an attack known from CVE-2011-0411.
func TestInjectedAfterSTARTTLS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, nil, "S: * OK [CAPABILITY IMAP4rev1 STARTTLS] ready\nC: A1 STARTTLS\nS: A1 OK go on\nS: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] injected\n")
		expectErr(t, "injected", s.StartTLS(t.Context(), startTLS()), transport.ErrInjected)
		expectErr(t, "afterwards", runCommand(t, s, noop()), transport.ErrInjected)
	})
}

// TestStrippedSTARTTLS dials with STARTTLS required. An attacker on the way has removed STARTTLS from the capabilities,
// refuses STARTTLS, or greets with PREAUTH.
func TestStrippedSTARTTLS(t *testing.T) {
	for name, script := range map[string]string{
		"not offered": "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\n",
		"refused":     "S: * OK [CAPABILITY IMAP4rev1 STARTTLS] ready\nC: A1 STARTTLS\nS: A1 NO [UNAVAILABLE] not now\n",
		"PREAUTH":     "S: * PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] ready\n",
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			c, err := l.Accept()
			if err == nil {
				s, _ := imaptest.ParseScript(script)
				s.Play(c, imaptest.ServerSide, imaptest.Delivery{})
				drain(c)
			}
		}()
		target, err := transport.Parse("imap+starttls://" + l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		called := false
		cfg := &session.Config{Handler: session.Handler{Alert: func(string) { called = true }, Other: func(*parser.Response) { called = true }}}
		_, err = session.Dial(t.Context(), target, cfg)
		expectErr(t, name, err, session.ErrNoTLS)
		if called {
			t.Errorf("%s: the handler got data that was sent before TLS", name)
		}
		l.Close()
	}
}

// TestForgottenAtTLS checks that the session asks for the capabilities again after STARTTLS.
func TestForgottenAtTLS(t *testing.T) {
	srv := imaptest.NewServer(t)
	target, err := transport.Parse("imap+starttls://" + srv.Addr)
	if err != nil {
		t.Fatal(err)
	}
	target.TLSConfig = srv.TLSConfig()
	s, err := session.Dial(t.Context(), target, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.Caps().Has("STARTTLS") || s.Caps().Has("LOGINDISABLED") || !s.Caps().HasAuth("PLAIN") || !s.Secure() {
		t.Errorf("got capabilities %v, secure %v; want those that the server has with TLS", s.Caps(), s.Secure())
	}
}

// TestUnknownDataIsHarmless sends unknown responses, items, codes, flags and attributes.
func TestUnknownDataIsHarmless(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var other []string
		cfg := &session.Config{Handler: session.Handler{Other: func(r *parser.Response) { other = append(other, r.Name) }}}
		s := play(t, cfg, preauth+"C: A1 FETCH\nS: * NOOP froopy snood\nS: * 99 NOOP\nS= \"* XSOMETHING {3}\\r\\nabc (x)\\r\\n\"\n"+
			"S= \"* 1 FETCH (X-NEW (a (b {3}\\r\\nc)d \\\"e)\\\") 1) FLAGS (\\\\Strange $x) X-BIG {100000}\\r\\n"+strings.Repeat("x", 100_000)+" UID 5)\\r\\n\"\n"+
			"S: * OK [XYZZY (a (b \"c]d\")) 1] Ok\nS: ZZZ99 OK forged\nS: + what\nS: stray line\nS: * {25}\nS: * 2 EXISTS this is text\nS: [COPYUID 55 31 6]\nS: A1 OK [UNHEARD-OF x y] done\n"+
			"C: A2 NOOP\nS: A2 OK\n")
		cmd := fetch()
		cmd.Args = nil
		n := 0
		for m, err := range session.StartStream(s, cmd, (*parser.Response).Fetch).All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			n++
			if err := m.Finish(); err != nil || m.UID != 5 || fmt.Sprint(m.Flags) != `[\Strange $x]` || string(m.Raw("X-NEW")) != "(a (b {3}\r\nc)d \"e)\") 1)" {
				t.Errorf("got %+v, %v; want all items of the FETCH", m, err)
			}
		}
		if n != 1 {
			t.Errorf("got %d messages, want 1", n)
		}
		if err := runCommand(t, s, noop()); err != nil {
			t.Error(err)
		}
		if len(other) < 6 {
			t.Errorf("Handler.Other got %q, want at least 6 responses", other)
		}
	})
}

// TestNotIMAPAnyMore sends lines that are not IMAP until the session ends.
func TestNotIMAPAnyMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, nil, preauth+"C: A1 NOOP\n"+strings.Repeat("S: nonsense\n", 100))
		var syntax *wire.SyntaxError
		if err := runCommand(t, s, noop()); !errors.As(err, &syntax) {
			t.Errorf("got %v, want a SyntaxError", err)
		}
	})
}

// TestTooBig sends, for each of three limits, a response that exceeds it. The command that the response answers gets
// the error, and the session lives on.
func TestTooBig(t *testing.T) {
	limits := wire.Limits{Message: 2000, Inline: 100, Depth: 10}
	for name, line := range map[string]string{
		"message": `S: * 1 FETCH (FLAGS (` + strings.Repeat("x", 5000) + "))\n",
		"depth":   "S: * 1 FETCH (BODYSTRUCTURE " + strings.Repeat("(", 60) + strings.Repeat(")", 60) + ")\n",
		"inline":  "S= \"* 1 FETCH (ENVELOPE (NIL {200}\\r\\n" + strings.Repeat("x", 200) + " NIL NIL NIL NIL NIL NIL NIL NIL))\\r\\n\"\n",
	} {
		synctest.Test(t, func(t *testing.T) {
			s := play(t, &session.Config{Limits: limits}, preauth+"C: A1 FETCH 1:* FLAGS\nS: * 1 FETCH (FLAGS ())\n"+line+"S: * 2 FETCH (FLAGS ())\nS: A1 OK\nC: A2 NOOP\nS: A2 OK\n")
			n, failed := 0, false
			for m, err := range session.StartStream(s, fetch(), (*parser.Response).Fetch).All(t.Context()) {
				var limit *wire.LimitError
				switch {
				case errors.As(err, &limit):
					failed = true
				case err != nil:
					t.Errorf("%s: %v", name, err)
				default:
					n++
					var body parser.BodyStructure
					if _, err := m.BodyStructure(&body); errors.As(err, &limit) {
						failed = true
					}
				}
			}
			if n < 2 || !failed {
				t.Errorf("%s: got %d messages, LimitError %v; want at least 2 messages and a LimitError", name, n, failed)
			}
			if err := runCommand(t, s, noop()); err != nil {
				t.Errorf("%s: next command: %v", name, err)
			}
		})
	}
}

// TestImpossibleData sends EXPUNGE and EXISTS responses that cannot be true. An EXPUNGE of a message that does not
// exist changes nothing, and a smaller EXISTS sets Mailbox.Shrunk.
func TestImpossibleData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, nil, preauth+"C: A1 SELECT x\nS: * 2 EXISTS\nS: A1 OK\nC: A2 NOOP\nS: * 9 EXPUNGE\nS: * 0 EXPUNGE\nS: * 1 EXPUNGE\nS: A1 OK again\nS: A2 OK\n"+
			"C: A3 NOOP\nS: * 0 EXISTS\nS: A3 OK\n")
		box := &session.Mailbox{Name: "x"}
		if err := runCommand(t, s, selecting(box)); err != nil {
			t.Fatal(err)
		}
		if err := runCommand(t, s, noop()); err != nil || s.Mailbox().Exists != 1 {
			t.Errorf("after EXPUNGE: got %v and %d messages, want 1 message", err, s.Mailbox().Exists)
		}
		if err := runCommand(t, s, noop()); err != nil || s.Mailbox().Exists != 0 || !s.Mailbox().Shrunk {
			t.Errorf("after 0 EXISTS: got %v and %+v, want 0 messages and Shrunk", err, s.Mailbox())
		}
	})
}

// TestBye checks that BYE ends the commands in flight, and that their errors have the server's words.
func TestBye(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var bye string
		cfg := &session.Config{Handler: session.Handler{Bye: func(_ parser.Code, text string) { bye = text }}}
		s := play(t, cfg, preauth+"C: A1 NOOP\nS: * BYE [UNAVAILABLE] going down\n")
		err := runCommand(t, s, noop())
		if !errors.Is(err, parser.BYE) || !errors.Is(err, parser.CodeUnavailable) || bye != "going down" {
			t.Errorf("got %v, want BYE [UNAVAILABLE]; the handler got %q, want %q", err, bye, "going down")
		}
		if session.SafeToRetry(err) || !session.SafeToRetry(runCommand(t, s, noop())) {
			t.Error("SafeToRetry must be false for the command in flight, and true for the next one")
		}
	})
}

// TestAlertsComeWithTheRefusal checks that an error contains the alerts that arrived while its command ran, and not
// earlier ones.
func TestAlertsComeWithTheRefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, nil, preauth+"C: A1 NOOP\nS: * NO it took long\nS: A1 OK done\nC: A2 NOOP\nS: * BAD [ALERT] Please enable IMAP access first.\nS: A2 NO failed\n")
		if err := runCommand(t, s, noop()); err != nil {
			t.Error(err)
		}
		var e *session.Error
		if err := runCommand(t, s, noop()); !errors.As(err, &e) || len(e.Alerts) != 1 || !strings.Contains(err.Error(), "Please enable") {
			t.Errorf("got %v, want the alert of this command only", err)
		}
	})
}

// TestUntaggedWithoutEnd checks that the number of unsolicited responses in a row is limited. The number of responses
// that answer a command is not limited.
func TestUntaggedWithoutEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := &session.Config{MaxUntagged: 10}
		s := play(t, cfg, preauth+"C: A1 NOOP\n"+strings.Repeat("S: * 3 EXISTS\n", 10)+"S: A1 OK\nC: A2 FETCH\n"+strings.Repeat("S: * 1 FETCH (UID 1)\n", 30)+"S: A2 OK\n"+
			"C: A3 NOOP\n"+strings.Repeat("S: * X-MORE\n", 11)+"S: A3 OK\n")
		if err := runCommand(t, s, noop()); err != nil {
			t.Error(err)
		}
		cmd := fetch()
		cmd.Args = nil
		n := 0
		for _, err := range session.StartStream(s, cmd, (*parser.Response).Fetch).All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		var limit *wire.LimitError
		if err := runCommand(t, s, noop()); n != 30 || !errors.As(err, &limit) || limit.What != "untagged responses" || limit.Limit != 10 {
			t.Errorf("got %d messages, and %v for the next command; want 30, and a LimitError for more than 10 untagged responses", n, err)
		}
	})
}

// TestUntaggedOfManyPolls checks that Config.MaxUntagged limits the responses of one Poll, and not those of several
// together.
func TestUntaggedOfManyPolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, srv := imaptest.Pipe(0)
		io.WriteString(srv, "* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n")
		s, err := session.Open(t.Context(), c, &session.Config{MaxUntagged: 10})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for range 5 {
			io.WriteString(srv, strings.Repeat("* 3 EXISTS\r\n", 8))
			if err := s.Poll(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		io.WriteString(srv, strings.Repeat("* 3 EXISTS\r\n", 11))
		var limit *wire.LimitError
		if err := s.Poll(t.Context()); !errors.As(err, &limit) || limit.What != "untagged responses" {
			t.Errorf("got %v, want a LimitError for untagged responses", err)
		}
	})
}
