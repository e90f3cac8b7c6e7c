package session_test

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// TestPanics recovers from a panic in a function of a command, in the decoder of a stream or in a handler. The
// session's state is then uncertain, so the session has ended, and every method returns an error at once.
func TestPanics(t *testing.T) {
	bad := func(*parser.Response) error { panic("a careless program") }
	decode := func(*parser.Response) (*parser.Fetch, error) { panic("a careless program") }
	const data = "C: A1 FETCH 1:* FLAGS\nS: * 1 FETCH (FLAGS ())\nS: * 2 FETCH (FLAGS ())\nS: A1 OK\n"
	for name, x := range map[string]struct {
		script string
		run    func(t *testing.T, s *session.Session)
	}{
		"Args": {"", func(t *testing.T, s *session.Session) {
			cmd := selecting(&session.Mailbox{Name: "Trash"})
			cmd.Args = func(*wire.Encoder) { panic("a careless program") }
			runCommand(t, s, cmd)
		}},
		"Data": {data, func(t *testing.T, s *session.Session) {
			cmd := fetch()
			cmd.Data = bad
			runCommand(t, s, cmd)
		}},
		"Done": {data, func(t *testing.T, s *session.Session) {
			cmd := fetch()
			cmd.Done = bad
			runCommand(t, s, cmd)
		}},
		"decode": {data, func(t *testing.T, s *session.Session) {
			session.StartStream(s, fetch(), decode).Wait(t.Context())
		}},
		"handler": {"C: A1 NOOP\nS: * 3 EXISTS\n", func(t *testing.T, s *session.Session) { runCommand(t, s, noop()) }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := play(t, &session.Config{Handler: session.Handler{Exists: func(uint32) { panic("a careless program") }}}, preauth+x.script)
				func() {
					defer func() {
						if recover() == nil {
							t.Error("the panic did not reach the program")
						}
					}()
					x.run(t, s)
				}()
				expectErr(t, "afterwards", runCommand(t, s, noop()), session.ErrPanicked)
				expectErr(t, "the session", s.Err(), session.ErrPanicked)
			})
		})
	}
}

// TestBodyThatPanics sends messages from readers that panic. For some of these readers inMemory returns true. The
// command ends with an error.
func TestBodyThatPanics(t *testing.T) {
	for _, body := range []io.Reader{(*bytes.Reader)(nil), (*bytes.Buffer)(nil), (*strings.Reader)(nil), iotestPanic{}} {
		synctest.Test(t, func(t *testing.T) {
			s := open(t, nil, preauthGreeting)
			err := runCommand(t, s, session.Command{Name: "X", Args: func(e *wire.Encoder) { e.SP().Literal(5, false, body) }})
			if err == nil || !strings.Contains(err.Error(), "Read panicked") || s.Err() == nil {
				t.Errorf("%T: got %v, and Session.Err %v; want an error that says that Read panicked, and a session that has ended", body, err, s.Err())
			}
		})
	}
}

const preauthGreeting = "* PREAUTH [CAPABILITY IMAP4rev1 LITERAL+] ready\r\n"

type iotestPanic struct{}

func (iotestPanic) Read([]byte) (int, error) { panic("a careless program") }
