package session_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// TestOddTaggedAnswers sends tagged answers that break the grammar, as some servers do. Each ends its command, and
// the session lives on.
func TestOddTaggedAnswers(t *testing.T) {
	for line, want := range map[string]error{
		`A1 OK`:                nil,
		`A1  OK done`:          nil,
		"A1\tOK done":          nil,
		`A1 ok done`:           nil,
		`A1 OK[READ-ONLY] x`:   nil,
		`A1 NO`:                parser.NO,
		`A1  BAD x`:            parser.BAD,
		`A1 Name "foo" has in`: parser.BAD,
		`A1`:                   parser.BAD,
		`A1 `:                  parser.BAD,
	} {
		synctest.Test(t, func(t *testing.T) {
			s := play(t, nil, preauth+"C: A1 NOOP\nS= "+fmt.Sprintf("%q", line+"\r\n")+"\nC: A2 NOOP\nS: A2 OK\n")
			err := runCommand(t, s, noop())
			if expectErr(t, line, err, want); want == nil && err != nil {
				t.Errorf("%q: got %v, want OK", line, err)
			}
			if err := runCommand(t, s, noop()); err != nil {
				t.Errorf("next command after %q: %v", line, err)
			}
		})
	}
}

// TestSaidBeforeSilence checks that the error of Wait contains what the server said before it fell silent. RFC 9051
// §7.1 allows untagged BAD and NO for this; real servers also send lines that are not IMAP.
func TestSaidBeforeSilence(t *testing.T) {
	for _, line := range []string{"* BAD [ALERT] Please enable IMAP", "* NO Please enable IMAP", "Please enable IMAP. 15", "A9 NO Please enable IMAP"} {
		for _, stall := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				c, srv := imaptest.Pipe(0)
				go func() {
					io.WriteString(srv, preauthGreeting)
					srv.Read(make([]byte, 100))
					io.WriteString(srv, line+"\r\n")
					io.Copy(io.Discard, srv)
				}()
				s, err := session.Open(t.Context(), c, &session.Config{StallTimeout: time.Minute})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				ctx, want := t.Context(), session.ErrStalled
				if !stall {
					var cancel func()
					ctx, cancel = context.WithTimeout(ctx, time.Second)
					defer cancel()
					want = context.DeadlineExceeded
				}
				call := session.Start[struct{}](s, noop(), nil)
				_, err = call.Wait(ctx)
				var silent *session.SilentError
				if expectErr(t, line, err, want); !errors.As(err, &silent) || !strings.Contains(err.Error(), "Please enable IMAP") {
					t.Errorf("%q: got %v, want a SilentError with the server's text", line, err)
				}
				if _, again := call.Wait(t.Context()); again != err {
					t.Errorf("second Wait: got %v, want %v", again, err)
				}
			})
		}
	}
}

// TestByeWithTheSocketOpen checks that BYE ends the commands in flight even if the server leaves the connection open.
// The session still uses answers that arrive together with BYE.
func TestByeWithTheSocketOpen(t *testing.T) {
	for _, after := range []string{"", "A1 OK done\r\n", "* 3 EXISTS\r\nA1 NO x\r\n"} {
		synctest.Test(t, func(t *testing.T) {
			c, srv := imaptest.Pipe(0)
			go func() {
				io.WriteString(srv, preauthGreeting)
				srv.Read(make([]byte, 100))
				io.WriteString(srv, "* BYE go away\r\n"+after)
				io.Copy(io.Discard, srv)
			}()
			s, err := session.Open(t.Context(), c, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			one, two := session.Start[struct{}](s, noop(), nil), session.Start[struct{}](s, noop(), nil)
			begin := time.Now()
			_, first := one.Wait(t.Context())
			_, second := two.Wait(t.Context())
			if d := time.Since(begin); d > time.Second {
				t.Errorf("the commands ended after %v, want at most %v", d, time.Second)
			}
			switch {
			case strings.Contains(after, "OK"):
				if first != nil {
					t.Errorf("first command: got %v, want the OK that followed BYE", first)
				}
			case after != "":
				expectErr(t, "refused", first, parser.NO)
			default:
				expectErr(t, "unanswered", first, parser.BYE)
			}
			expectErr(t, "the second", second, parser.BYE)
			expectErr(t, "later", runCommand(t, s, noop()), parser.BYE)
		})
	}
}

// timedOut is a connection whose Read fails with ETIMEDOUT, as for a TCP connection whose peer no longer exists.
type timedOut struct{ net.Conn }

func (c timedOut) Read([]byte) (int, error) {
	return 0, &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ETIMEDOUT)}
}

// TestPeerGone checks that ETIMEDOUT of the system is not mistaken for a deadline of the session, even while one is
// set.
func TestPeerGone(t *testing.T) {
	for _, progress := range []time.Duration{-1, time.Minute} {
		c, srv := imaptest.Pipe(0)
		defer srv.Close()
		_, err := session.Open(t.Context(), timedOut{c}, &session.Config{StallTimeout: progress})
		expectErr(t, "Open", err, session.ErrLost)
		expectErr(t, "Open", err, syscall.ETIMEDOUT)
		if errors.Is(err, session.ErrStalled) {
			t.Errorf("got %v, which must not be ErrStalled", err)
		}
	}
}

const secretWord = "hunter2-s3cret"

// TestSecretsSaidLater checks that no error shows the password if the server repeats it after LOGIN: in texts, in names
// of codes, in answers that break the grammar and in malformed data.
func TestSecretsSaidLater(t *testing.T) {
	const b64 = "AHUAaHVudGVyMi1zM2NyZXQ" // of "\0u\0hunter2-s3cret", unpadded
	for _, line := range []string{
		"A2 NO [hunter2-s3cret] x", "A2 NO [X hunter2-s3cret] x", "A2 hunter2-s3cret", "A2 NO HUNTER2-S3CRET", "* BAD hunter2-s3cret\nS: A2 NO x",
		"* BYE hunter2-s3cret", "* BYE [hunter2-s3cret] x", "A2 NO unter2-s3cre", `A2 NO "hunter2-s3cret"`, "A2 NO " + b64,
		"A2 NO 68756e746572322d733363726574", "hunter2-s3cret\nS: A2 NO x", "* 1 FETCH hunter2-s3cret\nS: A2 OK", "* 1 FETCH (hunter2-s3cret\nS: A2 OK",
		"* 1 FETCH (FLAGS hunter2-s3cret)\nS: A2 OK",
	} {
		synctest.Test(t, func(t *testing.T) {
			s := play(t, nil, "S: * OK [CAPABILITY IMAP4rev1] hello\nC: A1 LOGIN u \""+secretWord+"\"\nS: A1 OK [CAPABILITY IMAP4rev1] x\nC: A2 FETCH 1:* FLAGS\nS: "+line+"\n")
			if err := runCommand(t, s, loginCommand()); err != nil {
				t.Fatal(err)
			}
			err := session.StartStream(s, fetch(), (*parser.Response).Fetch).Wait(t.Context())
			hides(t, line, err)
			hides(t, line, s.Err())
		})
	}
}

// TestSecretsSaidMeanwhile checks that no error shows a part of the password if the server repeats it during LOGIN,
// even if the server reverses it.
func TestSecretsSaidMeanwhile(t *testing.T) {
	for _, line := range []string{
		"* BYE hunter2-s3cret", "* BYE [hunter2-s3cret] x", "* NO hunter2-s3cret\nS: A1 NO x", "A1 BAD hunter2-s3cret", "A1 hunter2-s3cret",
		"A1 NO [X hunter2-s3cret] x", "hunter2-s3cret\nS: A1 NO x", "hunter2-s3cret OK x\nS: A1 NO x", "A1 NO terces-3s2retnuh",
	} {
		synctest.Test(t, func(t *testing.T) {
			s := play(t, nil, "S: * OK [CAPABILITY IMAP4rev1] hello\nC: A1 LOGIN u \""+secretWord+"\"\nS: "+line+"\n")
			err := runCommand(t, s, loginCommand())
			if err == nil {
				t.Errorf("%q: LOGIN succeeded, want an error", line)
			}
			hides(t, line, err)
			hides(t, line, s.Err())
		})
	}
}

func loginCommand() session.Command {
	return session.Command{Name: "LOGIN", Flow: session.Alone, Then: session.Authenticated,
		Args: func(e *wire.Encoder) { e.SP().AString("u").SP().Secret(secretWord) }}
}

// hides fails the test if err, or an error that it wraps, shows a part of the password.
func hides(t *testing.T, what string, err error) {
	t.Helper()
	for _, text := range []string{fmt.Sprint(err), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err)} {
		low := strings.ToLower(text)
		for _, part := range []string{"s3cre", "unter2", "zm2nyz", "766572322d", "3s2retnuh"} {
			if strings.Contains(low, part) {
				t.Errorf("%q: the error shows a part of the password: %s", what, text)
			}
		}
	}
}

// TestAnsweredHalfWritten checks what happens if the server answers a command without having asked for its literal. The
// command fails, even if the answer is OK. The session lives on.
func TestAnsweredHalfWritten(t *testing.T) {
	for _, answer := range []string{"OK done", "NO x", "BAD x"} {
		synctest.Test(t, func(t *testing.T) {
			s := play(t, nil, "S: * PREAUTH [CAPABILITY IMAP4rev1] hi\nC: A1 APPEND x {5}\nS: A1 "+answer+"\nC: A2 NOOP\nS: + unasked\nS: + again\nS: A2 OK\n")
			err := runCommand(t, s, session.Command{Name: "APPEND", Args: func(e *wire.Encoder) { e.Raw(" x ").Literal(5, false, strings.NewReader("hello")) }})
			var refused *session.Error
			if err == nil || errors.As(err, &refused) == (answer == "OK done") {
				t.Errorf("%s: got %v, want an error; an Error only for NO and BAD", answer, err)
			}
			if err := runCommand(t, s, noop()); err != nil {
				t.Error(err)
			}
		})
	}
}
