package session_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// TestEndlessLine sends a line without an end. Each read starts Config.StallTimeout again, but the session does not
// drop data forever. The endless line is an answer, unsolicited data, the rest of a line after a literal, or a series
// of literals.
func TestEndlessLine(t *testing.T) {
	for name, c := range map[string]struct{ start, more string }{
		"untagged":        {"* OK ", "xxxxxxxx"},
		"of nothing":      {"", "xxxxxxxx"},
		"tagged":          {"A1 OK ", "xxxxxxxx"},
		"list":            {"* LIST (", "\\Marked "},
		"after a literal": {"* 1 FETCH (BODY[] {3}\r\nabc ", "FLAGS () "},
		"literals":        {"* 1 FETCH (", "BODY[] {1}\r\nx "},
		"long literals":   {"* 1 FETCH (", "BODY[] {5000}\r\n" + strings.Repeat("x", 5000) + " "},
		"a literal":       {"* X-NEW (a {1000000000000}\r\n", "xxxxxxxx"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c2, srv := imaptest.Pipe(0)
				said := 0
				done := make(chan struct{})
				go func() {
					defer close(done)
					io.WriteString(srv, "* PREAUTH [CAPABILITY IMAP4rev1] ready\r\n"+c.start)
					more := strings.Repeat(c.more, 1000)
					for {
						n, err := io.WriteString(srv, more)
						if said += n; err != nil {
							return
						}
						if said > 100<<20 {
							t.Errorf("the session has read %d octets and reads on", said)
							srv.Close()
							return
						}
					}
				}()
				s, err := session.Open(t.Context(), c2, &session.Config{Limits: wire.Limits{Message: 4 << 10, Skip: 1 << 20}})
				if err != nil {
					t.Fatal(err)
				}
				err = runCommand(t, s, noop())
				var limit *wire.LimitError
				if !errors.As(err, &limit) {
					t.Errorf("NOOP: got %v, want a LimitError", err)
				}
				// An answer that exceeds a limit is an error of its command. Its endless rest then ends the session.
				if err := runCommand(t, s, noop()); !errors.As(err, &limit) || limit.What != "skipped data" || limit.Limit != 1<<20 {
					t.Errorf("next NOOP: got %v, want a LimitError for skipped data", err)
				}
				if !errors.As(s.Err(), &limit) {
					t.Errorf("Session.Err: got %v, want a LimitError", s.Err())
				}
				s.Close()
				srv.Close()
				<-done
				if said > 16<<20 {
					t.Errorf("the session has read %d octets, want at most %d", said, 16<<20)
				}
			})
		})
	}
}
