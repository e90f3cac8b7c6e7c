package session_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// TestCommandInBodyAfterCut lets the context of a loop over FETCH end while the body of the loop reads the sections of
// a message. By then, only the first n octets of the response have arrived, for each n. The body of the loop then waits
// for another command with another context. The session lives on. In the case "too long", a section is longer than
// Limits.Message allows. That does not end the session either.
func TestCommandInBodyAfterCut(t *testing.T) {
	for name, data := range map[string]string{
		"in memory": "* 1 FETCH (BODY[1] {200}\r\n" + strings.Repeat("x", 200) + " BODY[2] {10}\r\n0123456789 BODY[3] \"abc\" FLAGS ())\r\n",
		"too long":  "* 1 FETCH (BODY[1] {200}\r\n" + strings.Repeat("x", 200) + " BODY[2] \"" + strings.Repeat("y", 500) + "\" BODY[3] {3}\r\nabc)\r\n",
	} {
		for n := range len(data) + 1 {
			synctest.Test(t, func(t *testing.T) {
				c, srv := imaptest.Pipe(0)
				go func() {
					io.WriteString(srv, "* PREAUTH [CAPABILITY IMAP4rev1] ready\r\n")
					srv.Read(make([]byte, 1000))
					io.WriteString(srv, data[:n])
					time.Sleep(10 * time.Second)
					io.WriteString(srv, data[n:]+"A1 OK\r\n")
					srv.Read(make([]byte, 1000))
					io.WriteString(srv, "A2 OK\r\n")
				}()
				s, err := session.Open(t.Context(), c, &session.Config{Limits: wire.Limits{Inline: 64, Message: 400}})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				var next error
				for m, err := range session.StartStream(s, fetch(), (*parser.Response).Fetch).All(ctx) {
					if err != nil {
						continue
					}
					for sec, err := range m.Sections {
						if err != nil {
							break
						}
						if _, err := io.Copy(io.Discard, sec); err != nil {
							break
						}
					}
					next = runCommand(t, s, noop())
					break
				}
				if next != nil || s.Err() != nil {
					t.Errorf("%s, cut after %d octets: got %v for the next command, and %v for the session; want no error", name, n, next, s.Err())
				}
				s.Close()
				time.Sleep(time.Minute) // until the server has ended
			})
		}
	}
}
