package commands_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
	"github.com/imapstack/imapstack/wire"
)

var imaplibConnect = map[string]imaplibTest{
	"test_connect": {script: hello},
	"test_EOF_without_complete_welcome_message": {
		script: `S= "* OK"`,
		fails: func(t testing.TB, err error) {
			if !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Error(err)
			}
		},
	},
	"test_invalid_greeting": {
		script: "S: +OK POP3 server ready\n",
		fails: func(t testing.TB, err error) {
			if !errors.Is(err, session.ErrNotIMAP) {
				t.Error(err)
			}
			says(t, err, "+OK POP3 server ready")
		},
	},
	"test_invalid_greeting_untagged": {
		script: "S: * BYE Server unavailable\n",
		fails:  func(t testing.TB, err error) { serverError(t, err, "Server unavailable") },
	},
	"test_invalid_greeting_bare_continuation": {
		script: "S: +\n",
		fails: func(t testing.TB, err error) {
			if !errors.Is(err, session.ErrNotIMAP) {
				t.Error(err)
			}
		},
	},
	// A rule of package wire tolerates LF without CR at the end of a line, but not a truncated line.
	"test_line_termination": {
		script: "S: * OK ready\nC: A1 CAPABILITY\nS= \"* CAPABILITY IMAP4rev1 AUTH\\n\"\n",
		fails: func(t testing.TB, err error) {
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Error(err)
			}
		},
	},
	"test_linetoolong": {
		script: `S= "* OK xxxxxxxxxxx"`,
		cfg:    &session.Config{Limits: wire.Limits{Message: 10}},
		fails: func(t testing.TB, err error) {
			var limit *wire.LimitError
			if !errors.As(err, &limit) || limit.Limit != 10 {
				t.Error(err)
			}
		},
	},
	"test_linetoolong a million octets": {
		script: `S= "* OK ` + strings.Repeat("x", 1_000_000) + `"`,
		cfg:    &session.Config{Limits: wire.Limits{Message: 1_000_000}},
		fails: func(t testing.TB, err error) {
			var limit *wire.LimitError
			if !errors.As(err, &limit) {
				t.Error(err)
			}
		},
	},
	"test_simple_with_statement": {
		script: canned(hello, 1, "NOOP"),
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			defer s.Close()
			do(ctx, t, call(commands.Noop(s)))
		},
	},
	"test_with_statement": {
		script: canned(hello, 1, `LOGIN user "pass"`) + caps(2, "") + "C: A3 LOGOUT\nS: * BYE bye\nS: A3 OK\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			defer s.Close()
			do(ctx, t, call(login(s, "user", "pass")))
			do(ctx, t, call(commands.Logout(s)))
		},
	},
	"test_with_statement pipelined": {
		script: canned(hello, 1, `LOGIN user "pass"`) + "C: A2 LOGOUT\nS: * BYE bye\nS: A2 OK\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			do(ctx, t, call(login(s, "user", "pass")), call(commands.Logout(s)))
		},
	},
	"test_with_statement_logout": {
		script: "S: * OK [CAPABILITY IMAP4rev1] ready\nC: A1 LOGOUT\nS: * BYE bye\nS: A1 OK\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			do(ctx, t, call(commands.Logout(s)))
			if s.State() != session.Logout {
				t.Error(s.State())
			}
			s.Close()
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		},
	},
	"test_logout": {
		script: "S: * OK [CAPABILITY IMAP4rev1] ready\nC: A1 LOGOUT\nS: * BYE IMAP4ref1 Server logging out\nS: A1 OK LOGOUT completed\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			do(ctx, t, call(commands.Logout(s)))
			if s.State() != session.Logout {
				t.Error(s.State())
			}
			_, err := commands.Noop(s).Wait(ctx)
			refused(t, err)
		},
	},
	"test_greeting_capabilities": {
		script: canned("S: * OK [CAPABILITY IMAP4rev1 ENABLE] Server ready\n", 1, "NOOP"),
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			if !s.Caps().Has("ENABLE") {
				t.Error(s.Caps())
			}
			do(ctx, t, call(commands.Noop(s)))
		},
	},
	"test_capability": {
		script: "S: * OK ready\nC: A1 CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: A1 OK CAPABILITY completed\n" +
			"C: A2 CAPABILITY\nS: * CAPABILITY IMAP4rev1 IDLE NAMESPACE\nS: A2 OK\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			c, err := commands.Capability(s).Wait(ctx)
			if err != nil || c.String() != "IDLE IMAP4REV1 NAMESPACE" {
				t.Error(c, err)
			}
		},
	},
	// An IMAP4 server is accepted. A server with neither IMAP4 nor IMAP4rev1 is refused.
	"test_capability IMAP4": {
		script: "S: * OK ready\nC: A1 CAPABILITY\nS: * CAPABILITY IMAP4\nS: A1 OK\nC: A2 NOOP\nS: A2 OK\n",
		run:    func(ctx context.Context, t testing.TB, s *session.Session) { do(ctx, t, call(commands.Noop(s))) },
	},
	"test_imaplib_timeout_functionality_test": {
		script: "S: * OK [CAPABILITY IMAP4rev1] ready\nC: A1 NOOP\nC: A2 NOOP\nS: A1 OK\nS: A2 OK\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			short, cancel := context.WithTimeout(ctx, time.Millisecond)
			defer cancel()
			if _, err := commands.Noop(s).Wait(short); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
			do(ctx, t, call(commands.Noop(s)))
		},
	},
}

// caps returns the script of a CAPABILITY that the session sends by itself.
func caps(tag int, more string) string {
	return fmt.Sprintf("C: A%d CAPABILITY\nS: * CAPABILITY IMAP4rev1%s\nS: A%d OK\n", tag, more, tag)
}

// TestImaplib_test_truncated_large_literal checks that a status response that ends in "{n}" announces no literal, and
// that no memory is allocated for an announced literal before it arrives.
func TestImaplib_test_truncated_large_literal(t *testing.T) {
	for n := 15; n <= 63; n++ {
		size := uint64(1)<<n - 1
		imaplibTest{
			script: fmt.Sprintf("S: * OK {%d}\nS= \"IMAP4rev1\"", size),
			fails: func(t testing.TB, err error) {
				says(t, err, "connection lost")
			},
		}.play(t, false)
		var before, after uint64
		imaplibTest{
			script: inbox + fmt.Sprintf("C: A2 FETCH 1 BODY[]\nS: * 1 FETCH (BODY[] {%d}\nS= \"IMAP4rev1\"", size),
			run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
				before = allocated()
				err := commands.Fetch(s, seqs(1), fetch.Body("")).Wait(ctx)
				after = allocated()
				if err == nil {
					t.Error("no error")
				}
			}),
		}.play(t, false)
		if after-before > 1<<20 {
			t.Errorf("%d: %d bytes were allocated", n, after-before)
		}
	}
}

// TestImaplib_test_imap4_host_default_value checks the defaults for the parts that a URL omits, and the error if no
// server listens.
func TestImaplib_test_imap4_host_default_value(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	var op *net.OpError
	if _, err := session.Dial(t.Context(), transport.TCP(addr), nil); !errors.As(err, &op) {
		t.Error(err)
	}
	for url, port := range map[string]int{"imap://localhost": 143, "imaps://localhost": 993, "imap://h": 143, "imaps://h": 993} {
		target, err := transport.Parse(url)
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		if _, p := target.Server(); p != port {
			t.Errorf("%s: port %d", url, p)
		}
	}
}

// TestImaplib_test_imaplib_timeout_test checks that a context ends the wait for a greeting.
func TestImaplib_test_imaplib_timeout_test(t *testing.T) {
	c, srv := imaptest.Pipe(0)
	defer srv.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := session.Open(ctx, c, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// TestImaplib_test_ssl_verified checks that a certificate is accepted only for the name that was dialed
// (test_ssl_raises).
func TestImaplib_test_ssl_verified(t *testing.T) {
	srv := imaptest.NewServer(t)
	for name, good := range map[string]bool{"localhost": true, "example.org": false} {
		cfg := srv.TLSConfig()
		cfg.ServerName = name
		s, err := session.Dial(t.Context(), transport.TLS(srv.TLSAddr, cfg), nil)
		if good != (err == nil) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			s.Close()
		}
	}
}
