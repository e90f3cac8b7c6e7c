package imaptest_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// tape is a connection whose client sends fixed octets and reads everything.
type tape struct {
	net.Conn // provides the addresses of a pipe
	in       *bytes.Reader
	mu       sync.Mutex
	out      bytes.Buffer
}

func newTape(b []byte) *tape {
	client, _ := imaptest.Pipe(1)
	return &tape{Conn: client, in: bytes.NewReader(b)}
}

func (c *tape) Read(p []byte) (int, error)       { return c.in.Read(p) }
func (c *tape) Close() error                     { return nil }
func (c *tape) SetReadDeadline(time.Time) error  { return nil }
func (c *tape) SetWriteDeadline(time.Time) error { return nil }
func (c *tape) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.Write(p)
}

// commandSeeds returns the commands of package parser's tests.
func commandSeeds(t testing.TB) (list []string) {
	t.Helper()
	b, err := os.ReadFile("../parser/testdata/commands.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		in, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "C: ")
		if !ok {
			continue
		}
		if s, err := strconv.Unquote(`"` + strings.ReplaceAll(in, `"`, `\"`) + `"`); err == nil {
			in = s
		}
		list = append(list, in+"\r\n")
	}
	return list
}

// FuzzServer lets a client send anything. After the client's last octet, the server must end the connection. It must
// send only IMAP, answer each command at most once, and serve another connection as usual. A panic is a failure.
func FuzzServer(f *testing.F) {
	seeds := commandSeeds(f)
	for _, s := range seeds {
		f.Add(uint8(2), []byte(s))
	}
	f.Add(uint8(0), []byte("A STARTTLS\r\n\x16\x03\x01"))
	f.Add(uint8(0), []byte("A AUTHENTICATE PLAIN\r\nAGFsaWNlAHNlY3JldA==\r\nB SELECT INBOX\r\n"))
	f.Add(uint8(2), []byte("A IDLE\r\nDONE\r\nB APPEND INBOX {3+}\r\nabc\r\nC UID SEARCH RETURN (SAVE) ALL\r\nD UID FETCH $ (BODY[1.2.MIME]<0.9> ENVELOPE)\r\n"))
	f.Add(uint8(2), []byte("A NOTIFY SET STATUS (selected (MessageNew (UID BODY.PEEK[]) MessageExpunge FlagChange)) (subtree (a INBOX) (MailboxName SubscriptionChange))\r\n"+
		"B SELECT INBOX\r\nC UID SORT RETURN (UPDATE (FLAGS) PARTIAL -1:-2) (MODSEQ) UTF-8 OR 1:* UNSEEN\r\nD STORE 1 +FLAGS \\Seen\r\nE CREATE a/b\r\nF RENAME a c\r\n"+
		"G APPEND INBOX {3+}\r\nabc\r\nH EXPUNGE\r\nI ESEARCH IN (selected personal) RETURN (UPDATE MIN) ALL\r\nJ CANCELUPDATE \"C\" \"I\"\r\nK NOTIFY NONE\r\n"))
	f.Add(uint8(2), []byte("A ENABLE UIDONLY QRESYNC\r\nB SELECT INBOX (QRESYNC (1 1))\r\nC UID FETCH 1:* FLAGS (PARTIAL 2:1 CHANGEDSINCE 1 VANISHED)\r\nD FETCH 1 UID\r\nE UID SEARCH RETURN (UPDATE) UID *\r\nF UID MOVE * INBOX\r\n"))
	f.Add(uint8(2), []byte("A COMPRESS DEFLATE\r\n\x00\x01\x02"))
	for i := 0; i+12 <= len(seeds); i += 12 {
		f.Add(uint8(i), []byte(strings.Join(seeds[i:i+12], "")))
	}
	f.Fuzz(func(t *testing.T, mode uint8, in []byte) {
		if len(in) > 1<<16 {
			return
		}
		opts := []imaptest.Option{imaptest.WithOrder(imaptest.Order(mode / 3 % 3))}
		if mode/9%2 == 1 {
			opts = append(opts, imaptest.Strict())
		}
		srv, err := imaptest.New(append(opts, imaptest.WithPanicHandler(func(v any, stack []byte) { t.Errorf("panic: %v\n%s", v, stack) }),
			imaptest.WithLimits(wire.Limits{Message: 1 << 16, Inline: 1 << 12, Depth: 20, Literal: 1 << 20}))...)
		if err != nil {
			t.Fatal(err)
		}
		defer srv.Close()
		box := srv.Mailbox("alice", "INBOX")
		box.Append([]byte(fuzzMail), `\Seen`)
		box.Append([]byte("Subject: two\r\n\r\nbody\r\n"), "keyword")
		other := newTape([]byte("X SELECT INBOX\r\nY FETCH 1:* (FLAGS)\r\nZ NOOP\r\n"))
		user, begin := "", ""
		switch mode % 3 {
		case 1:
			user = "alice"
		case 2:
			user, begin = "alice", "s SELECT INBOX\r\n"
		}
		watchdog := time.AfterFunc(20*time.Second, func() { panic(fmt.Sprintf("hangs: %q", in)) })
		c := newTape(append([]byte(begin), in...))
		srv.ServeConn(c, user)
		if watchdog.Stop(); len(begin) > 0 && !bytes.Contains(c.out.Bytes(), []byte("\r\ns OK")) {
			t.Errorf("the session did not begin: %q", c.out.Bytes())
		}
		checkAnswers(t, c.out.Bytes(), begin+string(in))
		srv.ServeConn(other, "alice")
		if !bytes.Contains(other.out.Bytes(), []byte("\r\nZ OK NOOP completed\r\n")) {
			t.Errorf("another connection: %q", other.out.Bytes())
		}
	})
}

// checkAnswers reads what a server has sent, until TLS or compression begins.
func checkAnswers(t *testing.T, out []byte, in string) {
	t.Helper()
	r := parser.NewReader(wire.NewReader(bytes.NewReader(out), wire.Limits{}))
	answers := map[string]int{}
	for {
		resp, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Errorf("the server sent something other than IMAP: %v in %q", err, out)
			return
		}
		if resp.Kind == parser.Tagged {
			answers[string(resp.Tag)]++
			if resp.Status == parser.OK && bytes.Contains(resp.Text, []byte("COMPRESS")) || bytes.Contains(resp.Text, []byte("begin TLS")) {
				return
			}
		}
	}
	for tag, n := range answers {
		if sent := strings.Count(in, tag); n > sent {
			t.Errorf("tag %q was sent %d times at most and answered %d times: %q", tag, sent, n, out)
		}
	}
}

const fuzzMail = "From: Ann <ann@example.com>\r\nTo: =?utf-8?q?J=C3=B6?= <jo@example.org>\r\nSubject: one\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\n" +
	"Message-ID: <1@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n" +
	"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninner\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n" +
	"Content-Transfer-Encoding: base64\r\n\r\nPGI+aGk8L2I+AA==\r\n--b--\r\n"
