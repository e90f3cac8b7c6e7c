package serve_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/session/serve/memory"
)

// panics gets the lines of the server's log, and fails the test if the server logs a panic, or an answer that could not
// be encoded.
type panics struct{ t *testing.T }

func (p panics) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte("panic")) || bytes.Contains(b, []byte("cannot encode")) {
		p.t.Errorf("the server has logged %s", b)
	}
	return len(b), nil
}

// FuzzServer sends anything as a client, before or after it has logged in. The server then ends the connection, its
// output begins with the greeting and consists of whole lines, and it still serves another client.
func FuzzServer(f *testing.F) {
	for _, s := range []string{
		"a NOOP\r\n", "a SELECT INBOX\r\nb FETCH 1:* (FLAGS UID ENVELOPE BODYSTRUCTURE BODY[]<1.5> BINARY[1] PREVIEW)\r\n",
		"a SELECT INBOX\r\nb STORE 1:2 +FLAGS.SILENT ($x)\r\nc UID EXPUNGE 1:*\r\nd CLOSE\r\n", "a ENABLE QRESYNC IMAP4rev2\r\nb SELECT INBOX (QRESYNC (1 2 1:3 (1 1)))\r\n",
		"a APPEND INBOX (\\Seen) {5+}\r\nhello\r\nb APPEND INBOX ~{3+}\r\nabc {1+}\r\nx\r\n", "a LIST (SUBSCRIBED RECURSIVEMATCH) \"\" (% *) RETURN (STATUS (MESSAGES SIZE))\r\n",
		"a SELECT INBOX\r\nb SEARCH RETURN (SAVE MIN) OR BODY x NOT $\r\nc FETCH $ UID\r\nd SORT (REVERSE DATE) UTF-8 ALL\r\ne THREAD REFS UTF-8 ALL\r\n",
		"a SELECT INBOX\r\nb IDLE\r\nDONE\r\nc MOVE 1 INBOX\r\nd COPY * \"a&-b\"\r\n", "a CREATE a/b (USE (\\Sent))\r\nb RENAME a x\r\nc DELETE x/b\r\nd SUBSCRIBE y\r\ne LSUB \"\" *\r\n",
		"a UNAUTHENTICATE\r\nb AUTHENTICATE PLAIN\r\n*\r\nc AUTHENTICATE SCRAM-SHA-256 biwsbj1hLHI9Yg==\r\n", "a STATUS INBOX (MESSAGES HIGHESTMODSEQ)\r\nb ID (\"a\" NIL)\r\nc COMPRESS DEFLATE\r\n",
	} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, text string, in bool) {
		if len(text) > 4096 || strings.Contains(strings.ToUpper(text), "COMPRESS") && in {
			return // after COMPRESS, the output is compressed and does not consist of lines
		}
		b := memory.New()
		if err := b.AddUser("alice", "secret"); err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			if _, err := b.Deliver("alice", "INBOX", fmt.Appendf(nil, "From: a@b\r\nSubject: %d\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n", i), `\Deleted`); err != nil {
				t.Fatal(err)
			}
		}
		s := &serve.Server{Backend: b, Auth: b.Auth(), InsecureAuth: true, Hosts: []string{"localhost"}, FailedLoginDelay: -1, Logger: slog.New(slog.NewTextHandler(panics{t}, nil))}
		defer s.Close()
		talk := func(text string) []byte {
			ours, theirs := imaptest.Pipe(1 << 20)
			defer ours.Close()
			go s.ServeConn(theirs)
			ours.SetDeadline(time.Now().Add(time.Minute))
			if _, err := io.WriteString(ours, text); err != nil {
				return nil // the server has hung up
			}
			ours.(interface{ CloseWrite() error }).CloseWrite()
			out, err := io.ReadAll(ours)
			if err != nil {
				t.Fatalf("reading the responses to %q: %v, after %q", text, err, out)
			}
			return out
		}
		if in {
			text = "x LOGIN alice secret\r\n" + text
		}
		out := talk(text)
		if out != nil && !bytes.HasPrefix(out, []byte("* OK")) || len(out) > 0 && out[len(out)-1] != '\n' {
			t.Fatalf("responses to %q: got %q, want a greeting and whole lines", text, out)
		}
		if out := talk("x LOGIN alice secret\r\ny LOGOUT\r\n"); !bytes.Contains(out, []byte("y OK")) {
			t.Fatalf("another client after %q: got %q, want OK", text, out)
		}
	})
}
