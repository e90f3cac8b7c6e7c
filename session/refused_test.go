package session_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// file is a message of 1000 octets that takes ten seconds to read. Read fails after a test has set closed.
type file struct {
	read   int
	closed bool
}

func (f *file) Read(p []byte) (int, error) {
	if f.closed {
		return 0, errors.New("read after Close")
	}
	time.Sleep(time.Second)
	n := copy(p[:min(len(p), 100)], strings.Repeat("x", 100))
	f.read += n
	return n, nil
}

// answersInBody is a server that answers an APPEND after the first octet of its non-synchronizing literal. If reads is
// true, it then reads the rest of the literal, and answers the next command.
func answersInBody(c io.ReadWriter, answer string, reads bool) {
	io.WriteString(c, "* PREAUTH [CAPABILITY IMAP4rev1 LITERAL+] ready\r\n")
	in := bufio.NewReader(c)
	in.ReadString('\n')
	in.ReadByte()
	io.WriteString(c, "A1 "+answer+"\r\n")
	if !reads {
		return
	}
	in.ReadString('\n')
	if line, err := in.ReadString('\n'); err == nil {
		io.WriteString(c, strings.Fields(line)[0]+" OK\r\n")
	}
	io.Copy(io.Discard, in)
}

// TestAnsweredInBody answers an APPEND while the session still reads the message. Wait returns only after the session
// has read the message to its end, because the program can close its file when Wait has returned. An OK is an error,
// because the server cannot have the whole message.
func TestAnsweredInBody(t *testing.T) {
	for _, answer := range []string{"NO [TRYCREATE] x", "BAD x", "OK x"} {
		for _, other := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				c, srv := imaptest.Pipe(0)
				go answersInBody(srv, answer, true)
				s, err := session.Open(t.Context(), c, nil)
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				msg := new(file)
				call := session.Start[struct{}](s, appending(1000, msg), nil)
				if other { // the program waits for another command first
					if err := runCommand(t, s, noop()); err != nil {
						t.Error(err)
					}
				}
				_, err = call.Wait(t.Context())
				var refused *session.Error
				if err == nil || errors.As(err, &refused) == strings.HasPrefix(answer, "OK") {
					t.Errorf("%s: got %v, want an error, which is a *session.Error only for NO and BAD", answer, err)
				}
				if msg.closed = true; msg.read != 1000 {
					t.Errorf("%s: %d octets of the message were read before Wait returned, want 1000", answer, msg.read)
				}
				if _, again := call.Wait(t.Context()); again != err {
					t.Errorf("%s: a second Wait returns %v, want the error of the first, %v", answer, again, err)
				}
				if !other {
					if err := runCommand(t, s, noop()); err != nil {
						t.Errorf("NOOP after %s: got %v, want no error", answer, err)
					}
				}
			})
		}
	}
}

// TestEndAfterAnswerInBody ends the wait for an APPEND that the server has refused while the session still reads the
// message. The session ends, because the rest of the message cannot be sent. The error still says that the server has
// refused the message.
func TestEndAfterAnswerInBody(t *testing.T) {
	for name, x := range map[string]struct {
		end   func(cancel context.CancelCauseFunc, s *session.Session, srv io.Closer)
		wants []error
	}{
		"cancelled":  {func(cancel context.CancelCauseFunc, _ *session.Session, _ io.Closer) { cancel(errUser) }, []error{errUser, session.ErrCut, parser.NO}},
		"closed":     {func(_ context.CancelCauseFunc, s *session.Session, _ io.Closer) { s.Close() }, []error{parser.NO}},
		"connection": {func(_ context.CancelCauseFunc, _ *session.Session, srv io.Closer) { srv.Close() }, []error{parser.NO}},
	} {
		synctest.Test(t, func(t *testing.T) {
			c, srv := imaptest.Pipe(0)
			go answersInBody(srv, "NO x", false)
			s, err := session.Open(t.Context(), c, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(3500*time.Millisecond, func() { x.end(cancel, s, srv) })
			begin := time.Now()
			msg := new(file)
			_, err = session.Start[struct{}](s, appending(1000, msg), nil).Wait(ctx)
			for _, want := range x.wants {
				expectErr(t, name, err, want)
			}
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("%s: Wait took %v, want at most 5s", name, took)
			}
			read := msg.read
			time.Sleep(time.Minute)
			if s.Err() == nil || msg.read != read {
				t.Errorf("%s: the session has ended with %v, want an error; %d octets were read during Wait, and %d after it, want 0", name, s.Err(), read, msg.read-read)
			}
		})
	}
}
