package cookbook

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// Set limits for a server that may be hostile
//
// These limits are lower than the defaults. If an answer exceeds a limit, its command gets a wire.LimitError; if that
// limit is Literal, the session ends, too.
func narrow() *session.Config {
	return &session.Config{
		StallTimeout: time.Minute, // the longest silence while an answer is due
		Limits: wire.Limits{
			Message: 8 << 20,  // a response in memory, not counting what is streamed
			Literal: 64 << 20, // a downloaded message
			Items:   100_000,  // elements of one list
		},
		MaxResult: 32 << 20, // the result that one command collects
		MaxKept:   8 << 20,  // data of streams that the program has not read
	}
}

func TestNarrow(t *testing.T) {
	srv := imaptest.NewServer(t)
	add(t, srv, "INBOX", mailOf("one"))
	srv.Inject(imaptest.GiantLiteral{Size: 1 << 30}, imaptest.When{Command: "FETCH"})
	c, sc := imaptest.Pipe(0)
	go srv.ServeConn(sc, "alice")
	s, err := session.Open(t.Context(), c, narrow())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var limit *wire.LimitError
	if err := download(t.Context(), s, 1, io.Discard, 0); !errors.As(err, &limit) {
		t.Errorf("a message of a gigabyte: got %v, want a LimitError", err)
	}
}

// Log what happens, without secrets
//
// At slog.LevelDebug, the log has commands and their answers. No log and no error contains a password or a token, at any
// level.
func logged(w io.Writer) *session.Config {
	return &session.Config{Logger: slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))}
}

// Trace every line of the wire
//
// TraceText also shows strings and free text, such as subjects and mailbox names. Secrets remain hidden.
func traced(w io.Writer) *session.Config {
	return &session.Config{
		Logger:    slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: session.LevelTrace})),
		TraceText: true,
	}
}

func TestLogged(t *testing.T) {
	srv := imaptest.NewServer(t, imaptest.WithMechanisms(), imaptest.WithUser("alice", "hunter2"))
	for name, cfg := range map[string]func(io.Writer) *session.Config{"SELECT": logged, `SELECT INBOX`: traced} {
		var b strings.Builder
		s, err := session.Dial(t.Context(), transport.TLS(srv.TLSAddr, srv.TLSConfig()), cfg(&b))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for _, password := range []string{"hunter2-not", "hunter2"} {
			err = appPassword(t.Context(), s, "alice", password)
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error contains the password: %v", err)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := commands.Select(s, "INBOX").Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if text := b.String(); !strings.Contains(text, name) || strings.Contains(text, "hunter2") {
			t.Errorf("the log lacks %q or contains the password:\n%s", name, text)
		}
	}
}

// Cancel what takes too long, and keep the session
//
// The end of a context abandons the command. In two cases the session ends with session.ErrCut: if a part of a message
// has been sent, and if the command is STARTTLS or COMPRESS.
func cancelled(ctx context.Context, s *session.Session, after time.Duration) (uint32, error) {
	if _, err := commands.Examine(s, "INBOX").Wait(ctx); err != nil {
		return 0, err
	}
	short, cancel := context.WithTimeout(ctx, after)
	defer cancel()
	err := commands.Fetch(s, numset.All(numset.UID), fetch.Body("").Peek()).Wait(short)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return 0, err
	}
	st, err := commands.Status(s, "Work", status.Messages).Wait(ctx) // the session is ready for the next command
	return st.Messages, err
}

func TestCancelled(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *imaptest.Server) {
		add(t, srv, "INBOX", mailOf("one"))
		add(t, srv, "Work", mailOf("one"))
		srv.Inject(imaptest.Delay{For: time.Minute}, imaptest.When{Command: "FETCH"})
		s := open(t, srv, "alice")
		if n, err := cancelled(t.Context(), s, time.Second); n != 1 || err != nil {
			t.Errorf("got %d messages, %v; want 1", n, err)
		}
		s.Close()
	})
}
